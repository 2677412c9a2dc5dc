//! The calls of the past, fifty at a time, each with the way to call back.
//! Reads anew when a call has ended and when the server is there again.

use super::call_buttons::why_not;
use super::dates;
use super::icons::Icon;
use super::parts::{act, icon, notice};
use super::piece::{Piece, button, el, watch};
use super::ringing_window::sign;
use super::words::{Record, Refusal};
use super::{Calls, WidgetHost};
use crate::signal::{Memo, RwSignal, Signal};
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
pub(crate) fn call_history(calls: Calls, host: WidgetHost) -> Piece {
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
    watch(move || {
        if occasion.get() != Occasion::None {
            read(None);
        }
    });

    let refused = why_not(calls, host, Signal::derive(|| None));
    let rows = el("ul", "mc-history").list(
        move || entries.with(|entries| entries.iter().map(key).collect()),
        move |wanted| {
            let is_it = |entry: &&HistoryEntry| key(entry) == wanted;
            let entry = entries.with_untracked(|entries| entries.iter().find(is_it).cloned());
            entry.map(|entry| row(entry, calls, refused))
        },
    );
    // A memo, so that a button that is pressed stays the same one.
    let foot = Memo::new(move |_| match progress.get() {
        Progress::Failed => Foot::Failed,
        Progress::Read if entries.with(Vec::is_empty) => Foot::NoCalls,
        Progress::Reading if entries.with(Vec::is_empty) => Foot::Reading,
        Progress::Read | Progress::Reading if next.with(Option::is_some) => Foot::Earlier,
        Progress::Read | Progress::Reading => Foot::Nothing,
    });
    let go_on = move || read(next.get_untracked());
    el("div", "mc-parts").child(rows).live(move || foot.get().piece(go_on))
}

/// What stands below the list: why it is empty, or how it goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Foot {
    Nothing,
    Reading,
    NoCalls,
    Failed,
    Earlier,
}

impl Foot {
    fn piece(self, go_on: impl FnMut() + 'static) -> Option<Piece> {
        let remark = || el("p", "mc-empty");
        match self {
            Self::Nothing => None,
            Self::Reading => Some(remark().text("Reading\u{2026}")),
            Self::NoCalls => Some(remark().text("No calls yet. They will be listed here.")),
            Self::Failed => {
                let again = button("mc-btn mc-small", go_on).text("Read again");
                let text = "The calls could not be read.";
                Some(notice("mc-notice mc-warn", icon(Icon::Warning), text, [again]))
            }
            Self::Earlier => Some(remark().child(button("mc-btn mc-small", go_on).text("Earlier calls"))),
        }
    }
}

/// The call, as long as it is shown alike: tomorrow, today is yesterday.
fn key(entry: &HistoryEntry) -> String {
    let record = Record::of_call(&entry.call, entry.role);
    [&entry.call.id.0, record.mark(), &told(&record, entry), &entry.peer.display_name].join(" ")
}

fn told(record: &Record, entry: &HistoryEntry) -> String {
    [&record.text(), ", ", &dates::moment(&entry.call.created_at)].concat()
}

fn row(entry: HistoryEntry, calls: Calls, refused: Memo<Option<Refusal>>) -> Piece {
    let record = Record::of_call(&entry.call, entry.role);
    let text = told(&record, &entry);
    let name = el("b", "").text(&entry.peer.display_name);
    let call = move || {
        let (conversation_id, peer) = (entry.call.conversation_id.clone(), entry.peer.clone());
        act(calls, UserEvent::Call { conversation_id, peer, call_type: entry.call.call_type });
    };
    let call_back = button("mc-btn mc-small", call).flag("disabled", move || refused.get().is_some());
    el("li", "mc-entry")
        .attr("data-outcome", record.mark())
        .child(icon(record.direction()))
        .child(el("span", "").child(name).child(el("small", "").text(&text)))
        .child(call_back.child(icon(sign(record.call_type))).text("Call back"))
}
