//! The world of the search: the machines, rules, browsers and server of the random runs, but as a value that can be
//! copied and compared. What is under way arrives in the order in which it was sent, and time passes only when nothing
//! is under way; everything else is a choice (`choices.rs`).

use super::choices::Bounds;
use super::fingerprint::{BEGIN, BYTES};
use super::under_way::{Request, UnderWay};
use crate::kit::{
    Devices, Errand, Frame, OrderChecker, PcId, PeerConnections, Rng, Server, Step, Who, errand, people,
};
use call_core::{
    CallStage, CallView, Effect, Event, Machine, MediaEvent, PeerEvent, Rejoin, ReplyEvent, Slot, Time,
};
use call_protocol::{CallId, DeviceId, User};
use core::hash::{Hash, Hasher};
use core::time::Duration;
use std::collections::{BTreeSet, VecDeque};
use std::rc::Rc;

/// How long until the server notices that a frame was lost and sends the call again.
const HEALED_MS: u64 = 2000;
/// How often a browser counts bytes.
const COUNTS_MS: u64 = 500;

#[derive(Clone, Hash)]
pub(super) struct Phone {
    pub(super) user: User,
    pub(super) device: DeviceId,
    pub(super) machine: Machine,
    pub(super) devices: Devices,
    pub(super) checker: OrderChecker,
    pub(super) socket: Option<u32>,
    pub(super) sockets: u32,
    pub(super) pages: u32,
    pub(super) is_closed: bool,
    /// Whether its person has pressed Call since it last had no call.
    pub(super) called: bool,
    /// The calls in which its person has pressed Answer.
    pub(super) answered: BTreeSet<CallId>,
    /// The calls whose end it has shown.
    pub(super) over: BTreeSet<CallId>,
    pub(super) kept: Option<Rejoin>,
}

#[derive(Clone)]
pub(super) struct World {
    pub(super) now: Time,
    pub(super) phones: Vec<Rc<Phone>>,
    pub(super) server: Rc<Server>,
    pub(super) peers: Rc<PeerConnections>,
    /// In the order in which it arrives.
    pub(super) under_way: VecDeque<Rc<UnderWay>>,
    pub(super) later: Vec<(Time, Rc<UnderWay>)>,
    /// How many buttons each person may still press.
    pub(super) presses: [u8; 2],
    /// How often the network and the moment of a press may still differ from what usually happens.
    pub(super) deviations: u8,
    counts: u64,
    /// The connections whose bytes were counted at this moment.
    counted: BTreeSet<PcId>,
    /// Whether browsers grant devices without asking.
    pub(super) granted: bool,
    /// What happened, if it is to be printed.
    pub(super) diary: Option<Vec<String>>,
}

impl Hash for World {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self {
            now: _,
            phones,
            server,
            peers,
            under_way,
            later,
            presses,
            deviations,
            counts: _,
            counted,
            granted: _,
            diary: _,
        } = self;
        (phones, server, peers, under_way, later).hash(state);
        (presses, deviations, counted).hash(state);
    }
}

impl World {
    /// Connected devices, of the first of which Ada is the person and Bob of the others.
    pub(super) fn new(devices: &[(&str, &str)], bounds: &Bounds) -> Self {
        let mut world = Self {
            granted: bounds.granted,
            now: BEGIN,
            phones: Vec::new(),
            server: Rc::new(Server::new()),
            peers: Rc::new(PeerConnections::default()),
            under_way: VecDeque::new(),
            later: Vec::new(),
            presses: bounds.presses,
            deviations: bounds.deviations,
            counts: 0,
            counted: BTreeSet::new(),
            diary: None,
        };
        for (who, (person, device)) in devices.iter().enumerate() {
            let (user, device) = (people::user(person), DeviceId::new(*device));
            let machine = Machine::new(user.id.clone(), device.clone(), 0);
            world.phones.push(Rc::new(Phone {
                user,
                device,
                machine,
                devices: Devices::new(),
                checker: OrderChecker::default(),
                socket: None,
                sockets: 0,
                pages: 0,
                is_closed: false,
                called: false,
                answered: BTreeSet::new(),
                over: BTreeSet::new(),
                kept: None,
            }));
            for slot in [Slot::Microphone, Slot::Camera] {
                world.handle(who, Event::Media(MediaEvent::Permission { slot, granted: bounds.granted }));
            }
            world.connect(who);
        }
        world
    }

    pub(super) fn view(&self, who: Who) -> CallView {
        self.phones[who].machine.view(self.now)
    }

    pub(super) fn deadline(&self, who: Who) -> Option<Time> {
        self.phones[who].machine.next_deadline().filter(|_| !self.phones[who].is_closed)
    }

