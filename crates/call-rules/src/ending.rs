//! The ending of a call: status, reason, and the one system message about it.

use super::Standing;
use crate::{CallRecord, Ending, Moment};
use call_protocol::{CallMetadata, CallOutcome, CallStatus, CallType, EndReason};

impl CallRecord {
    /// How long the two talked, in whole seconds, in a call that has ended.
    pub fn seconds(&self) -> Option<u32> {
        seconds(self.status, self.started_at, self.ended_at)
    }
}

fn seconds(status: CallStatus, started_at: Option<Moment>, ended_at: Option<Moment>) -> Option<u32> {
    let talked = ended_at?.since(started_at?);
    (status == CallStatus::Ended).then(|| u32::try_from(talked.as_secs()).unwrap_or(u32::MAX))
}

/// What is known about the connection of a call whose clock is running. A client that names no device reports
/// no media, so the clock of its calls starts with the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// Media was reported.
    Reported,
    /// No reports are expected, but media may have flowed.
    Possible,
    /// No media flowed: no answer to an offer was ever signaled.
    Impossible,
}

/// Whether the two talked before a call ended for this reason.
pub(super) fn talked(record: &CallRecord, connection: Connection, reason: Option<EndReason>) -> bool {
    record.started_at.is_some()
        && match connection {
            Connection::Reported => true,
            Connection::Possible => !reason.is_some_and(says_never_connected),
            Connection::Impossible => false,
        }
}

fn says_never_connected(reason: EndReason) -> bool {
    match reason {
        EndReason::ConnectTimeout | EndReason::NegotiationFailed | EndReason::MediaFailed => true,
        EndReason::Cancelled
        | EndReason::Busy
        | EndReason::NoAnswer
        | EndReason::CallerGone
        | EndReason::Left
        | EndReason::ConnectionLost
        | EndReason::LeaseExpired
        | EndReason::Replaced
        | EndReason::Unknown => false,
    }
}

/// When a call started: with the first media, or with its first ring.
pub(super) fn began(record: &CallRecord) -> Moment {
    record.started_at.unwrap_or(record.created_at)
}

/// The ending of a call with its message. No call ends before it started, even if the clock was set back.
pub fn over(record: &CallRecord, status: CallStatus, reason: Option<EndReason>, ended_at: Moment) -> Ending {
    let ended_at = ended_at.max(began(record));
    let seconds = seconds(status, record.started_at, Some(ended_at));
    let outcome = outcome(status);
    let metadata = CallMetadata {
        system_type: "call".to_owned(),
        call_id: record.id.clone(),
        call_type: record.call_type,
        duration_seconds: seconds,
        status: outcome,
        reason,
        initiator_id: record.caller.id.clone(),
    };
    Ending { status, reason, ended_at, content: content(outcome, record.call_type, seconds), metadata }
}

/// The ending of a live call that nobody ended: its status depends on how far it had come.
pub(super) fn broken_off(standing: &Standing<'_>, reason: EndReason, ended_at: Moment) -> Ending {
    let record = standing.record;
    let status = match (record.status, talked(record, standing.connection, Some(reason))) {
        (CallStatus::Ringing, _) => CallStatus::Missed,
        (_, true) => CallStatus::Ended,
        (_, false) => CallStatus::Failed,
    };
    over(record, status, Some(reason), ended_at)
}

fn outcome(status: CallStatus) -> CallOutcome {
    match status {
        CallStatus::Ended => CallOutcome::Completed,
        CallStatus::Declined => CallOutcome::Declined,
        CallStatus::Missed => CallOutcome::Missed,
        CallStatus::Failed | CallStatus::Ringing | CallStatus::Active => CallOutcome::Failed,
    }
}

fn content(outcome: CallOutcome, kind: CallType, seconds: Option<u32>) -> String {
    let (long, short) = match kind {
        CallType::Audio => ("Voice call", "voice call"),
        CallType::Video => ("Video call", "video call"),
    };
    match outcome {
        CallOutcome::Completed => format!("{long} - {}", clock_text(seconds.unwrap_or(0))),
        CallOutcome::Declined => format!("Declined {short}"),
        CallOutcome::Missed => format!("Missed {short}"),
        CallOutcome::Failed => format!("Failed {short}"),
    }
}

fn clock_text(seconds: u32) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_messages_read_as_the_original_design_has_them() {
        for (outcome, kind, seconds, text) in [
            (CallOutcome::Completed, CallType::Video, Some(323), "Video call - 5:23"),
            (CallOutcome::Completed, CallType::Audio, Some(7), "Voice call - 0:07"),
            (CallOutcome::Completed, CallType::Audio, Some(3_723), "Voice call - 1:02:03"),
            (CallOutcome::Missed, CallType::Audio, None, "Missed voice call"),
            (CallOutcome::Declined, CallType::Video, None, "Declined video call"),
            (CallOutcome::Failed, CallType::Video, None, "Failed video call"),
        ] {
            assert_eq!(content(outcome, kind, seconds), text);
        }
    }
}
