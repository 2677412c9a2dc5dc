//! How a call ended, as texts for a person. Draws nothing.

use super::{a_call, duration, microphone, name, remedy};
use crate::widget::kit::icons::Icon;
use crate::widget::kit::names::isolated_text;
use call_core::{EndedView, MediaError, Outcome};

/// The texts of the card after a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndingTexts {
    /// The icon in the title bar.
    pub icon: Icon,
    /// The title bar.
    pub title: &'static str,
    /// What happened.
    pub heading: String,
    /// What it means, or what to do now.
    pub sentence: String,
}

/// The texts for an outcome.
pub fn outcome(view: &EndedView) -> EndingTexts {
    let peer = name(&view.party);
    let kind = a_call(view.party.call_type);
    let talked = view.seconds.map(|seconds| format!("You talked for {}.", duration(seconds)));
    let told =
        |icon, title, heading: String, sentence: String| EndingTexts { icon, title, heading, sentence };
    let same = |icon, title, sentence: &str| told(icon, title, peer.clone(), sentence.to_owned());
    match &view.outcome {
        Outcome::HungUpByMe => {
            let sentence = talked.unwrap_or_else(|| "You hung up before you were connected.".to_owned());
            same(Icon::HangUp, "Call ended", &sentence)
        }
        Outcome::HungUpByThem => {
            let sentence = talked.unwrap_or_else(|| "You were not connected yet.".to_owned());
            told(Icon::HangUp, "Call ended", format!("{peer} hung up"), sentence)
        }
        Outcome::LeftByMe => {
            let why = "The call ended because the page was closed, left or reloaded.";
            let sentence = talked.map_or(why.to_owned(), |talked| [&talked, " ", why].concat());
            same(Icon::HangUp, "Call ended", &sentence)
        }
        Outcome::LeftByThem => {
            let sentence = talked.unwrap_or_else(|| "You were not connected yet.".to_owned());
            let why = format!("{sentence} {peer} closed or reloaded the page.");
            told(Icon::HangUp, "Call ended", format!("{peer} left the call"), why)
        }
        Outcome::Cancelled => same(Icon::HangUp, "Call cancelled", "You cancelled the call."),
        Outcome::DeclinedByMe => same(Icon::HangUp, "Call declined", "You declined the call."),
        Outcome::DeclinedByThem => told(
            Icon::HangUp,
            "Call declined",
            format!("{peer} declined"),
            format!("{peer} cannot talk right now."),
        ),
        Outcome::NoAnswer => told(
            Icon::Missed,
            "No answer",
            format!("{peer} did not answer"),
            format!("{peer} will see in the conversation that you called."),
        ),
        Outcome::Missed => told(
            Icon::Missed,
            "Missed call",
            format!("{peer} called you"),
            format!("You missed a {kind} from {peer}."),
        ),
        Outcome::Busy => told(
            Icon::Phone,
            "Busy",
            format!("{peer} is in another call"),
            format!("{peer} will see that you called. Try again in a few minutes."),
        ),
        Outcome::PeerOffline => told(
            Icon::Info,
            "Offline",
            format!("{peer} is offline"),
            "You can only call people who are online. Try again later.".to_owned(),
        ),
        Outcome::BlockedByMe => told(
            Icon::Block,
            "Not called",
            format!("You blocked {peer}"),
            format!("Unblock {peer} to call again."),
        ),
        Outcome::AnsweredElsewhere(Some(device)) => same(
            Icon::Device,
            "Answered elsewhere",
            &format!("You answered this call on \u{201c}{}\u{201d}.", isolated_text(device)),
        ),
        Outcome::AnsweredElsewhere(None) => {
            same(Icon::Device, "Answered elsewhere", "You answered this call on another device.")
        }
        Outcome::DeclinedElsewhere => {
            same(Icon::Device, "Declined elsewhere", "You declined this call on another device.")
        }
        Outcome::AlreadyInCall => told(
            Icon::Device,
            "In a call",
            "You are already in a call".to_owned(),
            "It may be in another window or on another device. Hang up there first.".to_owned(),
        ),
        Outcome::MicrophoneProblem(error) => told(
            Icon::MicOff,
            microphone_title(*error),
            format!("{peer} could not be called"),
            [microphone(*error), &remedy(*error, "call again")].concat(),
        ),
        Outcome::ConnectFailed => told(
            Icon::Warning,
            "Not connected",
            format!("No connection to {peer}"),
            "Your networks did not let you connect to each other. Try again, or use another network."
                .to_owned(),
        ),
        Outcome::RelayFailed => told(
            Icon::Warning,
            "Not connected",
            format!("No connection to {peer}"),
            "A direct connection was not possible, and the relay server did not accept the call. The people who run \
             this service can fix that."
                .to_owned(),
        ),
        Outcome::PeerSilent => told(
            Icon::Warning,
            "Not connected",
            format!("No connection to {peer}"),
            format!("{peer}\u{2019}s device answered the call and then stopped responding. Try again in a moment."),
        ),
        Outcome::NegotiationFailed => told(
            Icon::Warning,
            "Not connected",
            format!("No connection to {peer}"),
            format!("Your browser and {peer}\u{2019}s could not agree on a connection. Reload both pages, then try again."),
        ),
        Outcome::BrowserFailed => told(
            Icon::Warning,
            "Not connected",
            "Your browser could not connect the call".to_owned(),
            "It could not open a connection. Close other calls, or restart the browser, then try again.".to_owned(),
        ),
        Outcome::ConnectionLost => {
            let lost = "The connection did not come back. Call again.";
            let sentence = talked.map_or(lost.to_owned(), |talked| [&talked, " ", lost].concat());
            told(Icon::Warning, "Connection lost", format!("The connection to {peer} was lost"), sentence)
        }
        Outcome::SignalingFailed => told(
            Icon::Warning,
            "Call failed",
            format!("The call with {peer} failed"),
            "The server did not accept the call. Reload the page and try again.".to_owned(),
        ),
        Outcome::ServerUnreachable => told(
            Icon::Warning,
            "Call failed",
            format!("The call with {peer} failed"),
            "The server could not be reached. It may be down, or you may be offline. Try again in a moment.".to_owned(),
        ),
        Outcome::ServerTrouble => told(
            Icon::Warning,
            "Call failed",
            format!("The call with {peer} failed"),
            "The server is having problems. Try again in a minute.".to_owned(),
        ),
        Outcome::StorageFull => told(
            Icon::Warning,
            "Call failed",
            format!("The call with {peer} failed"),
            "The server has run out of space. The people who run it have to free some first.".to_owned(),
        ),
        Outcome::RateLimited(wait) => told(
            Icon::Info,
            "Too many calls",
            format!("{peer} was not called"),
            match wait {
                Some(1) => "You have called too often. Try again in a second.".to_owned(),
                Some(wait) => format!("You have called too often. Try again in {wait} seconds."),
                None => "You have called too often. Try again in a few minutes.".to_owned(),
            },
        ),
        Outcome::NotContacts => told(
            Icon::Info,
            "Cannot be called",
            format!("{peer} cannot be called"),
            "You are no longer contacts, or this conversation no longer exists.".to_owned(),
        ),
        Outcome::SignedOut => told(
            Icon::SignOut,
            "Signed out",
            "You are signed out".to_owned(),
            format!("Sign in again to call {peer}."),
        ),
        Outcome::CallsDisabled => told(
            Icon::Info,
            "No calls",
            "Calls are turned off".to_owned(),
            "This server does not offer calls at the moment.".to_owned(),
        ),
    }
}

const fn microphone_title(error: MediaError) -> &'static str {
    match error {
        MediaError::Denied | MediaError::System | MediaError::Framed | MediaError::Policy => {
            "Microphone blocked"
        }
        MediaError::NotFound | MediaError::Gone => "No microphone",
        MediaError::Insecure => "Not a secure page",
        MediaError::Unsupported | MediaError::Unanswered | MediaError::InUse | MediaError::Other => {
            "Microphone problem"
        }
    }
}
