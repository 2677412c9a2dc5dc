//! How to allow microphone and camera, for each cause: the settings of each browser, the system, the embedding page.
//! Texts only.

use crate::widget::ui::Browser;
use call_core::MediaError;

/// A media device that a page may be denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaDevice {
    /// Required for a call.
    Microphone,
    /// Optional: without it the call continues with voice.
    Camera,
}

/// The title of the steps.
pub const fn how_to_allow(missing: MediaDevice) -> &'static str {
    match missing {
        MediaDevice::Microphone => "How to allow the microphone",
        MediaDevice::Camera => "How to allow the camera",
    }
}

/// The steps, in order; None where the person cannot change it.
pub const fn help(browser: Browser, error: MediaError) -> Option<[&'static str; 3]> {
    match error {
        MediaError::Denied => Some(in_the_browser(browser)),
        MediaError::System => Some([
            "Open the privacy settings of your computer or phone.",
            "Allow this browser to use the microphone, and the camera for video calls.",
            "Restart the browser, then try again.",
        ]),
        MediaError::Framed => Some([
            "This page is embedded in another page, which has to give it access to the microphone and camera.",
            "Ask the people who run that page to add allow=\"microphone; camera\" to its frame.",
            "Until then, open this page in a tab of its own.",
        ]),
        MediaError::Insecure
        | MediaError::Unsupported
        | MediaError::Policy
        | MediaError::Unanswered
        | MediaError::NotFound
        | MediaError::Gone
        | MediaError::InUse
        | MediaError::Other => None,
    }
}

const fn in_the_browser(browser: Browser) -> [&'static str; 3] {
    match browser {
        Browser::Chromium => [
            "Click the icon at the left end of the address bar.",
            "Turn on Microphone, and Camera for video calls.",
            THEN,
        ],
        Browser::Edge => [
            "Click the lock at the left end of the address bar, then Permissions for this site.",
            "Set Microphone to Allow, and Camera for video calls.",
            THEN,
        ],
        Browser::Firefox => [
            "Click the crossed-out microphone at the left end of the address bar.",
            "Remove Blocked next to Use the Microphone, and next to Use the Camera for video calls.",
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

const THEN: &str = "Then try again. If nothing changes, reload the page first.";
