//! What the store reads, the policy judges and the service passes on: calls with their seats, and who asks.
//! Data only.

mod session;

pub use session::{Ended, Family, Farewell, Fresh, Shown, SignIn, Spent};

use crate::clock::Moment;
use call_protocol::{
    Call, CallId, CallMetadata, CallRole, CallStatus, DeviceId, EndReason, Message, ServerFrame, Signal,
    Timestamp, Unread, User, UserId,
};
use serde::Serialize;
use serde_json::value::RawValue;
use std::time::Duration;

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

/// The device that stands for a client which names none; no client may use this name.
pub const SEED_DEVICE: &str = "~";

/// Who asks for something: a person, and the device that does it for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asker {
    /// The person.
    pub user: UserId,
    /// Their device; [`SEED_DEVICE`] for a client that names none.
    pub device: DeviceId,
}

impl Asker {
    /// Whether the client names its device, and so owes proofs of life.
    pub fn is_leased(&self) -> bool {
        self.device.as_str() != SEED_DEVICE
    }
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

/// A user's place in a call, as the database holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatRecord {
    /// Whose place it is.
    pub user: UserId,
    /// Which device sits in it; nobody's yet, while the callee is only rung.
    pub device: Option<DeviceId>,
    /// What the device calls itself.
    pub label: Option<String>,
    /// Whether the device owes proofs of life.
    pub leased: bool,
    /// Whether the seat is free again.
    pub left: bool,
    /// The last proof of life that was written down.
    pub last_seen: Option<Moment>,
    /// The last report of flowing media by this device that was written down.
    pub media_seen: Option<Moment>,
    /// What the other side may learn of the network address of whoever sits here.
    pub address: Address,
}

/// What the other side of a call may learn of a person's network address, as it was promised when the call began to ring.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Address {
    /// It is shown while it rings, so that the two are connected before the answer.
    #[default]
    Shown,
    /// It is shown by the answer, and not before.
    AfterTheAnswer,
    /// It is never shown: media goes through a relay.
    Relayed,
}

impl Address {
    /// How an address is hidden by a server that has relays, or none.
    pub const fn hidden(has_relay: bool) -> Self {
        if has_relay { Self::Relayed } else { Self::AfterTheAnswer }
    }

    /// Whether nothing may be connected while it rings.
    pub fn is_hidden(self) -> bool {
        self != Self::Shown
    }
}

/// A call with all that decisions about it need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    /// The row.
    pub call: Call,
    /// Who called.
    pub caller: User,
    /// Who was called.
    pub callee: User,
    /// When nobody will have answered; `None` for a call that never rang.
    pub ring_deadline: Option<Moment>,
    /// Grows with every change.
    pub version: i64,
    /// The seats, also those that were left.
    pub seats: Vec<SeatRecord>,
}

impl CallRecord {
    /// Whether a side hides its network address while it rings.
    pub fn hides(&self, role: CallRole) -> bool {
        self.address(role).is_hidden()
    }

    /// What was promised to a side about its network address.
    pub fn address(&self, role: CallRole) -> Address {
        let user = &self.person(role).id;
        self.seats.iter().find(|seat| seat.user == *user).map_or(Address::Shown, |seat| seat.address)
    }

    /// On which side somebody stands, if they take part.
    pub fn role_of(&self, user: &UserId) -> Option<CallRole> {
        if *user == self.caller.id {
            Some(CallRole::Caller)
        } else if *user == self.callee.id {
            Some(CallRole::Callee)
        } else {
            None
        }
    }

    /// The person on a side.
    pub fn person(&self, role: CallRole) -> &User {
        match role {
            CallRole::Caller => &self.caller,
            CallRole::Callee => &self.callee,
        }
    }

    /// The person on the other side.
    pub fn peer(&self, role: CallRole) -> &User {
        self.person(other(role))
    }

    /// The seat on a side in which a device sits.
    pub fn seat(&self, role: CallRole) -> Option<&SeatRecord> {
        let user = &self.person(role).id;
        self.seats.iter().find(|seat| seat.user == *user && seat.device.is_some())
    }
}

/// The other side.
pub const fn other(role: CallRole) -> CallRole {
    match role {
        CallRole::Caller => CallRole::Callee,
        CallRole::Callee => CallRole::Caller,
    }
}

