//! The texts on the screen, as far as tests look for them. When a text changes, only this file has to change.

use std::fmt;

/// Voice or video: the text of the two call buttons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A voice call.
    Voice,
    /// A video call.
    Video,
}

impl Kind {
    /// The button in a conversation.
    pub fn button(self) -> &'static str {
        match self {
            Self::Voice => VOICE,
            Self::Video => VIDEO,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.button())
    }
}

/// Sign-in: the field for the unique name.
pub const NAME: &str = "Name";
/// Sign-in: the field for the password.
pub const PASSWORD: &str = "Password";
/// Sign-in: the button.
pub const SIGN_IN: &str = "Sign in";
/// Sign-in: the message for a wrong password.
pub const WRONG_PASSWORD: &str = "Wrong name or password.";
/// Registering: the link to it.
pub const TO_REGISTRATION: &str = "Create an account";
/// Registering: the field for the display name.
pub const SHOWN_AS: &str = "Display name";
/// Registering: the button.
pub const REGISTER: &str = "Create account";
/// The main window: sign out.
pub const SIGN_OUT: &str = "Sign out";
/// Contacts: the field for a name.
pub const ADD_FIELD: &str = "Add a contact by name";
/// Contacts: the button.
pub const ADD: &str = "Add";
/// A conversation: the button that sends a message.
pub const SEND: &str = "Send";
/// A conversation on a phone: back to the list.
pub const BACK: &str = "Back to contacts";
/// The confirmation of blocking somebody.
pub const BLOCK: &str = "Block";
/// A conversation with a blocked person: unblocks them.
pub const UNBLOCK: &str = "Unblock";
/// The menu entry in the person's own header.
pub const SETTINGS: &str = "Settings";
/// Settings: silence unknown callers.
pub const ONLY_KNOWN: &str = "Ring only for people I know";
/// Above the contacts: the tab of the call history.
pub const CALLS: &str = "Calls";
/// The call history: call again.
pub const CALL_BACK: &str = "Call back";

/// A conversation: starts a voice call.
pub const VOICE: &str = "Voice";
/// A conversation: starts a video call.
pub const VIDEO: &str = "Video";
/// The ringing window: answers. Alt+C.
pub const ANSWER: &str = "Answer";
/// The ringing window: answers a video call without the camera. Alt+V.
pub const VOICE_ONLY: &str = "Voice only";
/// The ringing window: declines. Alt+D.
pub const DECLINE: &str = "Decline";
/// The ringing window: shown when the browser blocks the ring sound.
pub const SOUND_IS_BLOCKED: &str = "Sound is blocked: click to hear the ringtone";
/// When the microphone is denied: opens the instructions.
pub const HELP: &str = "How to allow the microphone";
/// Beside a problem: retries.
pub const TRY_AGAIN: &str = "Try again";
/// Calling: cancels.
pub const CANCEL: &str = "Cancel";
/// In a call: the microphone.
pub const MUTE: &str = "Mute";
/// In a call: unmutes, whether the button changes its text or its state.
pub const UNMUTE: [&str; 2] = ["Unmute", MUTE];
/// In a call: the camera.
pub const CAMERA_OFF: &str = "Camera off";
/// In a call: switches the camera on again.
pub const CAMERA_ON: [&str; 2] = ["Camera on", CAMERA_OFF];
/// In a call: hangs up.
pub const HANG_UP: &str = "Hang up";
/// After a call: calls again, the same way.
pub const CALL_AGAIN: &str = "Call again";
/// After a call: calls again without the camera.
pub const CALL_WITH_VOICE: &str = "Call with voice";
/// After a call: closes the card.
pub const CLOSE: &str = "Close";

/// The button that accepts a contact request.
pub fn accept(name: &str) -> String {
    format!("Accept {name}")
}

/// The button that starts blocking somebody.
pub fn block(name: &str) -> String {
    format!("Block {name}")
}

/// The button in the list that unblocks somebody.
pub fn unblock(name: &str) -> String {
    format!("Unblock {name}")
}

/// The field for a message.
pub fn message_to(name: &str) -> String {
    format!("Message to {name}")
}
