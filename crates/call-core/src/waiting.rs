//! Rings that arrived while this device was busy, each with the time after which it is no longer shown. Never
//! decides when this device is free again: the machine does.

use crate::finished::FinishedCalls;
use crate::key::Time;
use crate::timing;
use call_protocol::{CallId, CallRole, CallStatus, LiveCall};
use core::time::Duration;

/// How many rings can wait at once. Beyond that the oldest is dropped; the server keeps ringing other devices.
const WAITING: usize = 8;

#[derive(Clone, Debug, Default, Hash)]
pub(crate) struct WaitingRings(Vec<Waiting>);

#[derive(Clone, Debug, Hash)]
struct Waiting {
    live: LiveCall,
    until: Time,
}

/// Whether this is an incoming call that is ringing.
pub(crate) fn rings(live: &LiveCall) -> bool {
    live.role == CallRole::Callee && live.call.status == CallStatus::Ringing
}

/// How much longer a call rings.
pub(crate) fn ring_time(live: &LiveCall) -> Duration {
    live.ring_ms_left.map_or(timing::RING, |left| Duration::from_millis(u64::from(left)))
}

impl WaitingRings {
    /// Keeps a ring, replacing what was known of it.
    pub(crate) fn keep(&mut self, live: LiveCall, now: Time) {
        self.forget(&live.call.id);
        if self.0.len() == WAITING {
            self.0.remove(0);
        }
        let until = now + ring_time(&live);
        self.0.push(Waiting { live, until });
    }

    pub(crate) fn forget(&mut self, call_id: &CallId) {
        self.0.retain(|waiting| &waiting.live.call.id != call_id);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The ring that has waited longest, with its remaining ring time.
    pub(crate) fn next(&mut self, finished: &FinishedCalls, now: Time) -> Option<LiveCall> {
        self.0.retain(|waiting| waiting.until > now && !finished.contains(&waiting.live.call.id));
        if self.0.is_empty() {
            return None;
        }
        let Waiting { mut live, until } = self.0.remove(0);
        live.ring_ms_left = u32::try_from(until.since(now).as_millis()).ok();
        Some(live)
    }
}
