//! How a call ended, in a person's words, and the ways forward as buttons.

use super::icons::Icon;
use super::parts::{act, icon, permission_help, portrait, title};
use super::ringing_window::sign;
use super::words::Device;
use super::{Calls, WidgetHost, focus, words};
use call_core::{EndedView, Party, UserEvent, WayForward};
use call_protocol::CallType;
use leptos::html::Button;
use leptos::prelude::*;

/// The card that stays for a moment after a call.
#[component]
pub(super) fn EndedCard(calls: Calls, host: WidgetHost, ended: EndedView) -> impl IntoView {
    let told = words::outcome(&ended);
    let party = ended.party;
    let close = NodeRef::<Button>::new();
    focus::claim(close);
    let dismiss = move |_| act(calls, UserEvent::Dismiss);
    let cross = view! { <button aria-label="Close" on:click=dismiss>{icon(Icon::Close)}</button> };
    let help = ended
        .ways
        .contains(&WayForward::MicrophoneHelp)
        .then(|| permission_help(host.browser, Device::Microphone));
    let ways: Vec<_> = ended.ways.iter().filter_map(|way| button(*way, calls, host, &party)).collect();
    view! {
        <section class="mc-window mc-ended" aria-label=told.title>
            {title(told.icon, told.title.to_owned(), cross.into_any())}
            <div class="mc-body">
                <div class="mc-row">
                    {portrait(&party.peer, "mc-pic mc-pic-l")}
                    <div><p class="mc-name">{told.heading}</p><p>{told.sentence}</p></div>
                </div>
                {help}
                <div class="mc-actions">
                    {ways}
                    <button class="mc-btn" node_ref=close on:click=dismiss>"Close"</button>
                </div>
            </div>
        </section>
    }
}

fn button(way: WayForward, calls: Calls, host: WidgetHost, party: &Party) -> Option<AnyView> {
    match way {
        WayForward::CallAgain => Some(again("Call again", party.call_type, calls, party)),
        WayForward::CallWithVoice => Some(again("Call with voice", CallType::Audio, calls, party)),
        WayForward::MicrophoneHelp => None, // unfolds below the sentence
        WayForward::SignIn => {
            let sign_in = move |_| {
                act(calls, UserEvent::Dismiss);
                let _gone = host.sign_in.try_run(());
            };
            Some(view! { <button class="mc-btn" on:click=sign_in>"Sign in"</button> }.into_any())
        }
    }
}

fn again(text: &'static str, call_type: CallType, calls: Calls, party: &Party) -> AnyView {
    let (conversation_id, peer) = (party.conversation_id.clone(), party.peer.clone());
    let call = move |_| {
        let (conversation_id, peer) = (conversation_id.clone(), peer.clone());
        act(calls, UserEvent::Call { conversation_id, peer, call_type });
    };
    view! { <button class="mc-btn" on:click=call>{icon(sign(call_type))} {text}</button> }.into_any()
}
