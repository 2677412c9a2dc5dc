//! What every state may use: who this device is, the moment, the orders given so far, and what outlives a state
//! (farewells, early signals, a ring that waits). Never decides anything by itself.

use crate::effect::{Effect, MediaKind};
use crate::farewell::{Farewell, Farewells};
use crate::key::{Epoch, PeerKey, Time};
use crate::timing;
use call_protocol::{CallId, CallType, DeviceId, LiveCall, Signal, UserId};
use core::time::Duration;

/// How many signals are kept for a connection that is not open yet.
const STRAYS: usize = 128;

#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) me: UserId,
    pub(crate) device: DeviceId,
    pub(crate) now: Time,
    pub(crate) server_away: bool,
    pub(crate) farewells: Farewells,
    /// A ring that came while this device was busy.
    pub(crate) waiting: Option<WaitingRing>,
    granted_audio: bool,
    granted_video: bool,
    epoch: u32,
    generation: u32,
    strays: Vec<(CallId, Signal)>,
    orders: Vec<Effect>,
}

/// A ring that came while this device was busy, and when it is too old to be shown.
#[derive(Debug)]
pub(crate) struct WaitingRing {
    pub(crate) live: Box<LiveCall>,
    pub(crate) until: Time,
}

impl WaitingRing {
    /// Keeps a ring for as long as it rings.
    pub(crate) fn of(live: Box<LiveCall>, now: Time) -> Option<Self> {
        let left = live.ring_ms_left.map_or(timing::RING, |left| Duration::from_millis(u64::from(left)));
        Some(Self { live, until: now + left })
    }
}

impl Context {
    pub(crate) fn new(me: UserId, device: DeviceId) -> Self {
        Self {
            me,
            device,
            now: Time(0),
            server_away: true,
            farewells: Farewells::default(),
            waiting: None,
            granted_audio: false,
            granted_video: false,
            epoch: 0,
            generation: 0,
            strays: Vec::new(),
            orders: Vec::new(),
        }
    }

    pub(crate) fn order(&mut self, effect: Effect) {
        self.orders.push(effect);
    }

    pub(crate) fn take_orders(&mut self) -> Vec<Effect> {
        core::mem::take(&mut self.orders)
    }

    pub(crate) fn next_epoch(&mut self) -> Epoch {
        self.epoch += 1;
        Epoch(self.epoch)
    }

    /// A fresh offerer's ticket. Numbers are never used twice on a device, also not by the next attempt, so that an
    /// answer to an earlier offer can never be taken for the answer to a later one.
    pub(crate) fn next_peer(&mut self, epoch: Epoch) -> PeerKey {
        self.generation += 1;
        PeerKey { epoch, generation: self.generation }
    }

    pub(crate) fn set_granted(&mut self, kind: MediaKind, granted: bool) {
        match kind {
            MediaKind::Audio => self.granted_audio = granted,
            MediaKind::Video => self.granted_video = granted,
        }
    }

    /// Whether the browser will hand out what a call of this type needs without a question.
    pub(crate) fn is_granted(&self, call_type: CallType) -> bool {
        match call_type {
            CallType::Audio => self.granted_audio,
            CallType::Video => self.granted_audio && self.granted_video,
        }
    }

    pub(crate) fn say_farewell(&mut self, call_id: CallId, farewell: Farewell) {
        let effect = self.farewells.say(call_id, farewell);
        self.order(effect);
    }

    /// Keeps a signal for a connection that is not open yet; past the limit it is dropped and will come again.
    pub(crate) fn keep_stray(&mut self, call_id: CallId, signal: Signal) {
        if self.strays.len() < STRAYS {
            self.strays.push((call_id, signal));
        }
    }

    /// The kept signals of a call.
    pub(crate) fn take_strays(&mut self, call_id: &CallId) -> Vec<Signal> {
        let strays = core::mem::take(&mut self.strays);
        let (taken, kept) = strays.into_iter().partition(|(of, _)| of == call_id);
        self.strays = kept;
        let taken: Vec<(CallId, Signal)> = taken;
        taken.into_iter().map(|(_, signal)| signal).collect()
    }

    pub(crate) fn forget_strays(&mut self) {
        self.strays.clear();
    }
}
