//! Calls with their seats, and who asks about them. Data only.

use crate::Moment;
use call_protocol::{
    Call, CallId, CallRole, CallStatus, CallType, ConversationId, DeviceId, EndReason, Timestamp, User,
    UserId,
};
use std::time::Duration;

/// The device that stands for a client which names none; no client may use this name.
pub const NO_DEVICE: &str = "~";

/// Who asks for something: a person, and the device that does it for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asker {
    /// The person.
    pub user: UserId,
    /// Their device; [`NO_DEVICE`] for a client that names none.
    pub device: DeviceId,
}

impl Asker {
    /// Whether the client names its device, and so owes proofs of life.
    pub fn is_leased(&self) -> bool {
        self.device.as_str() != NO_DEVICE
    }
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
    /// Which call.
    pub id: CallId,
    /// Where.
    pub conversation_id: ConversationId,
    /// Voice or video.
    pub call_type: CallType,
    /// How far it has come.
    pub status: CallStatus,
    /// When people began to talk.
    pub started_at: Option<Moment>,
    /// When it was over.
    pub ended_at: Option<Moment>,
    /// Why, where the status alone does not say.
    pub error_reason: Option<EndReason>,
    /// When it began to ring.
    pub created_at: Moment,
    /// When it last changed.
    pub updated_at: Moment,
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
    /// The call as clients see it; `text` writes its moments.
    pub fn shown(&self, text: impl Fn(Moment) -> Timestamp) -> Call {
        Call {
            id: self.id.clone(),
            conversation_id: self.conversation_id.clone(),
            initiator_id: self.caller.id.clone(),
            call_type: self.call_type,
            status: self.status,
            started_at: self.started_at.map(&text),
            ended_at: self.ended_at.map(&text),
            error_reason: self.error_reason,
            created_at: text(self.created_at),
            updated_at: text(self.updated_at),
            duration_seconds: self.seconds(),
        }
    }

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
