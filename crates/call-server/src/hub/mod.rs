//! The devices that are connected to this process: delivers frames to them and knows when each last gave a sign of
//! life. Never decides what is sent to whom, and holds nothing that a restart may not lose.

mod crowd;
mod device;

pub use device::Signs;

use crate::clock::Tick;
use axum::extract::ws::Utf8Bytes;
use call_protocol::{DeviceId, SessionId, UserId, close_code};
use call_rules::{Life, Manner, Moment};
use device::{Device, Link, life};
use foldhash::fast::RandomState;
use serde::Serialize;
use std::{
    cmp::Reverse,
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::{mpsc, oneshot};

/// How long a device that disconnected is remembered.
const MEMORY: Duration = Duration::from_secs(600);
/// The size of a candidate as a frame, in bytes, which a buffer has from the start.
const USUAL_FRAME: usize = 512;

/// The registry of connected devices.
#[derive(Debug)]
pub struct Hub {
    registry: Mutex<Registry>,
    /// Counts what every device is used for.
    uses: AtomicU64,
    /// Lease clocks start anew when the server does.
    started: Tick,
}

#[derive(Debug, Default)]
struct Registry {
    people: HashMap<UserId, Person, RandomState>,
    last_link: u64,
    closing: Option<u16>,
}

#[derive(Debug, Default)]
struct Person {
    devices: HashMap<DeviceId, Device, RandomState>,
    /// What their contacts were told.
    online: bool,
}

/// What became of a frame for one device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It waits for the socket.
    There,
    /// It is a signal, and too many wait already: it was dropped.
    NoRoom,
    /// The device is not connected here: it was dropped.
    Nowhere,
}

/// The socket's end of a connected device.
#[derive(Debug)]
pub struct Connection {
    /// Which of the device's sockets this is.
    pub link: u64,
    /// Frames to send; boxed, because every queue has room for some of them from its start.
    pub frames: mpsc::Receiver<Box<Utf8Bytes>>,
    /// The code to close with, once there is one.
    pub close: oneshot::Receiver<u16>,
    /// What the socket hears of the device goes here.
    pub signs: Arc<Signs>,
}

/// Writes a frame as it goes over the wire.
pub fn encode(frame: &impl Serialize) -> Utf8Bytes {
    let mut text = Vec::with_capacity(USUAL_FRAME);
    serde_json::to_writer(&mut text, frame).expect("a frame holds nothing that JSON cannot say");
    String::from_utf8(text).expect("JSON is UTF-8").into()
}

impl Hub {
    /// A hub to which nobody is connected yet.
    pub fn new(now: Tick) -> Self {
        Self { registry: Mutex::default(), uses: AtomicU64::new(0), started: now }
    }

    /// Connects a device; an older socket of the same device is closed as replaced.
    pub fn connect(
        &self,
        (user, device): (&UserId, &DeviceId),
        label: Option<String>,
        queue: usize,
        now: Tick,
    ) -> Connection {
        let mut registry = self.lock();
        registry.last_link += 1;
        let id = registry.last_link;
        let (frames, frames_out) = mpsc::channel(queue);
        let (close, close_out) = oneshot::channel();
        let mut link = Link { id, frames, close: Some(close) };
        if let Some(code) = registry.closing {
            link.close(code);
        }
        let signs = Signs::new(now, self.next_use());
        let entry = Device { link: Some(link), label, signs: Arc::clone(&signs), parted: None };
        let person = registry.people.entry(user.clone()).or_default();
        let older = person.devices.insert(device.clone(), entry).and_then(|device| device.link);
        if let Some(mut older) = older {
            older.close(close_code::REPLACED);
        }
        Connection { link: id, frames: frames_out, close: close_out, signs }
    }

    /// Forgets a socket, unless a newer one of the same device has taken its place; with how it ended, if that was the
    /// device's own doing.
    pub fn disconnect(
        &self,
        (user, device): (&UserId, &DeviceId),
        link: u64,
        manner: Option<Manner>,
        now: Tick,
    ) {
        let mut registry = self.lock();
        let entry = registry.device_mut(user, device);
        if let Some(entry) = entry.filter(|entry| entry.link.as_ref().is_some_and(|held| held.id == link)) {
            entry.link = None;
            entry.parted = manner.map(|manner| (manner, now));
        }
    }

    /// A device was used: it sent a request.
    pub fn used(&self, user: &UserId, device: &DeviceId, now: Tick) {
        if let Some(entry) = self.lock().device(user, device) {
            self.used_by(&entry.signs, now);
        }
    }

