//! When a lost device is requested again automatically: at once, a moment later, and whenever a device is
//! connected; at most once a second, and a limited number of times. Never requests anything: it only says when
//! it is time.

use crate::key::Time;
use crate::timing;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Reacquisition {
    /// Whether the pending request was started from here.
    pub(super) under_way: bool,
    /// How many automatic tries are left.
    left: u32,
    last: Option<Time>,
    due: Option<Time>,
    live_since: Option<Time>,
}

impl Reacquisition {
    /// The track is live.
    pub(super) fn is_live(&mut self, now: Time) {
        // A track that ends again after a moment is no success: its tries keep counting.
        if self.live_since.is_none() {
            self.left = timing::REACQUISITIONS;
        }
        self.live_since = Some(now);
        self.under_way = false;
        self.due = None;
    }

    /// Whether the slot has had a track in this call.
    pub(super) fn had_track(&self) -> bool {
        self.live_since.is_some()
    }

    /// The track has ended.
    pub(super) fn ended(&mut self, now: Time) {
        if self.live_since.is_some_and(|since| now.since(since) >= timing::REACQUIRED_WELL) {
            self.left = timing::REACQUISITIONS;
        }
        self.plan(now);
    }

    /// The request failed.
    pub(super) fn failed(&mut self, now: Time) {
        self.under_way = false;
        self.plan(now);
    }

    /// A device was connected or disconnected.
    pub(super) fn devices_changed(&mut self, now: Time) {
        self.left = self.left.max(1);
        self.plan(now);
    }

    /// No more automatic tries; the person can still retry.
    pub(super) fn give_up(&mut self) {
        self.under_way = false;
        self.due = None;
    }

    /// A request is pending.
    pub(super) fn asked(&mut self) {
        self.due = None;
    }

    /// Whether a try is due; counts it.
    pub(super) fn takes_due_try(&mut self, now: Time) -> bool {
        let begins = self.due.is_some_and(|due| now >= due);
        if begins {
            self.due = None;
            self.left = self.left.saturating_sub(1);
            self.last = Some(now);
            self.under_way = true;
        }
        begins
    }

    pub(super) fn due(&self) -> Option<Time> {
        self.due
    }

    fn plan(&mut self, now: Time) {
        let soonest = self.last.map_or(now, |last| now.max(last + timing::REACQUIRE_AGAIN));
        self.due = (self.left > 0).then_some(soonest);
    }
}
