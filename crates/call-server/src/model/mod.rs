//! What the store reads and the service passes on, beside the records of the crate `call-rules`.
//! Data only.

mod session;

pub use session::{Ended, Farewell, Fresh, SignIn};

use call_protocol::{CallId, DeviceId, Message, ServerFrame, Signal, Timestamp, Unread, UserId};
use call_rules::CallRecord;
use serde::Serialize;
use serde_json::value::RawValue;

/// The payload of a signal, which the server passes on unread.
pub type Json = Box<RawValue>;

/// A signal that is passed on.
pub type Passed<'a> = Signal<Unread<&'a RawValue>>;

/// A frame as this server sends it.
pub type Frame = ServerFrame<Unread<Json>, Json>;

/// [`ServerFrame::Signal`] in parts that are elsewhere: the frame that is sent most.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "signal")]
pub struct PassedSignal<'a> {
    /// Which call.
    pub call_id: &'a CallId,
    /// Who sends it.
    pub sender_id: &'a UserId,
    /// Whom it is for.
    pub recipient_id: &'a UserId,
    /// When it is passed on.
    pub timestamp: Timestamp,
    /// The signal.
    pub signal_data: &'a Passed<'a>,
}

/// One connection of a device to its node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Whose device.
    pub user: UserId,
    /// The device.
    pub device: DeviceId,
    /// Which of its connections: grows with every one to this node.
    pub number: i64,
}

/// What makes a request one that is done once, however often it is tried; nothing of it can be read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    /// SHA-256 of the address and the key that the client chose.
    pub key_hash: String,
    /// SHA-256 of the request.
    pub request_hash: String,
}

/// A call that was changed by a transaction, and the message that this wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The call as it is now.
    pub record: CallRecord,
    /// The system message, when the call ended.
    pub message: Option<Box<Message>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timestamp;
    use call_protocol::SignalKind;
    use call_rules::Moment;

    #[test]
    fn a_passed_signal_reads_as_the_frame_of_the_protocol() {
        let data: Json = RawValue::from_string(r#"{"candidate":"x"}"#.to_owned()).unwrap();
        let kind = SignalKind::IceCandidate;
        let signal = Signal {
            body: Unread { kind, data },
            peer_connection: Some(2),
            seq: Some(7),
            from_device: None,
            to_device: Some(DeviceId::from("ben-1")),
        };
        let (call_id, sender_id) = (CallId::from("c1"), UserId::from("anna"));
        let (recipient_id, timestamp) = (UserId::from("ben"), timestamp::format(Moment(0)));
        let passed = PassedSignal {
            call_id: &call_id,
            sender_id: &sender_id,
            recipient_id: &recipient_id,
            timestamp: timestamp.clone(),
            signal_data: &Signal {
                body: Unread { kind, data: &*signal.body.data },
                peer_connection: signal.peer_connection,
                seq: signal.seq,
                from_device: None,
                to_device: signal.to_device.clone(),
            },
        };
        let passed = serde_json::to_string(&passed).unwrap();
        let frame = Frame::Signal {
            call_id,
            sender_id,
            recipient_id: Some(recipient_id),
            timestamp: Some(timestamp),
            signal_data: signal,
        };
        assert_eq!(passed, serde_json::to_string(&frame).unwrap());
    }
}
