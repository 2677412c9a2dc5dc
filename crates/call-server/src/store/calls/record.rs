//! Reads calls with their people and seats.

use crate::store::StoreError;
use crate::store::{
    Store,
    engine::{
        query::{AndMore, query},
        row::Row,
        session::Session,
    },
    tables::{columns, message::Last},
};
use call_protocol::{CallId, ConversationId, DeviceId, EndReason, UserId};
use call_rules::{CallRecord, Moment, SeatRecord};
use std::{collections::HashMap, sync::LazyLock};

/// A call with both people. Somebody whom an application has deleted has no name any more, and the
/// call stays the other person's.
const COLUMNS: &str = "c.id, c.conversation_id, c.initiator_id, c.call_type, c.status, c.started_at, c.ended_at, \
    c.error_reason, c.created_at, c.updated_at, r.ring_deadline, r.version, \
    c.initiator_id AS caller_id, coalesce(a.username, '') AS caller_username, \
    coalesce(a.display_name, 'Deleted account') AS caller_display_name, a.display_picture_url AS caller_picture, \
    p.user_id AS callee_id, coalesce(b.username, '') AS callee_username, \
    coalesce(b.display_name, 'Deleted account') AS callee_display_name, b.display_picture_url AS callee_picture";
const CALL: &str = "calls c \
    LEFT JOIN call_runtime r ON r.call_id = c.id \
    LEFT JOIN users a ON a.id = c.initiator_id \
    JOIN call_participants p ON p.call_id = c.id AND p.user_id <> c.initiator_id \
    LEFT JOIN users b ON b.id = p.user_id";

/// The seats of both; a call that never rang has none.
const SEAT_COLUMNS: &str = "\
    s.user_id AS caller_seat, s.device_id AS caller_device, s.device_label AS caller_label, s.leased AS caller_leased, \
    s.left_at AS caller_left, s.last_seen AS caller_seen, s.media_seen AS caller_media, s.address AS caller_address, \
    t.user_id AS callee_seat, t.device_id AS callee_device, t.device_label AS callee_label, t.leased AS callee_leased, \
    t.left_at AS callee_left, t.last_seen AS callee_seen, t.media_seen AS callee_media, t.address AS callee_address";
const CALLER_SEAT: [&str; 8] = [
    "caller_seat",
    "caller_device",
    "caller_label",
    "caller_leased",
    "caller_left",
    "caller_seen",
    "caller_media",
    "caller_address",
];
const CALLEE_SEAT: [&str; 8] = [
    "callee_seat",
    "callee_device",
    "callee_label",
    "callee_leased",
    "callee_left",
    "callee_seen",
    "callee_media",
    "callee_address",
];
const SEATS: &str = "LEFT JOIN call_seats s ON s.call_id = c.id AND s.user_id = c.initiator_id \
    LEFT JOIN call_seats t ON t.call_id = c.id AND t.user_id = p.user_id";

/// The call with the id `$1`; put together once, since every step of a call reads it.
static BY_ID: LazyLock<String> = LazyLock::new(|| with_seats("c.id = $1"));
static TO_CHANGE: LazyLock<AndMore> = LazyLock::new(|| AndMore::and_now(BY_ID.clone()));
static TO_END: LazyLock<AndMore> = LazyLock::new(|| {
    let last = "(SELECT max(m.created_at) FROM messages m WHERE m.conversation_id = c.conversation_id)";
    let columns = format!("{COLUMNS}, {SEAT_COLUMNS}, {last} AS last_message");
    AndMore::and_now(format!("SELECT {columns} FROM {CALL} {SEATS} WHERE c.id = $1"))
});

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
        by_id(&mut *self.read().await?, id).await
    }

    /// Every call that rings or runs, and those that ended since a moment; the newest of those come last.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn current_calls(&self, ended_since: Moment) -> Result<Vec<CallRecord>, StoreError> {
        let mut read = self.read().await?;
        let select = format!("{} ORDER BY c.updated_at", with_seats(CURRENT));
        let select = query(select).moment(ended_since);
        read.all(select).await?.iter().map(record).collect()
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
        let mut read = self.read().await?;
        let own = "c.id IN (SELECT call_id FROM call_participants WHERE user_id = $2)";
        let select = with_seats(&format!("{CURRENT} AND {own} ORDER BY c.updated_at"));
        let select = query(select).moment(ended_since).id(user.as_str());
        read.all(select).await?.iter().map(record).collect()
    }

    /// The calls that ring or run, and their versions.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn live_versions(&self) -> Result<HashMap<CallId, i64>, StoreError> {
        let select = query("SELECT call_id, version FROM call_runtime WHERE live = 1");
        let rows = self.read().await?.all(select).await?;
        let version = |row: &Row| row.number_or_none("version").map(Option::unwrap_or_default);
        rows.iter().map(|row| Ok((CallId(row.id("call_id")?), version(row)?))).collect()
    }

    /// Calls of a person that are over, newest first, older than the one at `before`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn past_calls(
        &self,
        user: &UserId,
        before: Option<(Moment, &CallId)>,
        limit: u32,
    ) -> Result<Vec<CallRecord>, StoreError> {
        let select = format!(
            "SELECT {COLUMNS} FROM {CALL} JOIN call_participants me ON me.call_id = c.id AND me.user_id = $1 \
             WHERE c.status NOT IN ('ringing', 'active') AND (c.created_at, c.id) < ($2, $3) \
             ORDER BY c.created_at DESC, c.id DESC LIMIT $4"
        );
        let (moment, id) = match before {
            Some((moment, id)) => (moment, id.as_str()),
            None => (Moment::LAST, LAST_ID),
        };
        let select = query(select).id(user.as_str()).moment(moment).id(id).number(limit);
        let found = self.read().await?.all(select).await?;
        found.iter().map(without_seats).collect()
    }
}

