//! The calls of the past, fifty at a time, each with the way to call back.
//! Reads anew when a call has ended and when the server is there again.

use super::call_buttons::why_not;
use super::dates;
use super::icons::Icon;
use super::parts::{act, icon, notice};
use super::ringing_window::sign;
use super::words::{Record, Refusal};
use super::{Calls, WidgetHost};
use call_core::{CallView, UserEvent};
use call_protocol::HistoryEntry;
use leptos::prelude::*;
use leptos::task::spawn_local;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Reading,
    Read,
    Failed,
}

/// When the list is read anew: at every change to one of the last two.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Occasion {
    None,
    Quiet,
    /// The server may not have heard of the end yet.
    Ended,
}

/// The list of past calls.
#[component]
pub fn CallHistory(
    /// The calls of this device.
    calls: Calls,
    /// Where the history comes from.
    host: WidgetHost,
) -> impl IntoView {
    let entries = RwSignal::new(Vec::<HistoryEntry>::new());
    let next = RwSignal::new(None::<String>);
    let progress = RwSignal::new(Progress::Reading);
    // Only the newest reading counts.
    let reading = StoredValue::new(0_u32);

    let read = move |before: Option<String>| {
        let Some(page) = host.load_history.try_run(before.clone()) else { return };
        let number = reading.get_value() + 1;
        reading.set_value(number);
        progress.set(Progress::Reading);
        spawn_local(async move {
            let page = page.await;
            if reading.try_get_value() != Some(number) {
                return;
            }
            let Ok(page) = page else {
                progress.set(Progress::Failed);
                return;
            };
            entries.update(|entries| {
                if before.is_none() {
                    entries.clear();
                }
                entries.extend(page.calls);
            });
            next.set(page.next);
            progress.set(Progress::Read);
        });
    };
    let occasion = Memo::new(move |_| {
        calls.view.with(|view| match view {
            CallView::Idle if host.connected.get() => Occasion::Quiet,
            CallView::Ended(_) if host.connected.get() => Occasion::Ended,
            CallView::Idle | CallView::Ended(_) => Occasion::None,
            CallView::Outgoing(_) | CallView::Incoming(_) | CallView::InCall(_) => Occasion::None,
        })
    });
    Effect::new(move || {
        if occasion.get() != Occasion::None {
            read(None);
        }
    });

    let refused = why_not(calls, host, Signal::derive(|| None));
    let list = move || {
        let rows = entries.get().into_iter().map(|entry| row(entry, calls, refused));
        view! { <ul class="mc-history">{rows.collect::<Vec<_>>()}</ul> }
    };
    let foot = move || foot(progress.get(), entries.with(Vec::is_empty), next.get(), read);
    view! { {list} {foot} }
}

/// What stands below the list: why it is empty, or how it goes on.
fn foot(
    progress: Progress,
    is_empty: bool,
    next: Option<String>,
    read: impl Fn(Option<String>) + 'static,
) -> Option<AnyView> {
    let button = |text: &'static str, next: Option<String>| {
        let press = move |_| read(next.clone());
        view! { <button class="mc-btn mc-small" on:click=press>{text}</button> }.into_any()
    };
    let remark = |content: AnyView| Some(view! { <p class="mc-empty">{content}</p> }.into_any());
    match progress {
        Progress::Failed => {
            let text = "The calls could not be read.".to_owned();
            let sign = icon(Icon::Warning).into_any();
            Some(notice("mc-notice mc-warn", sign, text, button("Read again", next)))
        }
        Progress::Read if is_empty => remark("No calls yet. They will be listed here.".into_any()),
        Progress::Reading if is_empty => remark("Reading\u{2026}".into_any()),
        Progress::Read | Progress::Reading => {
            next.and_then(|next| remark(button("Earlier calls", Some(next))))
        }
    }
}

fn row(entry: HistoryEntry, calls: Calls, refused: Memo<Option<Refusal>>) -> impl IntoView {
    let record = Record::of_call(&entry.call, entry.role);
    let text = [&record.text(), ", ", &dates::moment(&entry.call.created_at)].concat();
    let name = entry.peer.display_name.clone();
    let call = move |_| {
        let (conversation_id, peer) = (entry.call.conversation_id.clone(), entry.peer.clone());
        act(calls, UserEvent::Call { conversation_id, peer, call_type: entry.call.call_type });
    };
    view! {
        <li class="mc-entry" data-outcome=record.mark()>
            {icon(record.direction())}
            <span><b>{name}</b><small>{text}</small></span>
            <button class="mc-btn mc-small" disabled=move || refused.get().is_some() on:click=call>
                {icon(sign(record.call_type))} "Call back"
            </button>
        </li>
    }
}
