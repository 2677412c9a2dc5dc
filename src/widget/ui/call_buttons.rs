//! The call buttons Voice and Video, or the visible reason why they cannot be used.
//! Decides nothing about a call: the reasons come from the view and from the page around.

use super::parts::act;
use super::words::{self, CannotCall, refusal, unavailable};
use super::{Calls, HostPage, Unavailable};
use crate::widget::kit::dom::{El, Tag, button, el};
use crate::widget::kit::icons::Icon;
use crate::widget::kit::names::isolated_name;
use crate::widget::kit::parts::{icon, refusing};
use crate::widget::kit::signal::{Memo, Signal};
use call_core::{CallView, UserEvent};
use call_protocol::{CallType, UserId};

/// The buttons for the page's contact; without a contact, the reason.
pub(crate) fn call_buttons(calls: Calls, host: HostPage) -> impl Fn() -> Option<El> {
    let peer = Signal::derive(move || host.contact.get().map(|callee| callee.peer.id));
    let reason = why_not(calls, host, peer, host.online);
    let is_anybody = Memo::new(move |_| host.contact.with(Option::is_some));
    let why = Memo::new(move |_| host.unavailable.get());
    move || {
        // A page that is too old can do nothing before it is loaded again, whomever it knows.
        let is_outdated = why.get() == Some(Unavailable::Outdated);
        if is_anybody.get() && !is_outdated {
            return Some(row(calls, host, reason));
        }
        Some(el(Tag::P, "mc-why").text(unavailable(why.get()?)))
    }
}

fn row(calls: Calls, host: HostPage, reason: Memo<Option<CannotCall>>) -> El {
    let is_refused = move || reason.get().is_some();
    let name = move || host.contact.get().map(|callee| isolated_name(&callee.peer));
    let call = move |call_type| {
        if let Some(callee) = host.contact.try_get_untracked().flatten() {
            let (conversation_id, peer) = (callee.conversation_id, callee.peer);
            act(calls, UserEvent::Call { conversation_id, peer, call_type });
        }
    };
    let button = move |sign, text, call_type| {
        refusing(button("mc-btn", move || call(call_type)), is_refused)
            .attr_signal("aria-describedby", move || is_refused().then_some("mc-why"))
            .child(icon(sign))
            .text(text)
    };
    let why = move || {
        let text = refusal(reason.get()?, &name()?);
        Some(el(Tag::Span, "mc-why").attr("id", "mc-why").text(&text))
    };
    el(Tag::Div, "mc-calls")
        .attr("role", "group")
        .attr_signal("aria-label", move || Some(words::call_to(&name()?)))
        .child(button(Icon::Phone, words::VOICE, CallType::Audio))
        .child(button(Icon::Camera, words::VIDEO, CallType::Video))
        .child_signal(why)
}

/// Why a person cannot be called now, if so.
pub(crate) fn why_not(
    calls: Calls,
    host: HostPage,
    peer: Signal<Option<UserId>>,
    online: Signal<Option<bool>>,
) -> Memo<Option<CannotCall>> {
    let is_blocked = move || peer.with(|peer| peer.as_ref().is_some_and(|peer| host.blocks(peer)));
    Memo::new(move |_| {
        if is_blocked() {
            Some(CannotCall::Blocked)
        } else if !host.calls_enabled.get() {
            Some(CannotCall::SwitchedOff)
        } else if let Some(busy) = calls.view.with(busy) {
            Some(busy)
        } else if !host.connected.get() {
            Some(CannotCall::NotConnected)
        } else if online.get() == Some(false) {
            Some(CannotCall::Offline)
        } else {
            None
        }
    })
}

/// What keeps this person busy.
fn busy(view: &CallView) -> Option<CannotCall> {
    match view {
        CallView::Idle | CallView::Ended(_) => None,
        CallView::Incoming(_) => Some(CannotCall::Ringing),
        CallView::Outgoing(_) => Some(CannotCall::Calling),
        CallView::InCall(_) => Some(CannotCall::InCall),
    }
}
