//! Problems of the own microphone and camera: what happened, what the other person cannot hear or see, what to do.
//! Each text names the actual cause: the page, the website, the browser, the system or the device.

use super::MediaDevice;
use call_core::{InCallView, MediaError, Slot, SlotView};
use call_protocol::CallType;

/// Announces the browser's permission prompt.
pub const fn browser_asks(call_type: CallType) -> &'static str {
    match call_type {
        CallType::Audio => "Your browser may ask to use your microphone. Choose Allow.",
        CallType::Video => "Your browser may ask to use your microphone and camera. Choose Allow.",
    }
}

/// The same in a call, for the device that is being switched on.
pub const fn browser_asks_for(device: MediaDevice) -> &'static str {
    match device {
        MediaDevice::Microphone => browser_asks(CallType::Audio),
        MediaDevice::Camera => "Your browser may ask to use your camera. Choose Allow.",
    }
}

/// What happened to the own microphone.
pub const fn microphone(error: MediaError) -> &'static str {
    match error {
        MediaError::Insecure => INSECURE,
        MediaError::Unsupported => UNSUPPORTED,
        MediaError::Framed => "The page that embeds this one does not allow it to use your microphone.",
        MediaError::Policy => "This website does not allow its pages to use your microphone.",
        MediaError::System => "Your system does not allow this browser to use the microphone.",
        MediaError::Denied => "This page is not allowed to use your microphone.",
        MediaError::Unanswered => "Your browser asked to use your microphone and got no answer.",
        MediaError::NotFound => "No microphone was found. Plug one in.",
        MediaError::Gone => "Your microphone was disconnected. Plug it in again, or use another one.",
        MediaError::InUse => "Another program is using your microphone. Close that program.",
        MediaError::Other => "Your microphone could not be used.",
    }
}

/// What happened to the own camera.
const fn camera(error: MediaError) -> &'static str {
    match error {
        MediaError::Insecure => INSECURE,
        MediaError::Unsupported => UNSUPPORTED,
        MediaError::Framed => "The page that embeds this one does not allow it to use your camera.",
        MediaError::Policy => "This website does not allow its pages to use your camera.",
        MediaError::System => "Your system does not allow this browser to use the camera.",
        MediaError::Denied => "This page is not allowed to use your camera.",
        MediaError::Unanswered => "Your browser asked to use your camera and got no answer.",
        MediaError::NotFound => "No camera was found.",
        MediaError::Gone => "Your camera was disconnected.",
        MediaError::InUse => "Another program is using your camera.",
        MediaError::Other => "Your camera could not be used.",
    }
}

const INSECURE: &str =
    "Browsers only allow calls on secure pages: the address of this page must begin with https.";
const UNSUPPORTED: &str = "This browser does not support calls.";

/// Both at once, where one cause affects both.
const fn both(error: MediaError) -> Option<&'static str> {
    match error {
        MediaError::Insecure => Some(INSECURE),
        MediaError::Unsupported => Some(UNSUPPORTED),
        MediaError::Framed => {
            Some("The page that embeds this one does not allow it to use your microphone and camera.")
        }
        MediaError::Policy => {
            Some("This website does not allow its pages to use your microphone and camera.")
        }
        MediaError::System => {
            Some("Your system does not allow this browser to use the microphone and camera.")
        }
        MediaError::Denied => Some("This page is not allowed to use your microphone and camera."),
        MediaError::Unanswered => {
            Some("Your browser asked to use your microphone and camera and got no answer.")
        }
        MediaError::NotFound | MediaError::Gone | MediaError::InUse | MediaError::Other => None,
    }
}

/// What to do; `act` is what the person wanted ("call again"). Begins with a space.
pub fn remedy(error: MediaError, act: &str) -> String {
    let (before, act, after) = match error {
        MediaError::Denied | MediaError::System => (" Allow it, then ", act, "."),
        MediaError::Unanswered => (" Please ", act, " and choose Allow."),
        MediaError::NotFound | MediaError::Gone | MediaError::InUse => (" Then ", act, "."),
        MediaError::Other => (" Try again, or restart the browser.", "", ""),
        MediaError::Unsupported => (" Use another browser.", "", ""),
        MediaError::Framed => (" Only the people who run that page can change this.", "", ""),
        MediaError::Policy | MediaError::Insecure => {
            (" Only the people who run this website can change this.", "", "")
        }
    };
    [before, act, after].concat()
}

