//! A small, honest model of the arbiter: the rules of the design, one row per call, one answer per question.
//! It loses nothing by itself; the post between it and the machines does. `requests.rs` answers what is asked.

mod requests;

use crate::kit::people;
use call_core::{RequestError, SocketEvent, Time};
use call_protocol::{
    Call, CallId, CallRole, CallStatus, CallType, ConversationId, DeviceId, EndCall, EndReason, ErrorBody,
    ErrorCode, LiveCall, Offer, RingOffer, Seat, Signal, SignalBody, Timestamp, UserId,
};
use core::time::Duration;
use std::collections::BTreeMap;

/// How long an ended call is told in snapshots.
const TOLD: Duration = Duration::from_secs(120);

/// A request to the server, as the machine's effects put it.
#[derive(Clone, Debug)]
pub(crate) enum Ask {
    Initiate { conversation: ConversationId, call_type: CallType, offer: RingOffer },
    Answer(CallId),
    Decline(CallId),
    End(CallId, EndCall),
}

/// Whether the server lets a ringing device answer the offer before the click.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Warming {
    LastUsed,
    Nobody,
}

#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) call: Call,
    pub(crate) callee: UserId,
    pub(crate) seats: Vec<Seat>,
    warm: Option<DeviceId>,
    offer: Option<RingOffer>,
    rings_until: Time,
    over_at: Option<Time>,
}

/// A frame for one device.
pub(crate) type Letter = (DeviceId, SocketEvent);

pub(crate) struct Server {
    pub(crate) rows: Vec<Row>,
    pub(crate) ring_time: Duration,
    pub(crate) warming: Warming,
    /// Every device that ever connected, whose it is, and since when it is connected.
    devices: BTreeMap<DeviceId, (UserId, Option<u64>)>,
    connections: u64,
    letters: Vec<Letter>,
}

pub(crate) type Answered = Result<LiveCall, RequestError>;

pub(crate) fn refused(code: ErrorCode, call: Option<&Call>) -> RequestError {
    RequestError::Refused(Box::new(ErrorBody {
        code,
        message: String::new(),
        call: call.cloned(),
        retry_after: None,
    }))
}

impl Row {
    fn role(&self, user: &UserId) -> Option<CallRole> {
        if *user == self.call.initiator_id {
            Some(CallRole::Caller)
        } else if *user == self.callee {
            Some(CallRole::Callee)
        } else {
            None
        }
    }

    pub(crate) fn seat(&self, user: &UserId) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.user_id == *user)
    }

    fn sits(&self, user: &UserId, device: &DeviceId) -> bool {
        self.seat(user).is_some_and(|seat| seat.is_of(device))
    }

    fn take_seat(&mut self, user: &UserId, device: &DeviceId) {
        self.seats.push(Seat {
            user_id: user.clone(),
            device_id: Some(device.clone()),
            device_label: Some(format!("the {device}")),
            reliable: true,
        });
    }
}

impl Server {
    pub(crate) fn new() -> Self {
        Self {
            rows: Vec::new(),
            ring_time: Duration::from_secs(45),
            warming: Warming::LastUsed,
            devices: BTreeMap::new(),
            connections: 0,
            letters: Vec::new(),
        }
    }

    pub(crate) fn take_letters(&mut self) -> Vec<Letter> {
        core::mem::take(&mut self.letters)
    }

    pub(crate) fn row(&self, id: &CallId) -> Option<&Row> {
        self.rows.iter().find(|row| row.call.id == *id)
    }

    /// When the next ring will have been long enough.
    pub(crate) fn deadline(&self) -> Option<Time> {
        let ringing = self.rows.iter().filter(|row| row.call.status == CallStatus::Ringing);
        ringing.map(|row| row.rings_until).min()
    }

    pub(crate) fn tick(&mut self, now: Time) {
        for at in 0..self.rows.len() {
            if self.rows[at].call.status == CallStatus::Ringing && now >= self.rows[at].rings_until {
                self.close(at, CallStatus::Missed, Some(EndReason::NoAnswer), now);
            }
        }
    }

