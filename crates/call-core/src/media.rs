//! The own microphone and camera during one attempt: what was asked for, what is live, what failed.
//! Never attaches anything to a connection: that is the call's decision.
//!
//! One rule for failures: when microphone and camera are asked for together and cannot be had, the microphone is
//! asked for alone, so that a missing camera never costs the call.

use crate::context::Context;
use crate::effect::{Effect, MediaKind, Wanted};
use crate::event::{MediaError, MediaEvent};
use crate::key::{Epoch, MediaKey};
use crate::view::DeviceView;
use call_protocol::CallType;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Track {
    /// Not part of this call.
    Absent,
    /// Asked for.
    Starting(MediaKey),
    Live(MediaKey),
    /// Switched off by the person (camera only).
    Off,
    Failed(MediaError),
}

#[derive(Debug)]
pub(crate) struct LocalMedia {
    epoch: Epoch,
    count: u32,
    audio: Track,
    camera: Track,
    muted: bool,
    /// The acquisitions that were not given back yet, with what they asked for.
    held: Vec<(MediaKey, Wanted)>,
}

impl LocalMedia {
    /// Nothing is asked for yet; `used` acquisitions of this attempt were made before.
    pub(crate) fn new(epoch: Epoch, call_type: CallType, used: u32) -> Self {
        let camera = match call_type {
            CallType::Audio => Track::Absent,
            CallType::Video => Track::Off,
        };
        Self { epoch, count: used, audio: Track::Off, camera, muted: false, held: Vec::new() }
    }

    /// Asks for tracks.
    pub(crate) fn acquire(&mut self, wanted: Wanted, cx: &mut Context) {
        self.count += 1;
        let key = MediaKey { epoch: self.epoch, number: self.count };
        self.held.push((key, wanted));
        match wanted {
            Wanted::Audio => self.audio = Track::Starting(key),
            Wanted::Video => self.camera = Track::Starting(key),
            Wanted::Both => {
                self.audio = Track::Starting(key);
                self.camera = Track::Starting(key);
            }
        }
        cx.order(Effect::AcquireMedia(key, wanted));
    }

    /// How many acquisitions were made so far.
    pub(crate) fn acquisitions(&self) -> u32 {
        self.count
    }

    /// Takes what the devices say; tracks of stale tickets are released.
    pub(crate) fn handle(&mut self, event: MediaEvent, cx: &mut Context) {
        match event {
            MediaEvent::Ready(key) => self.ready(key, cx),
            MediaEvent::Failed(key, error) => self.failed(key, error, cx),
            MediaEvent::Ended(key, MediaKind::Audio) if self.audio == Track::Live(key) => {
                self.audio = Track::Failed(MediaError::NotFound);
                self.drop_unused(cx);
            }
            MediaEvent::Ended(key, MediaKind::Video) if self.camera == Track::Live(key) => {
                self.camera = Track::Failed(MediaError::NotFound);
                self.drop_unused(cx);
            }
            MediaEvent::Ended(_, _) => {} // a track that was given back already
            MediaEvent::Permission { .. } => {} // kept by the machine, whatever the state
        }
    }

    fn ready(&mut self, key: MediaKey, cx: &mut Context) {
        if self.audio == Track::Starting(key) {
            self.audio = Track::Live(key);
            if self.muted {
                cx.order(Effect::SetMuted { media: key, muted: true });
            }
        }
        if self.camera == Track::Starting(key) {
            self.camera = Track::Live(key);
        } else if self.camera != Track::Live(key) && self.uses(key) && self.wanted(key) == Some(Wanted::Both)
        {
            cx.order(Effect::StopTrack(key, MediaKind::Video)); // switched off while it was being asked for
        }
        if !self.uses(key) {
            self.held.retain(|(held, _)| *held != key);
            cx.order(Effect::ReleaseMedia(key));
        }
    }

    fn failed(&mut self, key: MediaKey, error: MediaError, cx: &mut Context) {
        let wanted = self.wanted(key);
        self.held.retain(|(held, _)| *held != key);
        let (audio, camera) = (self.audio == Track::Starting(key), self.camera == Track::Starting(key));
        if camera {
            self.camera = Track::Failed(error);
        }
        if audio && wanted == Some(Wanted::Both) {
            self.acquire(Wanted::Audio, cx); // also if the camera was switched off meanwhile: it may be what failed
        } else if audio {
            self.audio = Track::Failed(error);
        }
    }

    /// Whether nothing is being asked for any more.
    pub(crate) fn is_settled(&self) -> bool {
        !matches!(self.audio, Track::Starting(_)) && !matches!(self.camera, Track::Starting(_))
    }

    /// Why there is no microphone, if it was asked for and could not be had.
    pub(crate) fn microphone_error(&self) -> Option<MediaError> {
        match self.audio {
            Track::Failed(error) => Some(error),
            Track::Absent | Track::Starting(_) | Track::Live(_) | Track::Off => None,
        }
    }

