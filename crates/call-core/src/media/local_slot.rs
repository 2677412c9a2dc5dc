//! One of this device's media slots during one attempt: its track being acquired, live, muted by the system,
//! lost, denied. Never orders anything.

use super::reacquisition::Reacquisition;
use crate::effect::SlotState;
use crate::event::MediaError;
use crate::key::{MediaKey, Time};
use crate::slot::{Slot, Source};
use crate::timing;
use crate::view::SlotView;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Track {
    /// Not part of this call.
    Absent,
    /// Being acquired.
    Starting(MediaKey),
    Live(MediaKey),
    /// Switched off by the person, or not acquired yet.
    Off,
    Failed(MediaError),
}

#[derive(Clone, Copy, Debug, Hash)]
pub(super) struct LocalSlot {
    source: Source,
    pub(super) track: Track,
    /// Live, but the system delivers no media.
    pub(super) interrupted: bool,
    /// Whether the browser would grant the device without asking, as last reported.
    pub(super) granted: bool,
    /// Whether the permission was revoked while the device was in use.
    taken: bool,
    /// When the permission prompt counts as unanswered.
    pub(super) until: Option<Time>,
    pub(super) reacquisition: Reacquisition,
}

impl LocalSlot {
    pub(super) fn new(slot: Slot, track: Track, granted: bool) -> Self {
        let reacquisition = Reacquisition::default();
        Self {
            source: slot.source(),
            track,
            interrupted: false,
            granted,
            taken: false,
            until: None,
            reacquisition,
        }
    }

    pub(super) fn live(&self) -> Option<MediaKey> {
        match self.track {
            Track::Live(key) => Some(key),
            Track::Absent | Track::Starting(_) | Track::Off | Track::Failed(_) => None,
        }
    }

    pub(super) fn error(&self) -> Option<MediaError> {
        match self.track {
            Track::Failed(error) => Some(error),
            Track::Absent | Track::Starting(_) | Track::Live(_) | Track::Off => None,
        }
    }

    /// The question that is to fill it.
    pub(super) fn starting(&self) -> Option<MediaKey> {
        match self.track {
            Track::Starting(key) => Some(key),
            Track::Absent | Track::Live(_) | Track::Off | Track::Failed(_) => None,
        }
    }

    pub(super) fn is_starting(&self) -> bool {
        self.starting().is_some()
    }

    pub(super) fn start(&mut self, key: MediaKey, now: Time) {
        self.track = Track::Starting(key);
        self.interrupted = false;
        self.until = Some(now + timing::PREPARE);
        self.reacquisition.asked();
    }

    pub(super) fn set_live(&mut self, key: MediaKey, now: Time) {
        self.track = Track::Live(key);
        self.taken = false;
        self.until = None;
        self.reacquisition.is_live(now);
    }

    /// Could not be acquired, or was lost.
    pub(super) fn set_failed(&mut self, error: MediaError, now: Time) {
        if self.source == Source::Display && matches!(error, MediaError::Denied | MediaError::Unanswered) {
            return self.switch_off(Track::Off); // the person cancelled the browser's picker
        }
        let lost = error == MediaError::NotFound && self.reacquisition.had_track();
        self.track = Track::Failed(if lost { MediaError::Gone } else { error });
        self.interrupted = false;
        self.until = None;
        if error.is_of_the_device() && self.reacquisition.had_track() && self.source == Source::Device {
            self.reacquisition.failed(now);
        } else {
            self.reacquisition.give_up();
        }
    }

    /// Its track ended on its own: the device was unplugged or the permission revoked. A screen is no longer
    /// shared.
    pub(super) fn track_ended(&mut self, now: Time) {
        if self.source == Source::Display {
            self.switch_off(Track::Off);
        } else if self.taken {
            self.set_failed(MediaError::Denied, now);
        } else {
            self.track = Track::Failed(MediaError::Gone);
            self.interrupted = false;
            self.reacquisition.ended(now);
        }
    }

    pub(super) fn permission(&mut self, granted: bool, now: Time) {
        let lost = self.granted && !granted;
        self.granted = granted;
        if granted {
            self.taken = false;
        } else if lost {
            self.taken = true;
            // The track ended before the permission change arrived: asking again for the lost device would only
            // prompt the person.
            let waits =
                self.is_starting() && self.reacquisition.under_way || self.reacquisition.due().is_some();
            if waits {
                self.set_failed(MediaError::Denied, now);
            }
        }
    }

    pub(super) fn switch_off(&mut self, track: Track) {
        self.track = track;
        self.interrupted = false;
        self.until = None;
        self.reacquisition.give_up();
    }

    pub(super) fn view(&self) -> SlotView {
        match self.track {
            Track::Absent => SlotView::Absent,
            Track::Starting(_) => SlotView::Starting,
            Track::Live(_) if self.interrupted => SlotView::Interrupted,
            Track::Live(_) => SlotView::On,
            Track::Off => SlotView::Off,
            Track::Failed(error) => SlotView::Problem(error),
        }
    }

    /// Its state as announced to the other side.
    pub(super) fn state(&self) -> SlotState {
        match self.track {
            Track::Absent | Track::Off => SlotState::Off,
            Track::Starting(_) => SlotState::Starting,
            Track::Live(_) if self.interrupted => SlotState::Failing,
            Track::Live(_) => SlotState::On,
            Track::Failed(_) => SlotState::Failing,
        }
    }
}
