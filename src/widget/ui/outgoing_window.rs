//! The window of an outgoing call: its progress, the self view, Cancel. Owns no state of the call.

use super::parts::{act, try_again};
use super::ringing_window::call_icon;
use super::self_view::{Corner, self_view};
use super::{Calls, StreamOf, words};
use crate::widget::kit::dom::{El, Tag, button, el};
use crate::widget::kit::focus;
use crate::widget::kit::guard::guarded;
use crate::widget::kit::icons::Icon;
use crate::widget::kit::parts::{icon, notice, portrait, spinner, title};
use crate::widget::kit::signal::{Memo, RwSignal, Signal};
use call_core::{OutgoingStage, OutgoingView, Party, UserEvent, WaitingFor};

/// The window of a call that is being placed or rings at the other side.
pub(super) fn outgoing_window(
    calls: Calls,
    party: Party,
    call: Memo<OutgoingView>,
    corner: RwSignal<Corner>,
) -> El {
    let call_type = party.call_type;
    let has_picture = Memo::new(move |_| call.with(|call| call.local_video.is_some()));
    // Guarded: Cancel is at another position in each layout.
    let layout = move || {
        let pictured = has_picture.get();
        let layout =
            if pictured { with_picture(calls, &party, call, corner) } else { plain(calls, &party, call) };
        Some(guarded(layout, calls.later))
    };
    focus::takes_focus(el(Tag::Section, "mc-window mc-outgoing"))
        .attr("aria-label", words::CALLING)
        .child(title(call_icon(call_type), words::call(call_type), None))
        .child_signal(layout)
}

/// The layout with a self view, as in the call to come.
fn with_picture(calls: Calls, party: &Party, call: Memo<OutgoingView>, corner: RwSignal<Corner>) -> El {
    let own = Signal::derive(move || call.with(|call| call.local_video.map(StreamOf::Local)));
    let cover = el(Tag::Div, "mc-cover")
        .child(ringing_portrait(call, party, "mc-pic mc-pic-xl"))
        .child(calling(party))
        .child(progress(call));
    let controls = el(Tag::Div, "mc-controls").child(cancel(calls, "mc-round mc-end"));
    el(Tag::Div, "mc-parts")
        .child_signal(remark(calls, party, call, "mc-banner"))
        .child(el(Tag::Div, "mc-stage").child(cover).child(self_view(
            calls,
            own,
            Signal::stored(false),
            corner,
        )))
        .child(controls)
}

fn plain(calls: Calls, party: &Party, call: Memo<OutgoingView>) -> El {
    let said = el(Tag::Div, "").child(calling(party)).child(progress(call));
    el(Tag::Div, "mc-body")
        .child(el(Tag::Div, "mc-row").child(ringing_portrait(call, party, "mc-pic mc-pic-l")).child(said))
        .child_signal(remark(calls, party, call, ""))
        .child(el(Tag::Div, "mc-choice").child(cancel(calls, "mc-btn mc-stop")))
}

/// A problem or a hint; `place` is one more class.
fn remark(
    calls: Calls,
    party: &Party,
    call: Memo<OutgoingView>,
    place: &'static str,
) -> impl FnMut() -> Option<El> + use<> {
    let (call_type, peer) = (party.call_type, words::name(party));
    let problems = Memo::new(move |_| {
        call.with(|call| {
            (call.microphone_problem, call.camera_problem, call.waiting_for == Some(WaitingFor::Browser))
        })
    });
    move || {
        let class = |kind| ["mc-notice ", kind, place].concat();
        match problems.get() {
            (Some(error), _, _) => {
                let text = words::unheard(error, &peer);
                let retry = words::can_be_tried_again(error).then(|| try_again(calls));
                Some(notice(&class("mc-fail "), icon(Icon::MicOff), &text, retry))
            }
            (None, Some(error), _) => {
                let text = words::unseen(error, &peer);
                Some(notice(&class("mc-warn "), icon(Icon::CameraOff), &text, None))
            }
            (None, None, true) => {
                Some(notice(&class(""), icon(Icon::Info), words::browser_asks(call_type), None))
            }
            (None, None, false) => None,
        }
    }
}

fn calling(party: &Party) -> El {
    el(Tag::P, "mc-name").text(&words::calling(party))
}

/// The callee's picture, with waves around it while it rings there.
fn ringing_portrait(call: Memo<OutgoingView>, party: &Party, class: &str) -> El {
    el(Tag::Span, "")
        .toggle_class("mc-rings", move || call.with(|call| call.stage == OutgoingStage::Ringing))
        .child(portrait(&party.peer, class))
}

/// What is being waited for, with a spinner while this device has something to do.
fn progress(call: Memo<OutgoingView>) -> El {
    let waits = Memo::new(move |_| call.with(|call| is_under_way(call.stage)));
    el(Tag::P, "")
        .child_signal(move || waits.get().then(spinner))
        .text(" ")
        .text_signal(move || call.with(words::outgoing))
}

fn is_under_way(stage: OutgoingStage) -> bool {
    match stage {
        OutgoingStage::AskingForMedia | OutgoingStage::Placing => true,
        OutgoingStage::Ringing | OutgoingStage::Away => false,
    }
}

fn cancel(calls: Calls, class: &str) -> El {
    button(class, move || act(calls, UserEvent::HangUp)).child(icon(Icon::HangUp)).text(words::CANCEL)
}
