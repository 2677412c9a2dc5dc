//! The window of an incoming call, with Answer and Decline as buttons and as shortcuts.
//! Does not play the ringtone; it only says when it cannot be heard.

use super::keys::{alt_letter, on_key};
use super::parts::{act, permission_help};
use super::words::MediaDevice;
use super::{Calls, HostPage, SoundState, words};
use crate::widget::kit::dom::{El, GUARDED, Tag, button, el};
use crate::widget::kit::focus;
use crate::widget::kit::icons::Icon;
use crate::widget::kit::names::handle;
use crate::widget::kit::parts::{icon, named, notice, portrait, refusing, spinner, title};
use crate::widget::kit::signal::Memo;
use call_core::{AnswerWith, IncomingStage, IncomingView, Party, UserEvent, WaitingFor};
use call_protocol::CallType;
use leptos::prelude::*;

/// The window of a call that rings here.
pub(super) fn ringing_window(calls: Calls, host: HostPage, party: &Party, call: Memo<IncomingView>) -> El {
    let call_type = party.call_type;
    let stage = move || call.with(|call| call.stage);
    let is_answering = Memo::new(move |_| stage() == IncomingStage::Answering);
    let window = focus::takes_focus(el(Tag::Section, "mc-window mc-ringing"));
    let here = window.element();
    on_key(move |key| {
        let event = match alt_letter(key) {
            Some('c') => UserEvent::Answer(AnswerWith::Everything),
            Some('v') if call_type == CallType::Video => UserEvent::Answer(AnswerWith::VoiceOnly),
            Some('d') => UserEvent::Decline,
            Some(_) | None => return,
        };
        let is_ours = host.shortcuts.try_get_untracked() == Some(true);
        let works = event == UserEvent::Decline || is_answering.try_get_untracked() == Some(false);
        if is_ours && works && !here.has_attribute(GUARDED) {
            key.prevent_default();
            act(calls, event);
        }
    });

    let is_silent = Memo::new(move |_| calls.sound.get() == SoundState::Failed);
    let is_blocked = Memo::new(move |_| calls.sound.get() == SoundState::Blocked);
    let standing = Memo::new(move |_| call.with(|call| (call.stage, call.waiting_for)));
    let heading = words::incoming_call(call_type);
    let handle = handle(&party.peer).map(|name| el(Tag::P, "mc-handle").attr("dir", "auto").text(&name));
    let said = el(Tag::Div, "").child(named(Tag::P, "mc-name", &party.peer)).children(handle).child(
        el(Tag::P, "")
            .child_signal(move || is_answering.get().then(spinner))
            .text(" ")
            .text_signal(move || call.with(words::incoming)),
    );
    let picture = el(Tag::Span, "")
        .toggle_class("mc-rings", move || stage() == IncomingStage::Ringing)
        .child(portrait(&party.peer, "mc-pic mc-pic-l"));

    let choice = |class, keys, event: UserEvent, sign, text| {
        button(class, move || act(calls, event.clone()))
            .attr_signal("aria-keyshortcuts", move || host.shortcuts.get().then_some(keys))
            .child(icon(sign))
            .text(text)
            // Screen readers get it from aria-keyshortcuts.
            .child_signal(move || {
                host.shortcuts.get().then(|| el(Tag::Kbd, "").attr("aria-hidden", "true").text(keys))
            })
    };
    let everything = UserEvent::Answer(AnswerWith::Everything);
    let answer = choice("mc-btn mc-go", "Alt+C", everything, call_icon(call_type), words::ANSWER);
    let answer = refusing(answer, move || is_answering.get());
    let voice_only = (call_type == CallType::Video).then(|| {
        let event = UserEvent::Answer(AnswerWith::VoiceOnly);
        let answer = choice("mc-btn", "Alt+V", event, Icon::Phone, words::VOICE_ONLY);
        refusing(answer, move || is_answering.get())
    });
    let decline = choice("mc-btn mc-stop", "Alt+D", UserEvent::Decline, Icon::HangUp, words::DECLINE);

    let body = el(Tag::Div, "mc-body")
        .child(el(Tag::Div, "mc-row").child(picture).child(said))
        .child_signal(move || is_blocked.get().then(|| unblock(calls)))
        .child_signal(move || is_silent.get().then(unheard))
        .child_signal(move || remark(standing.get(), host, call_type))
        .child(el(Tag::Div, "mc-choice").child(answer).children(voice_only).child(decline));
    window
        .toggle_class("mc-blocked", move || is_blocked.get())
        .attr("role", "alertdialog")
        .attr("aria-label", &words::is_calling(party))
        .child(title(call_icon(call_type), &heading, None))
        .child(body)
}

/// The icon of a kind of call.
pub(super) const fn call_icon(call_type: CallType) -> Icon {
    match call_type {
        CallType::Audio => Icon::Phone,
        CallType::Video => Icon::Camera,
    }
}

/// The browser blocks the ringtone until the person clicks.
fn unblock(calls: Calls) -> El {
    let unlock = move || {
        let _gone = calls.unlock_sound.try_run(());
    };
    button("mc-btn mc-muted-ring", unlock).child(icon(Icon::SoundOff)).text(words::RINGTONE_BLOCKED)
}

/// The ringtone cannot be played.
fn unheard() -> El {
    notice("mc-notice mc-warn", icon(Icon::SoundOff), words::RINGTONE_FAILED, None)
}

/// What keeps the call from being answered.
fn remark(
    (stage, waits): (IncomingStage, Option<WaitingFor>),
    host: HostPage,
    call_type: CallType,
) -> Option<El> {
    match stage {
        IncomingStage::Ringing => None,
        IncomingStage::Answering => (waits == Some(WaitingFor::Browser))
            .then(|| notice("mc-notice", icon(Icon::Info), words::browser_asks(call_type), None)),
        IncomingStage::MicrophoneProblem(error) => {
            let text = words::cannot_answer(error);
            let help = permission_help(host.browser, MediaDevice::Microphone, error);
            Some(notice("mc-notice mc-warn", icon(Icon::MicOff), &text, help))
        }
    }
}