    /// What usually happens next. Returns `false` if nothing does until somebody presses a button.
    pub(super) fn next(&mut self) -> bool {
        let now = self.now;
        let due = move |at: &Time| *at <= now;
        if let Some(who) = (0..self.phones.len()).find(|who| self.deadline(*who).as_ref().is_some_and(due)) {
            self.handle(who, Event::Timer);
        } else if self.server.deadline().as_ref().is_some_and(due) {
            self.on_server(|server| server.tick(now));
        } else if let Some(at) = self.later.iter().position(|(at, _)| due(at)) {
            let (_, arrives) = self.later.remove(at);
            self.under_way.push_back(arrives);
        } else if let Some(first) = self.under_way.pop_front() {
            self.arrives((*first).clone());
        } else if self.is_settled() {
            return false;
        } else {
            self.tick();
            if self.under_way.is_empty() {
                self.time_passes();
            }
        }
        true
    }

    fn time_passes(&mut self) {
        let timers = (0..self.phones.len()).filter_map(|who| self.deadline(who));
        let others = self.server.deadline().into_iter().chain(self.peers.patience_ends());
        let later = self.later.iter().map(|(at, _)| *at);
        let counts = (!self.counted.is_empty()).then(|| self.now + Duration::from_millis(COUNTS_MS));
        match timers.chain(others).chain(later).chain(counts).filter(|at| *at > self.now).min() {
            Some(at) => {
                self.now = at;
                self.counted.clear();
            }
            None => panic!("nobody waits for anything, and it is neither an end nor a talk"),
        }
    }

    /// Whether two people talk, or there is no call.
    pub(super) fn is_settled(&self) -> bool {
        self.under_way.is_empty() && self.later.is_empty() && (self.is_over() || self.is_talk())
    }

    fn is_over(&self) -> bool {
        (0..self.phones.len()).all(|who| self.is_quiet(who))
            && self.server.rows.iter().all(|row| !row.record.status.is_live())
    }

    pub(super) fn is_quiet(&self, who: Who) -> bool {
        self.phones[who].is_closed || matches!(self.view(who), CallView::Idle | CallView::Ended(_))
    }

    pub(super) fn is_talk(&self) -> bool {
        let call = |who: Who| match self.view(who) {
            CallView::InCall(view) => Some(view).filter(|_| !self.phones[who].is_closed),
            CallView::Idle | CallView::Outgoing(_) | CallView::Incoming(_) | CallView::Ended(_) => None,
        };
        let talking: Vec<_> = (0..self.phones.len()).filter_map(|who| Some((who, call(who)?))).collect();
        let [(one, first), (other, second)] = &talking[..] else { return false };
        let up = |view: &call_core::InCallView| view.stage == CallStage::Active && view.seconds.is_some();
        let rest = (0..self.phones.len()).filter(|who| who != one && who != other);
        first.party.call_id == second.party.call_id
            && (up(first) && up(second))
            && (self.peers.hears(*one) && self.peers.hears(*other))
            && rest.into_iter().all(|who| self.is_quiet(who))
    }

    pub(super) fn handle(&mut self, who: Who, event: Event) {
        let phone = Rc::make_mut(&mut self.phones[who]);
        let effects = phone.machine.handle(event.clone(), self.now);
        if let Some(diary) = &mut self.diary {
            let (at, device) = (self.now.since(BEGIN).as_millis(), phone.device.as_str());
            diary.push(format!("{at:>8} {device:<7} {event:?}\n                 -> {effects:?}"));
        }
        phone.checker.check(&event, &effects, &phone.machine.view(self.now));
        for effect in &effects {
            self.carry_out(who, effect);
        }
        self.reported();
        self.check(who);
    }

    fn carry_out(&mut self, who: Who, effect: &Effect) {
        let mut rng = Rng::new(0); // only for delays, which are chosen here
        let phone = Rc::make_mut(&mut self.phones[who]);
        phone.devices.carry_out(effect, &mut rng);
        let acquired = core::mem::take(&mut phone.devices.soon);
        let (page, socket) = (phone.pages, phone.socket);
        self.under_way.extend(acquired.into_iter().map(|(_, key)| Rc::new(UnderWay::Media(who, page, key))));
        Rc::make_mut(&mut self.peers).carry_out(who, effect, &mut rng);
        let ask = |request| Some(UnderWay::Request(who, page, request));
        let sent = errand(effect).and_then(|errand| match errand {
            Errand::Initiate(epoch, conversation, call_type, offer) => {
                ask(Request::Initiate(epoch, conversation, call_type, offer))
            }
            Errand::Answer(epoch, id) => ask(Request::Answer(epoch, id)),
            Errand::Decline(id) => ask(Request::Decline(id)),
            Errand::End(id, body) => ask(Request::End(id, body)),
            Errand::Up(frame) => socket.map(|socket| UnderWay::ToServer(who, socket, frame)),
            Errand::Keep(rejoin) => {
                phone.kept = Some(rejoin);
                None
            }
        });
        self.under_way.extend(sent.map(Rc::new));
    }

    /// Takes over what the peer connections have to report.
    fn reported(&mut self) {
        if self.peers.soon.is_empty() {
            return;
        }
        for (_, step) in core::mem::take(&mut Rc::make_mut(&mut self.peers).soon) {
            let arrives = match step {
                Step::Work(id) => UnderWay::Work(id),
                Step::Report(who, event) => match self.counted(who, event) {
                    Some(event) => UnderWay::Peer(who, self.phones[who].pages, event),
                    None => continue,
                },
            };
            self.under_way.push_back(Rc::new(arrives));
        }
    }

