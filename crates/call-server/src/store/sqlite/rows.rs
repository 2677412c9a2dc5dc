//! Turns columns into the words of the protocol, and refuses what no version of this server wrote.

use crate::{clock::Moment, store::StoreError};
use call_protocol::{CallStatus, CallType, Timestamp, User, UserId};
use sqlx::{Row, sqlite::SqliteRow};

/// A person, from columns named `<prefix>id`, `<prefix>username`, `<prefix>display_name`, `<prefix>picture`.
pub(super) fn user(row: &SqliteRow, prefix: &str) -> Result<User, StoreError> {
    let column = |name: &str| format!("{prefix}{name}");
    Ok(User {
        id: UserId(row.try_get(column("id").as_str())?),
        username: row.try_get(column("username").as_str())?,
        display_name: row.try_get(column("display_name").as_str())?,
        display_picture_url: row.try_get(column("picture").as_str())?,
    })
}

/// A moment that may be missing.
pub(super) fn moment(row: &SqliteRow, column: &str) -> Result<Option<Moment>, StoreError> {
    let text: Option<String> = row.try_get(column)?;
    text.map(|text| Moment::parse(&text).ok_or(StoreError::Unreadable("moment"))).transpose()
}

/// A moment as the wire has it, which may be missing.
pub(super) fn timestamp(row: &SqliteRow, column: &str) -> Result<Option<Timestamp>, StoreError> {
    let text: Option<String> = row.try_get(column)?;
    Ok(text.map(Timestamp))
}

/// The status that a database word stands for.
pub(super) fn status(word: &str) -> Result<CallStatus, StoreError> {
    let found = CallStatus::ALL.into_iter().find(|status| status.as_str() == word);
    found.ok_or(StoreError::Unreadable("call status"))
}

/// The call type that a database word stands for.
pub(super) fn call_type(word: &str) -> Result<CallType, StoreError> {
    let found = [CallType::Audio, CallType::Video].into_iter().find(|kind| kind.as_str() == word);
    found.ok_or(StoreError::Unreadable("call type"))
}