    /// A device signed in: the snapshot, and word to callers for whom it rings.
    pub(crate) fn connect(&mut self, user: &UserId, device: &DeviceId, now: Time) -> SocketEvent {
        self.connections += 1;
        self.devices.insert(device.clone(), (user.clone(), Some(self.connections)));
        for at in 0..self.rows.len() {
            let row = &self.rows[at];
            if row.call.status != CallStatus::Ringing {
                continue;
            }
            if row.callee == *user {
                self.begins_to_ring(at, device);
                self.tell_caller(at, device);
            } else if let (Some(warm), true) = (row.warm.clone(), row.sits(user, device)) {
                // The caller comes back: it is told again of the device that waits for an offer.
                self.tell_caller(at, &warm);
            }
        }
        let mine = |row: &&Row| row.role(user).is_some();
        let live = self.rows.iter().filter(mine).filter(|row| row.call.status.is_live());
        let recent = |row: &&Row| row.over_at.is_some_and(|at| now.since(at) < TOLD);
        SocketEvent::Welcome {
            live_calls: live.map(|row| self.live(row, user, now)).collect(),
            ended_calls: self.rows.iter().filter(mine).filter(recent).map(|row| row.call.clone()).collect(),
        }
    }

    /// When the device that may answer the offer is gone, or there is none, it is this one, and needs its own offer.
    fn begins_to_ring(&mut self, at: usize, device: &DeviceId) {
        let warm_is_here = self.rows[at].warm.as_ref().is_some_and(|warm| self.is_online(warm));
        if !warm_is_here && self.warming == Warming::LastUsed {
            (self.rows[at].warm, self.rows[at].offer) = (Some(device.clone()), None);
        }
    }

    fn tell_caller(&mut self, at: usize, device: &DeviceId) {
        let row = &self.rows[at];
        let Some(seat) = row.seat(&row.call.initiator_id) else { return };
        let told = SocketEvent::DeviceRinging {
            call_id: row.call.id.clone(),
            device_id: device.clone(),
            offer_known: row.offer.is_some(),
        };
        if let (Warming::LastUsed, true, Some(seated)) =
            (self.warming, self.is_online(device), &seat.device_id)
        {
            self.letters.push((seated.clone(), told));
        }
    }

    pub(crate) fn disconnect(&mut self, device: &DeviceId) {
        if let Some((_, since)) = self.devices.get_mut(device) {
            *since = None;
        }
    }

    /// The server forgets the offers that it holds in memory, as a restart makes it do.
    pub(crate) fn forget_offers(&mut self) {
        for row in &mut self.rows {
            row.offer = None;
            row.warm = None;
        }
    }

    /// What a device is told of a call when it reads it anew, as the design's healing does.
    pub(crate) fn read_anew(&self, user: &UserId, id: &CallId, now: Time) -> Option<SocketEvent> {
        let row = self.row(id)?;
        let live = || Box::new(self.live(row, user, now));
        match (row.call.status, row.role(user)?) {
            (CallStatus::Ringing, CallRole::Callee) => Some(SocketEvent::Ringing(live())),
            (CallStatus::Ringing, CallRole::Caller) => None,
            (CallStatus::Active, _) => Some(SocketEvent::Answered(live())),
            (CallStatus::Ended | CallStatus::Declined | CallStatus::Missed | CallStatus::Failed, _) => {
                Some(SocketEvent::Over(row.call.clone()))
            }
        }
    }

    /// A seated device receives media: the first report after both have joined starts the clock.
    pub(crate) fn media_flows(&mut self, user: &UserId, device: &DeviceId, id: &CallId) {
        let Ok(at) = self.find(user, id) else { return };
        let row = &mut self.rows[at];
        if row.call.status == CallStatus::Active && row.sits(user, device) {
            row.call.started_at.get_or_insert(Timestamp("now".to_owned()));
        }
    }