/// A call by id.
pub(in crate::store) async fn by_id(db: &mut Session, id: &CallId) -> Result<Option<CallRecord>, StoreError> {
    let row = db.first(query(BY_ID.as_str()).id(id.as_str())).await?;
    row.as_ref().map(record).transpose()
}

/// A call as it was found, to be changed.
pub(in crate::store) struct Found {
    pub(in crate::store) record: CallRecord,
    /// The last message of its conversation.
    pub(in crate::store) last: Last,
    /// The database's time, if that is another clock than ours.
    pub(in crate::store) read_at: Option<Moment>,
}

/// A call by id that is to be changed.
pub(in crate::store) async fn to_change(db: &mut Session, id: &CallId) -> Result<Option<Found>, StoreError> {
    let Some((row, read_at)) = db.first_and_now(&TO_CHANGE, id.as_str()).await? else { return Ok(None) };
    Ok(Some(Found { record: record(&row)?, last: Last::Unknown, read_at }))
}

/// A call by id that will probably end, with the last message of its conversation if that is `locked`.
pub(in crate::store) async fn to_end(
    db: &mut Session,
    id: &CallId,
    locked: &ConversationId,
) -> Result<Option<Found>, StoreError> {
    let Some((row, read_at)) = db.first_and_now(&TO_END, id.as_str()).await? else { return Ok(None) };
    let record = record(&row)?;
    let is_locked = record.conversation_id == *locked;
    let last = if is_locked { Last::Known(row.moment_or_none("last_message")?) } else { Last::Unknown };
    Ok(Some(Found { record, last, read_at }))
}

fn with_seats(condition: &str) -> String {
    format!("SELECT {COLUMNS}, {SEAT_COLUMNS} FROM {CALL} {SEATS} WHERE {condition}")
}

fn record(row: &Row) -> Result<CallRecord, StoreError> {
    let seats = [seat(row, &CALLER_SEAT)?, seat(row, &CALLEE_SEAT)?];
    Ok(CallRecord { seats: seats.into_iter().flatten().collect(), ..without_seats(row)? })
}

fn without_seats(row: &Row) -> Result<CallRecord, StoreError> {
    Ok(CallRecord {
        id: CallId(row.id("id")?),
        conversation_id: ConversationId(row.id("conversation_id")?),
        call_type: columns::call_type(&row.text("call_type")?)?,
        status: columns::status(&row.text("status")?)?,
        started_at: row.moment_or_none("started_at")?,
        ended_at: row.moment_or_none("ended_at")?,
        error_reason: row.text_or_none("error_reason")?.and_then(|word| EndReason::from_wire(&word)),
        created_at: row.moment("created_at")?,
        updated_at: row.moment("updated_at")?,
        caller: columns::user(row, "caller_")?,
        callee: columns::user(row, "callee_")?,
        ring_deadline: row.moment_or_none("ring_deadline")?,
        version: row.number_or_none("version")?.unwrap_or(0),
        seats: Vec::new(),
    })
}

fn seat(
    row: &Row,
    [user, device, label, leased, left, seen, media, address]: &[&str; 8],
) -> Result<Option<SeatRecord>, StoreError> {
    let Some(user) = row.id_or_none(user)? else { return Ok(None) };
    Ok(Some(SeatRecord {
        user: UserId(user),
        device: row.text_or_none(device)?.map(DeviceId),
        label: row.text_or_none(label)?,
        leased: row.flag(leased)?,
        left: row.moment_or_none(left)?.is_some(),
        last_seen: row.moment_or_none(seen)?,
        media_seen: row.moment_or_none(media)?,
        address: columns::address(row.number_or_none(address)?),
    }))
}
