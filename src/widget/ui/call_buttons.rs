//! The call buttons Voice and Video, or the visible reason why they cannot be used.
//! Decides nothing about a call: the reasons come from the view and from the page around.

use super::can_call::why_not;
use super::parts::act;
use super::words::{self, CannotCall, refusal, unavailable};
use super::{Calls, HostPage, Unavailable};
use crate::widget::kit::dom::{El, Tag, button, el};
use crate::widget::kit::icons::Icon;
use crate::widget::kit::names::isolated_name;
use crate::widget::kit::parts::{icon, refusing};
use crate::widget::kit::signal::{Memo, Signal};
use call_core::UserEvent;
use call_protocol::CallType;

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
        Some(el(Tag::P, "mc-why").attr("part", "why").text(unavailable(why.get()?)))
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
            .attr("part", "call-button")
            .attr_signal("aria-describedby", move || is_refused().then_some("mc-why"))
            .child(icon(sign))
            .text(text)
    };
    let why = move || {
        let text = refusal(reason.get()?, &name()?);
        Some(el(Tag::Span, "mc-why").attr("id", "mc-why").attr("part", "why").text(&text))
    };
    el(Tag::Div, "mc-calls")
        .attr("part", "calls")
        .attr("role", "group")
        .attr_signal("aria-label", move || Some(words::call_to(&name()?)))
        .child(button(Icon::Phone, words::VOICE, CallType::Audio))
        .child(button(Icon::Camera, words::VIDEO, CallType::Video))
        .child_signal(why)
}
