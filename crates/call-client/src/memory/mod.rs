//! A platform in memory, for examples and tests: virtual time, tasks on one thread, a small server and a WebRTC engine
//! that connects clients of one world. Nothing happens before [`World::pass`] lets time pass.
//! Never loses or delays anything: bad networks are simulated by the tests of `call_core`.
//!
//! - `server`: calls, rings and signals between the clients · `engine`: their media
//! - `network`: sockets and requests of sessions, to a server that whoever uses this plays

mod engine;
mod network;
mod server;

pub use engine::MemoryEngine;
pub use network::{FarEnd, MemoryJson, MemorySocket, MemoryWatch};
pub use server::Line;

use crate::client::{Client, News};
use crate::connection::SessionEvent;
use crate::platform::{LeftCall, Platform};
use call_core::Time;
use call_protocol::{ConversationId, DeviceId, ServerFrame, User, UserId, Welcome};
use core::cell::{Cell, RefCell};
use core::future::{Future, poll_fn};
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use engine::Peer;
use network::Wire;
use server::Server;
use std::rc::{Rc, Weak};

/// How long a frame or a request travels.
const LATENCY: Duration = Duration::from_millis(10);

/// Clients, their server and their time; clones are the same world.
#[derive(Clone, Default)]
pub struct World(Rc<Inner>);

#[derive(Default)]
struct Inner {
    now: Cell<Duration>,
    timers: RefCell<Vec<(Duration, Act)>>,
    tasks: RefCell<Vec<Pin<Box<dyn Future<Output = ()>>>>>,
    ids: Cell<u32>,
    left: RefCell<Vec<(String, LeftCall)>>,
    server: RefCell<Server>,
    peers: RefCell<Vec<Peer>>,
    wire: Wire,
    clients: RefCell<Vec<(DeviceId, Weak<Client<World>>)>>,
}

/// What a timer does; nothing once it is cancelled or has fired.
type Act = Rc<Cell<Option<Box<dyn FnOnce()>>>>;

/// A running timer; dropping it cancels it.
pub struct MemoryTimer(Act);

impl Drop for MemoryTimer {
    fn drop(&mut self) {
        self.0.take();
    }
}

impl World {
    /// Nobody and nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// A device of somebody, signed in and connected; `tell` hears its news.
    pub fn client(&self, name: &str, tell: impl Fn(News) + 'static) -> Rc<Client<Self>> {
        let user = self.user(name);
        let device = DeviceId(self.random_id());
        self.0.server.borrow_mut().connect(&user.id, &device);
        let line = Line::new(self.clone(), &user.id, &device);
        let engine = |emit| MemoryEngine::new(self.clone(), emit);
        let client = Rc::new(Client::new(self.clone(), line, engine, tell));
        self.0.clients.borrow_mut().push((device.clone(), Rc::downgrade(&client)));
        let welcome = Welcome {
            user,
            live_calls: Vec::new(),
            ended_calls: Vec::new(),
            ice_servers: Vec::new(),
            proof_seconds: None,
        };
        client.hear(&SessionEvent::Welcome(Box::new(welcome)));
        client
    }

    /// A person, by name.
    pub fn user(&self, name: &str) -> User {
        User {
            id: UserId::new(name),
            username: name.to_owned(),
            display_name: name.to_owned(),
            display_picture_url: None,
        }
    }

    /// Where two people talk.
    pub fn conversation(&self, one: &str, two: &str) -> ConversationId {
        let (first, second) = if one < two { (one, two) } else { (two, one) };
        ConversationId(format!("{first}+{second}"))
    }

    /// Lets time pass: timers fire and tasks run in order.
    pub fn pass(&self, time: Duration) {
        let end = self.0.now.get() + time;
        loop {
            self.run_tasks();
            let next = self.0.timers.borrow().iter().map(|(due, _)| *due).min();
            let Some(due) = next.filter(|due| *due <= end) else { break };
            self.0.now.set(due.max(self.0.now.get()));
            let first = self.0.timers.borrow().iter().position(|(at, _)| *at == due);
            let act = first.map(|first| self.0.timers.borrow_mut().remove(first).1);
            if let Some(act) = act.and_then(|act| act.take()) {
                act();
            }
        }
        self.0.now.set(end);
    }

    /// Does something later, whatever happens until then.
    fn later(&self, wait: Duration, act: impl FnOnce() + 'static) {
        self.timer(wait, Box::new(act));
    }

    fn timer(&self, wait: Duration, act: Box<dyn FnOnce()>) -> Act {
        let act: Act = Rc::new(Cell::new(Some(act)));
        self.0.timers.borrow_mut().push((self.0.now.get() + wait, act.clone()));
        act
    }

    fn run_tasks(&self) {
        // Every task is asked again whenever something has happened, so nobody needs to be woken.
        let mut context = Context::from_waker(Waker::noop());
        loop {
            let tasks = self.0.tasks.take();
            let before = tasks.len();
            let mut pending = Vec::with_capacity(before);
            for mut task in tasks {
                if task.as_mut().poll(&mut context) == Poll::Pending {
                    pending.push(task);
                }
            }
            let finished = before - pending.len();
            let mut tasks = self.0.tasks.borrow_mut();
            let spawned = tasks.len();
            tasks.append(&mut pending);
            if finished + spawned == 0 {
                return;
            }
        }
    }

    /// Carries what the server has to say to the clients.
    fn deliver(&self) {
        for (device, frame) in self.0.server.borrow_mut().take_frames() {
            let world = self.clone();
            self.later(LATENCY, move || world.bring(&device, frame));
        }
    }

    fn bring(&self, device: &DeviceId, frame: ServerFrame) {
        let found =
            self.0.clients.borrow().iter().find(|(of, _)| of == device).map(|(_, client)| client.clone());
        if let Some(client) = found.and_then(|client| client.upgrade()) {
            client.hear(&SessionEvent::Frame(Box::new(frame)));
        }
    }
}

impl Platform for World {
    type Timer = MemoryTimer;
    type Signaling = Line;
    type Engine = MemoryEngine;

    fn now(&self) -> Time {
        Time(u64::try_from(self.0.now.get().as_millis()).unwrap_or(u64::MAX))
    }

    fn wall_clock(&self) -> f64 {
        (self.0.now.get() + self.asleep()).as_secs_f64() * 1000.0
    }

    fn after(&self, wait: Duration, act: impl FnOnce() + 'static) -> MemoryTimer {
        MemoryTimer(self.timer(wait, Box::new(act)))
    }

    fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        self.0.tasks.borrow_mut().push(Box::pin(task));
    }

    fn sleep(&self, wait: Duration) -> impl Future<Output = ()> + 'static {
        let (world, due) = (self.clone(), self.0.now.get() + wait);
        // Time is to stop there, so that the task is asked again.
        self.later(wait, || {});
        poll_fn(move |_| if world.0.now.get() < due { Poll::Pending } else { Poll::Ready(()) })
    }

    fn random_id(&self) -> String {
        self.0.ids.set(self.0.ids.get() + 1);
        format!("id-{}", self.0.ids.get())
    }

    fn is_reloaded(&self) -> bool {
        true
    }

    fn keep_left_call(&self, name: &str, left: &LeftCall) {
        self.0.left.borrow_mut().push((name.to_owned(), left.clone()));
    }

    fn take_left_call(&self, name: &str) -> Option<LeftCall> {
        let mut kept = self.0.left.borrow_mut();
        let found = kept.iter().position(|(of, _)| of == name)?;
        Some(kept.swap_remove(found).1)
    }

    fn debug(&self, _line: &str) {}
}
