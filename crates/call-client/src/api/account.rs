//! The person's own account: where they are signed in, and their password.

use super::Api;
use super::request::{Request, encode};
use crate::network::Network;
use call_core::RequestError;
use call_protocol::{ChangePassword, DeleteAccount, OwnSession, SessionId};

impl<N: Network> Api<N> {
    /// Where the person is signed in.
    pub async fn own_sessions(&self) -> Result<Vec<OwnSession>, RequestError> {
        self.call(Request::get("/api/me/sessions")).await
    }

    /// Ends one of these.
    pub async fn end_session(&self, session: &SessionId) -> Result<(), RequestError> {
        self.perform(Request::delete(&format!("/api/me/sessions/{}", encode(session.as_str())))).await
    }

    /// Ends all of them but this one.
    pub async fn end_other_sessions(&self) -> Result<(), RequestError> {
        self.perform(Request::delete("/api/me/sessions")).await
    }

    /// Changes the password, and ends all other sessions.
    pub async fn change_password(&self, body: &ChangePassword) -> Result<(), RequestError> {
        self.perform(self.json(Request::put("/api/me/password"), body)).await
    }

    /// Deletes the account for good.
    pub async fn delete_account(&self, body: &DeleteAccount) -> Result<(), RequestError> {
        self.perform(self.json(Request::delete("/api/me"), body)).await
    }
}
