//! A model server around the rules of the real one (`call-rules`): one record per call in memory, one reply per
//! request. It loses nothing; the network does. `requests.rs` handles the requests.

mod requests;

use call_core::{RequestError, SocketEvent, Time};
use call_protocol::{
    Call, CallId, CallRole, CallStatus, CallType, ConversationId, DeviceId, EndCall, EndReason, ErrorBody,
    ErrorCode, LiveCall, Offer, RingOffer, Signal, SignalBody, Timestamp, UserId, limits,
};
use call_rules::{
    Asker, CallRecord, Connection, Manner, Moment, News, Route, Seating, SignalFacts, Step, Timings, over,
};
use core::time::Duration;
use std::collections::BTreeMap;

/// How long an ended call is listed in snapshots.
const ENDED_CALLS_KEPT: Duration = Duration::from_secs(120);

/// A request to the server, from the machine's effects.
#[derive(Clone, Debug, Hash)]
pub(crate) enum Request {
    Initiate { conversation: ConversationId, call_type: CallType, offer: RingOffer },
    Answer(CallId),
    Decline(CallId),
    End(CallId, EndCall),
}

/// Whether the server lets a ringing device answer the offer before the person does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum WarmUp {
    LastUsed,
    Nobody,
}

/// Every client here reports media, so the call's clock is always started by a report.
const CONNECTION: Connection = Connection::Reported;

/// A call, and the offer and warm device while it rings.
#[derive(Clone, Debug, Hash)]
pub(crate) struct Row {
    pub(crate) record: CallRecord,
    /// How often it ended, each time with a message to both people.
    endings: u32,
    warm: Option<DeviceId>,
    /// Those that may answer an offer of their own.
    also_warm: Vec<DeviceId>,
    offer: Option<RingOffer>,
}

impl Row {
    fn rings(&self) -> bool {
        self.record.status == CallStatus::Ringing
    }
}

/// A device that has connected at least once.
#[derive(Clone, Debug, Hash)]
struct Known {
    user: UserId,
    /// The number of its newest connection, counted over all devices.
    number: u64,
    /// When that connection broke; none while it is open.
    lost_at: Option<(Time, Manner)>,
}

/// A frame addressed to one device.
pub(crate) type Delivery = (DeviceId, SocketEvent);

#[derive(Clone, Hash)]
pub(crate) struct Server {
    pub(crate) rows: Vec<Row>,
    /// Also rings people who are in a call or already ringing. The real server never does, but a machine has to
    /// cope.
    pub(crate) call_waiting: bool,
    timings: Timings,
    pub(crate) warm_up: WarmUp,
    devices: BTreeMap<DeviceId, Known>,
    connections: u64,
    outbox: Vec<Delivery>,
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

/// The same clock as the machines'.
fn moment(now: Time) -> Moment {
    Moment(i64::try_from(now.0).expect("a test is short"))
}

fn timestamp(moment: Moment) -> Timestamp {
    Timestamp(moment.0.to_string())
}

/// A call as clients see it.
pub(crate) fn wire(record: &CallRecord) -> Call {
    record.shown(timestamp)
}

fn seating(device: &DeviceId) -> Seating {
    Seating { device: device.clone(), label: Some(format!("the {device}")), leased: true }
}

impl Server {
    pub(crate) fn new() -> Self {
        Self {
            rows: Vec::new(),
            call_waiting: false,
            timings: Timings::default(),
            warm_up: WarmUp::LastUsed,
            devices: BTreeMap::new(),
            connections: 0,
            outbox: Vec::new(),
        }
    }

    pub(crate) fn take_outbox(&mut self) -> Vec<Delivery> {
        core::mem::take(&mut self.outbox)
    }

    pub(crate) fn row(&self, id: &CallId) -> Option<&Row> {
        self.rows.iter().find(|row| row.record.id == *id)
    }

    /// When the next call can end by itself: a ring that lasted long enough, or a page that did not come back.
    pub(crate) fn deadline(&self) -> Option<Time> {
        let at = |moment: Moment| Time(moment.0.unsigned_abs());
        let live = || self.rows.iter().filter(|row| row.record.status.is_live());
        let rings = live().filter_map(|row| row.record.ring_deadline.filter(|_| row.rings()).map(at));
        let left = live().flat_map(|row| {
            let patience = if row.rings() { self.timings.left } else { self.timings.returns };
            let gone = move |role| match self.devices.get(row.record.seat(role)?.device.as_ref()?)?.lost_at? {
                (at, Manner::Left) if !(row.rings() && role == CallRole::Callee) => Some(at + patience),
                (_, Manner::Left | Manner::Lost) => None,
            };
            [CallRole::Caller, CallRole::Callee].into_iter().filter_map(gone)
        });
        rings.chain(left).min()
    }

