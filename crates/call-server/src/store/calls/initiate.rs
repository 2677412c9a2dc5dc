//! Begins calls: reads the situation, lets the caller decide, and writes what was decided, in one transaction.

use crate::store::{
    Store,
    calls::{
        new_call::{Begun, FirstReply, NewCall},
        record, transition,
    },
    engine::{
        disk_space::Room,
        postgres::Start,
        query::{AndMore, Query, query},
        session::Session,
    },
    tables::{
        audit::{self, Now},
        columns,
        idempotency::{self, First},
        message::Last,
        relations::{self, acquainted},
    },
};
use crate::{clock::Clock, ids, model::Changed, store::StoreError};
use call_protocol::{CallId, CallRole, CallStatus, User};
use call_rules::{Address, Begin, CallRecord, Denial, Ending, Moment, Refusal, Situation, Step};
use std::sync::LazyLock;

impl Store {
    /// Begins a call, as `decide` says about the situation.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_call(
        &self,
        new: &NewCall,
        clock: &Clock,
        decide: impl FnOnce(&Situation) -> Result<Begin, Denial> + Send,
    ) -> Result<Begun, StoreError> {
        let mut write = self.write_within(Room::Usual, Start::WithTheFirst, []).await?;
        let (user, key) = (&new.asker.user, new.once.as_ref());
        // Both people are locked before the idempotency key is claimed: deletion takes its locks in the same order, so the two
        // cannot deadlock.
        let situation = situation(&mut write, new, clock).await?;
        match idempotency::claim(&mut write, user, key, clock.now()).await? {
            First::Now => {}
            First::Was { outcome, id } => {
                let record = record::by_id(&mut write, &CallId(id)).await?;
                let again = record.zip(FirstReply::from_wire(&outcome));
                return Ok(again.map_or(Begun::Stranger, |(record, reply)| Begun::Again(record, reply)));
            }
            First::WasAnother => return Ok(Begun::KeyReused),
        }
        let Some(situation) = situation else { return Ok(Begun::Stranger) };
        let now = Now { asker: Some(&new.asker), at: situation.now };
        let people = (&situation.caller, &situation.callee);
        let addresses = addresses(&situation, new);
        let begun = match (decide(&situation), situation.here) {
            (Err(denial), here) => {
                let stands = here.map(|record| record.id);
                if self.is_news(now, denial.refusal, clock) {
                    let refusal = Some(denial.refusal.as_str());
                    audit::write(&mut write, stands.as_ref(), now, "refused", refusal).await?;
                }
                Begun::Denied(denial)
            }
            (Ok(Begin::Ring { end_first }), _) => {
                let ended = make_room(&mut write, &end_first, now).await?;
                let record = unrung(new, people, now.at).ringing(&new.seating, addresses, new.ring);
                let ids = [ids::fresh(now.at), ids::fresh(now.at)];
                let made = (FirstReply::Rings.as_str(), record.id.as_str());
                let all = idempotency::made(user, key, made).into_iter();
                write.commit_with(all.chain(ring(new, &record, [&ids[0], &ids[1]], now))).await?;
                return Ok(Begun::Ringing { record, ended });
            }
            (Ok(Begin::Join), Some(here)) => Begun::Joined(
                transition::step(&mut write, (&here, Last::Unknown), &Step::Answer(new.seating.clone()), now)
                    .await?,
            ),
            (Ok(Begin::Same), Some(here)) => Begun::Same(here),
            (Ok(Begin::Busy(ending)), _) => {
                Begun::Busy(missed(&mut write, new, people, Step::End(ending), now).await?)
            }
            (Ok(Begin::Silenced(ending)), _) => {
                let silenced = Some(Refusal::Silenced.as_str());
                audit::write(&mut write, Some(&new.id), now, "refused", silenced).await?;
                Begun::Silenced(missed(&mut write, new, people, Step::End(ending), now).await?)
            }
            (Ok(Begin::Join | Begin::Same), None) => return Err(StoreError::Unreadable("decision")),
        };
        let outcome = match made(&begun) {
            Some((reply, id)) => idempotency::made(user, key, (reply.as_str(), id.as_str())),
            None => idempotency::release(user, key),
        };
        if let Some(outcome) = outcome {
            write.run(outcome).await?;
        }
        write.commit().await?;
        Ok(begun)
    }
}

/// The reply that a repetition of the request gets, and about which call; nothing when nothing was written, so that a
/// repetition counts as a first request.
fn made(begun: &Begun) -> Option<(FirstReply, &CallId)> {
    match begun {
        Begun::Ringing { record, .. } => Some((FirstReply::Rings, &record.id)),
        Begun::Joined(Changed { record, .. }) | Begun::Same(record) => Some((FirstReply::Known, &record.id)),
        Begun::Busy(changed) => Some((FirstReply::Busy, &changed.record.id)),
        Begun::Silenced(changed) => Some((FirstReply::Silenced, &changed.record.id)),
        Begun::Stranger | Begun::Denied(_) | Begun::Again(..) | Begun::KeyReused => None,
    }
}

