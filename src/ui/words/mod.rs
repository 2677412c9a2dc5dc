//! Every text of the call interface in one place: pure functions from `call_core`'s values to sentences.
//! Never draws anything and never asks the browser; dates are put beside these texts by `dates`.
//!
//! - here: the stages of a call, devices and buttons
//! - `foreign`: names and labels that others gave
//! - `outcome`: how a call ended · `record`: calls of the past · `help`: how to allow the microphone
//! - `spoken`: what a screen reader says

mod foreign;
mod help;
mod outcome;
mod record;
mod spoken;

pub use foreign::{among_words, called, quoted};
pub use help::{Device, help, how_to_allow};
pub use outcome::{Told, outcome};
pub use record::{Ending, Record};
pub use spoken::{announcement, keys, spoken};

use super::host::Absence;
use call_core::{IncomingStage, MediaError, OutgoingStage, Party};
use call_protocol::CallType;

/// Why there are no buttons to call with.
pub const fn absence(absence: Absence) -> &'static str {
    match absence {
        Absence::Stranger => "No calls here: this is not a conversation with one of your contacts.",
        Absence::Server => "No calls at the moment: the call server cannot be reached. Trying again\u{2026}",
        Absence::SignedOut => "Sign in again to make and take calls.",
        Absence::Unknown => "No calls here: the call server does not know your account.",
    }
}

/// "5:23", or "1:02:09" from an hour on.
pub fn duration(seconds: u32) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// "Voice call" or "Video call", at the beginning of a sentence.
pub const fn call(call_type: CallType) -> &'static str {
    match call_type {
        CallType::Audio => "Voice call",
        CallType::Video => "Video call",
    }
}

/// "voice call" or "video call", inside a sentence.
pub const fn a_call(call_type: CallType) -> &'static str {
    match call_type {
        CallType::Audio => "voice call",
        CallType::Video => "video call",
    }
}

/// What a callee reads below the caller's name.
pub fn incoming(stage: IncomingStage, call_type: CallType) -> String {
    match stage {
        IncomingStage::Ringing => ["is calling you \u{2013} ", a_call(call_type)].concat(),
        IncomingStage::Answering => "Answering\u{2026}".to_owned(),
        IncomingStage::MicrophoneProblem(_) => "is still waiting for you".to_owned(),
    }
}

/// What a caller reads below the callee's name.
pub fn outgoing(stage: OutgoingStage, party: &Party) -> String {
    let text = match (stage, party.call_type) {
        (OutgoingStage::AskingForMedia, CallType::Audio) => "Waiting for your microphone\u{2026}",
        (OutgoingStage::AskingForMedia, CallType::Video) => "Waiting for your microphone and camera\u{2026}",
        (OutgoingStage::Placing, _) => "Placing the call\u{2026}",
        (OutgoingStage::Ringing, _) => "It is ringing.",
        (OutgoingStage::Away, _) => {
            return format!("{} is not connected right now. If they come back, it rings.", name(party));
        }
    };
    text.to_owned()
}

/// What the browser's own question is about to be.
pub const fn browser_asks(call_type: CallType) -> &'static str {
    match call_type {
        CallType::Audio => "Your browser may ask for your microphone. Choose Allow.",
        CallType::Video => "Your browser may ask for your microphone and camera. Choose Allow.",
    }
}

/// What happened to the own microphone.
pub const fn microphone(error: MediaError) -> &'static str {
    match error {
        MediaError::Denied => "This page may not use your microphone.",
        MediaError::NotFound => "No microphone was found. Plug one in.",
        MediaError::InUse => "Another program is using your microphone. Close it.",
        MediaError::Other => "Your microphone could not be used.",
    }
}

/// What happened to the own camera, and what it means for the call.
pub fn camera(error: MediaError, peer: &str) -> String {
    let what = match error {
        MediaError::Denied => "This page may not use your camera.",
        MediaError::NotFound => "No camera was found.",
        MediaError::InUse => "Another program is using your camera.",
        MediaError::Other => "Your camera could not be used.",
    };
    format!("{what} {peer} hears you but does not see you.")
}

/// What a person reads who asked for one kind of call and is in one of the other, because the other person called first.
pub fn other_kind(asked_for: CallType, peer: &str) -> String {
    match asked_for {
        CallType::Video => [peer, " called you first, by voice. Your camera stays off."].concat(),
        CallType::Audio => {
            [peer, " called you first, with video. Your camera stays off until you switch it on."].concat()
        }
    }
}

/// Why the call buttons do not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// The feature flag is off.
    SwitchedOff,
    /// Somebody calls.
    Ringing,
    /// A call is being placed, or rings at the other side.
    Calling,
    /// A call is on.
    InCall,
    /// The server cannot be reached.
    NotConnected,
    /// The reader has blocked the other person.
    Blocked,
    /// The other person has no connected device.
    Offline,
}

/// The visible reason beside disabled call buttons.
pub fn refusal(refusal: Refusal, peer: &str) -> String {
    match refusal {
        Refusal::SwitchedOff => "Calls are switched off here.".to_owned(),
        Refusal::Ringing => "Somebody is calling you.".to_owned(),
        Refusal::Calling => "You are calling already.".to_owned(),
        Refusal::InCall => "A call is on.".to_owned(),
        Refusal::NotConnected => "You are not connected.".to_owned(),
        Refusal::Blocked => ["You blocked ", peer, "."].concat(),
        Refusal::Offline => [peer, " is offline."].concat(),
    }
}

/// The other person's name, for a sentence.
pub fn name(party: &Party) -> String {
    among_words(&party.peer)
}
