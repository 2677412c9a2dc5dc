//! This device's media slots during one attempt: what was requested, what is live, what failed. Never attaches
//! a track to a connection: the call decides that.
//!
//! Rules:
//! - once the microphone is granted, each device is requested separately: the voice never waits for the camera;
//! - if microphone and camera, requested together, are not available, the microphone is requested alone, so that
//!   a missing camera never prevents a call;
//! - a track that ends is replaced by the next device automatically (`reacquisition`), unless its permission was
//!   revoked: then only the person retries. A screen that is no longer shared is simply off;
//! - every request has a deadline.

mod local_slot;
mod reacquisition;

use crate::effect::{Effect, MediaRequest, Rejoin, SlotState};
use crate::event::{MediaError, MediaEvent};
use crate::io::Io;
use crate::key::{Epoch, MediaKey, Time};
use crate::slot::{Slot, Slots};
use crate::timing;
use crate::view::SlotView;
use call_protocol::CallType;
use local_slot::{LocalSlot, Track};

/// The slots whose source is a media device.
const DEVICES: [Slot; 2] = [Slot::Microphone, Slot::Camera];

#[derive(Clone, Debug, Hash)]
pub(crate) struct LocalMedia {
    epoch: Epoch,
    count: u32,
    slots: Slots<LocalSlot>,
    muted: bool,
    /// The acquisitions that have not been released, with what they requested.
    held: Vec<(MediaKey, MediaRequest)>,
    /// The request for the microphone alone that followed a failed one for both.
    after_both: Option<MediaKey>,
    /// A device that replaced a lost one, and until when the person is told so.
    replaced: Option<(Slot, Time)>,
}

impl LocalMedia {
    /// Nothing is requested yet. `used` acquisitions of this attempt were made before; `granted` are the slots
    /// that the browser would fill without asking.
    pub(crate) fn new(epoch: Epoch, call_type: CallType, used: u32, granted: Slots<bool>) -> Self {
        let track = |slot| match (slot, call_type) {
            (Slot::Microphone, _) | (Slot::Camera, CallType::Video) => Track::Off,
            (Slot::Camera, CallType::Audio) => Track::Absent,
            (Slot::Screen | Slot::ScreenSound, _) => Track::Absent, // until the other side announces that it can show a screen
        };
        Self {
            epoch,
            count: used,
            slots: Slots::from_fn(|slot| LocalSlot::new(slot, track(slot), granted[slot])),
            muted: false,
            held: Vec::new(),
            after_both: None,
            replaced: None,
        }
    }

    /// For a reloaded page: requests what was on before, and no more. A muted microphone is muted before it is attached.
    pub(crate) fn resume(
        epoch: Epoch,
        call_type: CallType,
        rejoin: Rejoin,
        granted: Slots<bool>,
        io: &mut Io,
    ) -> Self {
        let mut media = Self { muted: rejoin.muted, ..Self::new(epoch, call_type, 0, granted) };
        let request = match call_type {
            CallType::Video if rejoin.camera => MediaRequest::MicrophoneAndCamera,
            CallType::Video | CallType::Audio => MediaRequest::Microphone,
        };
        media.begin(request, io);
        media
    }

    pub(crate) fn is_muted(&self) -> bool {
        self.muted
    }

    /// Whether the camera is on, or being switched on.
    pub(crate) fn uses_camera(&self) -> bool {
        matches!(self.slots[Slot::Camera].track, Track::Starting(_) | Track::Live(_))
    }

    /// Requests what a call begins with. Browsers work off requests in order, so the voice goes first.
    pub(crate) fn begin(&mut self, wanted: MediaRequest, io: &mut Io) {
        let both = wanted == MediaRequest::MicrophoneAndCamera;
        if both && self.slots[Slot::Microphone].granted {
            self.acquire(MediaRequest::Microphone, io);
            self.acquire(MediaRequest::Camera, io);
        } else {
            self.acquire(wanted, io);
        }
    }

