//! Model microphones, cameras and screens: slow permission prompts, refusals, tracks that are held until
//! released. Reports as mistakes what a browser would not accept.

use super::rng::Rng;
use call_core::{Effect, MediaError, MediaEvent, MediaKey, MediaRequest, Slot, Slots};
use std::collections::{BTreeMap, BTreeSet};

/// What the browser does when a device is requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Access {
    /// Grants it without asking.
    Granted,
    /// Asks the person, who agrees after so many milliseconds.
    Asks(u64),
    Refused(MediaError),
}

#[derive(Clone, Hash)]
pub(crate) struct Devices {
    pub(crate) microphone: Access,
    pub(crate) camera: Access,
    pub(crate) screen: Access,
    /// The live tracks of each acquisition.
    pub(crate) held: BTreeMap<MediaKey, Slots<bool>>,
    asked: BTreeMap<MediaKey, MediaRequest>,
    given_back: BTreeSet<MediaKey>,
    used: BTreeSet<MediaKey>,
    pub(crate) mistakes: Vec<String>,
    /// Pending acquisitions, each with the milliseconds until it completes.
    pub(crate) soon: Vec<(u64, MediaKey)>,
}

impl Devices {
    pub(crate) fn new() -> Self {
        Self {
            microphone: Access::Granted,
            camera: Access::Granted,
            screen: Access::Granted,
            held: BTreeMap::new(),
            asked: BTreeMap::new(),
            given_back: BTreeSet::new(),
            used: BTreeSet::new(),
            mistakes: Vec::new(),
            soon: Vec::new(),
        }
    }

    /// Carries out the effects that concern media sources.
    pub(crate) fn carry_out(&mut self, effect: &Effect, rng: &mut Rng) {
        match effect {
            Effect::AcquireMedia(key, wanted) => {
                if !self.used.insert(*key) {
                    self.mistakes.push(format!("{key:?} is used twice"));
                }
                self.asked.insert(*key, *wanted);
                let asks = self.access(*wanted).into_iter().filter_map(|access| match access {
                    Access::Asks(ms) => Some(ms),
                    Access::Granted | Access::Refused(_) => None,
                });
                self.soon.push((asks.max().unwrap_or_default() + rng.between((5, 60)), *key));
            }
            Effect::ReleaseMedia(key) => {
                self.held.remove(key);
                self.given_back.insert(*key);
            }
            Effect::StopTrack(key, slot) => match self.held.get_mut(key) {
                Some(tracks) => tracks[*slot] = false,
                None => self.mistakes.push(format!("{key:?} is stopped but not held")),
            },
            Effect::SetMuted { media, .. } => {
                let microphone = self.held.get(media).is_some_and(|tracks| tracks[Slot::Microphone]);
                self.mistakes
                    .extend((!microphone).then(|| format!("{media:?} is muted but has no microphone")));
            }
            Effect::ReplaceTracks(_, tracks) => {
                let has = |slot, key| self.held.get(&key).is_some_and(|tracks| tracks[slot]);
                if tracks.iter().any(|(slot, track)| track.is_some_and(|key| !has(slot, key))) {
                    self.mistakes.push(format!("attached without being live: {effect:?}"));
                }
            }
            Effect::OpenPeer(..)
            | Effect::CreateOffer(..)
            | Effect::SetRemoteOffer(..)
            | Effect::SetRemoteAnswer(..)
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
            | Effect::DoubtServer
            | Effect::KeepRejoin(_)
            | Effect::Play(_) => {} // others carry these out
        }
    }

    /// An acquisition completes. Tracks that were released before they arrived are held again until the machine
    /// releases them once more: it must not rely on the browser for that.
    pub(crate) fn done(&mut self, key: MediaKey) -> Option<MediaEvent> {
        let wanted = self.asked.remove(&key)?;
        let refusal = |access: Access| if let Access::Refused(error) = access { Some(error) } else { None };
        if let Some(error) = self.access(wanted).into_iter().find_map(refusal) {
            return Some(MediaEvent::Failed(key, error));
        }
        self.given_back.remove(&key);
        self.held.insert(key, Slots::from_fn(|slot| wanted.includes(slot)));
        Some(MediaEvent::Ready(key))
    }

    /// The page is gone, and all its tracks with it.
    pub(crate) fn forget(&mut self) {
        *self = Self { microphone: self.microphone, camera: self.camera, screen: self.screen, ..Self::new() };
    }

    /// How the browser treats each source of an acquisition.
    fn access(&self, wanted: MediaRequest) -> Vec<Access> {
        match wanted {
            MediaRequest::Microphone => vec![self.microphone],
            MediaRequest::Camera => vec![self.camera],
            MediaRequest::MicrophoneAndCamera => vec![self.microphone, self.camera],
            MediaRequest::Screen => vec![self.screen],
        }
    }

    /// A track ends on its own.
    pub(crate) fn unplug(&mut self, slot: Slot) -> Option<MediaEvent> {
        let (key, tracks) = self.held.iter_mut().find(|(_, tracks)| tracks[slot])?;
        tracks[slot] = false;
        Some(MediaEvent::Ended(*key, slot))
    }

    /// Whether a device is in use, so that its light is on.
    pub(crate) fn is_live(&self, slot: Slot) -> bool {
        self.held.values().any(|tracks| tracks[slot])
    }

    /// Whether nothing is held or pending.
    pub(crate) fn is_free(&self) -> bool {
        self.held.is_empty() && self.asked.keys().all(|key| self.given_back.contains(key))
    }
}
