//! Somebody calls: the window that slides up, with Answer and Decline under the pointer and under two keys.
//! Never plays the ring; it only says when the browser holds it back.

use super::icons::Icon;
use super::keys::{alt_letter, on_key};
use super::parts::{act, icon, notice, permission_help, portrait, spinner, title};
use super::words::Device;
use super::{Calls, SoundState, WidgetHost, focus, words};
use call_core::{AnswerWith, IncomingStage, IncomingView, MediaError, Party, UserEvent};
use call_protocol::CallType;
use leptos::html::Button;
use leptos::prelude::*;

/// The window of a call that rings here.
#[component]
pub(super) fn RingingWindow(
    calls: Calls,
    host: WidgetHost,
    party: Party,
    call: Memo<IncomingView>,
) -> impl IntoView {
    let call_type = party.call_type;
    let stage = move || call.with(|call| call.stage);
    let main = NodeRef::<Button>::new();
    focus::claim(main);
    on_key(move |key| {
        let event = match alt_letter(key) {
            Some('c') => UserEvent::Answer(AnswerWith::Everything),
            Some('v') if call_type == CallType::Video => UserEvent::Answer(AnswerWith::VoiceOnly),
            Some('d') => UserEvent::Decline,
            Some(_) | None => return,
        };
        key.prevent_default();
        act(calls, event);
    });

    let blocked = move || calls.sound.get() == SoundState::Blocked;
    let answering = move || stage() == IncomingStage::Answering;
    let text = move || words::incoming(stage(), call_type);
    let heading = ["Incoming ", words::a_call(call_type)].concat();
    view! {
        <section
            class="mc-window mc-ringing"
            class:mc-blocked=blocked
            role="alertdialog"
            aria-label=[words::name(&party), " is calling"].concat()
        >
            {title(sign(call_type), heading, ().into_any())}
            <div class="mc-body">
                <div class="mc-row">
                    <span class:mc-rings=move || stage() == IncomingStage::Ringing>
                        {portrait(&party.peer, "mc-pic mc-pic-l")}
                    </span>
                    <div>
                        <p class="mc-name">{words::name(&party).to_owned()}</p>
                        <p>{move || answering().then(spinner)} " " {text}</p>
                    </div>
                </div>
                {move || blocked().then(|| unblock(calls))}
                {move || remark(stage(), host, call_type)}
                <div class="mc-choice">
                    <button
                        class="mc-btn mc-go"
                        node_ref=main
                        disabled=answering
                        aria-keyshortcuts="Alt+C"
                        on:click=move |_| act(calls, UserEvent::Answer(AnswerWith::Everything))
                    >
                        {icon(sign(call_type))} "Answer" {shortcut("Alt+C")}
                    </button>
                    {(call_type == CallType::Video).then(|| view! {
                        <button
                            class="mc-btn"
                            disabled=answering
                            aria-keyshortcuts="Alt+V"
                            on:click=move |_| act(calls, UserEvent::Answer(AnswerWith::VoiceOnly))
                        >
                            {icon(Icon::Phone)} "Voice only" {shortcut("Alt+V")}
                        </button>
                    })}
                    <button
                        class="mc-btn mc-stop"
                        aria-keyshortcuts="Alt+D"
                        on:click=move |_| act(calls, UserEvent::Decline)
                    >
                        {icon(Icon::HangUp)} "Decline" {shortcut("Alt+D")}
                    </button>
                </div>
            </div>
        </section>
    }
}

/// The pictogram of a kind of call.
pub(super) const fn sign(call_type: CallType) -> Icon {
    match call_type {
        CallType::Audio => Icon::Phone,
        CallType::Video => Icon::Camera,
    }
}

/// A key shown on its button; `aria-keyshortcuts` says it to screen readers.
fn shortcut(keys: &'static str) -> impl IntoView {
    view! { <kbd aria-hidden="true">{keys}</kbd> }
}

/// The browser holds the ring back until the person clicks.
fn unblock(calls: Calls) -> impl IntoView {
    let unlock = move |_| {
        let _gone = calls.unlock_sound.try_run(());
    };
    view! {
        <button class="mc-btn mc-muted-ring" on:click=unlock>
            {icon(Icon::SoundOff)} "Sound is blocked: click to hear the ring"
        </button>
    }
}

/// What the person has to know before the call can be answered.
fn remark(stage: IncomingStage, host: WidgetHost, call_type: CallType) -> Option<AnyView> {
    match stage {
        IncomingStage::Ringing => None,
        IncomingStage::Answering => {
            let text = words::browser_asks(call_type).to_owned();
            Some(notice("mc-notice", icon(Icon::Info).into_any(), text, ().into_any()))
        }
        IncomingStage::MicrophoneProblem(error) => {
            let text = [words::microphone(error), " Then answer again."].concat();
            let help = (error == MediaError::Denied)
                .then(|| permission_help(host.browser, Device::Microphone))
                .into_any();
            Some(notice("mc-notice mc-warn", icon(Icon::MicOff).into_any(), text, help))
        }
    }
}
