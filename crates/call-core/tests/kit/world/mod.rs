//! The world in which machines meet: one fake clock, phones, the server, the post and the air between them.
//! Everything that happens is in one queue; what a machine orders is carried out at once, and after every event the
//! rules that must always hold are checked (`rules.rs`). `carrier.rs` takes parcels to and from the server.

mod carrier;

use crate::kit::air::{Air, PcId, Step};
use crate::kit::media::Devices;
use crate::kit::people;
use crate::kit::post::{Post, Upward};
use crate::kit::rng::Rng;
use crate::kit::server::{Ask, Server};
use crate::kit::{Phone, Who};
use call_core::{
    AnswerWith, CallView, Effect, Epoch, Event, Machine, MediaEvent, MediaKey, ReplyEvent, Slot, SocketEvent,
    Time, UserEvent,
};
use call_protocol::{CallId, CallType, DeviceId};
use std::collections::BTreeMap;

/// How often links, channels and media move.
const TICK_MS: u64 = 250;

/// Whose question a reply belongs to.
#[derive(Clone, Debug)]
enum Ticket {
    Initiated(Epoch),
    Answered(Epoch),
    Ended(CallId),
}

enum Happening {
    Hear(Who, Event),
    Delivered(Who, u32, SocketEvent),
    Arrived(Who, u32, Upward),
    Asked(Who, Ticket, Ask),
    Replied(Who, Ticket, Option<ReplyEvent>),
    MediaDone(Who, MediaKey),
    Work(PcId),
    Connect(Who),
    ReadAnew(Who, CallId),
    Tick,
}

pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) now: Time,
    pub(crate) phones: Vec<Phone>,
    pub(crate) server: Server,
    pub(crate) air: Air,
    pub(crate) post: Post,
    /// Whether a failure is told with all that led to it.
    pub(crate) tells: bool,
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
            air: Air::default(),
            post: Post::new(),
            tells: true,
            diary: Vec::new(),
            rng: Rng::new(seed),
            queue: BTreeMap::new(),
            queued: 0,
            timers_in_a_row: 0,
        };
        world.after(TICK_MS, Happening::Tick);
        world
    }

    /// A device of somebody, connected, whose browser hands out microphone and camera without a question.
    pub(crate) fn phone(&mut self, person: &str, device: &str) -> Who {
        let user = people::user(person);
        let device = DeviceId::new(device);
        let machine = Machine::new(user.id.clone(), device.clone(), 0);
        self.phones.push(Phone {
            user,
            device,
            machine,
            devices: Devices::new(),
            link: None,
            links: 0,
            pages: 0,
            consents: false,
            names_camera: false,
        });
        let who = self.phones.len() - 1;
        for slot in [Slot::Microphone, Slot::Camera] {
            self.hear(who, Event::Media(MediaEvent::Permission { slot, granted: true }));
        }
        self.connect(who);
        who
    }

    /// The browser would ask before it hands out anything.
    pub(crate) fn permission_unknown(&mut self, who: Who) {
        for slot in [Slot::Microphone, Slot::Camera] {
            self.hear(who, Event::Media(MediaEvent::Permission { slot, granted: false }));
        }
    }

    pub(crate) fn press(&mut self, who: Who, event: UserEvent) {
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
            | UserEvent::Returned { .. } => false,
        };
        match &event {
            UserEvent::Call { .. } | UserEvent::Answer(_) => self.phones[who].consents = true,
            UserEvent::Decline
            | UserEvent::HangUp
            | UserEvent::ToggleMute
            | UserEvent::ToggleCamera
            | UserEvent::ToggleScreen
            | UserEvent::RetryMedia
            | UserEvent::Dismiss
            | UserEvent::Leave
            | UserEvent::Returned { .. } => {}
        }
        self.hear(who, Event::User(event));
    }

    /// `who` calls the person whose phone `whom` is.
    pub(crate) fn call(&mut self, who: Who, whom: Who, call_type: CallType) {
        let (me, peer) = (self.phones[who].user.id.clone(), self.phones[whom].user.clone());
        let conversation_id = people::conversation(me.as_str(), peer.id.as_str());
        self.press(who, UserEvent::Call { conversation_id, peer, call_type });
    }

    pub(crate) fn answer(&mut self, who: Who) {
        self.press(who, UserEvent::Answer(AnswerWith::Everything));
    }

    /// The machine of a phone takes an event, and its orders are carried out.
    pub(crate) fn hear(&mut self, who: Who, event: Event) {
        let effects = self.phones[who].machine.handle(event.clone(), self.now);
        self.diary.push((self.now, who, event, effects.clone()));
        self.check_orders(who, &effects);
        for effect in &effects {
            self.obey(who, effect);
        }
        for (wait, key) in core::mem::take(&mut self.phones[who].devices.soon) {
            self.after(wait, Happening::MediaDone(who, key));
        }
        self.send_air_steps();
        self.check(who);
    }

    pub(crate) fn view(&self, who: Who) -> CallView {
        self.phones[who].machine.view(self.now)
    }

    /// The socket of a phone is gone, and comes back after a while.
    pub(crate) fn drop_socket(&mut self, who: Who, back_after_ms: u64) {
        if self.phones[who].link.take().is_some() {
            self.server.disconnect(&self.phones[who].device, self.now);
            self.hear(who, Event::Socket(SocketEvent::Lost));
        }
        self.after(back_after_ms, Happening::Connect(who));
    }

    /// Nobody reaches the server for a while.
    pub(crate) fn server_goes_away(&mut self) {
        self.post.server_away = true;
        for who in 0..self.phones.len() {
            self.drop_socket(who, 500);
        }
    }

    pub(crate) fn server_comes_back(&mut self) {
        self.post.server_away = false;
        self.server.begins_again(self.now);
    }

    /// The page of a phone is loaded anew: the same device, but nothing of what was is known or open.
    pub(crate) fn reload(&mut self, who: Who) {
        self.air.pcs.retain(|(of, _), _| *of != who);
        let phone = &mut self.phones[who];
        phone.pages += 1;
        phone.machine = Machine::new(phone.user.id.clone(), phone.device.clone(), phone.pages);
        phone.devices.forget();
        phone.link = None;
        self.queue.retain(|_, happening| match happening {
            Happening::Hear(of, _) | Happening::Replied(of, ..) | Happening::MediaDone(of, _) => *of != who,
            Happening::Work((of, _)) => *of != who,
            Happening::Delivered(..)
            | Happening::Arrived(..)
            | Happening::Asked(..)
            | Happening::Connect(_)
            | Happening::ReadAnew(..)
            | Happening::Tick => true,
        });
        self.server.disconnect(&self.phones[who].device, self.now);
        self.connect(who);
    }

    pub(crate) fn unplug(&mut self, who: Who, kind: Slot) {
        if let Some(event) = self.phones[who].devices.unplug(kind) {
            self.hear(who, Event::Media(event));
        }
    }

    /// Lets time pass.
    pub(crate) fn pass(&mut self, ms: u64) {
        let end = Time(self.now.0 + ms);
        while self.step(end) {}
        self.now = end;
    }

    /// Lets time pass until something is so; fails if it never is within two minutes.
    pub(crate) fn until(&mut self, what: &str, so: impl Fn(&Self) -> bool) {
        let end = Time(self.now.0 + 120_000);
        while !so(self) {
            if !self.step(end) {
                self.fail(&format!("it never came to this: {what}"));
            }
        }
    }

    /// The next thing happens, if it is due before `end`.
    fn step(&mut self, end: Time) -> bool {
        let machines = self.phones.iter().enumerate();
        let timers =
            machines.filter_map(|(who, phone)| Some((phone.machine.next_deadline()?.max(self.now), who)));
        let timer = timers.min();
        let queued = self.queue.keys().next().map(|(at, _)| *at);
        let server = self.server.deadline().filter(|_| !self.post.server_away).map(|at| at.max(self.now));
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
            self.deliver_letters();
        } else if let Some((_, who)) = timer {
            self.timers_in_a_row += 1;
            if self.timers_in_a_row > 50 {
                self.fail("a deadline stays in the past whatever the timer does");
            }
            self.hear(who, Event::Timer);
        }
        true
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Hear(who, event) => self.hear(who, event),
            Happening::Delivered(who, link, event) => {
                if self.phones[who].link == Some(link) {
                    self.hear(who, Event::Socket(event));
                }
            }
            Happening::Arrived(who, link, upward) => {
                let Phone { user, device, link: open, .. } = &self.phones[who];
                match upward {
                    _ if *open != Some(link) => {} // of a socket that is gone
                    Upward::Signal(id, signal) => self.server.signal(&user.id, device, &id, *signal),
                    Upward::MediaFlows(id) => self.server.media_flows(&user.id, device, &id, self.now),
                }
                self.deliver_letters();
            }
            Happening::Asked(who, ticket, ask) => self.ask(who, ticket, ask),
            Happening::Replied(who, ticket, reply) => {
                let reply = reply.unwrap_or_else(|| carrier::unreachable_reply(ticket));
                self.hear(who, Event::Reply(reply));
            }
            Happening::MediaDone(who, key) => {
                if let Some(event) = self.phones[who].devices.done(key) {
                    self.hear(who, Event::Media(event));
                }
            }
            Happening::Work(id) => {
                self.air.work(id, &mut self.rng);
                self.send_air_steps();
            }
            Happening::Connect(who) => self.connect(who),
            Happening::ReadAnew(who, id) => {
                let Phone { user, device, .. } = &self.phones[who];
                if let Some(event) = self.server.read_anew(&user.id, &id, self.now) {
                    let device = device.clone();
                    self.send_down(&device, event);
                }
            }
            Happening::Tick => {
                self.air.tick(self.now);
                self.send_air_steps();
                self.after(TICK_MS, Happening::Tick);
            }
        }
    }

    fn connect(&mut self, who: Who) {
        if self.phones[who].link.is_some() {
            return;
        }
        if self.post.server_away {
            self.after(500, Happening::Connect(who));
            return;
        }
        let phone = &mut self.phones[who];
        phone.links += 1;
        phone.link = Some(phone.links);
        let (user, device) = (phone.user.id.clone(), phone.device.clone());
        let welcome = self.server.connect(&user, &device, self.now);
        self.hear(who, Event::Socket(welcome));
        self.deliver_letters();
    }

    fn send_air_steps(&mut self) {
        for (wait, step) in core::mem::take(&mut self.air.soon) {
            let happening = match step {
                Step::Say(who, event) => Happening::Hear(who, Event::Peer(event)),
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
