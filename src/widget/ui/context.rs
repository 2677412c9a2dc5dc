//! What components get from the client: the view, and callbacks.
//! Never sees the platform or a peer connection; a `MediaStream` passes through to the video view only.

use crate::widget::kit::guard::AfterGuard;
use crate::widget::kit::signal::Signal;
use call_core::{CallView, MediaKey, PeerKey, UserEvent};
use leptos::prelude::*;
use web_sys::MediaStream;

/// The stream that a media element shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamOf {
    /// The own camera.
    Local(MediaKey),
    /// The remote video; remote audio is played by the platform, since a `<video>` without a video track may stay silent.
    Remote(PeerKey),
}

/// Whether the sound that the view asks for can be heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SoundState {
    /// There is no sound to play.
    Silent,
    /// It plays.
    Playing,
    /// The browser's autoplay rule blocks it until the person clicks somewhere.
    Blocked,
    /// It cannot be played here, and no click changes that.
    Failed,
}

/// Passed to every component of the call interface.
#[derive(Clone, Copy)]
pub struct Calls {
    /// The view to draw.
    pub view: Signal<CallView>,
    /// Sends what the person did to the machine.
    pub act: UnsyncCallback<UserEvent>,
    /// The stream behind a key of the view, while it exists.
    pub stream: UnsyncCallback<StreamOf, Option<MediaStream>>,
    /// Whether the ringtone can be heard.
    pub sound: Signal<SoundState>,
    /// Starts a blocked sound; call it from a click.
    pub unlock_sound: UnsyncCallback<()>,
    /// Runs a callback after the guard time (see `kit::guard`).
    pub later: AfterGuard,
}