    pub(crate) fn tick(&mut self, now: Time) {
        for at in 0..self.rows.len() {
            if let Some(ending) = call_rules::sweep(&self.standing(at, now), moment(now), &self.timings) {
                self.take(at, &Step::End(Box::new(ending)), now);
            }
        }
    }

    /// A device signs in: returns the snapshot, and tells callers that it rings here too.
    pub(crate) fn connect(&mut self, user: &UserId, device: &DeviceId, now: Time) -> SocketEvent {
        self.connections += 1;
        let known = Known { user: user.clone(), number: self.connections, lost_at: None };
        self.devices.insert(device.clone(), known);
        for at in 0..self.rows.len() {
            let row = &self.rows[at];
            if row.record.status != CallStatus::Ringing {
                continue;
            }
            if row.record.callee.id == *user {
                self.begins_to_ring(at, device);
                self.tell_caller(at, device);
            } else if let (Some(warm), true) = (row.warm.clone(), sits(row, user, device)) {
                // The caller is back: tell it again about the device that waits for an offer.
                self.tell_caller(at, &warm);
            }
        }
        let mine = |row: &&Row| row.record.role_of(user).is_some();
        let live = self.rows.iter().filter(mine).filter(|row| row.record.status.is_live());
        let recent =
            |row: &&Row| row.record.ended_at.is_some_and(|at| moment(now).since(at) < ENDED_CALLS_KEPT);
        SocketEvent::Welcome {
            live_calls: live.map(|row| self.live(row, user, now)).collect(),
            ended_calls: self.rows.iter().filter(mine).filter(recent).map(|row| wire(&row.record)).collect(),
        }
    }

    /// If there is no warm device that is connected, this one becomes it, and needs an offer of its own.
    fn begins_to_ring(&mut self, at: usize, device: &DeviceId) {
        let warm_is_here = self.rows[at].warm.as_ref().is_some_and(|warm| self.is_online(warm));
        if self.warm_up != WarmUp::LastUsed {
            return;
        }
        let row = &mut self.rows[at];
        if !warm_is_here {
            (row.warm, row.offer) = (Some(device.clone()), None);
            row.also_warm.retain(|also| also != device);
        } else if row.warm.as_ref() != Some(device)
            && !row.also_warm.contains(device)
            && row.also_warm.len() + 1 < limits::WARM_DEVICES
        {
            row.also_warm.push(device.clone());
        }
    }

    fn tell_caller(&mut self, at: usize, device: &DeviceId) {
        let row = &self.rows[at];
        let Some(seat) = row.record.seat(CallRole::Caller) else { return };
        let told = SocketEvent::DeviceRinging {
            call_id: row.record.id.clone(),
            device_id: device.clone(),
            offer_known: row.offer.is_some(),
            also_warm: row.also_warm.contains(device),
        };
        if let (WarmUp::LastUsed, true, Some(seated)) = (self.warm_up, self.is_online(device), &seat.device) {
            self.outbox.push((seated.clone(), told));
        }
    }

    pub(crate) fn disconnect(&mut self, device: &DeviceId, manner: Manner, now: Time) {
        if let Some(known) = self.devices.get_mut(device) {
            known.lost_at.get_or_insert((now, manner));
        }
    }

    /// The server restarts, and has not seen any socket break before that.
    pub(crate) fn restart(&mut self, now: Time) {
        for known in self.devices.values_mut().filter(|known| known.lost_at.is_some()) {
            known.lost_at = Some((now, Manner::Lost));
        }
    }

    /// Forgets the offers, which the server holds in memory only.
    pub(crate) fn forget_offers(&mut self) {
        for row in &mut self.rows {
            row.offer = None;
            row.warm = None;
            row.also_warm.clear();
        }
    }

    /// What a device learns about a call by reading it again after a lost frame.
    pub(crate) fn reread(&self, user: &UserId, id: &CallId, now: Time) -> Option<SocketEvent> {
        let row = self.row(id)?;
        match (row.record.status, row.record.role_of(user)?) {
            (CallStatus::Ringing, CallRole::Caller) => None,
            (
                CallStatus::Ringing
                | CallStatus::Active
                | CallStatus::Ended
                | CallStatus::Declined
                | CallStatus::Missed
                | CallStatus::Failed,
                _,
            ) => Some(self.news(row, user, now)),
        }
    }

    /// The frame that tells a user about a changed call.
    fn news(&self, row: &Row, user: &UserId, now: Time) -> SocketEvent {
        let live = || Box::new(self.live(row, user, now));
        match row.record.status {
            CallStatus::Ringing => SocketEvent::Ringing(live()),
            CallStatus::Active => SocketEvent::Answered(live()),
            CallStatus::Ended | CallStatus::Declined | CallStatus::Missed | CallStatus::Failed => {
                SocketEvent::Ended(wire(&row.record))
            }
        }
    }

    /// A device with a seat receives media: the first report after both have joined starts the call's clock.
    pub(crate) fn media_flows(&mut self, user: &UserId, device: &DeviceId, id: &CallId, now: Time) {
        // A refused report changes nothing and gets no reply.
        let _ = self.decide(user, device, id, now, call_rules::report_media);
    }