    /// The device with these signs of life was used: it sent a frame.
    pub fn used_by(&self, signs: &Signs, now: Tick) {
        signs.alive(now);
        signs.last_use.store(self.next_use(), Ordering::Relaxed);
    }

    /// Remembers a device that takes a seat before its socket is open.
    pub fn remember(&self, user: &UserId, device: &DeviceId, now: Tick) {
        let mut registry = self.lock();
        let fresh = Device { link: None, label: None, signs: Signs::new(now, self.next_use()), parted: None };
        let devices = &mut registry.people.entry(user.clone()).or_default().devices;
        let entry = devices.entry(device.clone()).or_insert(fresh);
        entry.signs.alive(now);
        // It may have gone while its request was under way: its time to come back begins here.
        entry.parted = entry.parted.map(|(manner, _)| (manner, now));
    }

    /// Sends to every connected device of a person.
    pub fn send(&self, user: &UserId, frame: &impl Serialize) {
        self.send_all(std::slice::from_ref(user), frame);
    }

    /// Sends to every connected device of these people.
    pub fn send_all(&self, people: &[UserId], frame: &impl Serialize) {
        let mut text = None;
        for user in people {
            if self.any_connected(user) {
                // Encoded once, before the lock is taken, which is held for the devices of one person at a time.
                let text = text.get_or_insert_with(|| encode(frame));
                // A signal that has no room comes again.
                self.lock().links(user).for_each(|link| {
                    link.send(text.clone());
                });
            }
        }
    }

    /// Passes on a frame that another node has written: to every connected device of these people, or to one of each.
    pub fn pass(&self, people: &[UserId], device: Option<&DeviceId>, frame: &str) {
        let text = Utf8Bytes::from(frame);
        for user in people {
            let mut registry = self.lock();
            match device {
                None => registry.links(user).for_each(|link| {
                    link.send(text.clone());
                }),
                Some(device) => registry.link(user, device).into_iter().for_each(|link| {
                    link.send(text.clone());
                }),
            }
        }
    }

    /// Closes the socket of a device, if it has one.
    pub fn close_device(&self, user: &UserId, device: &DeviceId, code: u16) {
        if let Some(link) = self.lock().link(user, device) {
            link.close(code);
        }
    }

    /// Sends to one device.
    pub fn send_to(&self, user: &UserId, device: &DeviceId, frame: &impl Serialize) -> Sent {
        let text = encode(frame);
        match self.lock().link(user, device).map(|link| link.send(text)) {
            None => Sent::Nowhere,
            Some(true) => Sent::There,
            Some(false) => Sent::NoRoom,
        }
    }

    /// Whether a device has a socket.
    pub fn is_connected(&self, user: &UserId, device: &DeviceId) -> bool {
        self.lock().device(user, device).is_some_and(|device| device.link.is_some())
    }

    /// Whether a device has, or lately had, a socket.
    pub fn knows(&self, user: &UserId, device: &DeviceId) -> bool {
        self.lock().device(user, device).is_some()
    }

    /// Whether any device of a person has a socket.
    pub fn any_connected(&self, user: &UserId) -> bool {
        self.lock().people.get(user).is_some_and(Person::is_connected)
    }

    /// The connected device that a person used last.
    pub fn last_used(&self, user: &UserId) -> Option<DeviceId> {
        self.by_last_use(user).into_iter().next()
    }

    /// The connected devices of a person, the one that was used last first.
    pub fn by_last_use(&self, user: &UserId) -> Vec<DeviceId> {
        let registry = self.lock();
        let devices = registry.people.get(user).into_iter().flat_map(|person| person.devices.iter());
        let connected = devices.filter(|(_, device)| device.link.is_some());
        let mut used: Vec<_> =
            connected.map(|(id, device)| (device.signs.last_use.load(Ordering::Relaxed), id)).collect();
        used.sort_by_key(|(last_use, _)| Reverse(*last_use));
        used.into_iter().map(|(_, id)| id.clone()).collect()
    }

    /// What a device calls itself.
    pub fn label(&self, user: &UserId, device: &DeviceId) -> Option<String> {
        self.lock().device(user, device).and_then(|device| device.label.clone())
    }

    /// What is known of a device's life.
    pub fn life(&self, user: &UserId, device: &DeviceId, (now, tick): (Moment, Tick)) -> Life {
        match self.lock().device(user, device) {
            None => self.unheard(tick),
            Some(device) => life(device, now, tick),
        }
    }

