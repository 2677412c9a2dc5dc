//! Every text of a call: constants, and pure functions from `call_core`'s values to sentences.
//! Draws nothing and asks the browser nothing; dates are formatted by `dates`.
//!
//! - here: the stages of a call · `labels`: buttons, headings, banners · `device`: the own microphone and camera
//! - `outcome`: how a call ended · `help`: how to allow the microphone
//! - `spoken`: what a screen reader says

mod device;
mod help;
mod labels;
mod outcome;
mod spoken;

pub use device::{
    browser_asks, browser_asks_for, can_be_tried_again, cannot_answer, devices_said, does_not_work,
    microphone, remedy, replaced, trouble, unheard, unseen,
};
pub use help::{MediaDevice, help, how_to_allow};
pub(in crate::widget) use labels::*;
pub use outcome::{EndingTexts, outcome};
pub use spoken::{announcement, keys, spoken};

use super::host_page::Unavailable;
use crate::widget::kit::names::isolated_name;
pub use crate::widget::kit::record::{Ending, Record, a_call, call, duration};
use call_core::{IncomingStage, IncomingView, OutgoingStage, OutgoingView, Party, WaitingFor};
use call_protocol::CallType;

/// Why there are no buttons to call with.
pub const fn unavailable(why: Unavailable) -> &'static str {
    match why {
        Unavailable::Stranger => "You can only call people in your contacts.",
        Unavailable::Server => "Cannot reach the call server. Trying again\u{2026}",
        Unavailable::SignedOut => "Sign in again to make and receive calls.",
        Unavailable::Unknown => "Calls are unavailable: the call server does not know your account.",
        Unavailable::Outdated => "This page is older than the server. Reload.",
    }
}

/// What a callee reads below the caller's name.
pub fn incoming(view: &IncomingView) -> String {
    match view.stage {
        IncomingStage::Ringing => ["is calling you \u{2013} ", a_call(view.party.call_type)].concat(),
        IncomingStage::Answering if view.waiting_for == Some(WaitingFor::Server) => NO_SERVER.to_owned(),
        IncomingStage::Answering => "Answering\u{2026}".to_owned(),
        IncomingStage::MicrophoneProblem(_) => "is still calling you".to_owned(),
    }
}

/// What a caller reads below the callee's name.
pub fn outgoing(view: &OutgoingView) -> String {
    let party = &view.party;
    let text = match (view.stage, party.call_type) {
        (OutgoingStage::Placing, _) if view.waiting_for == Some(WaitingFor::Server) => NO_SERVER,
        (OutgoingStage::AskingForMedia, CallType::Audio) => "Waiting for your microphone\u{2026}",
        (OutgoingStage::AskingForMedia, CallType::Video) => "Waiting for your microphone and camera\u{2026}",
        (OutgoingStage::Placing, _) => "Placing the call\u{2026}",
        (OutgoingStage::Ringing, _) => "Ringing\u{2026}",
        (OutgoingStage::Away, _) => {
            return format!("{} is offline right now. It will ring if they come back.", name(party));
        }
    };
    text.to_owned()
}

const NO_SERVER: &str = "The server is not responding. Trying again\u{2026}";

/// For a person who asked for one kind of call and is in the other kind, because the other person called first.
pub fn other_kind(requested_type: CallType, peer: &str) -> String {
    match requested_type {
        CallType::Video => [peer, " called you first, with a voice call. Your camera stays off."].concat(),
        CallType::Audio => {
            [peer, " called you first, with a video call. Your camera stays off until you turn it on."]
                .concat()
        }
    }
}

/// While the other person's page is closed or being reloaded.
pub fn waiting_for(peer: &str) -> String {
    ["Waiting for ", peer, " to come back\u{2026}"].concat()
}

/// Why somebody is waited for.
pub fn page_is_gone(peer: &str) -> String {
    [peer, " closed or reloaded the page."].concat()
}

/// Why the call buttons do not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CannotCall {
    /// The feature flag is off.
    SwitchedOff,
    /// An incoming call rings.
    Ringing,
    /// A call is being placed, or rings at the other side.
    Calling,
    /// In a call.
    InCall,
    /// The server cannot be reached.
    NotConnected,
    /// The reader has blocked the other person.
    Blocked,
    /// The other person has no connected device.
    Offline,
}

/// The visible reason beside disabled call buttons.
pub fn refusal(refusal: CannotCall, peer: &str) -> String {
    match refusal {
        CannotCall::SwitchedOff => "Calls are turned off here.".to_owned(),
        CannotCall::Ringing => "Someone is calling you.".to_owned(),
        CannotCall::Calling => "You are already calling someone.".to_owned(),
        CannotCall::InCall => "You are in a call.".to_owned(),
        CannotCall::NotConnected => "You are not connected.".to_owned(),
        CannotCall::Blocked => ["You blocked ", peer, "."].concat(),
        CannotCall::Offline => [peer, " is offline."].concat(),
    }
}

/// The other person's name, for a sentence.
pub fn name(party: &Party) -> String {
    isolated_name(&party.peer)
}
