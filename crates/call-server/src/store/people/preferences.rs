//! What people want of the server: who may ring, and who may learn their network address.
//! Never decides what becomes of a call: the caller hands that in.

use crate::store::{
    Store,
    calls::{
        end_between::{self, Decide},
        record,
    },
    engine::{query::query, session::Session},
    tables::{
        columns,
        relations::{CALLEE_HIDES, CALLER_HIDES, UNWANTED},
    },
};
use crate::{clock::Clock, model::Changed, store::StoreError};
use call_protocol::{CallId, ChangeSettings, HideAddress, Settings, UserId};
use call_rules::{Address, CallRecord};

/// What became of a change of settings.
#[derive(Clone, Debug)]
pub struct Kept {
    /// As they are now.
    pub settings: Settings,
    /// Rings that the person does not want any more.
    pub ended: Vec<Changed>,
    /// Calls that ring on, in which the person's address is hidden from now on.
    pub hidden: Vec<CallRecord>,
}

impl Store {
    /// What somebody wants of the server; whether it has a relay is not known here and left `false`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settings(&self, user: &UserId) -> Result<Settings, StoreError> {
        settings(&mut *self.read().await?, user).await
    }

    /// Keeps what somebody wants of the server. It holds for what rings at this moment: the ring of whom they do not want
    /// to hear ends, as `decide` says, and an address is hidden from then on. `None` when there is nobody of this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_settings(
        &self,
        user: &UserId,
        change: ChangeSettings,
        (clock, has_relay): (&Clock, bool),
        decide: Decide<'_>,
    ) -> Result<Option<Kept>, StoreError> {
        let mut write = self.write().await?;
        write.lock(&[user.as_str()]).await?;
        let before = settings(&mut write, user).await?;
        let now = Settings {
            silence_unknown_callers: change.silence_unknown_callers.unwrap_or(before.silence_unknown_callers),
            hide_address: change.hide_address.unwrap_or(before.hide_address),
            ..before
        };
        let insert = "INSERT INTO user_settings (user_id, silence_unknown_callers, hide_address) \
            SELECT id, $2, $3 FROM users WHERE id = $1 \
            ON CONFLICT (user_id) DO UPDATE SET silence_unknown_callers = excluded.silence_unknown_callers, \
              hide_address = excluded.hide_address";
        let insert = query(insert).id(user.as_str()).number(now.silence_unknown_callers);
        if write.run(insert.text(now.hide_address.as_str())).await? == 0 {
            return Ok(None);
        }
        let (mut unwanted, mut hidden) = (Vec::new(), Vec::new());
        for ring in rings(&mut write, user).await? {
            if ring.unwanted {
                unwanted.push(ring.call);
            } else if ring.hidden {
                hidden.push(ring.call);
            }
        }
        let ended = end_between::end(&mut write, &unwanted, (None, clock), decide).await?;
        let hidden = hide(&mut write, user, &hidden, Address::hidden(has_relay)).await?;
        write.commit().await?;
        Ok(Some(Kept { settings: now, ended, hidden }))
    }
}

async fn settings(db: &mut Session, user: &UserId) -> Result<Settings, StoreError> {
    let select = "SELECT silence_unknown_callers, hide_address FROM user_settings WHERE user_id = $1";
    let Some(row) = db.first(query(select).id(user.as_str())).await? else { return Ok(Settings::default()) };
    let hide_address = HideAddress::from_wire(&row.text("hide_address")?);
    Ok(Settings {
        silence_unknown_callers: row.flag("silence_unknown_callers")?,
        hide_address: hide_address.ok_or(StoreError::Unreadable("hide_address"))?,
        has_relay: false,
    })
}

/// A call that rings, and what a side of it wants by now.
struct Ring {
    call: CallId,
    unwanted: bool,
    hidden: bool,
}

/// The calls of a person that ring, on either side.
async fn rings(write: &mut Session, user: &UserId) -> Result<Vec<Ring>, StoreError> {
    let select = "SELECT c.id, c.conversation_id, c.initiator_id FROM call_seats s \
        JOIN call_runtime r ON r.call_id = s.call_id JOIN calls c ON c.id = s.call_id \
        WHERE s.user_id = $1 AND r.live = 1 AND c.status = 'ringing'";
    let mut rings = Vec::new();
    for row in write.all(query(select).id(user.as_str())).await? {
        let (conversation, caller) = (row.id("conversation_id")?, row.id("initiator_id")?);
        let (unwanted, hides) = if caller == user.as_str() {
            ("1 = 0", CALLER_HIDES)
        } else {
            (UNWANTED.as_str(), CALLEE_HIDES.as_str())
        };
        let flag = |condition: &str| format!("CAST(CASE WHEN {condition} THEN 1 ELSE 0 END AS BIGINT)");
        // Each statement names all three, so that each has its type.
        let named = "$1 = $1 AND $2 = $2 AND $3 = $3";
        let select =
            query(format!("SELECT {} AS unwanted, {} AS hides WHERE {named}", flag(unwanted), flag(hides)));
        let select = select.id(conversation.as_str()).id(caller.as_str()).id(user.as_str());
        let Some(found) = write.first(select).await? else { continue };
        let (unwanted, hidden) = (found.flag("unwanted")?, found.flag("hides")?);
        rings.push(Ring { call: CallId(row.id("id")?), unwanted, hidden });
    }
    Ok(rings)
}

/// Hides the person's address in these calls, unless it is hidden already or they ring no longer.
async fn hide(
    write: &mut Session,
    user: &UserId,
    calls: &[CallId],
    address: Address,
) -> Result<Vec<CallRecord>, StoreError> {
    let names: Vec<_> = calls.iter().map(CallId::as_str).collect();
    write.lock(&names).await?;
    let mut hidden = Vec::new();
    for call in calls {
        let update = "UPDATE call_seats SET address = $3 WHERE call_id = $1 AND user_id = $2 AND address = 0 \
            AND EXISTS (SELECT 1 FROM calls WHERE id = $1 AND status = 'ringing')";
        let update =
            query(update).id(call.as_str()).id(user.as_str()).number(columns::address_number(address));
        if write.run(update).await? == 0 {
            continue;
        }
        let next = "UPDATE call_runtime SET version = version + 1 WHERE call_id = $1";
        write.run(query(next).id(call.as_str())).await?;
        hidden.extend(record::by_id(write, call).await?);
    }
    Ok(hidden)
}