    /// Requests tracks, with one question to the browser.
    fn acquire(&mut self, wanted: MediaRequest, io: &mut Io) {
        self.count += 1;
        let key = MediaKey { epoch: self.epoch, number: self.count };
        self.held.push((key, wanted));
        for slot in Slot::ALL.into_iter().filter(|slot| wanted.includes(*slot)) {
            self.slots[slot].start(key, io.now);
        }
        io.order(Effect::AcquireMedia(key, wanted));
    }

    /// How many acquisitions have been made so far.
    pub(crate) fn acquisitions(&self) -> u32 {
        self.count
    }

    /// Handles what the sources report; tracks that are no longer wanted are released.
    pub(crate) fn handle(&mut self, event: MediaEvent, io: &mut Io) {
        match event {
            MediaEvent::Ready(key) => self.ready(key, io),
            MediaEvent::Failed(key, error) => self.failed(key, error, io),
            MediaEvent::Ended(key, slot) => {
                if self.slots[slot].track == Track::Live(key) {
                    self.slots[slot].track_ended(io.now);
                    if slot == Slot::Screen {
                        self.slots[Slot::ScreenSound].switch_off(Track::Off);
                    }
                    self.drop_unused(io);
                    self.tick(io);
                } // otherwise a track that was already released
            }
            MediaEvent::Interrupted { media, slot, interrupted } => {
                if self.slots[slot].track == Track::Live(media) {
                    self.slots[slot].interrupted = interrupted;
                }
            }
            MediaEvent::Permission { slot, granted } => {
                self.slots[slot].permission(granted, io.now);
                self.drop_unused(io);
            }
            MediaEvent::DevicesChanged => {
                for slot in DEVICES {
                    if self.slots[slot].error().is_some_and(MediaError::is_of_the_device) {
                        self.slots[slot].reacquisition.devices_changed(io.now);
                    }
                }
                self.tick(io);
            }
        }
    }

    /// When something here is next due.
    pub(crate) fn deadline(&self) -> Option<Time> {
        let said = self.replaced.map(|(_, until)| until);
        let due = self.slots.iter().flat_map(|(_, slot)| [slot.until, slot.reacquisition.due()]);
        due.flatten().chain(said).min()
    }

    /// Does what is due.
    pub(crate) fn tick(&mut self, io: &mut Io) {
        let now = io.now;
        self.replaced.take_if(|(_, until)| now >= *until);
        for slot in Slot::ALL {
            if self.slots[slot].until.is_some_and(|until| now >= until) {
                self.slots[slot].set_failed(MediaError::Unanswered, now);
                self.drop_unused(io);
            } else if self.slots[slot].reacquisition.takes_due_try(now) {
                self.acquire(alone(slot), io);
            }
        }
    }

    fn ready(&mut self, key: MediaKey, io: &mut Io) {
        let wanted = self.wanted(key);
        for slot in Slot::ALL {
            let track = self.slots[slot].track;
            if track == Track::Starting(key) {
                self.track_is_live(slot, key, io.now);
                if slot == Slot::Microphone && self.muted {
                    io.order(Effect::SetMuted { media: key, muted: true });
                }
            } else if track != Track::Live(key)
                && self.uses(key)
                && wanted.is_some_and(|wanted| wanted.includes(slot))
            {
                io.order(Effect::StopTrack(key, slot)); // switched off while it was being acquired
            }
        }
        if !self.uses(key) {
            self.held.retain(|(held, _)| *held != key);
            io.order(Effect::ReleaseMedia(key));
        }
    }

    fn track_is_live(&mut self, slot: Slot, key: MediaKey, now: Time) {
        let local = &mut self.slots[slot];
        let replaces = local.reacquisition.under_way && local.reacquisition.had_track();
        local.set_live(key, now);
        if replaces {
            self.replaced = Some((slot, now + timing::REPLACED_NOTICE));
        }
    }

