//! Reads calls with their people and seats.

use super::{
    Store,
    query::{Query, query},
    row::Row,
    rows,
    session::Session,
};
use crate::{
    clock::Moment,
    model::{CallRecord, SeatRecord},
    policy,
    store::StoreError,
};
use call_protocol::{Call, CallId, CallStatus, ConversationId, DeviceId, EndReason, Timestamp, UserId};

/// A call with both people; the condition follows. Somebody whom an application has deleted has no name any more, and the
/// call stays the other person's.
const CALL: &str = "SELECT c.id, c.conversation_id, c.initiator_id, c.call_type, c.status, c.started_at, c.ended_at, \
    c.error_reason, c.created_at, c.updated_at, r.ring_deadline, r.version, \
    c.initiator_id AS caller_id, coalesce(a.username, '') AS caller_username, \
    coalesce(a.display_name, 'Deleted account') AS caller_display_name, a.display_picture_url AS caller_picture, \
    p.user_id AS callee_id, coalesce(b.username, '') AS callee_username, \
    coalesce(b.display_name, 'Deleted account') AS callee_display_name, b.display_picture_url AS callee_picture \
    FROM calls c \
    LEFT JOIN call_runtime r ON r.call_id = c.id \
    LEFT JOIN users a ON a.id = c.initiator_id \
    JOIN call_participants p ON p.call_id = c.id AND p.user_id <> c.initiator_id \
    LEFT JOIN users b ON b.id = p.user_id";

/// Calls that ring or run, and those that ended since `$1`.
const CURRENT: &str = "(c.status IN ('ringing', 'active') OR c.updated_at >= $1)";

/// Comes after every id.
const LAST_ID: &str = "ffffffff-ffff-ffff-ffff-ffffffffffff";

impl Store {
    /// A call by id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn call(&self, id: &CallId) -> Result<Option<CallRecord>, StoreError> {
        by_id(&mut *self.view().await?, id).await
    }

    /// Every call that rings or runs, and those that ended since a moment.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn current_calls(&self, ended_since: Moment) -> Result<Vec<CallRecord>, StoreError> {
        let mut read = self.view().await?;
        let select = query(format!("{CALL} WHERE {CURRENT}")).moment(ended_since);
        with_seats(&mut read, select).await
    }

    /// Those of one person.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn current_calls_of(
        &self,
        user: &UserId,
        ended_since: Moment,
    ) -> Result<Vec<CallRecord>, StoreError> {
        let mut read = self.view().await?;
        let own = "c.id IN (SELECT call_id FROM call_participants WHERE user_id = $2)";
        let select = query(format!("{CALL} WHERE {CURRENT} AND {own}")).moment(ended_since).id(user.as_str());
        with_seats(&mut read, select).await
    }

    /// Calls of a person that are over, newest first, older than the one at `before`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn past_calls(
        &self,
        user: &UserId,
        before: Option<(&Timestamp, &CallId)>,
        limit: u32,
    ) -> Result<Vec<CallRecord>, StoreError> {
        let select = format!(
            "{CALL} JOIN call_participants me ON me.call_id = c.id AND me.user_id = $1 \
             WHERE c.status NOT IN ('ringing', 'active') AND (c.created_at, c.id) < ($2, $3) \
             ORDER BY c.created_at DESC, c.id DESC LIMIT $4"
        );
        let (moment, id) = match before {
            Some((moment, id)) => (Moment::parse(&moment.0), id.as_str()),
            None => (Some(Moment::LAST), LAST_ID),
        };
        let select = query(select).id(user.as_str()).moment(moment).id(id).number(limit);
        let found = self.read().await?.all(select).await?;
        found.iter().map(without_seats).collect()
    }
}

/// A call by id.
pub(super) async fn by_id(db: &mut Session, id: &CallId) -> Result<Option<CallRecord>, StoreError> {
    let row = db.first(query(format!("{CALL} WHERE c.id = $1")).id(id.as_str())).await?;
    match row {
        Some(row) => Ok(Some(record(db, &row).await?)),
        None => Ok(None),
    }
}

