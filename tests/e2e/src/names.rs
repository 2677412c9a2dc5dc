//! What is written on the screen, as far as a test looks for it. A change of words is a change of this file only.

use std::fmt;

/// Voice or video: what is written on the two call buttons.
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
/// Sign-in: what a wrong password is answered with.
pub const WRONG_PASSWORD: &str = "Wrong name or password.";
/// Registering: the way there.
pub const TO_REGISTRATION: &str = "Create an account";
/// Registering: the field for the name that others see.
pub const SHOWN_AS: &str = "Display name";
/// Registering: the button.
pub const REGISTER: &str = "Create account";
/// The main window: leaving.
pub const SIGN_OUT: &str = "Sign out";
/// Contacts: the field for a name.
pub const ADD_FIELD: &str = "Add a contact by name";
/// Contacts: the button.
pub const ADD: &str = "Add";
/// A conversation: the button that sends what was written.
pub const SEND: &str = "Send";
/// A conversation on a phone: the way back to the list.
pub const BACK: &str = "Back to contacts";
/// The question whether to block somebody: yes.
pub const BLOCK: &str = "Block";
/// A conversation with somebody who is blocked: the way back.
pub const UNBLOCK: &str = "Unblock";
/// In the own head: what can be chosen.
pub const SETTINGS: &str = "Settings";
/// Settings: unknown callers do not ring.
pub const ONLY_KNOWN: &str = "Ring only for people I know";
/// Above the contacts: the tab of the call history.
pub const CALLS: &str = "Calls";
/// The call history: calling somebody again.
pub const CALL_BACK: &str = "Call back";

/// A conversation: begins a voice call.
pub const VOICE: &str = "Voice";
/// A conversation: begins a video call.
pub const VIDEO: &str = "Video";
/// The ringing window: takes the call. Alt+C.
pub const ANSWER: &str = "Answer";
/// The ringing window: takes a video call without the camera. Alt+V.
pub const VOICE_ONLY: &str = "Voice only";
/// The ringing window: refuses the call. Alt+D.
pub const DECLINE: &str = "Decline";
/// The ringing window: there where the browser holds the sound back.
pub const SOUND_IS_BLOCKED: &str = "Sound is blocked: click to hear the ringtone";
/// Where the microphone is forbidden: opens the explanation.
pub const HELP: &str = "How to allow the microphone";
/// Beside what went wrong: once more.
pub const TRY_AGAIN: &str = "Try again";
/// Calling: gives up.
pub const CANCEL: &str = "Cancel";
/// In a call: the microphone.
pub const MUTE: &str = "Mute";
/// In a call: the microphone again, whether the button changes its words or is pressed in.
pub const UNMUTE: [&str; 2] = ["Unmute", MUTE];
/// In a call: the camera.
pub const CAMERA_OFF: &str = "Camera off";
/// In a call: the camera again.
pub const CAMERA_ON: [&str; 2] = ["Camera on", CAMERA_OFF];
/// In a call: the end.
pub const HANG_UP: &str = "Hang up";
/// Afterwards: once more, the same way.
pub const CALL_AGAIN: &str = "Call again";
/// Afterwards: once more, without the camera.
pub const CALL_WITH_VOICE: &str = "Call with voice";
/// Afterwards: takes the card away.
pub const CLOSE: &str = "Close";

/// The button that accepts somebody who asked to be a contact.
pub fn accept(name: &str) -> String {
    format!("Accept {name}")
}

/// The button that asks whether to block somebody.
pub fn block(name: &str) -> String {
    format!("Block {name}")
}

/// The button in the list that takes a block back.
pub fn unblock(name: &str) -> String {
    format!("Unblock {name}")
}

/// The field for a message.
pub fn message_to(name: &str) -> String {
    format!("Message to {name}")
}
