//! The devices that are connected to this process: delivers frames to them and knows when each last gave a sign of
//! life. Never decides what is sent to whom, and holds nothing that a restart may not lose.

use crate::{
    clock::{Moment, Tick},
    model::{Frame, Life},
};
use axum::extract::ws::Utf8Bytes;
use call_protocol::{DeviceId, UserId, close_code};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::{mpsc, watch};

/// How long a device that went away is remembered.
const MEMORY: Duration = Duration::from_secs(600);

/// The registry of connected devices.
#[derive(Debug)]
pub struct Hub {
    registry: Mutex<Registry>,
    /// Lease clocks start anew when the server does.
    started: Tick,
}

#[derive(Debug, Default)]
struct Registry {
    people: HashMap<UserId, Person>,
    last_link: u64,
    last_use: u64,
    closing: Option<u16>,
}

#[derive(Debug, Default)]
struct Person {
    devices: HashMap<DeviceId, Device>,
    /// What their contacts were told.
    online: bool,
}

#[derive(Debug)]
struct Device {
    link: Option<Link>,
    label: Option<String>,
    last_proof: Tick,
    /// Grows with every use, of whatever device.
    last_use: u64,
}

#[derive(Debug)]
struct Link {
    id: u64,
    frames: mpsc::Sender<Box<Utf8Bytes>>,
    close: watch::Sender<Option<u16>>,
}

impl Link {
    fn send(&self, text: &Utf8Bytes) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.frames.try_send(Box::new(text.clone())) {
            self.close(close_code::TOO_SLOW);
        }
    }

    fn close(&self, code: u16) {
        self.close.send_if_modified(|reason| {
            let first = reason.is_none();
            *reason = reason.or(Some(code));
            first
        });
    }
}

/// The socket's end of a connected device.
#[derive(Debug)]
pub struct Connection {
    /// Which of the device's sockets this is.
    pub link: u64,
    /// Frames to send; boxed, because every queue has room for some of them from its start.
    pub frames: mpsc::Receiver<Box<Utf8Bytes>>,
    /// The code to close with, once there is one.
    pub close: watch::Receiver<Option<u16>>,
}

/// Writes a frame as it goes over the wire.
pub fn encode(frame: &Frame) -> Utf8Bytes {
    serde_json::to_string(frame).expect("a frame holds nothing that JSON cannot say").into()
}

impl Hub {
    /// A hub to which nobody is connected yet.
    pub fn new(now: Tick) -> Self {
        Self { registry: Mutex::default(), started: now }
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
        let (close, close_out) = watch::channel(registry.closing);
        let link = Some(Link { id, frames, close });
        let entry = Device { link, label, last_proof: now, last_use: registry.next_use() };
        let person = registry.people.entry(user.clone()).or_default();
        let older = person.devices.insert(device.clone(), entry).and_then(|device| device.link);
        if let Some(older) = older {
            older.close(close_code::REPLACED);
        }
        Connection { link: id, frames: frames_out, close: close_out }
    }

    /// Forgets a socket, unless a newer one of the same device has taken its place.
    pub fn disconnect(&self, user: &UserId, device: &DeviceId, link: u64) {
        let mut registry = self.lock();
        let entry = registry.device_mut(user, device);
        if let Some(entry) = entry.filter(|entry| entry.link.as_ref().is_some_and(|held| held.id == link)) {
            entry.link = None;
        }
    }

    /// A device proved that it lives.
    pub fn alive(&self, user: &UserId, device: &DeviceId, now: Tick) {
        if let Some(entry) = self.lock().device_mut(user, device) {
            entry.last_proof = now;
        }
    }

    /// A device was used: it sent a frame or a request.
    pub fn used(&self, user: &UserId, device: &DeviceId, now: Tick) {
        let mut registry = self.lock();
        let last_use = registry.next_use();
        if let Some(entry) = registry.device_mut(user, device) {
            (entry.last_proof, entry.last_use) = (now, last_use);
        }
    }

