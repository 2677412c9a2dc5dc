//! The call history, fifty calls at a time, each with "Call back".
//! Reads it again when a call has ended and after a reconnect.

use super::can_call::why_not;
use super::parts::act;
use super::ringing_window::call_icon;
use super::words::{self, CannotCall, Ending, Record, refusal};
use super::{Calls, HostPage};
use crate::widget::kit::dates;
use crate::widget::kit::dom::{El, Tag, button, effect, el};
use crate::widget::kit::guard::Guard;
use crate::widget::kit::icons::Icon;
use crate::widget::kit::names::isolated_name;
use crate::widget::kit::parts::{icon, named, notice, refusing};
use crate::widget::kit::signal::{Memo, RwSignal, Signal};
use call_core::{CallView, UserEvent};
use call_protocol::{CallId, ConversationId, HistoryEntry, Timestamp, User};
use core::time::Duration;
use leptos::prelude::*;
use leptos::task::spawn_local;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Reading,
    Read,
    Failed,
}

/// Why the list is read: at every change to `Quiet` or `Ended`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Occasion {
    /// Not connected: not read.
    None,
    /// In a call: read only if it never was.
    Busy,
    Quiet,
    /// The server may not have heard of the end yet.
    Ended,
}

/// How often the list is read again while it shows a live call of another device.
const LIVE: Duration = Duration::from_secs(5);

/// The list of past calls.
pub(crate) fn call_history(calls: Calls, host: HostPage) -> El {
    let entries = RwSignal::new(Vec::<HistoryEntry>::new());
    let next = RwSignal::new(None::<String>);
    let progress = RwSignal::new(Progress::Reading);
    // Replies of older requests are dropped.
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
    effect(move || match occasion.get() {
        Occasion::None => {}
        Occasion::Busy if reading.get_value() > 0 => {}
        Occasion::Busy | Occasion::Quiet | Occasion::Ended => read(None),
    });
    // Nothing tells this list that a call of another device has ended.
    let is_live = Memo::new(move |_| entries.with(|entries| entries.iter().any(is_live)));
    effect(move || {
        let waits = is_live.get() && progress.get() == Progress::Read && occasion.get() == Occasion::Quiet;
        if let Some(Ok(timeout)) = waits.then(|| set_timeout_with_handle(move || read(None), LIVE)) {
            on_cleanup(move || timeout.clear());
        }
    });

    let refused = why_not(calls, host, Signal::derive(|| None), Signal::derive(|| None));
    let list = el(Tag::Ul, "mc-history");
    let guard = Guard::of(&list, calls.later);
    let moved = guard.clone();
    let rows = list.keep(guard).keyed_children(
        move || {
            // A press that was meant for one row may not call the person of another.
            moved.renew();
            entries.with(|entries| entries.iter().map(Row::of).collect())
        },
        move |row| row.draw(calls, host, refused),
    );
    // A memo, so that the button stays the same element.
    let foot = Memo::new(move |_| match progress.get() {
        Progress::Failed => Foot::Failed,
        Progress::Read if entries.with(Vec::is_empty) => Foot::NoCalls,
        Progress::Reading if entries.with(Vec::is_empty) => Foot::Reading,
        Progress::Read | Progress::Reading if next.with(Option::is_some) => Foot::Earlier,
        Progress::Read | Progress::Reading => Foot::Nothing,
    });
    let go_on = move || read(next.get_untracked());
    el(Tag::Div, "mc-parts").child(rows).child_signal(move || foot.get().draw(go_on))
}

/// The end of the list: why it is empty, or the button for more.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Foot {
    Nothing,
    Reading,
    NoCalls,
    Failed,
    Earlier,
}

impl Foot {
    fn draw(self, go_on: impl FnMut() + 'static) -> Option<El> {
        let remark = || el(Tag::P, "mc-empty");
        match self {
            Self::Nothing => None,
            Self::Reading => Some(remark().text(words::LOADING)),
            Self::NoCalls => Some(remark().text(words::NO_CALLS)),
            Self::Failed => {
                let again = button("mc-btn mc-small", go_on).text(words::TRY_AGAIN);
                Some(notice("mc-notice mc-warn", icon(Icon::Warning), words::HISTORY_FAILED, [again]))
            }
            Self::Earlier => {
                Some(remark().child(button("mc-btn mc-small", go_on).text(words::EARLIER_CALLS)))
            }
        }
    }
}

fn is_live(entry: &HistoryEntry) -> bool {
    Record::of_call(&entry.call, entry.role).ending == Ending::Live
}

/// What a row shows; it stays the same element while this is equal.
#[derive(Clone, PartialEq)]
struct Row {
    id: CallId,
    record: Record,
    at: Timestamp,
    conversation_id: ConversationId,
    peer: User,
}

impl Row {
    fn of(HistoryEntry { call, role, peer }: &HistoryEntry) -> Self {
        Self {
            id: call.id.clone(),
            record: Record::of_call(call, *role),
            at: call.created_at.clone(),
            conversation_id: call.conversation_id.clone(),
            peer: peer.clone(),
        }
    }

    fn draw(&self, calls: Calls, host: HostPage, refused: Memo<Option<CannotCall>>) -> El {
        let Self { record, at, conversation_id, peer, .. } = self.clone();
        let whole = dates::whole(&at);
        let text = record.text();
        // "Today" becomes "yesterday" at midnight.
        let when = move || [&text, ", ", &dates::moment(&at, host.today.get())].concat();
        let (id, name) = (peer.id.clone(), isolated_name(&peer));
        let why_not = Memo::new(move |_| {
            let blocked = host.blocks(&id).then_some(CannotCall::Blocked);
            blocked.or_else(|| refused.get()).map(|why| refusal(why, &name))
        });
        let heading = named(Tag::B, "", &peer);
        let call = move || {
            let (conversation_id, peer) = (conversation_id.clone(), peer.clone());
            act(calls, UserEvent::Call { conversation_id, peer, call_type: record.call_type });
        };
        // Nobody can be called back during the call itself.
        let call_back = (record.ending != Ending::Live).then(|| {
            refusing(button("mc-btn mc-small", call), move || why_not.with(Option::is_some))
                .attr_signal("title", move || why_not.get())
                .child(icon(call_icon(record.call_type)))
                .child(el(Tag::Span, "").text(words::CALL_BACK))
        });
        let when = el(Tag::Small, "").attr("title", &whole).text_signal(when);
        el(Tag::Li, "mc-entry")
            .attr("data-outcome", record.mark())
            .child(icon(record.direction()))
            .child(el(Tag::Span, "").child(heading).child(when))
            .children(call_back)
    }
}
