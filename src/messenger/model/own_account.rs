//! The own account: sessions, password, deletion.
//! Which sessions end with what is decided by the server.

use super::Messenger;
use super::preferences::as_sentence;
use crate::messenger::words;
use call_protocol::{ChangePassword, DeleteAccount, OwnSession, SessionId};
use leptos::prelude::GetValue;

impl Messenger {
    /// Why the session is over.
    pub fn sign_out_reason(self) -> String {
        if self.deleted.try_get_untracked() == Some(true) {
            return "Your account has been deleted.".to_owned();
        }
        words::session_ended(self.session.try_get_value().and_then(|session| session.ended_by())).to_owned()
    }

    /// Whether the server ended the session, rather than that it expired.
    pub fn was_ended_by_server(self) -> bool {
        self.session.try_get_value().is_some_and(|session| session.ended_by().is_some())
    }

    /// Reads the person's sessions; an error is a sentence.
    pub async fn own_sessions(self) -> Result<Vec<OwnSession>, String> {
        let Some(session) = self.session.try_get_value() else { return Ok(Vec::new()) };
        as_sentence(session.api().own_sessions().await)
    }

    /// Ends one session, or all others; an error is a sentence.
    pub async fn end_sessions(self, one: Option<SessionId>) -> Result<(), String> {
        let Some(session) = self.session.try_get_value() else { return Ok(()) };
        as_sentence(match one {
            Some(one) => session.api().end_session(&one).await,
            None => session.api().end_other_sessions().await,
        })
    }

    /// Changes the password; an error is a sentence.
    pub async fn change_password(self, current_password: String, new_password: String) -> Result<(), String> {
        let Some(session) = self.session.try_get_value() else { return Ok(()) };
        let body = ChangePassword { current_password, new_password };
        session.api().change_password(&body).await.map_err(|error| words::own_password(&error))
    }

    /// Deletes the account for good; an error is a sentence.
    pub async fn delete_account(self, password: String) -> Result<(), String> {
        let Some(session) = self.session.try_get_value() else { return Ok(()) };
        // The socket may close before the reply is here.
        self.deleted.set(true);
        let deleted = session.api().delete_account(&DeleteAccount { password }).await;
        self.deleted.set(deleted.is_ok());
        deleted.map_err(|error| words::own_password(&error))
    }
}