/// While it rings here: what happened to the microphone, and what to do to answer.
pub fn cannot_answer(error: MediaError) -> String {
    [microphone(error), &remedy(error, "answer again")].concat()
}

/// Whether trying again may help.
pub const fn can_be_tried_again(error: MediaError) -> bool {
    match error {
        MediaError::Insecure | MediaError::Unsupported | MediaError::Framed | MediaError::Policy => false,
        MediaError::System
        | MediaError::Denied
        | MediaError::Unanswered
        | MediaError::NotFound
        | MediaError::Gone
        | MediaError::InUse
        | MediaError::Other => true,
    }
}

/// A problem of an own device during a call, and its effect on the other person. A problem of both devices is reported
/// for the microphone, and the effect once.
pub fn trouble(call: &InCallView, device: MediaDevice) -> Option<String> {
    let (microphone_fails, camera_fails) =
        (fails(call.local[Slot::Microphone]), fails(call.local[Slot::Camera]));
    let shared = match (call.local[Slot::Microphone], call.local[Slot::Camera]) {
        (SlotView::Problem(one), SlotView::Problem(other)) if one == other => both(one),
        (_, _) => None,
    };
    let what = match (device, shared) {
        (MediaDevice::Microphone, Some(shared)) => shared,
        (MediaDevice::Microphone, None) => {
            told(call.local[Slot::Microphone], microphone, MICROPHONE_SILENCED)?
        }
        (MediaDevice::Camera, Some(_)) => return None,
        (MediaDevice::Camera, None) => told(call.local[Slot::Camera], camera, CAMERA_SILENCED)?,
    };
    let means = match (device, microphone_fails, camera_fails) {
        (MediaDevice::Microphone, _, true) => " can neither hear nor see you.",
        (MediaDevice::Microphone, _, false) => " cannot hear you.",
        (MediaDevice::Camera, true, _) => return Some(what.to_owned()),
        (MediaDevice::Camera, false, _) if call.local[Slot::Microphone] == SlotView::On => {
            " can hear you but not see you."
        }
        (MediaDevice::Camera, false, _) => " cannot see you.",
    };
    Some([what, " ", &super::name(&call.party), means].concat())
}

const MICROPHONE_SILENCED: &str = "Your system has muted your microphone.";
const CAMERA_SILENCED: &str = "Your system has turned off your camera.";

fn told(
    device: SlotView,
    problem: fn(MediaError) -> &'static str,
    silenced: &'static str,
) -> Option<&'static str> {
    match device {
        SlotView::Problem(error) => Some(problem(error)),
        SlotView::Interrupted => Some(silenced),
        SlotView::Absent | SlotView::Starting | SlotView::On | SlotView::Off => None,
    }
}

const fn fails(device: SlotView) -> bool {
    match device {
        SlotView::Problem(_) | SlotView::Interrupted => true,
        SlotView::Absent | SlotView::Starting | SlotView::On | SlotView::Off => false,
    }
}

/// While it rings at the other side: what a missing camera will mean.
pub fn unseen(error: MediaError, peer: &str) -> String {
    [camera(error), " ", peer, " will hear you but not see you."].concat()
}

/// While it rings at the other side: what a missing microphone will mean.
pub fn unheard(error: MediaError, peer: &str) -> String {
    [microphone(error), " ", peer, " will not hear you."].concat()
}

/// A disconnected device was replaced by another one.
pub const fn replaced(device: MediaDevice) -> &'static str {
    match device {
        MediaDevice::Microphone => "Your microphone was disconnected. Another one is now in use.",
        MediaDevice::Camera => "Your camera was disconnected. Another one is now in use.",
    }
}

/// The other side's microphone does not work; it is not muted.
pub fn does_not_work(peer: &str) -> String {
    [peer, "\u{2019}s microphone is not working"].concat()
}

/// All problems of the own devices.
pub fn devices_said(call: &InCallView) -> Option<String> {
    let said: Vec<String> = [MediaDevice::Microphone, MediaDevice::Camera]
        .into_iter()
        .filter_map(|device| trouble(call, device))
        .collect();
    (!said.is_empty()).then(|| said.join(" "))
}