    /// Remembers a device that takes a seat before its socket is open.
    pub fn remember(&self, user: &UserId, device: &DeviceId, now: Tick) {
        let mut registry = self.lock();
        let entry = Device { link: None, label: None, last_proof: now, last_use: registry.next_use() };
        let devices = &mut registry.people.entry(user.clone()).or_default().devices;
        devices.entry(device.clone()).or_insert(entry).last_proof = now;
    }

    /// Sends to every connected device of a person.
    pub fn send(&self, user: &UserId, frame: &Frame) {
        self.send_all(std::slice::from_ref(user), frame);
    }

    /// Sends to every connected device of these people.
    pub fn send_all(&self, people: &[UserId], frame: &Frame) {
        let registry = self.lock();
        let mut links = people.iter().flat_map(|user| registry.links(user)).peekable();
        if links.peek().is_some() {
            let text = encode(frame);
            links.for_each(|link| link.send(&text));
        }
    }

    /// Passes on a frame that another node has written: to every connected device of a person, or to one.
    pub fn pass(&self, user: &UserId, device: Option<&DeviceId>, text: &Utf8Bytes) {
        let registry = self.lock();
        match device {
            None => registry.links(user).for_each(|link| link.send(text)),
            Some(device) => {
                let link = registry.device(user, device).and_then(|device| device.link.as_ref());
                link.into_iter().for_each(|link| link.send(text));
            }
        }
    }

    /// Closes the socket of a device, if it has one.
    pub fn close_device(&self, user: &UserId, device: &DeviceId, code: u16) {
        let registry = self.lock();
        if let Some(link) = registry.device(user, device).and_then(|device| device.link.as_ref()) {
            link.close(code);
        }
    }

    /// Sends to one device; `false` when it is not connected, and the frame dropped.
    pub fn send_to(&self, user: &UserId, device: &DeviceId, frame: &Frame) -> bool {
        let text = encode(frame);
        let registry = self.lock();
        let link = registry.device(user, device).and_then(|device| device.link.as_ref());
        link.inspect(|link| link.send(&text)).is_some()
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
        let registry = self.lock();
        let devices = registry.people.get(user)?.devices.iter();
        let connected = devices.filter(|(_, device)| device.link.is_some());
        connected.max_by_key(|(_, device)| device.last_use).map(|(id, _)| id.clone())
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

    /// Forgets devices that went away long ago, and people without any.
    pub fn forget_old(&self, now: Tick) {
        self.lock().people.retain(|_, person| {
            let keep =
                |device: &Device| device.link.is_some() || now.0.saturating_sub(device.last_proof.0) < MEMORY;
            person.devices.retain(|_, device| keep(device));
            person.online || !person.devices.is_empty()
        });
    }

    /// Closes every socket of a person.
    pub fn close_person(&self, user: &UserId, code: u16) {
        let registry = self.lock();
        let devices = registry.people.get(user).into_iter().flat_map(|person| person.devices.values());
        devices.filter_map(|device| device.link.as_ref()).for_each(|link| link.close(code));
    }

    /// Closes every socket, and those that still come.
    pub fn close_all(&self, code: u16) {
        let mut registry = self.lock();
        registry.closing = Some(code);
        let devices = registry.people.values().flat_map(|person| person.devices.values());
        devices.filter_map(|device| device.link.as_ref()).for_each(|link| link.close(code));
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
        Life { connected: false, silent: tick.0.saturating_sub(self.started.0), last_proof: None }
    }

    fn lock(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Registry {
    fn next_use(&mut self) -> u64 {
        self.last_use += 1;
        self.last_use
    }

    fn device_mut(&mut self, user: &UserId, device: &DeviceId) -> Option<&mut Device> {
        self.people.get_mut(user)?.devices.get_mut(device)
    }

    fn links(&self, user: &UserId) -> impl Iterator<Item = &Link> {
        let devices = self.people.get(user).into_iter().flat_map(|person| person.devices.values());
        devices.filter_map(|device| device.link.as_ref())
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

fn life(device: &Device, now: Moment, tick: Tick) -> Life {
    let silent = tick.0.saturating_sub(device.last_proof.0);
    Life { connected: device.link.is_some(), silent, last_proof: Some(now.minus(silent)) }
}
