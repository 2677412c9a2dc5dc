//! What connections and local media need: the current time, this device's id, a queue of effects, and the
//! signals that arrived before their connection was opened. Knows nothing about the call.

use crate::effect::Effect;
use crate::key::Time;
use call_protocol::{CallId, DeviceId, Signal};

/// How many signals are kept for a connection that is not open yet.
const EARLY_SIGNALS: usize = 128;

#[derive(Clone, Debug, Hash)]
pub(crate) struct Io {
    pub(crate) now: Time,
    pub(crate) device: DeviceId,
    effects: Vec<Effect>,
    early: Vec<(CallId, Signal)>,
}

impl Io {
    pub(crate) fn new(device: DeviceId) -> Self {
        Self { now: Time(0), device, effects: Vec::new(), early: Vec::new() }
    }

    pub(crate) fn order(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    pub(crate) fn take_effects(&mut self) -> Vec<Effect> {
        core::mem::take(&mut self.effects)
    }

    /// Keeps a signal for a connection that is not open yet. Beyond the limit it is dropped; its sender resends
    /// it.
    pub(crate) fn keep_early(&mut self, call_id: CallId, signal: Signal) {
        let early = (call_id, signal);
        if self.early.len() < EARLY_SIGNALS && !self.early.contains(&early) {
            self.early.push(early);
        }
    }

    /// The kept signals of a call.
    pub(crate) fn take_early(&mut self, call_id: &CallId) -> Vec<Signal> {
        let early = core::mem::take(&mut self.early);
        let (taken, kept): (Vec<_>, Vec<_>) = early.into_iter().partition(|(of, _)| of == call_id);
        self.early = kept;
        taken.into_iter().map(|(_, signal)| signal).collect()
    }

    pub(crate) fn forget_early(&mut self) {
        self.early.clear();
    }
}