    fn failed(&mut self, key: MediaKey, error: MediaError, io: &mut Io) {
        let wanted = self.wanted(key);
        self.held.retain(|(held, _)| *held != key);
        let waits = Slots::from_fn(|slot| self.slots[slot].track == Track::Starting(key));
        for slot in [Slot::Camera, Slot::Screen, Slot::ScreenSound].into_iter().filter(|slot| waits[*slot]) {
            self.slots[slot].set_failed(error, io.now);
        }
        if waits[Slot::Microphone] && wanted == Some(MediaRequest::MicrophoneAndCamera) {
            self.acquire(MediaRequest::Microphone, io); // even if the camera was switched off meanwhile: it may be what failed
            self.after_both = self.slots[Slot::Microphone].starting();
        } else if waits[Slot::Microphone] {
            // The joint request failed because of the microphone, which says nothing about the camera.
            let both_failed = self.after_both == Some(key) && self.slots[Slot::Camera].error() == Some(error);
            if both_failed && error.is_of_the_device() {
                self.slots[Slot::Camera].switch_off(Track::Off);
            }
            self.slots[Slot::Microphone].set_failed(error, io.now);
        }
    }

    /// Whether the call can go on: the person is not being asked, and the microphone is live or not available. A camera
    /// that is still being opened follows later.
    pub(crate) fn is_ready(&self) -> bool {
        !self.slots[Slot::Microphone].is_starting() && !self.browser_asks()
    }

    /// Whether the browser may be asking the person at this moment.
    pub(crate) fn browser_asks(&self) -> bool {
        self.slots.iter().any(|(_, slot)| slot.is_starting() && !slot.granted)
    }

    /// Why a requested slot has no track.
    pub(crate) fn error(&self, slot: Slot) -> Option<MediaError> {
        self.slots[slot].error()
    }

    /// The acquisitions whose tracks are live.
    pub(crate) fn live(&self) -> Slots<Option<MediaKey>> {
        Slots::from_fn(|slot| self.slots[slot].live())
    }

    pub(crate) fn has_live(&self) -> bool {
        !self.live().is_empty()
    }

    pub(crate) fn toggle_mute(&mut self, io: &mut Io) {
        self.muted = !self.muted;
        if let Some(media) = self.slots[Slot::Microphone].live() {
            io.order(Effect::SetMuted { media, muted: self.muted });
        }
    }

    /// Switches the camera off, which turns off its light, or requests it again; does nothing in a voice call.
    pub(crate) fn toggle_camera(&mut self, io: &mut Io) {
        match self.slots[Slot::Camera].track {
            Track::Absent => {}
            Track::Starting(_) => self.stop(Slot::Camera, Track::Off, io),
            Track::Live(key) => {
                io.order(Effect::StopTrack(key, Slot::Camera));
                self.stop(Slot::Camera, Track::Off, io);
            }
            Track::Off | Track::Failed(_) => self.acquire(MediaRequest::Camera, io),
        }
    }

    /// Stops sharing a screen, or requests one; does nothing if the other side could not show it.
    pub(crate) fn toggle_screen(&mut self, io: &mut Io) {
        match self.slots[Slot::Screen].track {
            Track::Absent => {}
            Track::Starting(_) | Track::Live(_) => {
                self.slots[Slot::ScreenSound].switch_off(Track::Off);
                self.stop(Slot::Screen, Track::Off, io);
            }
            Track::Off | Track::Failed(_) => self.acquire(MediaRequest::Screen, io),
        }
    }

    /// The other side can show a screen, so one may be shared.
    pub(crate) fn allow_screen(&mut self) {
        for slot in [Slot::Screen, Slot::ScreenSound] {
            if self.slots[slot].track == Track::Absent {
                self.slots[slot].switch_off(Track::Off);
            }
        }
    }

    /// Retries the devices that failed or deliver nothing. With one prompt for both if the person's response
    /// was what failed; otherwise separately, so that one is acquired even if the other is missing.
    pub(crate) fn retry(&mut self, io: &mut Io) {
        let [microphone, camera] = DEVICES.map(|slot| &self.slots[slot]);
        let fails = |slot: &LocalSlot| slot.error().is_some() || slot.interrupted;
        let one_question = microphone.error() == camera.error()
            && microphone.error().is_some_and(|error| !error.is_of_the_device());
        match (fails(microphone), fails(camera)) {
            (true, true) if one_question => self.acquire(MediaRequest::MicrophoneAndCamera, io),
            (microphone, camera) => {
                if microphone {
                    self.acquire(MediaRequest::Microphone, io);
                }
                if camera {
                    self.acquire(MediaRequest::Camera, io);
                }
            }
        }
        self.drop_unused(io);
    }