/// The two members of the conversation `$1`, if `$2` is one of them.
static PAIR: LazyLock<AndMore> = LazyLock::new(|| {
    let members = "SELECT user_id FROM conversation_members WHERE conversation_id = $1";
    AndMore::and_lock(format!(
        "SELECT u.id, u.username, u.display_name, u.display_picture_url AS picture FROM users u \
         WHERE u.id IN ({members}) AND $2 IN ({members}) AND (SELECT count(*) FROM ({members}) m) = 2"
    ))
});

/// The live call of the conversation `$1`, those of its two people `$2` and `$3` in others, in which they have a seat or are
/// rung, and what the callee `$3` wants of the caller. On PostgreSQL the callee is the member who is not `$2`.
static AROUND: LazyLock<AndMore> = LazyLock::new(|| {
    let elsewhere = |user| {
        format!(
            "SELECT s.call_id FROM call_seats s JOIN call_runtime r ON r.call_id = s.call_id \
             WHERE s.user_id = {user} AND s.held = 0 AND s.left_at IS NULL AND r.conversation_id <> $1"
        )
    };
    let plain = format!(
        "SELECT (SELECT call_id FROM call_runtime WHERE conversation_id = $1 AND live = 1) AS here, \
         ({}) AS caller_elsewhere, ({}) AS callee_elsewhere, \
         CAST(CASE WHEN (SELECT count(*) FROM conversation_members m JOIN users u ON u.id = m.user_id \
           WHERE m.conversation_id = $1 AND m.user_id IN ($2, $3)) = 2 THEN 1 ELSE 0 END AS BIGINT) AS still_two, \
         CAST(CASE WHEN {} THEN 1 ELSE 0 END AS BIGINT) AS acquainted, \
         CAST(CASE WHEN {} THEN 1 ELSE 0 END AS BIGINT) AS blocks, \
         CAST(CASE WHEN {} THEN 1 ELSE 0 END AS BIGINT) AS blocked, \
         CAST(CASE WHEN {} THEN 1 ELSE 0 END AS BIGINT) AS unwanted, \
         CAST(CASE WHEN {} THEN 1 ELSE 0 END AS BIGINT) AS caller_hides, \
         CAST(CASE WHEN {} THEN 1 ELSE 0 END AS BIGINT) AS callee_hides",
        elsewhere("$2"),
        elsewhere("$3"),
        acquainted("$2", "$3"),
        relations::BLOCKS,
        relations::BLOCKED,
        *relations::UNWANTED,
        relations::CALLER_HIDES,
        *relations::CALLEE_HIDES,
    );
    let callee =
        "SELECT user_id FROM conversation_members WHERE conversation_id = $1 AND user_id <> $2 LIMIT 1";
    let of_callee = plain.replace("$3", "callee.user_id");
    let more = format!("SELECT around.* FROM ({callee}) callee CROSS JOIN LATERAL ({of_callee}) around");
    AndMore { plain, more }
});

async fn situation(
    write: &mut Session,
    new: &NewCall,
    clock: &Clock,
) -> Result<Option<Situation>, StoreError> {
    // From here on neither of the two begins another call, and none of theirs changes.
    let pair = [new.conversation.as_str(), new.asker.user.as_str()];
    let (found, around, before) = write.all_and_lock(&PAIR, &AROUND, pair).await?;
    // Calls are one to one: a conversation of more people, or of fewer, has none.
    let [first, second] = found.as_slice() else { return Ok(None) };
    let (first_user, second_user) = (columns::user(first, "")?, columns::user(second, "")?);
    let (caller, callee) =
        if first_user.id == new.asker.user { (first_user, second_user) } else { (second_user, first_user) };
    let around = match around {
        Some(around) => around,
        None => {
            let select = query(AROUND.plain.as_str()).id(pair[0]).id(pair[1]).id(callee.id.as_str());
            write.first(select).await?.ok_or(StoreError::Unreadable("situation"))?
        }
    };
    // One of them may have been deleted while this waited for the locks.
    if !around.flag("still_two")? {
        return Ok(None);
    }
    let call = |name| around.id_or_none(name).map(|id| id.map(CallId));
    let (here, caller_elsewhere, callee_elsewhere) =
        (call("here")?, call("caller_elsewhere")?, call("callee_elsewhere")?);
    let calls = [&here, &caller_elsewhere, &callee_elsewhere].into_iter().flatten().map(CallId::as_str);
    let now = clock.judge(write.lock(&calls.collect::<Vec<_>>()).await?.or(before));
    Ok(Some(Situation {
        now,
        blocks: around.flag("blocks")?,
        blocked: around.flag("blocked")?,
        unwanted: around.flag("unwanted")?,
        caller_hides: around.flag("caller_hides")?,
        callee_hides: around.flag("callee_hides")?,
        acquainted: around.flag("acquainted")?,
        here: still_live(write, here).await?,
        caller_elsewhere: still_live(write, caller_elsewhere).await?,
        callee_elsewhere: still_live(write, callee_elsewhere).await?,
        caller,
        callee,
    }))
}

