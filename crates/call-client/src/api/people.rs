//! Contacts, messages, blocks and settings as a messenger needs them.

use super::Api;
use super::request::{Request, encode, paged};
use crate::network::Network;
use call_core::RequestError;
use call_protocol::{
    AddContact, ChangeSettings, Contact, ConversationId, Message, MessagePage, PostMessage, Settings, User,
    UserId,
};

/// What becomes of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// From now on somebody is kept away.
    Begins,
    /// No longer.
    Ends,
}

impl<N: Network> Api<N> {
    /// Everybody on the list, with presence.
    pub async fn contacts(&self) -> Result<Vec<Contact>, RequestError> {
        self.call(Request::get("/api/contacts")).await
    }

    /// Asks somebody to become a contact, by their unique name.
    pub async fn add_contact(&self, username: &str) -> Result<Contact, RequestError> {
        self.call(self.json(Request::post("/api/contacts"), &AddContact { username: username.to_owned() }))
            .await
    }

    /// Accepts somebody who asked.
    pub async fn accept_contact(&self, user: &UserId) -> Result<Contact, RequestError> {
        self.call(Request::post(&format!("/api/contacts/{}/accept", encode(user.as_str())))).await
    }

    /// Refuses somebody who asked, or takes somebody off the list.
    pub async fn remove_contact(&self, user: &UserId) -> Result<(), RequestError> {
        self.perform(Request::delete(&format!("/api/contacts/{}", encode(user.as_str())))).await
    }

    /// One page of a conversation, oldest first.
    pub async fn messages(
        &self,
        conversation: &ConversationId,
        before: Option<&str>,
    ) -> Result<MessagePage, RequestError> {
        let path = format!("/api/conversations/{}/messages", encode(conversation.as_str()));
        self.call(Request::get(&paged(&path, before))).await
    }

    /// Writes into a conversation, once for each key.
    pub async fn post_message(
        &self,
        conversation: &ConversationId,
        content: &str,
        key: &str,
    ) -> Result<Message, RequestError> {
        let path = format!("/api/conversations/{}/messages", encode(conversation.as_str()));
        self.call(self.json(Request::post(&path), &PostMessage { content: content.to_owned() }).once(key))
            .await
    }

    /// The people who are blocked, by name.
    pub async fn blocks(&self) -> Result<Vec<User>, RequestError> {
        self.call(Request::get("/api/blocks")).await
    }

    /// Blocks somebody, or takes it back.
    pub async fn block(&self, user: &UserId, change: Block) -> Result<(), RequestError> {
        let path = format!("/api/blocks/{}", encode(user.as_str()));
        self.perform(match change {
            Block::Begins => Request::put(&path),
            Block::Ends => Request::delete(&path),
        })
        .await
    }

    /// What the person wants of the server.
    pub async fn settings(&self) -> Result<Settings, RequestError> {
        self.call(Request::get("/api/settings")).await
    }

    /// Keeps what the person wants of the server.
    pub async fn set_settings(&self, wanted: &ChangeSettings) -> Result<Settings, RequestError> {
        self.call(self.json(Request::put("/api/settings"), wanted)).await
    }
}
