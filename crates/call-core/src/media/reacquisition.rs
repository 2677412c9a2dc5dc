//! When a device that is gone is asked for again by itself: at once, a moment later, and whenever something is plugged
//! in; never faster than once a second, and not for ever.
//! Never asks: it only says when it is time.

use crate::key::Time;
use crate::timing;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reacquisition {
    /// Whether what is being asked for now was ordered from here.
    pub(super) under_way: bool,
    /// How many more times it may be asked for without anybody's doing.
    left: u32,
    last: Option<Time>,
    due: Option<Time>,
    live_since: Option<Time>,
}

impl Reacquisition {
    /// There is a track.
    pub(super) fn is_live(&mut self, now: Time) {
        // One that ends again in a moment is no success: its tries count together.
        if self.live_since.is_none() {
            self.left = timing::REACQUISITIONS;
        }
        self.live_since = Some(now);
        self.under_way = false;
        self.due = None;
    }

    /// Whether there has been a track in this call.
    pub(super) fn had_one(&self) -> bool {
        self.live_since.is_some()
    }

    /// The track has ended.
    pub(super) fn ended(&mut self, now: Time) {
        if self.live_since.is_some_and(|since| now.since(since) >= timing::REACQUIRED_WELL) {
            self.left = timing::REACQUISITIONS;
        }
        self.plan(now);
    }

    /// It could not be had.
    pub(super) fn failed(&mut self, now: Time) {
        self.under_way = false;
        self.plan(now);
    }

    /// Something was plugged in or out.
    pub(super) fn devices_changed(&mut self, now: Time) {
        self.left = self.left.max(1);
        self.plan(now);
    }

    /// It is not asked for any more, unless a person asks.
    pub(super) fn give_up(&mut self) {
        self.under_way = false;
        self.due = None;
    }

    /// It is being asked for.
    pub(super) fn asked(&mut self) {
        self.due = None;
    }

    /// Whether it is time; counts as a try.
    pub(super) fn begins(&mut self, now: Time) -> bool {
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
