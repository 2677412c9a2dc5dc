//! The own microphone and camera during one attempt: what was asked for, what is live, what failed.
//! Never attaches anything to a connection: that is the call's decision.
//!
//! Rules:
//! - when microphone and camera are asked for together and cannot be had, the microphone is asked for alone, so that a
//!   missing camera never costs the call;
//! - a track that ends is replaced by the next device by itself (`renewal`), unless its permission was taken away:
//!   then only a person asks again;
//! - whatever is asked for has a deadline.

mod device;
mod renewal;

use crate::context::Context;
use crate::effect::{Effect, MediaKind, Microphone, Wanted};
use crate::event::{MediaError, MediaEvent};
use crate::key::{Epoch, MediaKey, Time};
use crate::timing;
use crate::view::DeviceView;
use call_protocol::CallType;
use device::{Device, Track};

#[derive(Debug)]
pub(crate) struct LocalMedia {
    epoch: Epoch,
    count: u32,
    audio: Device,
    camera: Device,
    muted: bool,
    /// The acquisitions that were not given back yet, with what they asked for.
    held: Vec<(MediaKey, Wanted)>,
    /// A device that took the place of one that is gone, and until when that is said.
    replaced: Option<(MediaKind, Time)>,
}

impl LocalMedia {
    /// Nothing is asked for yet; `used` acquisitions of this attempt were made before.
    pub(crate) fn new(epoch: Epoch, call_type: CallType, used: u32, cx: &Context) -> Self {
        let camera = match call_type {
            CallType::Audio => Track::Absent,
            CallType::Video => Track::Off,
        };
        Self {
            epoch,
            count: used,
            audio: Device::new(Track::Off, cx.is_granted(CallType::Audio)),
            camera: Device::new(camera, cx.camera_is_granted()),
            muted: false,
            held: Vec::new(),
            replaced: None,
        }
    }

    /// Asks for tracks.
    pub(crate) fn acquire(&mut self, wanted: Wanted, cx: &mut Context) {
        self.count += 1;
        let key = MediaKey { epoch: self.epoch, number: self.count };
        self.held.push((key, wanted));
        if matches!(wanted, Wanted::Audio | Wanted::Both) {
            self.audio.start(key, cx.now);
        }
        if matches!(wanted, Wanted::Video | Wanted::Both) {
            self.camera.start(key, cx.now);
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
            MediaEvent::Ended(key, kind) => {
                if self.device(kind).track == Track::Live(key) {
                    self.device(kind).ends(cx.now);
                    self.drop_unused(cx);
                    self.tick(cx);
                } // else a track that was given back already
            }
            MediaEvent::Interrupted { media, kind, interrupted } => {
                let device = self.device(kind);
                if device.track == Track::Live(media) {
                    device.interrupted = interrupted;
                }
            }
            MediaEvent::Permission { kind, granted } => {
                self.device(kind).permission(granted, cx.now);
                self.drop_unused(cx);
            }
            MediaEvent::DevicesChanged => {
                for device in [&mut self.audio, &mut self.camera] {
                    if device.error().is_some_and(MediaError::is_of_the_device) {
                        device.renewal.devices_changed(cx.now);
                    }
                }
                self.tick(cx);
            }
        }
    }

    /// When something of this falls due.
    pub(crate) fn deadline(&self) -> Option<Time> {
        let said = self.replaced.map(|(_, until)| until);
        let devices = [&self.audio, &self.camera];
        let due = devices.into_iter().flat_map(|device| [device.until, device.renewal.due()]);
        due.flatten().chain(said).min()
    }

    /// Does what is due.
    pub(crate) fn tick(&mut self, cx: &mut Context) {
        let now = cx.now;
        self.replaced.take_if(|(_, until)| now >= *until);
        for kind in [MediaKind::Audio, MediaKind::Video] {
            let device = self.device(kind);
            if device.until.is_some_and(|until| now >= until) {
                device.fails(MediaError::Unanswered, now);
                self.drop_unused(cx);
            } else if device.renewal.begins(now) {
                let wanted = match kind {
                    MediaKind::Audio => Wanted::Audio,
                    MediaKind::Video => Wanted::Video,
                };
                self.acquire(wanted, cx);
            }
        }
    }

