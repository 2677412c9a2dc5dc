//! People, contacts and messages of the conversations in which calls happen.
//! Never holds secrets: passwords and tokens live in the sign-in bodies only.

use crate::words::{objects, words};
use crate::{CallId, CallType, ConversationId, EndReason, MessageId, Timestamp, User, UserId};
use serde::{Deserialize, Serialize};

words! {
    /// How far an acquaintance has come.
    pub enum ContactState {
        /// Both agreed; there is a conversation.
        Accepted "accepted",
        /// They asked; you may accept.
        Incoming "incoming",
        /// You asked; they have not answered yet.
        Outgoing "outgoing",
    }
}

/// Somebody on a user's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Contact {
    /// The other person.
    pub user: User,
    /// How far it has come.
    pub state: ContactState,
    /// Where the two talk, once accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<ConversationId>,
    /// Whether at least one of their devices is connected; `false` until accepted.
    pub online: bool,
}
words! {
    /// Before whom a person's network address is hidden: media goes through the server's relay, and no connection is made
    /// ready while it rings. Where the server has no relay, it is hidden until the call is answered.
    #[derive(Default)]
    pub enum HideAddress {
        /// Nobody who is a contact.
        #[default]
        Never "never",
        /// People to whom one never wrote, whom one never called and whom one never answered.
        Strangers "strangers",
        /// Whoever it is.
        Everybody "everybody",
    }
}

/// What a person wants of the server; `GET /api/settings`, and the reply to `PUT`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Settings {
    /// Whether calls of people to whom one never wrote, whom one never called and whom one never answered ring nowhere:
    /// they are missed calls at once.
    pub silence_unknown_callers: bool,
    /// Before whom the person's network address is hidden.
    #[serde(default)]
    pub hide_address: HideAddress,
    /// Whether the server has a relay, so that an address can be hidden after the answer too.
    #[serde(default)]
    pub has_relay: bool,
}

/// `PUT /api/settings`: what is left out stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeSettings {
    /// See [`Settings::silence_unknown_callers`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silence_unknown_callers: Option<bool>,
    /// See [`Settings::hide_address`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hide_address: Option<HideAddress>,
}
words! {
    /// Whether a person or the server wrote a message.
    pub enum MessageType {
        /// Written by a person.
        Text "text",
        /// Written by the server, without sender.
        System "system",
    }
}
words! {
    /// How a call went, in the words of its system message.
    pub enum CallOutcome {
        /// People talked.
        Completed "completed",
        /// The callee said no.
        Declined "declined",
        /// Nobody answered, it was cancelled, or the callee was busy.
        Missed "missed",
        /// It did not connect.
        Failed "failed",
    }
}

/// What the system message of an ended call carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CallMetadata {
    /// Always `call`.
    pub system_type: String,
    /// Which call.
    pub call_id: CallId,
    /// Voice or video.
    pub call_type: CallType,
    /// How long people talked; absent when they did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<u32>,
    /// How it went.
    pub status: CallOutcome,
    /// Why, where the outcome alone does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<EndReason>,
    /// Who called.
    pub initiator_id: UserId,
}

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Where it stands.
    pub conversation_id: ConversationId,
    /// Who wrote it; nobody for system messages.
    #[serde(default)]
    pub sender_id: Option<UserId>,
    /// The text.
    pub content: String,
    /// Person or server.
    pub message_type: MessageType,
    /// For the message of an ended call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<CallMetadata>,
    /// When it was written.
    pub created_at: Timestamp,
}

objects! {
    Contact { user, state, conversation_id, online }
    Settings { silence_unknown_callers, hide_address or lenient, has_relay or lenient }
    Message { id, conversation_id, sender_id, content, message_type, metadata, created_at }
    CallMetadata { system_type, call_id, call_type, duration_seconds or nothing, status, reason, initiator_id }
}
