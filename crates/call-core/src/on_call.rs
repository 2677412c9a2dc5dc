//! What the machine will do with `UserEvent::Call`, told from the view: for a caller who has to know at once whether a call
//! was placed. Changes nothing.

use crate::view::CallView;
use call_protocol::{CallId, ConversationId};

/// What calling the other person of a conversation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OnCall<'a> {
    /// Places a call; a reloaded page that does not know yet whether its call still runs places none.
    Places,
    /// That person's call rings here, and is answered.
    Answers(Option<&'a CallId>),
    /// Nothing: there is another call.
    Refused,
}

impl CallView {
    /// What calling the other person of this conversation does now.
    pub fn on_call(&self, conversation_id: &ConversationId) -> OnCall<'_> {
        match self {
            Self::Idle | Self::Ended(_) => OnCall::Places,
            Self::Incoming(ring) if &ring.party.conversation_id == conversation_id => {
                OnCall::Answers(ring.party.call_id.as_ref())
            }
            Self::Incoming(_) | Self::Outgoing(_) | Self::InCall(_) => OnCall::Refused,
        }
    }
}
