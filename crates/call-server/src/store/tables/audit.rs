//! The audit log: one row for every transition and every refusal of consequence.
//! Never holds descriptions or candidates, nor addresses but the networks that people sign in from.

use crate::store::{
    Store,
    engine::{
        query::{Query, query},
        session::Session,
    },
};
use crate::{clock::Clock, repeats::Repeats, store::StoreError};
use call_protocol::{CallId, DeviceId, UserId};
use call_rules::{Asker, Moment, NO_DEVICE, Refusal};

/// Repeated refusals: one row a minute, with their number.
pub(in crate::store) type Refusals = Repeats<(UserId, &'static str)>;

/// Who does it, and when.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Now<'a> {
    pub(in crate::store) asker: Option<&'a Asker>,
    pub(in crate::store) at: Moment,
}

impl Store {
    /// Whether a refusal is written down now, and not counted.
    pub(in crate::store) fn is_news(&self, now: Now<'_>, refusal: Refusal, clock: &Clock) -> bool {
        now.asker
            .is_none_or(|asker| self.refusals.is_news(&(asker.user.clone(), refusal.as_str()), clock.tick()))
    }

    /// The same of a message that somebody is not shown.
    pub(in crate::store) fn is_hidden_news(&self, sender: &UserId) -> bool {
        let tick = self.watch.as_ref().map(|(clock, _)| clock.tick()).unwrap_or_default();
        self.refusals.is_news(&(sender.clone(), "message hidden"), tick)
    }

    /// Writes down how often refusals came again in the last minute.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_refusals(&self, clock: &Clock) -> Result<(), StoreError> {
        for (of, times) in self.refusals.due(clock.tick()) {
            if let Some((user, refusal)) = of {
                self.note(Some(&user), "refused", &format!("{refusal}, {times} times more"), clock.now())
                    .await?;
            }
        }
        Ok(())
    }

    /// Writes a row about what is no call.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note(
        &self,
        user: Option<&UserId>,
        what: &str,
        detail: &str,
        at: Moment,
    ) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        let insert = query("INSERT INTO audit_log (user_id, what, detail, at) VALUES ($1, $2, $3, $4)");
        write.run(insert.id(user.map(UserId::as_str)).text(what).text(detail).moment(at)).await?;
        write.commit().await
    }
}

/// Writes a row.
pub(in crate::store) async fn write(
    write: &mut Session,
    call: Option<&CallId>,
    now: Now<'_>,
    what: &str,
    detail: Option<&str>,
) -> Result<(), StoreError> {
    write.run(row(call, now, what, detail)).await?;
    Ok(())
}

/// Writes a row about a person, whichever of their devices it was.
pub(in crate::store) async fn write_of_person(
    db: &mut Session,
    user: &UserId,
    what: &str,
    detail: Option<&str>,
    at: Moment,
) -> Result<(), StoreError> {
    let asker = Asker { user: user.clone(), device: DeviceId::from(NO_DEVICE) };
    write(db, None, Now { asker: Some(&asker), at }, what, detail).await
}

/// The statement that writes a row.
pub(in crate::store) fn row<'q>(
    call: Option<&'q CallId>,
    now: Now<'q>,
    what: &'q str,
    detail: Option<&'q str>,
) -> Query<'q> {
    query(
        "INSERT INTO audit_log (call_id, user_id, device_id, what, detail, at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .id(call.map(CallId::as_str))
    .id(now.asker.map(|asker| asker.user.as_str()))
    .text(now.asker.map(|asker| asker.device.as_str()))
    .text(what)
    .text(detail)
    .moment(now.at)
}