    fn device(&mut self, kind: MediaKind) -> &mut Device {
        match kind {
            MediaKind::Audio => &mut self.audio,
            MediaKind::Video => &mut self.camera,
        }
    }

    fn ready(&mut self, key: MediaKey, cx: &mut Context) {
        if self.audio.track == Track::Starting(key) {
            self.has_come(MediaKind::Audio, key, cx.now);
            if self.muted {
                cx.order(Effect::SetMuted { media: key, muted: true });
            }
        }
        if self.camera.track == Track::Starting(key) {
            self.has_come(MediaKind::Video, key, cx.now);
        } else if self.camera.track != Track::Live(key)
            && self.uses(key)
            && self.wanted(key) == Some(Wanted::Both)
        {
            cx.order(Effect::StopTrack(key, MediaKind::Video)); // switched off while it was being asked for
        }
        if !self.uses(key) {
            self.held.retain(|(held, _)| *held != key);
            cx.order(Effect::ReleaseMedia(key));
        }
    }

    fn has_come(&mut self, kind: MediaKind, key: MediaKey, now: Time) {
        let device = self.device(kind);
        let replaces = device.renewal.under_way && device.renewal.had_one();
        device.is_there(key, now);
        if replaces {
            self.replaced = Some((kind, now + timing::REPLACED_NOTICE));
        }
    }

    fn failed(&mut self, key: MediaKey, error: MediaError, cx: &mut Context) {
        let wanted = self.wanted(key);
        self.held.retain(|(held, _)| *held != key);
        let (audio, camera) =
            (self.audio.track == Track::Starting(key), self.camera.track == Track::Starting(key));
        if camera {
            self.camera.fails(error, cx.now);
        }
        if audio && wanted == Some(Wanted::Both) {
            self.acquire(Wanted::Audio, cx); // also if the camera was switched off meanwhile: it may be what failed
        } else if audio {
            // Asked for together, the two failed for the microphone's sake: that says nothing of the camera.
            if error.is_of_the_device() && self.camera.error() == Some(error) {
                self.camera.switch_off(Track::Off);
            }
            self.audio.fails(error, cx.now);
        }
    }

    /// Whether nothing is being asked for any more.
    pub(crate) fn is_settled(&self) -> bool {
        !self.audio.is_starting() && !self.camera.is_starting()
    }

    /// Whether the browser may be asking the person at this moment.
    pub(crate) fn browser_asks(&self) -> bool {
        [&self.audio, &self.camera].into_iter().any(|device| device.is_starting() && !device.granted)
    }

    /// Why there is no microphone, if it was asked for and could not be had.
    pub(crate) fn microphone_error(&self) -> Option<MediaError> {
        self.audio.error()
    }

    /// Why there is no camera, if it was asked for and could not be had.
    pub(crate) fn camera_error(&self) -> Option<MediaError> {
        self.camera.error()
    }

    /// The acquisitions whose tracks are live: microphone, camera.
    pub(crate) fn live(&self) -> (Option<MediaKey>, Option<MediaKey>) {
        (self.audio.live(), self.camera.live())
    }

    pub(crate) fn has_live(&self) -> bool {
        self.live() != (None, None)
    }

    pub(crate) fn toggle_mute(&mut self, cx: &mut Context) {
        self.muted = !self.muted;
        if let Some(media) = self.audio.live() {
            cx.order(Effect::SetMuted { media, muted: self.muted });
        }
    }

    /// Switches the camera off (its light goes out) or asks for it again; nothing in a voice call.
    pub(crate) fn toggle_camera(&mut self, cx: &mut Context) {
        match self.camera.track {
            Track::Absent => {}
            Track::Starting(_) => self.stop_camera(Track::Off, cx),
            Track::Live(key) => {
                cx.order(Effect::StopTrack(key, MediaKind::Video));
                self.stop_camera(Track::Off, cx);
            }
            Track::Off | Track::Failed(_) => self.acquire(Wanted::Video, cx),
        }
    }

