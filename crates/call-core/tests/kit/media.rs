//! Model microphones and cameras: questions that take a while, refusals, tracks that are held until given back.

use super::rng::Rng;
use call_core::{Effect, MediaError, MediaEvent, MediaKey, MediaKind, Wanted};
use std::collections::{BTreeMap, BTreeSet};

/// What the browser does when a device is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Hands it out without a question.
    Granted,
    /// Asks the person, who says yes after so many milliseconds.
    Asks(u64),
    Refused(MediaError),
}

/// The live tracks of one acquisition.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tracks {
    pub(crate) audio: bool,
    pub(crate) video: bool,
}

pub(crate) struct Devices {
    pub(crate) microphone: Access,
    pub(crate) camera: Access,
    pub(crate) held: BTreeMap<MediaKey, Tracks>,
    asked: BTreeMap<MediaKey, Wanted>,
    given_back: BTreeSet<MediaKey>,
    used: BTreeSet<MediaKey>,
    pub(crate) mistakes: Vec<String>,
    /// Acquisitions under way: after so many milliseconds they are done.
    pub(crate) soon: Vec<(u64, MediaKey)>,
}

impl Devices {
    pub(crate) fn new() -> Self {
        Self {
            microphone: Access::Granted,
            camera: Access::Granted,
            held: BTreeMap::new(),
            asked: BTreeMap::new(),
            given_back: BTreeSet::new(),
            used: BTreeSet::new(),
            mistakes: Vec::new(),
            soon: Vec::new(),
        }
    }

    /// Carries out the orders that concern microphone and camera.
    pub(crate) fn obey(&mut self, effect: &Effect, rng: &mut Rng) {
        match effect {
            Effect::AcquireMedia(key, wanted) => {
                if !self.used.insert(*key) {
                    self.mistakes.push(format!("{key:?} is used twice"));
                }
                self.asked.insert(*key, *wanted);
                let ask = |access: Access| if let Access::Asks(ms) = access { ms } else { 0 };
                let wait = match wanted {
                    Wanted::Audio => ask(self.microphone),
                    Wanted::Video => ask(self.camera),
                    Wanted::Both => ask(self.microphone).max(ask(self.camera)),
                };
                self.soon.push((wait + rng.between((5, 60)), *key));
            }
            Effect::ReleaseMedia(key) => {
                self.held.remove(key);
                self.given_back.insert(*key);
            }
            Effect::StopTrack(key, kind) => match (self.held.get_mut(key), kind) {
                (Some(tracks), MediaKind::Audio) => tracks.audio = false,
                (Some(tracks), MediaKind::Video) => tracks.video = false,
                (None, _) => self.mistakes.push(format!("{key:?} is stopped but not held")),
            },
            Effect::SetMuted { media, .. } => {
                let microphone = self.held.get(media).is_some_and(|tracks| tracks.audio);
                self.mistakes
                    .extend((!microphone).then(|| format!("{media:?} is muted but has no microphone")));
            }
            Effect::Attach { audio, video, .. } => {
                let has = |key: &MediaKey, kind: fn(&Tracks) -> bool| self.held.get(key).is_some_and(kind);
                if audio.is_some_and(|key| !has(&key, |tracks| tracks.audio))
                    || video.is_some_and(|key| !has(&key, |tracks| tracks.video))
                {
                    self.mistakes.push(format!("attached without being live: {effect:?}"));
                }
            }
            Effect::OpenPeer(..)
            | Effect::MakeOffer(..)
            | Effect::TakeOffer(..)
            | Effect::TakeAnswer(..)
            | Effect::AddCandidate(..)
            | Effect::SendMessage(..)
            | Effect::ClosePeer(_)
            | Effect::Initiate { .. }
            | Effect::Answer(..)
            | Effect::Decline(_)
            | Effect::End(..)
            | Effect::SendSignal(..)
            | Effect::ReportMedia(_)
            | Effect::ReportSilence(_)
            | Effect::Play(_) => {} // others carry these out
        }
    }

    /// The browser is done asking. Tracks that were given back before they came are held again until the machine
    /// gives them back once more: it must not count on the browser for that.
    pub(crate) fn done(&mut self, key: MediaKey) -> Option<MediaEvent> {
        let wanted = self.asked.remove(&key)?;
        let refusal = |access: Access| if let Access::Refused(error) = access { Some(error) } else { None };
        let error = match wanted {
            Wanted::Audio => refusal(self.microphone),
            Wanted::Video => refusal(self.camera),
            Wanted::Both => refusal(self.microphone).or(refusal(self.camera)),
        };
        if let Some(error) = error {
            return Some(MediaEvent::Failed(key, error));
        }
        self.given_back.remove(&key);
        self.held.insert(key, Tracks { audio: wanted != Wanted::Video, video: wanted != Wanted::Audio });
        Some(MediaEvent::Ready(key))
    }

    /// The page is gone, and all its tracks with it.
    pub(crate) fn forget(&mut self) {
        *self = Self { microphone: self.microphone, camera: self.camera, ..Self::new() };
    }

    /// A track ends by itself.
    pub(crate) fn unplug(&mut self, kind: MediaKind) -> Option<MediaEvent> {
        let live = |tracks: &Tracks| if kind == MediaKind::Audio { tracks.audio } else { tracks.video };
        let (key, tracks) = self.held.iter_mut().find(|(_, tracks)| live(tracks))?;
        match kind {
            MediaKind::Audio => tracks.audio = false,
            MediaKind::Video => tracks.video = false,
        }
        Some(MediaEvent::Ended(*key, kind))
    }

    /// Whether the light of a device is on.
    pub(crate) fn is_live(&self, kind: MediaKind) -> bool {
        self.held.values().any(|tracks| if kind == MediaKind::Audio { tracks.audio } else { tracks.video })
    }

    /// Whether nothing is held or waited for.
    pub(crate) fn is_free(&self) -> bool {
        self.held.is_empty() && self.asked.keys().all(|key| self.given_back.contains(key))
    }
}
