//! The window of a voice call: both people and the connection between them. Owns no state of the call.

use super::banners::banners;
use super::call_controls::call_controls;
use super::{Calls, HostPage, words};
use crate::widget::kit::dom::{El, Tag, el};
use crate::widget::kit::focus;
use crate::widget::kit::icons::Icon;
use crate::widget::kit::parts::{drawn, icon, named, portrait, title};
use crate::widget::kit::signal::Memo;
use call_core::{CallStage, InCallView, Party, Slot, SlotView};
use call_protocol::CallType;

/// The window of an answered voice call.
pub(super) fn voice_call(
    calls: Calls,
    host: HostPage,
    party: &Party,
    call: Memo<InCallView>,
    time: Memo<Option<String>>,
) -> El {
    let heading = words::call_with(CallType::Audio, &words::name(party));
    let own = move || {
        Some(match host.me.get() {
            Some(me) => portrait(&me, "mc-pic mc-pic-l"),
            None => drawn(words::YOU, "mc-pic mc-pic-l"),
        })
    };
    let peer = el(Tag::Div, "mc-person")
        .child(portrait(&party.peer, "mc-pic mc-pic-l"))
        .child_signal(move || call.with(|call| call.remote_muted()).then(|| badge(words::MUTED)))
        .child_signal(move || {
            call.with(|call| call.remote_microphone_fails()).then(|| badge(words::MICROPHONE_FAILS))
        })
        .child(named(Tag::B, "", &party.peer));
    // Shows whether the call is connected; it is no level meter.
    let line = el(Tag::Span, "mc-wire")
        .toggle_class("mc-open", move || call.with(|call| call.stage == CallStage::Active))
        .attr("aria-hidden", "true")
        .children([(); 5].map(|()| el(Tag::I, "")));
    let clock = el(Tag::Span, "")
        .toggle_class("mc-time", move || time.get().is_some())
        .text_signal(move || time.get().unwrap_or_else(|| words::CONNECTING.to_owned()));
    let me = el(Tag::Div, "mc-person")
        .child_signal(own)
        .child_signal(move || {
            call.with(|call| call.local[Slot::Microphone] == SlotView::Off).then(|| badge(words::MUTED))
        })
        .child(el(Tag::B, "").text(words::YOU));
    let between = el(Tag::Div, "mc-between").child(line).child(clock);
    let duo = el(Tag::Div, "mc-duo").child(peer).child(between).child(me);
    focus::takes_focus(el(Tag::Section, "mc-window mc-voice"))
        .attr("aria-label", &heading)
        .child(title(Icon::Phone, &heading, None))
        .child(banners(calls, call, host.browser))
        .child(el(Tag::Div, "mc-body").child(duo))
        .child(call_controls(calls, call))
}

fn badge(text: &str) -> El {
    el(Tag::Span, "mc-badge").child(icon(Icon::MicOff)).text(text)
}
