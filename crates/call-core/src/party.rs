//! Whom a call is with, and in which conversation: what events and views both name.
//! Never says what state the call is in.

use call_protocol::{CallId, CallType, ConversationId, User};

/// What every stage of a call shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// The other person.
    pub peer: User,
    /// Where they talk.
    pub conversation_id: ConversationId,
    /// Voice or video.
    pub call_type: CallType,
    /// The call's id once the server gave one, for logs and DOM events.
    pub call_id: Option<CallId>,
}
