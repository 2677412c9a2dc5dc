//! The card after a call: how it ended, and what can be done, as buttons. Owns no text; `words::outcome` has them.

use super::parts::{act, permission_help};
use super::ringing_window::call_icon;
use super::words::MediaDevice;
use super::{Calls, HostPage, words};
use crate::widget::kit::dom::{El, Tag, button, el};
use crate::widget::kit::focus;
use crate::widget::kit::icons::Icon;
use crate::widget::kit::parts::{icon, portrait, title};
use crate::widget::kit::signal::Memo;
use call_core::{EndedView, Outcome, Party, UserEvent, WayForward};
use call_protocol::CallType;
use leptos::prelude::*;

/// The card that stays for a moment after a call.
pub(super) fn ended_card(calls: Calls, host: HostPage, ended: EndedView, now: Memo<EndedView>) -> El {
    let told = words::outcome(&ended);
    let party = ended.party;
    let dismiss = move || act(calls, UserEvent::Dismiss);
    let cross = button("", dismiss).attr("aria-label", words::CLOSE).child(icon(Icon::Close));
    let close = button("mc-btn", dismiss).text(words::CLOSE);
    let needs_help = ended.ways.contains(&WayForward::MicrophoneHelp);
    let help = if let Outcome::MicrophoneProblem(error) = ended.outcome
        && needs_help
    {
        permission_help(host.browser, MediaDevice::Microphone, error)
    } else {
        None
    };
    let ways = ended.ways.iter().filter_map(|way| way_forward(*way, calls, host, &party));
    let heading = el(Tag::P, "mc-name").text(&told.heading);
    let said = el(Tag::Div, "")
        .child(heading)
        .child(el(Tag::P, "").text_signal(move || now.with(words::outcome).sentence));
    let body = el(Tag::Div, "mc-body")
        .child(el(Tag::Div, "mc-row").child(portrait(&party.peer, "mc-pic mc-pic-l")).child(said))
        .children(help)
        .child(el(Tag::Div, "mc-actions").children(ways).child(close));
    focus::takes_focus(el(Tag::Section, "mc-window mc-ended"))
        .on_key("Escape", move |_| dismiss())
        .attr("aria-label", told.title)
        .child(title(told.icon, told.title, [cross]))
        .child(body)
}

fn way_forward(way: WayForward, calls: Calls, host: HostPage, party: &Party) -> Option<El> {
    match way {
        WayForward::CallAgain | WayForward::CallWithVoice if host.blocks(&party.peer.id) => None,
        WayForward::CallAgain => Some(again(words::CALL_AGAIN, party.call_type, calls, party)),
        WayForward::CallWithVoice => Some(again(words::CALL_WITH_VOICE, CallType::Audio, calls, party)),
        WayForward::MicrophoneHelp => None, // shown below the sentence
        WayForward::SignIn => {
            let sign_in = move || {
                act(calls, UserEvent::Dismiss);
                let _gone = host.sign_in.try_run(());
            };
            Some(button("mc-btn", sign_in).text(words::SIGN_IN))
        }
    }
}

fn again(text: &str, call_type: CallType, calls: Calls, party: &Party) -> El {
    let (conversation_id, peer) = (party.conversation_id.clone(), party.peer.clone());
    let call = move || {
        let (conversation_id, peer) = (conversation_id.clone(), peer.clone());
        act(calls, UserEvent::Call { conversation_id, peer, call_type });
    };
    button("mc-btn", call).child(icon(call_icon(call_type))).text(text)
}