/// A call that was live when it was found, unless it has ended before it could be locked.
async fn still_live(write: &mut Session, id: Option<CallId>) -> Result<Option<CallRecord>, StoreError> {
    let Some(id) = id else { return Ok(None) };
    Ok(record::by_id(write, &id).await?.filter(|record| record.status.is_live()))
}

/// What is promised to the caller and to the callee about their network addresses.
fn addresses(situation: &Situation, new: &NewCall) -> (Address, Address) {
    let promise = |hides| if hides { Address::hidden(new.has_relay) } else { Address::Shown };
    (promise(situation.caller_hides), promise(situation.callee_hides))
}

async fn make_room(
    write: &mut Session,
    endings: &[Ending],
    now: Now<'_>,
) -> Result<Vec<Changed>, StoreError> {
    let mut ended = Vec::with_capacity(endings.len());
    for ending in endings {
        // Two people's calls that make room can be one and the same.
        if ended.iter().any(|changed: &Changed| changed.record.id == ending.metadata.call_id) {
            continue;
        }
        let record = record::by_id(write, &ending.metadata.call_id).await?;
        let record = record.ok_or(StoreError::Unreadable("call"))?;
        ended.push(
            transition::step(write, (&record, Last::Unknown), &Step::End(Box::new(ending.clone())), now)
                .await?,
        );
    }
    Ok(ended)
}

/// What writes a call that rings. The last statement changes one row. `connect_deadline` of `call_runtime` is not used: it is
/// a column of an earlier version.
fn ring<'q>(new: &'q NewCall, record: &'q CallRecord, ids: [&'q str; 2], now: Now<'q>) -> [Query<'q>; 5] {
    let (caller, callee) = (CallRole::Caller, CallRole::Callee);
    let runtime = query(
        "INSERT INTO call_runtime (call_id, conversation_id, ring_deadline, live, version) VALUES ($1, $2, $3, 1, 1)",
    )
    .id(new.id.as_str())
    .id(new.conversation.as_str())
    .moment(record.ring_deadline);
    let seats = query(
        "INSERT INTO call_seats (call_id, user_id, device_id, device_label, leased, last_seen, address) \
         VALUES ($1, $2, $3, $4, $5, $6, $8), ($1, $7, NULL, NULL, 1, NULL, $9)",
    )
    .id(new.id.as_str())
    .id(new.asker.user.as_str())
    .text(new.seating.device.as_str())
    .text(new.seating.label.as_deref())
    .number(new.seating.leased)
    .moment(now.at)
    .id(record.callee.id.as_str())
    .number(columns::address_number(record.address(caller)))
    .number(columns::address_number(record.address(callee)));
    let audit = audit::row(Some(&new.id), now, "initiated", Some(new.call_type.as_str()));
    let participants = participants(new, &record.callee, ids, now.at);
    [call(new, (CallStatus::Ringing, now.at)), participants, runtime, seats, audit]
}

/// Writes down a call that never rang, and how it ended.
async fn missed(
    write: &mut Session,
    new: &NewCall,
    people: (&User, &User),
    end: Step,
    now: Now<'_>,
) -> Result<Changed, StoreError> {
    let ids = [ids::fresh(now.at), ids::fresh(now.at)];
    let participants = participants(new, people.1, [&ids[0], &ids[1]], now.at);
    write.run_together([call(new, (CallStatus::Missed, now.at)), participants]).await?;
    transition::step(write, (&unrung(new, people, now.at), Last::Unknown), &end, now).await
}

fn unrung(new: &NewCall, people: (&User, &User), at: Moment) -> CallRecord {
    CallRecord::unrung(&new.id, &new.conversation, new.call_type, people, at)
}

fn call(new: &NewCall, (status, at): (CallStatus, Moment)) -> Query<'_> {
    query(
        "INSERT INTO calls (id, conversation_id, initiator_id, call_type, status, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $6)",
    )
    .id(new.id.as_str())
    .id(new.conversation.as_str())
    .id(new.asker.user.as_str())
    .text(new.call_type.as_str())
    .text(status.as_str())
    .moment(at)
}

fn participants<'q>(
    new: &'q NewCall,
    callee: &'q User,
    [mine, theirs]: [&'q str; 2],
    at: Moment,
) -> Query<'q> {
    query(
        "INSERT INTO call_participants (id, call_id, user_id, joined_at, created_at) \
         VALUES ($1, $2, $3, $4, $4), ($5, $2, $6, NULL, $4)",
    )
    .id(mine)
    .id(new.id.as_str())
    .id(new.asker.user.as_str())
    .moment(at)
    .id(theirs)
    .id(callee.id.as_str())
}
