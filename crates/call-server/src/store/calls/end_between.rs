//! Ends what rings or runs between two people, within a transaction that writes why they part.
//! Never decides how it ends: the caller hands that in.

use crate::store::{
    calls::{record, transition},
    engine::{query::query, session::Session},
    tables::{audit::Now, message::Last},
};
use crate::{clock::Clock, model::Changed, store::StoreError};
use call_protocol::{CallId, UserId};
use call_rules::{Asker, CallRecord, Denial, Moment, Step};

/// How a call ends when its people part.
pub(in crate::store) type Decide<'d> =
    &'d (dyn Fn(&CallRecord, Moment) -> Result<Step, Denial> + Send + Sync);

/// Ends the calls of two people with each other, whose locks are held: none of theirs begins meanwhile.
pub(in crate::store) async fn end_between(
    write: &mut Session,
    (one, two): (&UserId, &UserId),
    by: (Option<&Asker>, &Clock),
    decide: Decide<'_>,
) -> Result<Vec<Changed>, StoreError> {
    let select = "SELECT r.call_id FROM call_runtime r \
        JOIN call_seats s ON s.call_id = r.call_id AND s.user_id = $1 \
        JOIN call_seats t ON t.call_id = r.call_id AND t.user_id = $2 WHERE r.live = 1 ORDER BY r.call_id";
    let found = write.all(query(select).id(one.as_str()).id(two.as_str())).await?;
    let calls = found.iter().map(|row| row.id("call_id").map(CallId)).collect::<Result<Vec<_>, _>>()?;
    end(write, &calls, by, decide).await
}

/// Ends these calls, if they are not over meanwhile and `decide` says so.
pub(in crate::store) async fn end(
    write: &mut Session,
    calls: &[CallId],
    (asker, clock): (Option<&Asker>, &Clock),
    decide: Decide<'_>,
) -> Result<Vec<Changed>, StoreError> {
    let names: Vec<_> = calls.iter().map(CallId::as_str).collect();
    let locked = write.lock(&names).await?;
    let mut ended = Vec::new();
    for call in calls {
        let Some(record) = record::by_id(write, call).await? else { continue };
        let at = clock.judge(locked);
        let Ok(step @ Step::End(_)) = decide(&record, at) else { continue };
        ended.push(transition::step(write, (&record, Last::Unknown), &step, Now { asker, at }).await?);
    }
    Ok(ended)
}
