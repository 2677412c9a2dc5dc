//! Turns columns into the words of the protocol, and refuses what no version of this server wrote.

use crate::store::engine::row::Row;
use crate::{names, store::StoreError};
use call_protocol::{CallStatus, CallType, User, UserId};
use call_rules::Address;

/// A person, with a name that can be shown, from columns named `<prefix>id`, `<prefix>username`, `<prefix>display_name`, `<prefix>picture`.
pub(in crate::store) fn user(row: &Row, prefix: &str) -> Result<User, StoreError> {
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
pub(in crate::store) fn status(word: &str) -> Result<CallStatus, StoreError> {
    CallStatus::from_wire(word).ok_or(StoreError::Unreadable("call status"))
}

/// The call type that a database word stands for.
pub(in crate::store) fn call_type(word: &str) -> Result<CallType, StoreError> {
    CallType::from_wire(word).ok_or(StoreError::Unreadable("call type"))
}

/// What a seat's column says.
pub(in crate::store) fn address(column: Option<i64>) -> Address {
    match column {
        Some(2) => Address::Relayed,
        Some(1) => Address::AfterTheAnswer,
        Some(_) | None => Address::Shown,
    }
}

/// What is written into a seat's column.
pub(in crate::store) const fn address_number(address: Address) -> i64 {
    match address {
        Address::Shown => 0,
        Address::AfterTheAnswer => 1,
        Address::Relayed => 2,
    }
}
