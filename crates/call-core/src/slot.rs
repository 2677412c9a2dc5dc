//! Media slots: what one side of a call can send, each with its own source, state and sender. A slot's
//! transceiver exists from the first offer on, so that tracks come and go by `replaceTrack`. Never decides what
//! is sent.

use core::ops::{Index, IndexMut};

/// One of the streams that a side of a call can send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slot {
    /// The voice.
    Microphone,
    /// The camera picture.
    Camera,
    /// A shared screen, window or tab.
    Screen,
    /// The sound of the shared screen.
    ScreenSound,
}

/// What kind of media a slot carries, as `MediaStreamTrack.kind` says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TrackKind {
    /// Sound.
    Audio,
    /// Pictures.
    Video,
}

/// Which browser API provides the track of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// A media device: `getUserMedia`.
    Device,
    /// The screen, a window or a tab: `getDisplayMedia`.
    Display,
}

impl Slot {
    /// Every slot, in the order of the media sections of an offer. Clients that know only microphone and camera
    /// use the first section of each kind.
    pub const ALL: [Self; 4] = [Self::Microphone, Self::Camera, Self::Screen, Self::ScreenSound];

    /// Audio or video.
    pub const fn kind(self) -> TrackKind {
        match self {
            Self::Microphone | Self::ScreenSound => TrackKind::Audio,
            Self::Camera | Self::Screen => TrackKind::Video,
        }
    }

    /// Where its track comes from.
    pub const fn source(self) -> Source {
        match self {
            Self::Microphone | Self::Camera => Source::Device,
            Self::Screen | Self::ScreenSound => Source::Display,
        }
    }

    /// The slot for this kind of media from this source.
    pub const fn of(kind: TrackKind, source: Source) -> Self {
        match (kind, source) {
            (TrackKind::Audio, Source::Device) => Self::Microphone,
            (TrackKind::Video, Source::Device) => Self::Camera,
            (TrackKind::Video, Source::Display) => Self::Screen,
            (TrackKind::Audio, Source::Display) => Self::ScreenSound,
        }
    }
}

/// One value for each slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Slots<T>([T; 4]);

impl<T> Slots<T> {
    /// Builds it from a value per slot.
    pub fn from_fn(value: impl FnMut(Slot) -> T) -> Self {
        Self(Slot::ALL.map(value))
    }

    /// A copy with a different value in one slot.
    #[must_use]
    pub fn with(mut self, slot: Slot, value: T) -> Self {
        self[slot] = value;
        self
    }

    /// Every slot with its value.
    pub fn iter(&self) -> impl Iterator<Item = (Slot, &T)> {
        Slot::ALL.into_iter().zip(&self.0)
    }

    /// Every value, mutably.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.iter_mut()
    }
}

impl<T> Slots<Option<T>> {
    /// A value in one slot, and none elsewhere.
    pub fn only(slot: Slot, value: T) -> Self {
        let mut slots = Self([const { None }; 4]);
        slots[slot] = Some(value);
        slots
    }

    /// Whether no slot has a value.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }
}

impl<T> From<[T; 4]> for Slots<T> {
    fn from(values: [T; 4]) -> Self {
        Self(values)
    }
}

impl<T> Index<Slot> for Slots<T> {
    type Output = T;

    fn index(&self, slot: Slot) -> &T {
        &self.0[slot as usize]
    }
}

impl<T> IndexMut<Slot> for Slots<T> {
    fn index_mut(&mut self, slot: Slot) -> &mut T {
        &mut self.0[slot as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_is_found_by_kind_and_source_and_keeps_its_value() {
        let slots = Slots::from_fn(|slot| slot);
        for slot in Slot::ALL {
            assert_eq!((Slot::of(slot.kind(), slot.source()), slots[slot]), (slot, slot));
        }
    }
}
