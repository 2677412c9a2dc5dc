//! Calling somebody: what it is waiting for, the own picture meanwhile, and Cancel.

use super::icons::Icon;
use super::parts::{act, icon, notice, portrait, spinner, title};
use super::ringing_window::sign;
use super::self_view::{Corner, SelfView};
use super::{Calls, StreamOf, focus, words};
use call_core::{OutgoingStage, OutgoingView, Party, UserEvent};
use leptos::html::Button;
use leptos::prelude::*;

/// The window of a call that is being placed or rings at the other side.
#[component]
pub(super) fn OutgoingWindow(
    calls: Calls,
    party: Party,
    call: Memo<OutgoingView>,
    corner: RwSignal<Corner>,
) -> impl IntoView {
    let call_type = party.call_type;
    let has_picture = Memo::new(move |_| call.with(|call| call.local_video.is_some()));
    let heading = title(sign(call_type), words::call(call_type).to_owned(), ().into_any());
    let layout = move || {
        if has_picture.get() { with_picture(calls, &party, call, corner) } else { plain(calls, &party, call) }
    };
    view! { <section class="mc-window mc-outgoing" aria-label="Calling">{heading} {layout}</section> }
}

/// The own picture is there: it is shown as in the call to come.
fn with_picture(calls: Calls, party: &Party, call: Memo<OutgoingView>, corner: RwSignal<Corner>) -> AnyView {
    let own = Signal::derive(move || call.with(|call| call.local_video.map(StreamOf::Local)));
    view! {
        <div class="mc-stage">
            <div class="mc-cover">
                {rings(call, party, "mc-pic mc-pic-xl")}
                <p class="mc-name">{calling(party)}</p>
                <p>{stage(call)}</p>
            </div>
            <SelfView calls own corner/>
        </div>
        <div class="mc-controls">{cancel(calls, "mc-round mc-end")}</div>
    }
    .into_any()
}

fn plain(calls: Calls, party: &Party, call: Memo<OutgoingView>) -> AnyView {
    let call_type = party.call_type;
    let peer = words::name(party).to_owned();
    let remark = move || {
        let (stage, problem) = call.with(|call| (call.stage, call.camera_problem));
        if let Some(error) = problem {
            let sign = icon(Icon::CameraOff).into_any();
            return Some(notice("mc-notice mc-warn", sign, words::camera(error, &peer), ().into_any()));
        }
        (stage == OutgoingStage::AskingForMedia).then(|| {
            let text = words::browser_asks(call_type).to_owned();
            notice("mc-notice", icon(Icon::Info).into_any(), text, ().into_any())
        })
    };
    view! {
        <div class="mc-body">
            <div class="mc-row">
                {rings(call, party, "mc-pic mc-pic-l")}
                <div><p class="mc-name">{calling(party)}</p><p>{stage(call)}</p></div>
            </div>
            {remark}
            <div class="mc-choice">{cancel(calls, "mc-btn mc-stop")}</div>
        </div>
    }
    .into_any()
}

fn calling(party: &Party) -> String {
    ["Calling ", words::name(party), "\u{2026}"].concat()
}

/// The other person's picture, with waves around it while it rings there.
fn rings(call: Memo<OutgoingView>, party: &Party, class: &'static str) -> AnyView {
    let ringing = move || call.with(|call| call.stage == OutgoingStage::Ringing);
    view! { <span class:mc-rings=ringing>{portrait(&party.peer, class)}</span> }.into_any()
}

fn stage(call: Memo<OutgoingView>) -> impl IntoView {
    let waits = move || call.with(|call| call.stage != OutgoingStage::Ringing);
    let text = move || call.with(|call| words::outgoing(call.stage, call.party.call_type));
    view! { {move || waits().then(spinner)} " " {text} }
}

fn cancel(calls: Calls, class: &'static str) -> AnyView {
    let main = NodeRef::<Button>::new();
    focus::claim(main);
    view! {
        <button class=class node_ref=main on:click=move |_| act(calls, UserEvent::HangUp)>
            {icon(Icon::HangUp)} "Cancel"
        </button>
    }
    .into_any()
}