    /// What is known of the life of a person's liveliest device, for clients that name none.
    pub fn life_of_any(&self, user: &UserId, (now, tick): (Moment, Tick)) -> Life {
        let registry = self.lock();
        let devices = registry.people.get(user).into_iter().flat_map(|person| person.devices.values());
        devices
            .map(|device| life(device, now, tick))
            .min_by_key(|life| (!life.connected, life.silent))
            .unwrap_or_else(|| self.unheard(tick))
    }

    /// Whether a person's contacts see them online.
    pub fn is_online(&self, user: &UserId) -> bool {
        self.lock().people.get(user).is_some_and(|person| person.online)
    }

    /// Brings what contacts see in line with the sockets; the new state when it changed.
    pub fn settle_presence(&self, user: &UserId) -> Option<bool> {
        let mut registry = self.lock();
        let person = registry.people.get_mut(user)?;
        let connected = person.is_connected();
        let changed = person.online != connected;
        person.online = connected;
        changed.then_some(connected)
    }

    /// Forgets devices that disconnected long ago, and people without any.
    pub fn forget_old(&self, now: Tick) {
        self.lock().people.retain(|_, person| {
            let silent = |device: &Device| now.0.saturating_sub(device.signs.last_proof().0);
            person.devices.retain(|_, device| device.link.is_some() || silent(device) < MEMORY);
            person.online || !person.devices.is_empty()
        });
    }

    /// Everybody who has a socket.
    pub fn people(&self) -> Vec<UserId> {
        let registry = self.lock();
        let connected = registry.people.iter().filter(|(_, person)| person.is_connected());
        connected.map(|(user, _)| user.clone()).collect()
    }

    /// Closes every socket of a person.
    pub fn close_person(&self, user: &UserId, code: u16) {
        self.lock().links(user).for_each(|link| link.close(code));
    }

    /// Closes the sockets that are signed in by a session of a person, or by none.
    pub fn close_session(&self, user: &UserId, session: Option<&SessionId>, code: u16) {
        let mut registry = self.lock();
        let devices =
            registry.people.get_mut(user).into_iter().flat_map(|person| person.devices.values_mut());
        let of_it = devices.filter(|device| device.signs.is_of(session));
        of_it.filter_map(|device| device.link.as_mut()).for_each(|link| link.close(code));
    }

    /// Closes every socket, and those that still come.
    pub fn close_all(&self, code: u16) {
        let mut registry = self.lock();
        registry.closing = Some(code);
        let devices = registry.people.values_mut().flat_map(|person| person.devices.values_mut());
        devices.filter_map(|device| device.link.as_mut()).for_each(|link| link.close(code));
    }

    /// Whether nobody is connected.
    pub fn is_empty(&self) -> bool {
        !self.lock().people.values().any(Person::is_connected)
    }

    /// Whether sockets are closed, and those that still come: the server stops.
    pub fn is_closing(&self) -> bool {
        self.lock().closing.is_some()
    }

    /// How many sockets there are, how many frames wait for all of them, and how many for the slowest.
    pub fn load(&self) -> (usize, usize, usize) {
        let registry = self.lock();
        let devices = registry.people.values().flat_map(|person| person.devices.values());
        let queues = devices.filter_map(|device| device.link.as_ref()).map(|link| {
            let frames = &link.frames;
            frames.max_capacity() - frames.capacity()
        });
        queues.fold((0, 0, 0), |(sockets, all, most), frames| (sockets + 1, all + frames, most.max(frames)))
    }

    fn unheard(&self, tick: Tick) -> Life {
        let silent = tick.0.saturating_sub(self.started.0);
        Life { connected: false, silent, last_proof: None, parted: None, media: None }
    }

    fn next_use(&self) -> u64 {
        self.uses.fetch_add(1, Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Registry {
    fn device_mut(&mut self, user: &UserId, device: &DeviceId) -> Option<&mut Device> {
        self.people.get_mut(user)?.devices.get_mut(device)
    }

    fn links(&mut self, user: &UserId) -> impl Iterator<Item = &mut Link> {
        let devices = self.people.get_mut(user).into_iter().flat_map(|person| person.devices.values_mut());
        devices.filter(|device| device.is_open()).filter_map(|device| device.link.as_mut())
    }

    fn link(&mut self, user: &UserId, device: &DeviceId) -> Option<&mut Link> {
        self.device_mut(user, device)?.link.as_mut()
    }

    fn device(&self, user: &UserId, device: &DeviceId) -> Option<&Device> {
        self.people.get(user)?.devices.get(device)
    }
}

impl Person {
    fn is_connected(&self) -> bool {
        self.devices.values().any(|device| device.link.is_some())
    }
}
