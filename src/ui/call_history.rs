//! The calls of the past, fifty at a time, each with the way to call back.
//! Reads anew when a call has ended and when the server is there again.

use super::call_buttons::why_not;
use super::dates;
use super::guard::Guard;
use super::icons::Icon;
use super::parts::{act, icon, named, notice, refusing};
use super::piece::{Piece, button, el, watch};
use super::ringing_window::sign;
use super::words::{Ending, Record, Refusal, among_words, refusal};
use super::{Calls, WidgetHost};
use crate::signal::{Memo, RwSignal, Signal};
use call_core::{CallView, UserEvent};
use call_protocol::HistoryEntry;
use core::time::Duration;
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
    /// The server is away.
    None,
    /// A call is on: the list is read if nothing was yet.
    Busy,
    Quiet,
    /// The server may not have heard of the end yet.
    Ended,
}

/// How long a call of another device may be shown before it is asked whether it is over.
const LIVE: Duration = Duration::from_secs(5);

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
        if !host.connected.get() {
            return Occasion::None;
        }
        calls.view.with(|view| match view {
            CallView::Idle => Occasion::Quiet,
            CallView::Ended(_) => Occasion::Ended,
            CallView::Outgoing(_) | CallView::Incoming(_) | CallView::InCall(_) => Occasion::Busy,
        })
    });
    watch(move || match occasion.get() {
        Occasion::None => {}
        Occasion::Busy if reading.get_value() > 0 => {}
        Occasion::Busy | Occasion::Quiet | Occasion::Ended => read(None),
    });
    // What rings or runs elsewhere ends without a word to this list.
    let is_live = Memo::new(move |_| entries.with(|entries| entries.iter().any(is_live)));
    watch(move || {
        let waits = is_live.get() && progress.get() == Progress::Read && occasion.get() == Occasion::Quiet;
        if let Some(Ok(timeout)) = waits.then(|| set_timeout_with_handle(move || read(None), LIVE)) {
            on_cleanup(move || timeout.clear());
        }
    });

    let refused = why_not(calls, host, Signal::derive(|| None), Signal::derive(|| None));
    let list = el("ul", "mc-history");
    let guard = Guard::of(&list, calls);
    let moved = guard.clone();
    let rows = list.owning(guard).list(
        move || {
            // Whoever meant one row may not call the person of another.
            moved.renew();
            entries.with(|entries| entries.iter().map(key).collect())
        },
        move |wanted| {
            let is_it = |entry: &&HistoryEntry| key(entry) == wanted;
            let entry = entries.with_untracked(|entries| entries.iter().find(is_it).cloned());
            entry.map(|entry| row(entry, calls, host, refused))
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

fn is_live(entry: &HistoryEntry) -> bool {
    Record::of_call(&entry.call, entry.role).ending == Ending::Live
}

/// The call, as long as it is shown alike.
fn key(entry: &HistoryEntry) -> String {
    let record = Record::of_call(&entry.call, entry.role);
    [&entry.call.id.0, record.mark(), &record.text(), &entry.call.created_at.0, &among_words(&entry.peer)]
        .join(" ")
}

fn row(entry: HistoryEntry, calls: Calls, host: WidgetHost, refused: Memo<Option<Refusal>>) -> Piece {
    let record = Record::of_call(&entry.call, entry.role);
    let (text, at) = (record.text(), entry.call.created_at.clone());
    // Tomorrow, today is yesterday.
    let told = move || [&text, ", ", &dates::moment(&at, host.today.get())].concat();
    let whole = dates::whole(&entry.call.created_at);
    let (peer, name) = (entry.peer.id.clone(), among_words(&entry.peer));
    let why_not = Memo::new(move |_| {
        let blocked = host.blocks(&peer).then_some(Refusal::Blocked);
        blocked.or_else(|| refused.get()).map(|why| refusal(why, &name))
    });
    let heading = named("b", "", &entry.peer);
    let call = move || {
        let (conversation_id, peer) = (entry.call.conversation_id.clone(), entry.peer.clone());
        act(calls, UserEvent::Call { conversation_id, peer, call_type: entry.call.call_type });
    };
    // Nobody can be called back while they are talked to.
    let call_back = (record.ending != Ending::Live).then(|| {
        refusing(button("mc-btn mc-small", call), move || why_not.with(Option::is_some))
            .word("title", move || why_not.get())
            .child(icon(sign(record.call_type)))
            .child(el("span", "").text("Call back"))
    });
    el("li", "mc-entry")
        .attr("data-outcome", record.mark())
        .child(icon(record.direction()))
        .child(el("span", "").child(heading).child(el("small", "").attr("title", &whole).says(told)))
        .children(call_back)
}
