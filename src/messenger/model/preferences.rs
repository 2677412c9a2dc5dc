//! Blocked people and the person's settings.
//! What they mean is decided by the server; shown is what it has stored.

use super::Messenger;
use crate::messenger::words;
use crate::platform::session::Block;
use call_core::RequestError;
use call_protocol::{ChangeSettings, Settings, User, UserId};
use leptos::prelude::GetValue;

impl Messenger {
    /// Whether somebody is blocked.
    pub fn blocks(self, user: &UserId) -> bool {
        self.blocked.with(|blocked| blocked.iter().any(|other| &other.id == user))
    }

    /// Blocks or unblocks somebody; an error is a sentence. Reads all contacts again: a block hides contact requests, and an
    /// error may come from a change on another device.
    pub async fn block(self, user: User, change: Block) -> Result<(), String> {
        let Some(session) = self.session.try_get_value() else { return Ok(()) };
        let result = session.api().block(&user.id, change).await;
        if result.is_ok() {
            self.blocked.update(|blocked| {
                blocked.retain(|other| other.id != user.id);
                if change == Block::Begins {
                    blocked.push(user);
                }
            });
        }
        self.read_people();
        as_sentence(result)
    }

    /// Reads the settings; an error is a sentence.
    pub async fn read_settings(self) -> Result<(), String> {
        let Some(session) = self.session.try_get_value() else { return Ok(()) };
        let read = session.api().settings().await;
        self.settings.set(read.as_ref().ok().copied());
        as_sentence(read.map(drop))
    }

    /// Changes the settings. Shown at once, and reverted if the server refuses; an error is a sentence.
    pub async fn change_settings(self, change: ChangeSettings) -> Result<(), String> {
        let Some(session) = self.session.try_get_value() else { return Ok(()) };
        let before = self.settings.try_get_untracked().flatten();
        self.settings.set(before.map(|before| Settings {
            silence_unknown_callers: change.silence_unknown_callers.unwrap_or(before.silence_unknown_callers),
            hide_address: change.hide_address.unwrap_or(before.hide_address),
            ..before
        }));
        let kept = session.api().set_settings(&change).await;
        self.settings.set(kept.as_ref().map_or(before, |kept| Some(*kept)));
        as_sentence(kept.map(drop))
    }
}

pub(super) fn as_sentence<T>(result: Result<T, RequestError>) -> Result<T, String> {
    result.map_err(|error| words::trouble(&error))
}