    /// Routes a signal or drops it: only devices with a seat, and the warm device, may send and receive.
    pub(crate) fn signal(&mut self, user: &UserId, device: &DeviceId, id: &CallId, mut signal: Signal) {
        let Ok(at) = self.find(user, id) else { return };
        let record = &self.rows[at].record;
        let Some(role) = record.role_of(user) else { return };
        let receiver = record.peer(role).id.clone();
        let of_receiver = |to: &&DeviceId| self.devices.get(*to).is_some_and(|known| known.user == receiver);
        let route = call_rules::signal(&SignalFacts {
            record,
            asker: &Asker { user: user.clone(), device: device.clone() },
            may_warm: self.warm_up == WarmUp::LastUsed,
            warm_device: self.rows[at].warm.as_ref(),
            also_warm: &self.rows[at].also_warm,
            to_device: signal.to_device.as_ref().filter(of_receiver),
        });
        let Ok(route) = route else { return };
        signal.from_device = Some(device.clone());
        let ringing = record.status == CallStatus::Ringing;
        let row = &mut self.rows[at];
        if let SignalBody::Offer(offer) = &signal.body
            && ringing
            && role == CallRole::Caller
            && route != Route::Nobody
            && !matches!(&route, Route::To(to) if row.also_warm.contains(to))
        {
            row.offer = Some(RingOffer {
                peer_connection: signal.peer_connection.unwrap_or(1),
                from_device: Some(device.clone()),
                data: Offer(offer.clone()),
            });
            if let Route::To(to) = &route {
                row.warm = Some(to.clone());
            }
        }
        match route {
            Route::To(to) => self.outbox.push((to, SocketEvent::Signal(id.clone(), signal))),
            Route::ToAll => self.tell(&receiver, &SocketEvent::Signal(id.clone(), signal)),
            Route::Nobody => {}
        }
    }

    /// Applies a step and tells whoever has to hear of it.
    fn take(&mut self, at: usize, step: &Step, now: Time) {
        let row = &mut self.rows[at];
        let after = row.record.after(step, moment(now));
        let (from, to) = (row.record.status, after.status);
        assert!(from == to || from.may_become(to), "{from} may not become {to}");
        let news = call_rules::news(Some(&row.record), &after);
        row.record = after;
        row.endings += u32::from(matches!(step, Step::End(_)));
        assert!(row.endings <= 1, "{} ends twice", row.record.id);
        self.announce(at, news, now);
    }

    /// Tells those whom the rules name.
    fn announce(&mut self, at: usize, news: Option<News>, now: Time) {
        for role in news.map_or(&[][..], News::heard_by) {
            let row = &self.rows[at];
            let who = row.record.person(*role).id.clone();
            let news = self.news(row, &who, now);
            self.tell(&who, &news);
        }
    }

    /// Ends a call that neither person asked to end.
    pub(crate) fn close(&mut self, at: usize, status: CallStatus, reason: Option<EndReason>, now: Time) {
        let ending = over(&self.rows[at].record, status, reason, moment(now));
        self.take(at, &Step::End(Box::new(ending)), now);
    }

    fn live(&self, row: &Row, user: &UserId, now: Time) -> LiveCall<Offer> {
        let record = &row.record;
        let role = record.role_of(user).expect("only participants see a call");
        LiveCall {
            warm_device: row.warm.clone(),
            also_warm: row.also_warm.clone(),
            offer: row.offer.clone().filter(|_| role == CallRole::Callee),
            ..record.live_shown(role, timestamp, moment(now))
        }
    }

    fn is_online(&self, device: &DeviceId) -> bool {
        self.devices.get(device).is_some_and(|known| known.lost_at.is_none())
    }

    fn newest_device(&self, user: &UserId) -> Option<DeviceId> {
        self.newest_devices(user).into_iter().next()
    }

    /// Those that are connected, the newest first.
    fn newest_devices(&self, user: &UserId) -> Vec<DeviceId> {
        let theirs = self.devices.iter().filter(|(_, known)| known.user == *user && known.lost_at.is_none());
        let mut theirs: Vec<_> = theirs.map(|(device, known)| (known.number, device.clone())).collect();
        theirs.sort();
        theirs.into_iter().rev().map(|(_, device)| device).collect()
    }

    fn tell(&mut self, user: &UserId, event: &SocketEvent) {
        let theirs = self.devices.iter().filter(|(_, known)| known.user == *user);
        let outbox: Vec<Delivery> = theirs.map(|(device, _)| (device.clone(), event.clone())).collect();
        self.outbox.extend(outbox);
    }
}

/// Whether a device has a seat in a call.
fn sits(row: &Row, user: &UserId, device: &DeviceId) -> bool {
    row.record.seats.iter().any(|seat| seat.user == *user && seat.device.as_ref() == Some(device))
}