    /// The call has the type that the other side chose (glare). In a voice call the camera is released; in a
    /// video call a person who pressed Voice may switch the camera on, but it is not opened for them.
    pub(crate) fn set_call_type(&mut self, call_type: CallType, io: &mut Io) {
        match (call_type, self.slots[Slot::Camera].track) {
            (CallType::Audio, Track::Live(key)) => {
                io.order(Effect::StopTrack(key, Slot::Camera));
                self.stop(Slot::Camera, Track::Absent, io);
            }
            (CallType::Audio, Track::Absent | Track::Starting(_) | Track::Off | Track::Failed(_)) => {
                self.stop(Slot::Camera, Track::Absent, io);
            }
            (CallType::Video, Track::Absent) => self.slots[Slot::Camera].switch_off(Track::Off),
            (CallType::Video, Track::Starting(_) | Track::Live(_) | Track::Off | Track::Failed(_)) => {}
        }
    }

    /// Releases everything, including pending requests.
    pub(crate) fn release(&mut self, io: &mut Io) {
        for (key, _) in self.held.drain(..) {
            io.order(Effect::ReleaseMedia(key));
        }
        for slot in self.slots.values_mut() {
            slot.switch_off(Track::Off);
        }
        self.replaced = None;
    }

    /// This device's slots as the person sees them: the microphone is "off" only if the person muted it.
    pub(crate) fn view(&self) -> Slots<SlotView> {
        let mut view = Slots::from_fn(|slot| self.slots[slot].view());
        match self.slots[Slot::Microphone].track {
            Track::Starting(_) | Track::Live(_) if self.muted => view[Slot::Microphone] = SlotView::Off,
            Track::Absent | Track::Starting(_) | Track::Live(_) | Track::Off | Track::Failed(_) => {}
        }
        view
    }

    /// The device that has just replaced a lost one.
    pub(crate) fn replaced(&self) -> Option<Slot> {
        self.replaced.map(|(slot, _)| slot)
    }

    /// This device's slots as announced to the other side. The microphone is off only if its person muted it.
    pub(crate) fn states(&self) -> Slots<SlotState> {
        let mut states = Slots::from_fn(|slot| self.slots[slot].state());
        let (own, muted) = (&self.slots[Slot::Microphone], self.muted);
        states[Slot::Microphone] = match own.state() {
            SlotState::Unknown | SlotState::Off | SlotState::Starting if !muted => SlotState::Starting,
            SlotState::On if !muted => SlotState::On,
            SlotState::Failing if !muted || own.error().is_some() => SlotState::Failing,
            SlotState::Unknown
            | SlotState::Off
            | SlotState::Starting
            | SlotState::On
            | SlotState::Failing => SlotState::Off,
        };
        states
    }

    fn stop(&mut self, slot: Slot, next: Track, io: &mut Io) {
        self.slots[slot].switch_off(next);
        self.drop_unused(io);
    }

    fn wanted(&self, key: MediaKey) -> Option<MediaRequest> {
        self.held.iter().find(|(held, _)| *held == key).map(|(_, wanted)| *wanted)
    }

    fn uses(&self, key: MediaKey) -> bool {
        self.slots
            .iter()
            .any(|(_, slot)| slot.track == Track::Live(key) || slot.track == Track::Starting(key))
    }

    fn drop_unused(&mut self, io: &mut Io) {
        let (used, unused) = self.held.iter().copied().partition(|(key, _)| self.uses(*key));
        self.held = used;
        let unused: Vec<(MediaKey, MediaRequest)> = unused;
        for (key, _) in unused {
            io.order(Effect::ReleaseMedia(key));
        }
    }
}

/// The request that fills one slot alone.
const fn alone(slot: Slot) -> MediaRequest {
    match slot {
        Slot::Microphone => MediaRequest::Microphone,
        Slot::Camera => MediaRequest::Camera,
        Slot::Screen | Slot::ScreenSound => MediaRequest::Screen,
    }
}
