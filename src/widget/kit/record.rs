//! Past calls in words: one description for the history and for a line in a conversation, from what the server keeps of a
//! call. Draws nothing, and knows no running call.

use super::icons::Icon;
use call_protocol::{Call, CallMetadata, CallOutcome, CallRole, CallStatus, CallType, EndReason, UserId};

/// How a call went, as its reader sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    /// Ringing or active.
    Live,
    /// People talked.
    Completed,
    /// The callee declined.
    Declined,
    /// The reader did not answer.
    Missed,
    /// The other person did not answer.
    Unanswered,
    /// It did not connect.
    Failed,
}

/// A call of the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// Voice or video.
    pub call_type: CallType,
    /// Whether the reader called or was called.
    pub role: CallRole,
    /// How it went.
    pub ending: Ending,
    /// Why, where that says more.
    pub reason: Option<EndReason>,
    /// How long people talked.
    pub seconds: Option<u32>,
}

impl Record {
    /// From a row of the history.
    pub fn of_call(call: &Call, role: CallRole) -> Self {
        let ending = match call.status {
            CallStatus::Ringing | CallStatus::Active => Ending::Live,
            CallStatus::Ended => Ending::Completed,
            CallStatus::Declined => Ending::Declined,
            CallStatus::Missed => not_taken(role),
            CallStatus::Failed => Ending::Failed,
        };
        let (reason, seconds) = (call.error_reason, call.duration_seconds);
        Self { call_type: call.call_type, role, ending, reason, seconds }
    }

    /// From the system message in a conversation.
    pub fn of_message(call: &CallMetadata, reader: &UserId) -> Self {
        let role = if &call.initiator_id == reader { CallRole::Caller } else { CallRole::Callee };
        let ending = match call.status {
            CallOutcome::Completed => Ending::Completed,
            CallOutcome::Declined => Ending::Declined,
            CallOutcome::Missed => not_taken(role),
            CallOutcome::Failed => Ending::Failed,
        };
        let (reason, seconds) = (call.reason, call.duration_seconds);
        Self { call_type: call.call_type, role, ending, reason, seconds }
    }

    /// "Video call - 5:23", "Missed voice call" …
    pub fn text(&self) -> String {
        let kind = call(self.call_type);
        let after = match self.ending {
            Ending::Live => " - now",
            Ending::Completed => {
                return [kind, " - ", &duration(self.seconds.unwrap_or_default())].concat();
            }
            Ending::Declined => " - declined",
            Ending::Missed => return ["Missed ", a_call(self.call_type)].concat(),
            Ending::Unanswered => match self.reason {
                Some(EndReason::Cancelled) => " - cancelled",
                Some(EndReason::Busy) => " - busy",
                None
                | Some(
                    EndReason::NoAnswer
                    | EndReason::CallerGone
                    | EndReason::ConnectTimeout
                    | EndReason::ConnectionLost
                    | EndReason::NegotiationFailed
                    | EndReason::MediaFailed
                    | EndReason::LeaseExpired
                    | EndReason::Replaced
                    | EndReason::Left
                    | EndReason::Unknown,
                ) => " - no answer",
            },
            Ending::Failed => " - could not connect",
        };
        [kind, after].concat()
    }

    /// The icon in a list of calls: the direction.
    pub const fn direction(&self) -> Icon {
        match (self.ending, self.role) {
            (Ending::Missed, _) => Icon::Missed,
            (Ending::Failed, _) => Icon::Warning,
            (Ending::Live | Ending::Completed | Ending::Declined | Ending::Unanswered, role) => match role {
                CallRole::Caller => Icon::Outgoing,
                CallRole::Callee => Icon::Incoming,
            },
        }
    }

    /// The icon in a conversation: the kind of call.
    pub const fn kind(&self) -> Icon {
        match self.ending {
            Ending::Missed => Icon::Missed,
            Ending::Failed => Icon::Warning,
            Ending::Declined => Icon::HangUp,
            Ending::Live | Ending::Completed | Ending::Unanswered => match self.call_type {
                CallType::Audio => Icon::Phone,
                CallType::Video => Icon::Camera,
            },
        }
    }

    /// The value of `data-outcome` in the style sheet.
    pub const fn mark(&self) -> &'static str {
        match self.ending {
            Ending::Live => "live",
            Ending::Completed => "completed",
            Ending::Declined => "declined",
            Ending::Missed => "missed",
            Ending::Unanswered => "unanswered",
            Ending::Failed => "failed",
        }
    }
}

/// "5:23", or "1:02:09" from an hour on.
pub fn duration(seconds: u32) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// "Voice call" or "Video call", at the beginning of a sentence.
pub const fn call(call_type: CallType) -> &'static str {
    match call_type {
        CallType::Audio => "Voice call",
        CallType::Video => "Video call",
    }
}

/// "voice call" or "video call", inside a sentence.
pub const fn a_call(call_type: CallType) -> &'static str {
    match call_type {
        CallType::Audio => "voice call",
        CallType::Video => "video call",
    }
}

const fn not_taken(role: CallRole) -> Ending {
    match role {
        CallRole::Caller => Ending::Unanswered,
        CallRole::Callee => Ending::Missed,
    }
}
