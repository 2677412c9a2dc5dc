//! The seam between the interface and the rest: what components may see, and what they may ask for.
//! Never sees the shell or a peer connection; a `MediaStream` passes through to the video view only.

use crate::signal::Signal;
use call_core::{CallView, MediaKey, PeerKey, UserEvent};
use leptos::prelude::*;
use std::any::Any;
use web_sys::MediaStream;

/// Whose picture or voice a media element shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamOf {
    /// The own camera.
    Local(MediaKey),
    /// The other side's picture; its voice is played by the shell, since a `<video>` that never gets a picture is mute.
    Remote(PeerKey),
}

/// Whether the loop that the view asks for can be heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SoundState {
    /// Nothing is to be heard.
    Silent,
    /// It plays.
    Playing,
    /// The browser's autoplay rule blocks it until the person clicks somewhere.
    Blocked,
    /// It cannot be played here, and no click changes that.
    Failed,
}

/// What is done later.
pub type Later = Box<dyn FnOnce()>;

/// Everything that a component of the call interface needs; handed from one to the next.
#[derive(Clone, Copy)]
pub struct Calls {
    /// The picture to draw.
    pub view: Signal<CallView>,
    /// What the person did.
    pub act: UnsyncCallback<UserEvent>,
    /// The stream behind a key of the view, while it exists.
    pub stream: UnsyncCallback<StreamOf, Option<MediaStream>>,
    /// Whether the ring can be heard.
    pub sound: Signal<SoundState>,
    /// The person clicked to hear it.
    pub unlock_sound: UnsyncCallback<()>,
    /// Calls back when a press can have been meant for what has just appeared, unless what it returns is dropped before.
    pub later: UnsyncCallback<Later, Box<dyn Any>>,
}
