//! The world in which machines meet: one fake clock, phones, the server, the network and the peer connections.
//! Everything that happens goes through one queue; effects are carried out at once, and after every event the
//! rules that must always hold are checked (`rules.rs`). `carrier.rs` carries packets to and from the server.

mod carrier;
mod pages;

use crate::kit::media::Devices;
use crate::kit::network::{Frame, Network};
use crate::kit::peer_connections::{PcId, PeerConnections, Step};
use crate::kit::people;
use crate::kit::rng::Rng;
use crate::kit::server::{Request, Server};
use crate::kit::{Phone, Who};
use call_core::{
    AnswerWith, CallView, Effect, Epoch, Event, Machine, MediaEvent, MediaKey, ReplyEvent, Slot, SocketEvent,
    Time, UserEvent,
};
use call_protocol::{CallId, CallType, DeviceId};
use call_rules::Manner;
use std::collections::BTreeMap;

/// How often links, channels and media advance.
const TICK_MS: u64 = 250;

/// The request that a reply belongs to.
#[derive(Clone, Debug)]
enum PendingReply {
    Initiated(Epoch),
    Answered(Epoch),
    Ended(CallId),
}

enum Happening {
    Event(Who, Event),
    Delivered(Who, u32, SocketEvent),
    Arrived(Who, u32, Frame),
    Asked(Who, PendingReply, Request),
    Replied(Who, PendingReply, Option<ReplyEvent>),
    MediaDone(Who, MediaKey),
    Work(PcId),
    Connect(Who),
    Reread(Who, CallId),
    /// A page is loaded in place of the previous one.
    Opens(Who, u32, Option<Box<pages::Left>>),
    Tick,
}

pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) now: Time,
    pub(crate) phones: Vec<Phone>,
    pub(crate) server: Server,
    pub(crate) peers: PeerConnections,
    pub(crate) network: Network,
    /// Whether a failure prints all that led to it.
    pub(crate) prints_diary: bool,
    pub(crate) diary: Vec<(Time, Who, Event, Vec<Effect>)>,
    rng: Rng,
    queue: BTreeMap<(Time, u64), Happening>,
    queued: u64,
    timers_in_a_row: u32,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut world = Self {
            seed,
            now: Time(1_000),
            phones: Vec::new(),
            server: Server::new(),
            peers: PeerConnections::default(),
            network: Network::new(),
            prints_diary: true,
            diary: Vec::new(),
            rng: Rng::new(seed),
            queue: BTreeMap::new(),
            queued: 0,
            timers_in_a_row: 0,
        };
        world.after(TICK_MS, Happening::Tick);
        world
    }

    /// Adds a connected device of a person, whose browser grants microphone and camera without asking.
    pub(crate) fn phone(&mut self, person: &str, device: &str) -> Who {
        let user = people::user(person);
        let device = DeviceId::new(device);
        let machine = Machine::new(user.id.clone(), device.clone(), 0);
        self.phones.push(Phone {
            user,
            device,
            machine,
            devices: Devices::new(),
            socket: None,
            sockets: 0,
            pages: 0,
            is_closed: false,
            consents: false,
            answered: Vec::new(),
            names_camera: false,
            kept: None,
            returns: None,
        });
        let who = self.phones.len() - 1;
        for slot in [Slot::Microphone, Slot::Camera] {
            self.handle(who, Event::Media(MediaEvent::Permission { slot, granted: true }));
        }
        self.connect(who);
        who
    }

    /// Ada with a laptop and Bob with a phone.
    pub(crate) fn of_two(seed: u64) -> (Self, Who, Who) {
        let mut world = Self::new(seed);
        let (ada, bob) = (world.phone("ada", "laptop"), world.phone("bob", "phone"));
        (world, ada, bob)
    }

    /// One calls the other, who answers; the two talk.
    pub(crate) fn call_and_talk(&mut self, (one, other): (Who, Who), call_type: CallType) {
        self.call(one, other, call_type);
        self.until("it rings", |world| world.rings(other));
        self.answer(other);
        self.until_they_talk(one, other);
    }

    /// From now on the browser asks before it grants anything.
    pub(crate) fn permission_unknown(&mut self, who: Who) {
        for slot in [Slot::Microphone, Slot::Camera] {
            self.handle(who, Event::Media(MediaEvent::Permission { slot, granted: false }));
        }
    }

    pub(crate) fn press(&mut self, who: Who, event: UserEvent) {
        if self.phones[who].is_closed {
            return; // there is nothing to press
        }
        self.phones[who].names_camera |= match &event {
            UserEvent::Call { call_type: CallType::Video, .. }
            | UserEvent::Answer(AnswerWith::Everything)
            | UserEvent::ToggleCamera => true,
            UserEvent::Call { call_type: CallType::Audio, .. }
            | UserEvent::Answer(AnswerWith::VoiceOnly)
            | UserEvent::Decline
            | UserEvent::HangUp
            | UserEvent::ToggleMute
            | UserEvent::ToggleScreen
            | UserEvent::RetryMedia
            | UserEvent::Dismiss
            | UserEvent::Leave
            | UserEvent::Unload
            | UserEvent::Returned { .. } => false,
        };
        match &event {
            UserEvent::Call { .. } | UserEvent::Answer(_) => {
                if let CallView::Incoming(ring) = self.view(who) {
                    self.phones[who].answered.extend(ring.party.call_id);
                }
                self.phones[who].consents = true;
            }
            UserEvent::Decline
            | UserEvent::HangUp
            | UserEvent::ToggleMute
            | UserEvent::ToggleCamera
            | UserEvent::ToggleScreen
            | UserEvent::RetryMedia
            | UserEvent::Dismiss
            | UserEvent::Leave
            | UserEvent::Unload
            | UserEvent::Returned { .. } => {}
        }
        self.handle(who, Event::User(event));
    }

    /// `who` calls the person of the phone `whom`.
    pub(crate) fn call(&mut self, who: Who, whom: Who, call_type: CallType) {
        let (me, peer) = (self.phones[who].user.id.clone(), self.phones[whom].user.clone());
        let conversation_id = people::conversation(me.as_str(), peer.id.as_str());
        self.press(who, UserEvent::Call { conversation_id, peer, call_type });
    }

    pub(crate) fn answer(&mut self, who: Who) {
        self.press(who, UserEvent::Answer(AnswerWith::Everything));
    }

    /// A phone's machine handles an event, and its effects are carried out.
    pub(crate) fn handle(&mut self, who: Who, event: Event) {
        let effects = self.phones[who].machine.handle(event.clone(), self.now);
        self.diary.push((self.now, who, event, effects.clone()));
        self.check_orders(who, &effects);
        for effect in &effects {
            self.carry_out(who, effect);
        }
        for (wait, key) in core::mem::take(&mut self.phones[who].devices.soon) {
            self.after(wait, Happening::MediaDone(who, key));
        }
        self.schedule_peer_steps();
        self.check(who);
    }

    pub(crate) fn view(&self, who: Who) -> CallView {
        self.phones[who].machine.view(self.now)
    }

    /// A phone's socket breaks, and reconnects after a while.
    pub(crate) fn drop_socket(&mut self, who: Who, back_after_ms: u64) {
        if self.phones[who].socket.take().is_some() {
            self.server.disconnect(&self.phones[who].device, Manner::Lost, self.now);
            self.handle(who, Event::Socket(SocketEvent::Lost));
        }
        self.after(back_after_ms, Happening::Connect(who));
    }

    /// The server is unreachable for everybody for a while.
    pub(crate) fn server_goes_away(&mut self) {
        self.network.server_away = true;
        for who in 0..self.phones.len() {
            self.drop_socket(who, 500);
        }
    }

    pub(crate) fn server_comes_back(&mut self) {
        if core::mem::replace(&mut self.network.server_away, false) {
            self.server.restart(self.now);
        }
    }

    pub(crate) fn unplug(&mut self, who: Who, kind: Slot) {
        if let Some(event) = self.phones[who].devices.unplug(kind) {
            self.handle(who, Event::Media(event));
        }
    }

    /// Lets time pass.
    pub(crate) fn pass(&mut self, ms: u64) {
        let end = Time(self.now.0 + ms);
        while self.step(end) {}
        self.now = end;
    }

    /// Lets time pass until a condition holds; fails after two minutes.
    pub(crate) fn until(&mut self, what: &str, so: impl Fn(&Self) -> bool) {
        let end = Time(self.now.0 + 120_000);
        while !so(self) {
            if !self.step(end) {
                self.fail(&format!("expected within two minutes: {what}"));
            }
        }
    }

    /// The next thing happens, if it is due before `end`. Returns whether anything did.
    fn step(&mut self, end: Time) -> bool {
        let machines = self.phones.iter().enumerate();
        let timers =
            machines.filter_map(|(who, phone)| Some((phone.machine.next_deadline()?.max(self.now), who)));
        let timer = timers.min();
        let queued = self.queue.keys().next().map(|(at, _)| *at);
        let server = self.server.deadline().filter(|_| !self.network.server_away).map(|at| at.max(self.now));
        let Some(next) = [timer.map(|(at, _)| at), queued, server].into_iter().flatten().min() else {
            return false;
        };
        if next > end {
            return false;
        }
        if next > self.now {
            self.timers_in_a_row = 0;
        }
        self.now = next;
        if queued == Some(next) {
            let (_, happening) = self.queue.pop_first().expect("it was seen a moment ago");
            self.happen(happening);
        } else if server == Some(next) {
            self.server.tick(self.now);
            self.deliver_outbox();
        } else if let Some((_, who)) = timer {
            self.timers_in_a_row += 1;
            if self.timers_in_a_row > 50 {
                self.fail("a deadline stays in the past although its timer has fired");
            }
            self.handle(who, Event::Timer);
        }
        true
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Event(who, event) => self.handle(who, event),
            Happening::Delivered(who, socket, event) => {
                if self.phones[who].socket == Some(socket) {
                    self.handle(who, Event::Socket(event));
                }
            }
            Happening::Arrived(who, socket, frame) => {
                let Phone { user, device, socket: open, .. } = &self.phones[who];
                match frame {
                    _ if *open != Some(socket) => {} // from a socket that is closed
                    Frame::Signal(id, signal) => self.server.signal(&user.id, device, &id, *signal),
                    Frame::MediaFlows(id) => self.server.media_flows(&user.id, device, &id, self.now),
                }
                self.deliver_outbox();
            }
            Happening::Asked(who, ticket, ask) => self.ask(who, ticket, ask),
            Happening::Replied(who, ticket, reply) => {
                let reply = reply.unwrap_or_else(|| carrier::unreachable_reply(ticket));
                self.handle(who, Event::Reply(reply));
            }
            Happening::MediaDone(who, key) => {
                if let Some(event) = self.phones[who].devices.done(key) {
                    self.handle(who, Event::Media(event));
                }
            }
            Happening::Work(id) => {
                self.peers.work(id, &mut self.rng);
                self.schedule_peer_steps();
            }
            Happening::Connect(who) => self.connect(who),
            Happening::Reread(who, id) => {
                let Phone { user, device, .. } = &self.phones[who];
                if let Some(event) = self.server.reread(&user.id, &id, self.now) {
                    let device = device.clone();
                    self.send_down(&device, event);
                }
            }
            Happening::Opens(who, page, left) => {
                if self.phones[who].pages == page {
                    self.opens(who, left.map(|left| *left));
                }
            }
            Happening::Tick => {
                self.peers.tick(self.now);
                self.schedule_peer_steps();
                self.after(TICK_MS, Happening::Tick);
            }
        }
    }

    fn connect(&mut self, who: Who) {
        if self.phones[who].socket.is_some() || self.phones[who].is_closed {
            return;
        }
        if self.network.server_away {
            self.after(500, Happening::Connect(who));
            return;
        }
        let phone = &mut self.phones[who];
        phone.sockets += 1;
        phone.socket = Some(phone.sockets);
        if let Some(before) = phone.returns.take() {
            (phone.consents, phone.names_camera) = (true, before.camera);
        }
        let (user, device) = (phone.user.id.clone(), phone.device.clone());
        let welcome = self.server.connect(&user, &device, self.now);
        self.handle(who, Event::Socket(welcome));
        self.deliver_outbox();
    }

    fn schedule_peer_steps(&mut self) {
        for (wait, step) in core::mem::take(&mut self.peers.soon) {
            let happening = match step {
                Step::Report(who, event) => Happening::Event(who, Event::Peer(event)),
                Step::Work(id) => Happening::Work(id),
            };
            self.after(wait, happening);
        }
    }

    fn after(&mut self, ms: u64, happening: Happening) {
        self.queued += 1;
        self.queue.insert((Time(self.now.0 + ms), self.queued), happening);
    }
}
