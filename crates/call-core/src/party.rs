//! The other person of a call, and its conversation: named by both events and views. Never says what state the
//! call is in.

use call_protocol::{CallId, CallType, ConversationId, User};

/// What is shown at every stage of a call.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Party {
    /// The other person.
    pub peer: User,
    /// Their conversation.
    pub conversation_id: ConversationId,
    /// Voice or video.
    pub call_type: CallType,
    /// The call's id once the server has assigned one; for logs and DOM events.
    pub call_id: Option<CallId>,
}
