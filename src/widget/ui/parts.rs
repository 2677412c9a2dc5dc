//! What several windows of a call share: sending a person's event, following the view, help on devices.
//! Owns no state.

use super::words::{self, MediaDevice};
use super::{Browser, Calls};
use crate::widget::kit::dom::{El, Tag, button, el};
use crate::widget::kit::focus;
use crate::widget::kit::icons::Icon;
use crate::widget::kit::parts::icon;
use crate::widget::kit::signal::{Memo, Signal};
use call_core::{CallView, MediaError, Party, UserEvent};
use leptos::prelude::*;
use leptos::web_sys::KeyboardEvent;

/// Sends an event to the machine; does nothing once the widget is unmounted.
pub(crate) fn act(calls: Calls, event: UserEvent) {
    match event {
        UserEvent::Call { .. } | UserEvent::Answer(_) => focus::follow_press(),
        UserEvent::Decline
        | UserEvent::HangUp
        | UserEvent::ToggleMute
        | UserEvent::ToggleCamera
        | UserEvent::RetryMedia
        | UserEvent::Dismiss
        | UserEvent::Leave
        | UserEvent::Unload
        | UserEvent::ToggleScreen
        | UserEvent::Returned { .. } => {}
    }
    let _gone = calls.act.try_run(event);
}

/// The part of the view that a window shows. Keeps its last value while the window is being removed.
pub(super) fn following<T>(view: Signal<CallView>, pick: fn(&CallView) -> Option<T>) -> Option<Memo<T>>
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let first = view.try_with_untracked(pick)??;
    let of = view.try_with_untracked(|view| view.party().cloned()).flatten();
    Some(Memo::new(move |last: Option<&T>| {
        // Another call has a window of its own; this one must not draw it while it is being removed.
        let now = view.try_with(|view| pick(view).filter(|_| is_same(of.as_ref(), view.party()))).flatten();
        now.or_else(|| last.cloned()).unwrap_or_else(|| first.clone())
    }))
}

/// Whether two parties are of the same call, as far as its id is known.
fn is_same(one: Option<&Party>, other: Option<&Party>) -> bool {
    let (Some(one), Some(other)) = (one, other) else { return false };
    let differ = one.call_id.is_some() && other.call_id.is_some() && one.call_id != other.call_id;
    one.peer.id == other.peer.id && one.conversation_id == other.conversation_id && !differ
}

/// The button that tries to open a failed device again.
pub(super) fn try_again(calls: Calls) -> El {
    let retry = button("mc-btn mc-small", move || act(calls, UserEvent::RetryMedia));
    el(Tag::Div, "mc-actions").child(retry.child(icon(Icon::Retry)).text(words::TRY_AGAIN))
}

/// An unfolding help on permissions; None where a permission is not the problem.
pub(super) fn permission_help(browser: Browser, missing: MediaDevice, error: MediaError) -> Option<El> {
    let steps = words::help(browser, error)?.map(|step| el(Tag::Li, "").text(step));
    let help = el(Tag::Details, "mc-help");
    let unfolded = help.element();
    let fold = move |event: KeyboardEvent| {
        if unfolded.has_attribute("open") {
            let _folded = unfolded.remove_attribute("open");
            event.stop_propagation();
        }
    };
    let summary = el(Tag::Summary, "").text(words::how_to_allow(missing));
    Some(help.on_key("Escape", fold).child(summary).child(el(Tag::Ol, "").children(steps)))
}