    /// Routes a signal, or drops it: only devices that sit in the call or are being warmed may speak and hear.
    pub(crate) fn signal(&mut self, user: &UserId, device: &DeviceId, id: &CallId, mut signal: Signal) {
        let Ok(at) = self.find(user, id) else { return };
        let row = &mut self.rows[at];
        let ringing = row.call.status == CallStatus::Ringing;
        let warmed = ringing && row.callee == *user && row.warm.as_ref() == Some(device);
        if !row.call.status.is_live() || !(row.sits(user, device) || warmed) {
            return;
        }
        if ringing && self.warming == Warming::Nobody {
            return;
        }
        signal.from_device = Some(device.clone());
        if let SignalBody::Offer(offer) = &signal.body
            && ringing
            && row.call.initiator_id == *user
        {
            row.warm = signal.to_device.clone().or(row.warm.clone());
            row.offer = Some(RingOffer {
                generation: signal.generation.unwrap_or(1),
                from_device: Some(device.clone()),
                data: Offer(offer.clone()),
            });
        }
        let far = if row.call.initiator_id == *user { &row.callee } else { &row.call.initiator_id };
        let seated = row.seat(far).and_then(|seat| seat.device_id.clone());
        let to = match (signal.to_device.clone(), seated) {
            (Some(to), Some(seated)) if to == seated => Some(to),
            (Some(_), Some(_)) => None,
            (Some(to), None) => Some(to),
            (None, seated) => seated,
        };
        let far = far.clone();
        if let Some(to) = to.filter(|to| self.devices.get(to).is_some_and(|(of, _)| *of == far)) {
            self.letters.push((to, SocketEvent::Signal(id.clone(), signal)));
        }
    }

    fn seat(&mut self, at: usize, user: &UserId, device: &DeviceId, now: Time) -> Answered {
        let row = &mut self.rows[at];
        row.take_seat(user, device);
        row.call.status = CallStatus::Active;
        for who in [row.call.initiator_id.clone(), row.callee.clone()] {
            let told = SocketEvent::Answered(Box::new(self.live(&self.rows[at], &who, now)));
            self.tell(&who, &told);
        }
        Ok(self.live(&self.rows[at], user, now))
    }

    /// The server's own decision, or a person's, that a call is over.
    pub(crate) fn close(
        &mut self,
        at: usize,
        status: CallStatus,
        reason: Option<EndReason>,
        now: Time,
    ) -> Call {
        let row = &mut self.rows[at];
        assert!(row.call.status.may_become(status), "{} may not become {status}", row.call.status);
        row.call.status = status;
        row.call.error_reason = reason;
        row.over_at = Some(now);
        let (call, people) = (row.call.clone(), [row.call.initiator_id.clone(), row.callee.clone()]);
        for who in people {
            self.tell(&who, &SocketEvent::Over(call.clone()));
        }
        call
    }

    fn find(&self, user: &UserId, id: &CallId) -> Result<usize, RequestError> {
        let mine = |row: &Row| row.call.id == *id && row.role(user).is_some();
        self.rows.iter().position(mine).ok_or_else(|| refused(ErrorCode::CallNotFound, None))
    }

    fn live(&self, row: &Row, user: &UserId, now: Time) -> LiveCall {
        let role = row.role(user).expect("only participants are told");
        let far = if row.call.initiator_id == *user { &row.callee } else { &row.call.initiator_id };
        let ringing = row.call.status == CallStatus::Ringing;
        LiveCall {
            call: row.call.clone(),
            peer: people::user(far.as_str()),
            role,
            seats: row.seats.clone(),
            warm_device: row.warm.clone(),
            offer: row.offer.clone().filter(|_| role == CallRole::Callee),
            ring_ms_left: ringing.then(|| row.rings_until.since(now).as_millis() as u32),
            relay_only: false,
        }
    }

    fn is_online(&self, device: &DeviceId) -> bool {
        self.devices.get(device).is_some_and(|(_, since)| since.is_some())
    }

    fn newest_device(&self, user: &UserId) -> Option<DeviceId> {
        let theirs = self.devices.iter().filter(|(_, (of, since))| of == user && since.is_some());
        theirs.max_by_key(|(_, (_, since))| *since).map(|(device, _)| device.clone())
    }

    fn tell(&mut self, user: &UserId, event: &SocketEvent) {
        let theirs = self.devices.iter().filter(|(_, (of, _))| of == user);
        let letters: Vec<Letter> = theirs.map(|(device, _)| (device.clone(), event.clone())).collect();
        self.letters.extend(letters);
    }
}
