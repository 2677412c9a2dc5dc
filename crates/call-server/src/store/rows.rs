//! Turns columns into the words of the protocol, and refuses what no version of this server wrote.

use super::row::Row;
use crate::{names, store::StoreError};
use call_protocol::{CallStatus, CallType, User, UserId};

/// A person, with a name that can be shown, from columns named `<prefix>id`, `<prefix>username`, `<prefix>display_name`, `<prefix>picture`.
pub(super) fn user(row: &Row, prefix: &str) -> Result<User, StoreError> {
    let column = |name: &str| format!("{prefix}{name}");
    let username = names::unique(row.text(&column("username"))?);
    Ok(User {
        id: UserId(row.id(&column("id"))?),
        display_name: names::shown(row.text(&column("display_name"))?, &username),
        username,
        display_picture_url: row.text_or_none(&column("picture"))?,
    })
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