/// The live call of a conversation.
pub(super) async fn live_in(
    db: &mut Session,
    conversation: &ConversationId,
) -> Result<Option<CallId>, StoreError> {
    let select = "SELECT call_id FROM call_runtime WHERE conversation_id = $1 AND live = 1";
    let row = db.first(query(select).id(conversation.as_str())).await?;
    row.map(|row| row.id("call_id").map(CallId)).transpose()
}

/// The live call in another conversation in which a person has a seat, or is rung.
pub(super) async fn live_elsewhere(
    db: &mut Session,
    user: &UserId,
    conversation: &ConversationId,
) -> Result<Option<CallId>, StoreError> {
    let select = "SELECT s.call_id FROM call_seats s JOIN call_runtime r ON r.call_id = s.call_id \
        WHERE s.user_id = $1 AND s.held = 0 AND s.left_at IS NULL AND r.conversation_id <> $2";
    let row = db.first(query(select).id(user.as_str()).id(conversation.as_str())).await?;
    row.map(|row| row.id("call_id").map(CallId)).transpose()
}

async fn with_seats(db: &mut Session, select: Query<'_>) -> Result<Vec<CallRecord>, StoreError> {
    let found = db.all(select).await?;
    let mut records = Vec::with_capacity(found.len());
    for row in &found {
        records.push(record(db, row).await?);
    }
    Ok(records)
}

async fn record(db: &mut Session, row: &Row) -> Result<CallRecord, StoreError> {
    let mut record = without_seats(row)?;
    let select = "SELECT user_id, device_id, device_label, leased, left_at, last_seen, media_seen FROM call_seats WHERE call_id = $1";
    let seats = db.all(query(select).id(record.call.id.as_str())).await?;
    record.seats = seats.iter().map(seat).collect::<Result<_, _>>()?;
    Ok(record)
}

fn without_seats(row: &Row) -> Result<CallRecord, StoreError> {
    Ok(CallRecord {
        call: call(row)?,
        caller: rows::user(row, "caller_")?,
        callee: rows::user(row, "callee_")?,
        ring_deadline: row.moment_or_none("ring_deadline")?,
        version: row.number_or_none("version")?.unwrap_or(0),
        seats: Vec::new(),
    })
}

fn call(row: &Row) -> Result<Call, StoreError> {
    let moment = |column| Ok::<_, StoreError>(row.moment_or_none(column)?.map(Moment::timestamp));
    let status = rows::status(&row.text("status")?)?;
    let (started_at, ended_at) = (moment("started_at")?, moment("ended_at")?);
    let talked = policy::duration(started_at.as_ref(), ended_at.as_ref());
    let talked = talked.filter(|_| status == CallStatus::Ended);
    Ok(Call {
        id: CallId(row.id("id")?),
        conversation_id: ConversationId(row.id("conversation_id")?),
        initiator_id: UserId(row.id("initiator_id")?),
        call_type: rows::call_type(&row.text("call_type")?)?,
        status,
        started_at,
        ended_at,
        error_reason: row.text_or_none("error_reason")?.map(|word| EndReason::from_word(&word)),
        created_at: row.moment("created_at")?.timestamp(),
        updated_at: row.moment("updated_at")?.timestamp(),
        duration_seconds: talked.map(|talked| u32::try_from(talked.as_secs()).unwrap_or(u32::MAX)),
    })
}

fn seat(row: &Row) -> Result<SeatRecord, StoreError> {
    Ok(SeatRecord {
        user: UserId(row.id("user_id")?),
        device: row.text_or_none("device_id")?.map(DeviceId),
        label: row.text_or_none("device_label")?,
        leased: row.flag("leased")?,
        left: row.moment_or_none("left_at")?.is_some(),
        last_seen: row.moment_or_none("last_seen")?,
        media_seen: row.moment_or_none("media_seen")?,
    })
}
