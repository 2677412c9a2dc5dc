//! The texts of buttons, headings and banners: those that depend on nothing, or on a name only. Draws nothing.

use super::{a_call, name};
use call_core::Party;
use call_protocol::CallType;

// Call buttons and history.
pub(in crate::widget) const VOICE: &str = "Voice";
pub(in crate::widget) const VIDEO: &str = "Video";
pub(in crate::widget) const CALL_BACK: &str = "Call back";
pub(in crate::widget) const LOADING: &str = "Loading\u{2026}";
pub(in crate::widget) const NO_CALLS: &str = "No calls yet. Your calls will be listed here.";
pub(in crate::widget) const HISTORY_FAILED: &str = "Your calls could not be loaded.";
pub(in crate::widget) const EARLIER_CALLS: &str = "Earlier calls";
pub(in crate::widget) const TRY_AGAIN: &str = "Try again";
// An incoming or outgoing call.
pub(in crate::widget) const ANSWER: &str = "Answer";
pub(in crate::widget) const VOICE_ONLY: &str = "Voice only";
pub(in crate::widget) const DECLINE: &str = "Decline";
pub(in crate::widget) const RINGTONE_BLOCKED: &str = "Sound is blocked: click to hear the ringtone";
pub(in crate::widget) const RINGTONE_FAILED: &str = "You cannot hear the ringtone: its sound did not load.";
pub(in crate::widget) const CALLING: &str = "Calling";
pub(in crate::widget) const CANCEL: &str = "Cancel";
// In a call.
pub(in crate::widget) const CALL_CONTROLS: &str = "Call controls";
pub(in crate::widget) const MUTE: &str = "Mute";
pub(in crate::widget) const UNMUTE: &str = "Unmute";
pub(in crate::widget) const CAMERA_OFF: &str = "Camera off";
pub(in crate::widget) const CAMERA_ON: &str = "Camera on";
pub(in crate::widget) const HANG_UP: &str = "Hang up";
pub(in crate::widget) const ENLARGE: &str = "Enlarge";
pub(in crate::widget) const SHRINK: &str = "Shrink";
pub(in crate::widget) const CONNECTING: &str = "Connecting\u{2026}";
pub(in crate::widget) const RECONNECTING: &str = "Reconnecting\u{2026}";
pub(in crate::widget) const CONNECTION_LOST: &str = "Connection lost. Reconnecting\u{2026}";
pub(in crate::widget) const BEING_RESTORED: &str = "The connection was lost and is being restored.";
pub(in crate::widget) const SERVER_UNREACHABLE: &str = "Cannot reach the server. Your call continues.";
pub(in crate::widget) const YOU: &str = "You";
pub(in crate::widget) const MUTED: &str = "Muted";
pub(in crate::widget) const MICROPHONE_FAILS: &str = "Microphone is not working";
pub(in crate::widget) const OWN_VIDEO: &str = "Your video";
pub(in crate::widget) const MOVE_OWN_VIDEO: &str = "Move your video (arrow keys)";
pub(in crate::widget) const STARTING: &str = "Starting\u{2026}";
// After a call.
pub(in crate::widget) const CALL_AGAIN: &str = "Call again";
pub(in crate::widget) const CALL_WITH_VOICE: &str = "Call with voice";
pub(in crate::widget) const SIGN_IN: &str = "Sign in";
pub(in crate::widget) const CLOSE: &str = "Close";

/// The group of the two call buttons.
pub(in crate::widget) fn call_to(peer: &str) -> String {
    ["Call ", peer].concat()
}

/// The heading of an incoming call.
pub(in crate::widget) fn incoming_call(call_type: CallType) -> String {
    ["Incoming ", a_call(call_type)].concat()
}

/// The name of the window of an incoming call, and the page's title meanwhile.
pub(in crate::widget) fn is_calling(party: &Party) -> String {
    [&name(party), " is calling"].concat()
}

/// The heading of an outgoing call.
pub(in crate::widget) fn calling(party: &Party) -> String {
    ["Calling ", &name(party), "\u{2026}"].concat()
}

/// The heading of a call.
pub(in crate::widget) fn call_with(call_type: CallType, peer: &str) -> String {
    let call = match call_type {
        CallType::Audio => "Voice call with ",
        CallType::Video => "Video call with ",
    };
    [call, peer].concat()
}

/// The name of the remote video.
pub(in crate::widget) fn video_of(peer: &str) -> String {
    [peer, "\u{2019}s video"].concat()
}

/// In place of the remote video.
pub(in crate::widget) fn camera_is_off(peer: &str) -> String {
    [peer, "\u{2019}s camera is off"].concat()
}

/// Over the remote video.
pub(in crate::widget) fn is_muted(peer: &str) -> String {
    [peer, " is muted"].concat()
}

/// The button that plays the voice that the browser's autoplay rule blocks.
pub(in crate::widget) fn voice_blocked(peer: &str) -> String {
    ["Sound is blocked: click to hear ", peer].concat()
}

/// The voice cannot be played.
pub(in crate::widget) fn voice_failed(peer: &str) -> String {
    ["Your browser cannot play the sound of this call: you cannot hear ", peer, "."].concat()
}
