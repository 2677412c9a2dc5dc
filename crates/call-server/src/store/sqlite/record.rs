//! Reads calls with their people and seats.

use super::{SqliteStore, rows};
use crate::{
    clock::Moment,
    model::{CallRecord, SeatRecord},
    policy,
    store::StoreError,
};
use call_protocol::{Call, CallId, CallStatus, ConversationId, DeviceId, EndReason, Timestamp, UserId};
use sqlx::{AssertSqlSafe, Row, SqliteConnection, sqlite::SqliteRow};

/// A call with both people; the condition follows.
const CALL: &str = "SELECT c.id, c.conversation_id, c.initiator_id, c.call_type, c.status, c.started_at, c.ended_at, \
    c.error_reason, c.created_at, c.updated_at, r.ring_deadline, r.version, \
    a.id AS caller_id, a.username AS caller_username, a.display_name AS caller_display_name, \
    a.display_picture_url AS caller_picture, \
    b.id AS callee_id, b.username AS callee_username, b.display_name AS callee_display_name, \
    b.display_picture_url AS callee_picture \
    FROM calls c \
    LEFT JOIN call_runtime r ON r.call_id = c.id \
    JOIN users a ON a.id = c.initiator_id \
    JOIN call_participants p ON p.call_id = c.id AND p.user_id <> c.initiator_id \
    JOIN users b ON b.id = p.user_id";

impl SqliteStore {
    /// A call by id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn call(&self, id: &CallId) -> Result<Option<CallRecord>, StoreError> {
        by_id(&mut *self.readers.begin().await?, id).await
    }

    /// Every call that rings or runs, and those that ended since a moment.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn current_calls(&self, ended_since: Moment) -> Result<Vec<CallRecord>, StoreError> {
        let mut read = self.readers.begin().await?;
        let condition = "c.status IN ('ringing', 'active') OR c.updated_at >= ?";
        let sql = format!("{CALL} WHERE {condition}");
        let found =
            sqlx::query(AssertSqlSafe(sql)).bind(ended_since.timestamp().0).fetch_all(&mut *read).await?;
        let mut records = Vec::with_capacity(found.len());
        for row in &found {
            records.push(record(&mut read, row).await?);
        }
        Ok(records)
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
        let mut read = self.readers.acquire().await?;
        let sql = format!(
            "{CALL} JOIN call_participants me ON me.call_id = c.id AND me.user_id = ? \
             WHERE c.status NOT IN ('ringing', 'active') AND (c.created_at, c.id) < (?, ?) \
             ORDER BY c.created_at DESC, c.id DESC LIMIT ?"
        );
        // Later than everything that can be written.
        let (moment, id) = before.map_or(("~", "~"), |(moment, id)| (moment.0.as_str(), id.as_str()));
        let found = sqlx::query(AssertSqlSafe(sql))
            .bind(user.as_str())
            .bind(moment)
            .bind(id)
            .bind(limit)
            .fetch_all(&mut *read)
            .await?;
        found.iter().map(without_seats).collect()
    }
}

/// A call by id.
pub(super) async fn by_id(db: &mut SqliteConnection, id: &CallId) -> Result<Option<CallRecord>, StoreError> {
    let sql = format!("{CALL} WHERE c.id = ?");
    let row = sqlx::query(AssertSqlSafe(sql)).bind(id.as_str()).fetch_optional(&mut *db).await?;
    match row {
        Some(row) => Ok(Some(record(db, &row).await?)),
        None => Ok(None),
    }
}

/// The live call of a conversation.
pub(super) async fn live_in(
    db: &mut SqliteConnection,
    conversation: &ConversationId,
) -> Result<Option<CallRecord>, StoreError> {
    let sql = "SELECT call_id FROM call_runtime WHERE conversation_id = ? AND live = 1";
    let id: Option<String> =
        sqlx::query_scalar(sql).bind(conversation.as_str()).fetch_optional(&mut *db).await?;
    match id {
        Some(id) => by_id(db, &CallId(id)).await,
        None => Ok(None),
    }
}

/// The live call in another conversation in which a person has a seat, or is rung.
pub(super) async fn live_elsewhere(
    db: &mut SqliteConnection,
    user: &UserId,
    conversation: &ConversationId,
) -> Result<Option<CallRecord>, StoreError> {
    let sql = "SELECT s.call_id FROM call_seats s JOIN call_runtime r ON r.call_id = s.call_id \
        WHERE s.user_id = ? AND s.held = 0 AND s.left_at IS NULL AND r.conversation_id <> ?";
    let id: Option<String> = sqlx::query_scalar(sql)
        .bind(user.as_str())
        .bind(conversation.as_str())
        .fetch_optional(&mut *db)
        .await?;
    match id {
        Some(id) => by_id(db, &CallId(id)).await,
        None => Ok(None),
    }
}

async fn record(db: &mut SqliteConnection, row: &SqliteRow) -> Result<CallRecord, StoreError> {
    let mut record = without_seats(row)?;
    let sql = "SELECT user_id, device_id, device_label, leased, left_at, last_seen FROM call_seats WHERE call_id = ?";
    let seats = sqlx::query(sql).bind(record.call.id.as_str()).fetch_all(&mut *db).await?;
    record.seats = seats.iter().map(seat).collect::<Result<_, _>>()?;
    Ok(record)
}

fn without_seats(row: &SqliteRow) -> Result<CallRecord, StoreError> {
    Ok(CallRecord {
        call: call(row)?,
        caller: rows::user(row, "caller_")?,
        callee: rows::user(row, "callee_")?,
        ring_deadline: rows::moment(row, "ring_deadline")?,
        version: row.try_get::<Option<i64>, _>("version")?.unwrap_or(0),
        seats: Vec::new(),
    })
}

fn call(row: &SqliteRow) -> Result<Call, StoreError> {
    let moment = |column| rows::timestamp(row, column)?.ok_or(StoreError::Unreadable("moment"));
    let status = rows::status(row.try_get("status")?)?;
    let (started_at, ended_at) = (rows::timestamp(row, "started_at")?, rows::timestamp(row, "ended_at")?);
    let talked = policy::duration(started_at.as_ref(), ended_at.as_ref());
    let talked = talked.filter(|_| status == CallStatus::Ended);
    let reason: Option<String> = row.try_get("error_reason")?;
    Ok(Call {
        id: CallId(row.try_get("id")?),
        conversation_id: ConversationId(row.try_get("conversation_id")?),
        initiator_id: UserId(row.try_get("initiator_id")?),
        call_type: rows::call_type(row.try_get("call_type")?)?,
        status,
        started_at,
        ended_at,
        error_reason: reason.map(|word| EndReason::from_word(&word)),
        created_at: moment("created_at")?,
        updated_at: moment("updated_at")?,
        duration_seconds: talked.map(|talked| u32::try_from(talked.as_secs()).unwrap_or(u32::MAX)),
    })
}

fn seat(row: &SqliteRow) -> Result<SeatRecord, StoreError> {
    Ok(SeatRecord {
        user: UserId(row.try_get("user_id")?),
        device: row.try_get::<Option<String>, _>("device_id")?.map(DeviceId),
        label: row.try_get("device_label")?,
        leased: row.try_get("leased")?,
        left: row.try_get::<Option<String>, _>("left_at")?.is_some(),
        last_seen: rows::moment(row, "last_seen")?,
    })
}
