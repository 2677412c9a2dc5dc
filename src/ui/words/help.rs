//! How to allow microphone and camera, in the words of each browser's own settings.

use crate::ui::Browser;

/// What a page may be forbidden to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Device {
    /// Without it there is no call.
    Microphone,
    /// Without it the call goes on by voice.
    Camera,
}

/// The question that the steps answer.
pub const fn how_to_allow(missing: Device) -> &'static str {
    match missing {
        Device::Microphone => "How to allow the microphone",
        Device::Camera => "How to allow the camera",
    }
}

/// The steps, in order.
pub const fn help(browser: Browser) -> [&'static str; 3] {
    match browser {
        Browser::Chromium => [
            "Click the icon at the left end of the address bar.",
            "Switch Microphone on, and Camera for video calls.",
            THEN,
        ],
        Browser::Edge => [
            "Click the lock at the left end of the address bar, then Permissions for this site.",
            "Set Microphone to Allow, and Camera for video calls.",
            THEN,
        ],
        Browser::Firefox => [
            "Click the crossed-out microphone at the left end of the address bar.",
            "Remove Blocked beside Use the Microphone, and beside Use the Camera for video calls.",
            "Try again and choose Allow when Firefox asks.",
        ],
        Browser::Safari => [
            "Open the Safari menu and choose Settings for this website.",
            "Set Microphone to Allow, and Camera for video calls.",
            THEN,
        ],
        Browser::Ios => [
            "Tap the page icon in the address bar, then Website Settings.",
            "Set Microphone to Allow, and Camera for video calls.",
            THEN,
        ],
        Browser::Other => [
            "Open this site's settings from the address bar.",
            "Allow the microphone, and the camera for video calls.",
            THEN,
        ],
    }
}

const THEN: &str = "Then try again; if nothing changes, reload the page first.";
