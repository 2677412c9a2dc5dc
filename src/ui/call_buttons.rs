//! Voice and Video: the beginning of every call, or the visible reason why there cannot be one now.

use super::icons::Icon;
use super::parts::{act, icon};
use super::words::{Refusal, refusal};
use super::{Calls, WidgetHost};
use call_core::{CallView, UserEvent};
use call_protocol::CallType;
use leptos::prelude::*;

/// The two buttons that call the host's contact; nothing while there is none.
#[component]
pub fn CallButtons(
    /// The calls of this device.
    calls: Calls,
    /// Whom to call.
    host: WidgetHost,
) -> impl IntoView {
    let reason = why_not(calls, host, host.online);
    let disabled = move || reason.get().is_some();
    let name = move || host.contact.get().map(|callee| callee.peer.display_name);
    let label = move || ["Call ", &name().unwrap_or_default()].concat();
    let call = move |call_type| {
        if let Some(callee) = host.contact.try_get_untracked().flatten() {
            let (conversation_id, peer) = (callee.conversation_id, callee.peer);
            act(calls, UserEvent::Call { conversation_id, peer, call_type });
        }
    };
    let why = move || {
        let text = refusal(reason.get()?, &name()?);
        Some(view! { <span class="mc-why" id="mc-why">{text}</span> })
    };
    let button = move |sign, text, call_type| {
        view! {
            <button
                class="mc-btn"
                disabled=disabled
                aria-describedby=move || disabled().then_some("mc-why")
                on:click=move |_| call(call_type)
            >
                {icon(sign)} {text}
            </button>
        }
    };
    move || {
        host.contact.with(Option::is_some).then(|| {
            view! {
                <div class="mc-calls" role="group" aria-label=label>
                    {button(Icon::Phone, "Voice", CallType::Audio)}
                    {button(Icon::Camera, "Video", CallType::Video)}
                    {why}
                </div>
            }
        })
    }
}

/// Why nobody can be called now, if so.
pub(super) fn why_not(calls: Calls, host: WidgetHost, online: Signal<Option<bool>>) -> Memo<Option<Refusal>> {
    Memo::new(move |_| {
        if !host.calls_enabled.get() {
            Some(Refusal::SwitchedOff)
        } else if calls.view.with(CallView::is_busy) {
            Some(Refusal::InCall)
        } else if !host.connected.get() {
            Some(Refusal::NotConnected)
        } else if online.get() == Some(false) {
            Some(Refusal::Offline)
        } else {
            None
        }
    })
}