    /// Why there is no camera, if it was asked for and could not be had.
    pub(crate) fn camera_error(&self) -> Option<MediaError> {
        match self.camera {
            Track::Failed(error) => Some(error),
            Track::Absent | Track::Starting(_) | Track::Live(_) | Track::Off => None,
        }
    }

    /// The acquisitions whose tracks are live: microphone, camera.
    pub(crate) fn live(&self) -> (Option<MediaKey>, Option<MediaKey>) {
        (live(self.audio), live(self.camera))
    }

    pub(crate) fn has_live(&self) -> bool {
        self.live() != (None, None)
    }

    pub(crate) fn toggle_mute(&mut self, cx: &mut Context) {
        self.muted = !self.muted;
        if let Track::Live(media) = self.audio {
            cx.order(Effect::SetMuted { media, muted: self.muted });
        }
    }

    /// Switches the camera off (its light goes out) or asks for it again; nothing in a voice call.
    pub(crate) fn toggle_camera(&mut self, cx: &mut Context) {
        match self.camera {
            Track::Absent => {}
            Track::Starting(_) => self.stop_camera(Track::Off, cx),
            Track::Live(key) => {
                cx.order(Effect::StopTrack(key, MediaKind::Video));
                self.stop_camera(Track::Off, cx);
            }
            Track::Off | Track::Failed(_) => self.acquire(Wanted::Video, cx),
        }
    }

    /// Asks again for what failed.
    pub(crate) fn retry(&mut self, cx: &mut Context) {
        match (self.microphone_error(), self.camera_error()) {
            (Some(_), Some(_)) => self.acquire(Wanted::Both, cx),
            (Some(_), None) => self.acquire(Wanted::Audio, cx),
            (None, Some(_)) => self.acquire(Wanted::Video, cx),
            (None, None) => {}
        }
    }

    /// The call is of the other side's kind (glare): in a voice call the camera is given back; in a video call a person
    /// who asked for the voice may switch it on, but it is not opened unasked.
    pub(crate) fn join(&mut self, call_type: CallType, cx: &mut Context) {
        match (call_type, self.camera) {
            (CallType::Audio, Track::Live(key)) => {
                cx.order(Effect::StopTrack(key, MediaKind::Video));
                self.stop_camera(Track::Absent, cx);
            }
            (CallType::Audio, Track::Absent | Track::Starting(_) | Track::Off | Track::Failed(_)) => {
                self.stop_camera(Track::Absent, cx);
            }
            (CallType::Video, Track::Absent) => self.camera = Track::Off,
            (CallType::Video, Track::Starting(_) | Track::Live(_) | Track::Off | Track::Failed(_)) => {}
        }
    }

    /// Gives everything back, also what is still being asked for.
    pub(crate) fn release(&mut self, cx: &mut Context) {
        for (key, _) in self.held.drain(..) {
            cx.order(Effect::ReleaseMedia(key));
        }
        self.audio = Track::Off;
        self.camera = Track::Off;
    }

    pub(crate) fn microphone_view(&self) -> DeviceView {
        if self.muted && live(self.audio).is_some() { DeviceView::Off } else { device_view(self.audio) }
    }

    pub(crate) fn camera_view(&self) -> DeviceView {
        device_view(self.camera)
    }

    /// Whether the other side hears nothing.
    pub(crate) fn is_silent(&self) -> bool {
        self.muted || live(self.audio).is_none()
    }

    fn stop_camera(&mut self, next: Track, cx: &mut Context) {
        self.camera = next;
        self.drop_unused(cx);
    }

    fn wanted(&self, key: MediaKey) -> Option<Wanted> {
        self.held.iter().find(|(held, _)| *held == key).map(|(_, wanted)| *wanted)
    }

    fn uses(&self, key: MediaKey) -> bool {
        [self.audio, self.camera]
            .into_iter()
            .any(|track| track == Track::Live(key) || track == Track::Starting(key))
    }

    fn drop_unused(&mut self, cx: &mut Context) {
        let (used, unused) = self.held.iter().copied().partition(|(key, _)| self.uses(*key));
        self.held = used;
        let unused: Vec<(MediaKey, Wanted)> = unused;
        for (key, _) in unused {
            cx.order(Effect::ReleaseMedia(key));
        }
    }
}

fn live(track: Track) -> Option<MediaKey> {
    match track {
        Track::Live(key) => Some(key),
        Track::Absent | Track::Starting(_) | Track::Off | Track::Failed(_) => None,
    }
}

fn device_view(track: Track) -> DeviceView {
    match track {
        Track::Absent => DeviceView::Absent,
        Track::Starting(_) => DeviceView::Starting,
        Track::Live(_) => DeviceView::On,
        Track::Off => DeviceView::Off,
        Track::Failed(error) => DeviceView::Problem(error),
    }
}
