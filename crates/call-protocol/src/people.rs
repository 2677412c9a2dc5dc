//! Contacts, settings and messages of the conversations in which calls happen. Never holds secrets: passwords
//! and tokens are in the sign-in bodies only.

use crate::macros::{readers, string_enum};
use crate::{CallId, CallType, ConversationId, EndReason, MessageId, Timestamp, User, UserId};
use serde::{Deserialize, Serialize};

string_enum! {
    /// The state of a contact.
    pub enum ContactState {
        /// Both agreed; they have a conversation.
        Accepted "accepted",
        /// The other person sent a request; you may accept it.
        Incoming "incoming",
        /// You sent a request, which has not been answered.
        Outgoing "outgoing",
    }
}

/// A person in a user's contact list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Contact {
    /// The other person.
    pub user: User,
    /// The state of the contact.
    pub state: ContactState,
    /// Their conversation, once accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<ConversationId>,
    /// Whether at least one of their devices is connected; `false` until accepted.
    pub online: bool,
}
string_enum! {
    /// From whom a person's network address is hidden: media then goes through the server's TURN relay, and no
    /// connection is prepared while it rings. If the server has no relay, the address is hidden until the call
    /// is answered.
    #[derive(Default)]
    pub enum HideAddress {
        /// From none of their contacts.
        #[default]
        Never "never",
        /// From people whom the person never wrote to, called or answered.
        Strangers "strangers",
        /// From everybody.
        Everybody "everybody",
    }
}

/// A person's settings: `GET /api/settings`, and the reply to `PUT`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Settings {
    /// If true, calls from people whom the person never wrote to, called or answered do not ring and are
    /// recorded as missed.
    pub silence_unknown_callers: bool,
    /// From whom the person's network address is hidden.
    #[serde(default)]
    pub hide_address: HideAddress,
    /// Whether the server has a TURN relay, so that an address can stay hidden after the answer.
    #[serde(default)]
    pub has_relay: bool,
}

/// `PUT /api/settings`: fields that are left out stay unchanged.
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
string_enum! {
    /// Whether a message was written by a person or by the server.
    pub enum MessageType {
        /// Written by a person.
        Text "text",
        /// Written by the server; has no sender.
        System "system",
    }
}
string_enum! {
    /// How a call ended, in its system message.
    pub enum CallOutcome {
        /// The two talked.
        Completed "completed",
        /// The callee declined.
        Declined "declined",
        /// Nobody answered, the caller cancelled, or the callee was busy.
        Missed "missed",
        /// It did not connect.
        Failed "failed",
    }
}

/// The metadata of an ended call's system message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CallMetadata {
    /// Always `call`.
    pub system_type: String,
    /// Which call.
    pub call_id: CallId,
    /// Voice or video.
    pub call_type: CallType,
    /// How long the two talked; absent if they did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<u32>,
    /// How the call ended.
    pub status: CallOutcome,
    /// The reason, if the outcome alone does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<EndReason>,
    /// The caller.
    pub initiator_id: UserId,
}

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// The conversation that it belongs to.
    pub conversation_id: ConversationId,
    /// The author; null for system messages.
    #[serde(default)]
    pub sender_id: Option<UserId>,
    /// The text.
    pub content: String,
    /// Whether a person or the server wrote it.
    pub message_type: MessageType,
    /// Only in the message of an ended call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<CallMetadata>,
    /// When it was written.
    pub created_at: Timestamp,
}

readers! {
    Contact { user, state, conversation_id, online }
    Settings { silence_unknown_callers, hide_address or lenient, has_relay or lenient }
    Message { id, conversation_id, sender_id, content, message_type, metadata, created_at }
    CallMetadata { system_type, call_id, call_type, duration_seconds or nothing, status, reason, initiator_id }
}
