//! Calls with their seats, and who asks about them. Data only.

use crate::Moment;
use call_protocol::{
    Call, CallId, CallRole, CallStatus, CallType, ConversationId, DeviceId, EndReason, LiveCall, Seat,
    Timestamp, User, UserId,
};
use std::time::Duration;

/// The device id that stands for a client which names none; no client may use it.
pub const NO_DEVICE: &str = "~";

/// Who makes a request: a person, and the device that makes it for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asker {
    /// The person.
    pub user: UserId,
    /// Their device; [`NO_DEVICE`] for a client that names none.
    pub device: DeviceId,
}

impl Asker {
    /// Whether the client names its device, and therefore owes proofs of life.
    pub fn is_leased(&self) -> bool {
        self.device.as_str() != NO_DEVICE
    }
}

/// A user's place in a call, as the database stores it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SeatRecord {
    /// Whose seat it is.
    pub user: UserId,
    /// The device in it; none while the callee only rings.
    pub device: Option<DeviceId>,
    /// The device's own label.
    pub label: Option<String>,
    /// Whether the device owes proofs of life.
    pub leased: bool,
    /// Whether its user has left.
    pub left: bool,
    /// The last stored proof of life.
    pub last_seen: Option<Moment>,
    /// The last stored report of flowing media by this device.
    pub media_seen: Option<Moment>,
    /// What the other side may learn about the network address of the device in it.
    pub address: Address,
}

/// What the other side of a call may learn about a person's network address, as promised when the call began to
/// ring.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Address {
    /// Visible while it rings, so that the two can connect before the answer.
    #[default]
    Shown,
    /// Hidden until the answer.
    AfterTheAnswer,
    /// Always hidden: media goes through a relay.
    Relayed,
}

impl Address {
    /// How an address is hidden, depending on whether the server has relays.
    pub const fn hidden(has_relay: bool) -> Self {
        if has_relay { Self::Relayed } else { Self::AfterTheAnswer }
    }

    /// Whether nothing may connect while it rings.
    pub fn is_hidden(self) -> bool {
        self != Self::Shown
    }
}

/// A call with everything that decisions about it need.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CallRecord {
    /// The call's id.
    pub id: CallId,
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// Voice or video.
    pub call_type: CallType,
    /// Its status.
    pub status: CallStatus,
    /// When the two began to talk.
    pub started_at: Option<Moment>,
    /// When it ended.
    pub ended_at: Option<Moment>,
    /// The reason, if the status alone does not say.
    pub error_reason: Option<EndReason>,
    /// When it began to ring.
    pub created_at: Moment,
    /// When it last changed.
    pub updated_at: Moment,
    /// The caller.
    pub caller: User,
    /// The callee.
    pub callee: User,
    /// When the ring ends unanswered; `None` for a call that never rang.
    pub ring_deadline: Option<Moment>,
    /// Increases with every change.
    pub version: i64,
    /// The seats, including those that were left.
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

    /// The call as clients of a side see it while it rings or runs, but for what is in no record: the offer, and which
    /// devices may answer it.
    pub fn live_shown<D>(
        &self,
        role: CallRole,
        text: impl Fn(Moment) -> Timestamp,
        now: Moment,
    ) -> LiveCall<D> {
        let taken = [CallRole::Caller, CallRole::Callee].into_iter().filter_map(|role| self.seat(role));
        let seats = taken.filter(|seat| !seat.left).filter_map(|seat| {
            let device = seat.device.clone()?;
            Some(Seat {
                user_id: seat.user.clone(),
                device_id: Some(device).filter(|_| seat.leased),
                device_label: seat.label.clone(),
                reliable: seat.leased,
            })
        });
        let rings_until = self.ring_deadline.filter(|_| self.status == CallStatus::Ringing);
        // Never more than the whole ring: the clock may have been set back while no server ran.
        let left = rings_until.map(|deadline| deadline.since(now.max(self.created_at)));
        LiveCall {
            call: self.shown(text),
            peer: self.peer(role).clone(),
            role,
            seats: seats.collect(),
            warm_device: None,
            also_warm: Vec::new(),
            offer: None,
            relay_only: self.address(role) == Address::Relayed,
            ring_ms_left: left.map(|left| u32::try_from(left.as_millis()).unwrap_or(u32::MAX)),
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

    /// Whether somebody is the caller or the callee, if they take part.
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

    /// The seat of a side if a device sits in it.
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

/// What is known about whether a seated device is alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// Whether it has a socket right now.
    pub connected: bool,
    /// How long ago it last gave a proof of life.
    pub silent: Duration,
    /// When that was; `None` if it was not heard since the server started.
    pub last_proof: Option<Moment>,
    /// How its last socket closed, if it has none and this process saw it close.
    pub parted: Option<Parted>,
    /// How long ago the other side last reported that its media flows; `None` also after it reported that it
    /// stopped.
    pub media: Option<Duration>,
}

/// The closing of a device's last socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parted {
    /// How it closed.
    pub manner: Manner,
    /// How long ago.
    pub ago: Duration,
}

/// How a socket closed that the server did not close.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Manner {
    /// The page or its browser said that it is being closed.
    Left,
    /// It broke, or was closed without saying so: a crash, or a network failure.
    Lost,
}