    /// Asks again for what failed, or brings nothing. For both with one question, if the browser's answer to that was
    /// what failed; otherwise each for itself, so that the one is had although the other is missing.
    pub(crate) fn retry(&mut self, cx: &mut Context) {
        let fails = |device: &Device| device.error().is_some() || device.interrupted;
        let one_question = self.audio.error() == self.camera.error()
            && self.audio.error().is_some_and(|error| !error.is_of_the_device());
        match (fails(&self.audio), fails(&self.camera)) {
            (true, true) if one_question => self.acquire(Wanted::Both, cx),
            (microphone, camera) => {
                if microphone {
                    self.acquire(Wanted::Audio, cx);
                }
                if camera {
                    self.acquire(Wanted::Video, cx);
                }
            }
        }
        self.drop_unused(cx);
    }

    /// The call is of the other side's kind (glare): in a voice call the camera is given back; in a video call a person
    /// who asked for the voice may switch it on, but it is not opened unasked.
    pub(crate) fn join(&mut self, call_type: CallType, cx: &mut Context) {
        match (call_type, self.camera.track) {
            (CallType::Audio, Track::Live(key)) => {
                cx.order(Effect::StopTrack(key, MediaKind::Video));
                self.stop_camera(Track::Absent, cx);
            }
            (CallType::Audio, Track::Absent | Track::Starting(_) | Track::Off | Track::Failed(_)) => {
                self.stop_camera(Track::Absent, cx);
            }
            (CallType::Video, Track::Absent) => self.camera.switch_off(Track::Off),
            (CallType::Video, Track::Starting(_) | Track::Live(_) | Track::Off | Track::Failed(_)) => {}
        }
    }

    /// Gives everything back, also what is still being asked for.
    pub(crate) fn release(&mut self, cx: &mut Context) {
        for (key, _) in self.held.drain(..) {
            cx.order(Effect::ReleaseMedia(key));
        }
        self.audio.switch_off(Track::Off);
        self.camera.switch_off(Track::Off);
        self.replaced = None;
    }

    /// The own microphone, as its person sees it: "off" is only what they switched off themselves.
    pub(crate) fn microphone_view(&self) -> DeviceView {
        match self.audio.track {
            Track::Starting(_) | Track::Live(_) if self.muted => DeviceView::Off,
            Track::Absent | Track::Starting(_) | Track::Live(_) | Track::Off | Track::Failed(_) => {
                self.audio.view()
            }
        }
    }

    pub(crate) fn camera_view(&self) -> DeviceView {
        self.camera.view()
    }

    /// The device that has just taken the place of another.
    pub(crate) fn replaced(&self) -> Option<MediaKind> {
        self.replaced.map(|(kind, _)| kind)
    }

    /// The own microphone and whether a picture is sent, as the other side is told.
    pub(crate) fn told(&self) -> (Microphone, bool) {
        let microphone = match self.audio.track {
            Track::Failed(_) => Microphone::Failing,
            Track::Absent | Track::Starting(_) | Track::Live(_) | Track::Off if self.muted => {
                Microphone::Muted
            }
            Track::Live(_) if self.audio.interrupted => Microphone::Failing,
            Track::Live(_) => Microphone::On,
            Track::Absent | Track::Starting(_) | Track::Off => Microphone::Starting,
        };
        (microphone, self.camera.live().is_some() && !self.camera.interrupted)
    }

    fn stop_camera(&mut self, next: Track, cx: &mut Context) {
        self.camera.switch_off(next);
        self.drop_unused(cx);
    }

    fn wanted(&self, key: MediaKey) -> Option<Wanted> {
        self.held.iter().find(|(held, _)| *held == key).map(|(_, wanted)| *wanted)
    }

    fn uses(&self, key: MediaKey) -> bool {
        [self.audio.track, self.camera.track]
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