    /// Arriving media is counted once at each moment, until the two talk. Silence is left to the random runs.
    fn counted(&mut self, who: Who, event: PeerEvent) -> Option<PeerEvent> {
        let PeerEvent::Received { peer, media_bytes, transport_bytes: _ } = event else { return Some(event) };
        let talks = matches!(self.view(who), CallView::InCall(view)
            if view.stage == CallStage::Active && view.seconds.is_some());
        self.counts += 1;
        let counts = media_bytes > 0 && !talks && self.counted.insert((who, peer));
        let media_bytes = BYTES + self.counts;
        counts.then_some(PeerEvent::Received { peer, media_bytes, transport_bytes: None })
    }

    /// Links come up, or are noticed to be gone; media arrives.
    fn tick(&mut self) {
        let peers = Rc::make_mut(&mut self.peers);
        peers.tick(Time(self.now.0.next_multiple_of(COUNTS_MS)));
        peers.forget_counts();
        self.reported();
    }

    fn arrives(&mut self, arrives: UnderWay) {
        match arrives {
            UnderWay::Request(who, page, request) => self.asked(who, page, request),
            UnderWay::Reply(who, page, reply) => {
                if self.phones[who].pages == page {
                    self.handle(who, Event::Reply(reply));
                }
            }
            UnderWay::ToDevice(who, socket, event) => {
                if self.phones[who].socket == Some(socket) {
                    self.handle(who, Event::Socket(event));
                }
            }
            UnderWay::ToServer(who, socket, frame) => {
                let Phone { user, device, socket: open, .. } = &*self.phones[who];
                if *open != Some(socket) {
                    return;
                }
                let (user, device, now) = (user.id.clone(), device.clone(), self.now);
                self.on_server(|server| match frame {
                    Frame::Signal(id, signal) => server.signal(&user, &device, &id, *signal),
                    Frame::MediaFlows(id) => server.media_flows(&user, &device, &id, now),
                });
            }
            UnderWay::Media(who, page, key) => {
                if self.phones[who].pages == page
                    && let Some(event) = Rc::make_mut(&mut self.phones[who]).devices.done(key)
                {
                    self.handle(who, Event::Media(event));
                }
            }
            UnderWay::Peer(who, page, event) => {
                if self.phones[who].pages == page {
                    self.handle(who, Event::Peer(event));
                }
            }
            UnderWay::Work(id) => {
                Rc::make_mut(&mut self.peers).work(id, &mut Rng::new(0));
                self.reported();
            }
            UnderWay::Connects(who, page) => {
                if self.phones[who].pages == page {
                    self.connect(who);
                }
            }
            UnderWay::Opens(who, page, left) => {
                if self.phones[who].pages == page {
                    self.opens(who, left.map(|left| *left));
                }
            }
            UnderWay::Reread(who, id) => {
                let Phone { user, socket, .. } = &*self.phones[who];
                if let (Some(event), Some(socket)) = (self.server.reread(&user.id, &id, self.now), *socket) {
                    self.under_way.push_back(Rc::new(UnderWay::ToDevice(who, socket, event)));
                }
            }
        }
    }

    fn asked(&mut self, who: Who, page: u32, request: Request) {
        let Phone { user, device, .. } = &*self.phones[who];
        let (user, device, now) = (user.id.clone(), device.clone(), self.now);
        let reply = self.on_server(|server| match request {
            Request::Initiate(epoch, conversation, call_type, offer) => {
                let reply = server.initiate((&user, &device), &conversation, call_type, offer, now);
                ReplyEvent::Initiated(epoch, reply.map(Box::new))
            }
            Request::Answer(epoch, id) => {
                ReplyEvent::Answered(epoch, server.answer(&user, &device, &id, now).map(Box::new))
            }
            Request::Decline(id) => {
                let reply = server.decline(&user, &device, &id, now);
                ReplyEvent::Ended(id, reply)
            }
            Request::End(id, body) => {
                let reply = server.end(&user, &device, &id, body, now);
                ReplyEvent::Ended(id, reply)
            }
        });
        self.under_way.push_back(Rc::new(UnderWay::Reply(who, page, reply)));
    }

    pub(super) fn heals(&mut self, who: Who, id: CallId) {
        self.later.push((self.now + Duration::from_millis(HEALED_MS), Rc::new(UnderWay::Reread(who, id))));
    }

    /// Does something on the server, and sends the frames that this leads to.
    pub(super) fn on_server<T>(&mut self, work: impl FnOnce(&mut Server) -> T) -> T {
        let server = Rc::make_mut(&mut self.server);
        let result = work(server);
        for (device, event) in server.take_outbox() {
            let who = self.phones.iter().position(|phone| phone.device == device).expect("a known device");
            if let Some(socket) = self.phones[who].socket {
                self.under_way.push_back(Rc::new(UnderWay::ToDevice(who, socket, event)));
            }
        }
        result
    }
}