/// What is known of a seated device's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// Whether it has a socket right now.
    pub connected: bool,
    /// How long ago it last gave a proof of life.
    pub silent: Duration,
    /// When that was; `None` when it was not heard since the server started.
    pub last_proof: Option<Moment>,
    /// How its last socket ended, when it has none and this process saw it end.
    pub parted: Option<Parted>,
    /// How long ago the other side last reported that its media flows; `None` also after it reported that they stopped.
    pub media: Option<Duration>,
}

/// The end of a device's last socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parted {
    /// How it ended.
    pub manner: Manner,
    /// How long ago.
    pub ago: Duration,
}

/// How a socket ended that the server did not close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// The page said that it goes, or its browser did.
    Left,
    /// It broke, or was closed without such a word: a crash, or a network.
    Lost,
}

/// How a call ends, and the one message that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// The final status.
    pub status: CallStatus,
    /// Why, where the status alone does not say.
    pub reason: Option<EndReason>,
    /// When it was over.
    pub ended_at: Moment,
    /// The text of the message.
    pub content: String,
    /// What the message carries.
    pub metadata: CallMetadata,
}

/// A call that was changed by a transaction, and the message that this wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The call as it is now.
    pub record: CallRecord,
    /// The system message, when the call ended.
    pub message: Option<Box<Message>>,
}

/// How a device takes the callee's seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seating {
    /// The device.
    pub device: DeviceId,
    /// What it calls itself.
    pub label: Option<String>,
    /// Whether it owes proofs of life; one that does not starts the call's clock by answering.
    pub leased: bool,
    /// How soon a connection should come about.
    pub connect: Duration,
}

/// What becomes of a call that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing: it is so already.
    Stay,
    /// A device takes the callee's seat.
    Answer(Seating),
    /// People begin to talk.
    Start,
    /// It is over.
    End(Box<Ending>),
}

/// What becomes of a wish to call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begin {
    /// A new call rings, after these were ended.
    Ring {
        /// Calls that make room.
        end_first: Vec<Ending>,
    },
    /// The other person's ringing call is answered.
    Join,
    /// It is the asker's own call, asked for again.
    Same,
    /// A missed call is written down, and nothing rings.
    Busy,
    /// A missed call is written down, and nothing rings: the callee does not know the caller, and wants it so.
    Silenced,
}

/// What the store reads when somebody calls.
#[derive(Clone, Debug)]
pub struct Situation {
    /// When it is so.
    pub now: Moment,
    /// Who calls.
    pub caller: User,
    /// The other member of the conversation.
    pub callee: User,
    /// Whether the two are accepted contacts.
    pub acquainted: bool,
    /// Whether the caller has blocked the callee.
    pub blocks: bool,
    /// Whether the callee has blocked the caller.
    pub blocked: bool,
    /// Whether the callee wants no unknown callers, and this is one.
    pub unwanted: bool,
    /// Whether the caller hides their network address from everybody: whom one calls is no stranger.
    pub caller_hides: bool,
    /// Whether the callee hides theirs from this caller.
    pub callee_hides: bool,
    /// The live call of this conversation.
    pub here: Option<CallRecord>,
    /// The caller's live call in another conversation.
    pub caller_elsewhere: Option<CallRecord>,
    /// The callee's live call in another conversation.
    pub callee_elsewhere: Option<CallRecord>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use call_protocol::SignalKind;

    #[test]
    fn a_passed_signal_reads_as_the_frame_of_the_protocol() {
        let data: Json = RawValue::from_string(r#"{"candidate":"x"}"#.to_owned()).unwrap();
        let kind = SignalKind::IceCandidate;
        let signal = Signal {
            body: Unread { kind, data },
            generation: Some(2),
            seq: Some(7),
            from_device: None,
            to_device: Some(DeviceId::from("ben-1")),
        };
        let (call_id, sender_id) = (CallId::from("c1"), UserId::from("anna"));
        let (recipient_id, timestamp) = (UserId::from("ben"), Moment(0).timestamp());
        let passed = PassedSignal {
            call_id: &call_id,
            sender_id: &sender_id,
            recipient_id: &recipient_id,
            timestamp: timestamp.clone(),
            signal_data: &Signal {
                body: Unread { kind, data: &*signal.body.data },
                generation: signal.generation,
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
