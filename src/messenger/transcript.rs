//! The messages of a conversation, oldest first, with calls as lines of their own.
//! Scrolls to the newest line unless the person has scrolled up.

use super::call_line::call_line;
use super::links::said;
use super::model::{Draft, Messenger, Progress, Thread};
use super::widgets::CallWidget;
use crate::widget::kit::dates::{self, Today};
use crate::widget::kit::dom::{El, Tag, button, effect, el};
use crate::widget::kit::guard::{Guard, after_guard};
use crate::widget::kit::icons::Icon;
use crate::widget::kit::names::isolated_name;
use crate::widget::kit::parts::{clock, icon, spinner};
use crate::widget::kit::record::Record;
use crate::widget::kit::signal::Signal;
use call_client::{ConnectionStatus, SessionEnd};
use call_protocol::{ConversationId, Message, MessageId, Timestamp, User};
use leptos::web_sys::HtmlElement;
use std::rc::Rc;

/// Scrolled to within this many pixels of the end counts as being at the end.
const NEAR: i32 = 60;

/// The log of one conversation.
pub(super) fn transcript(
    messenger: Messenger,
    widget: Option<CallWidget>,
    today: Signal<Today>,
    peer: User,
    id: &ConversationId,
) -> El {
    let log_of = Rc::new(LogOf { messenger, widget, today, peer, id: id.clone() });
    let read = log_of.clone();
    let log = el(Tag::Div, "im-log").attr("role", "log").attr("aria-label", "Messages").attr("tabindex", "0");
    let guard = Guard::of(&log, after_guard());
    let moved = guard.clone();
    let log = log.keep(guard).keyed_children(
        move || {
            // A new line moves the others: a press may not hit another "Call back".
            moved.renew();
            entries(&read)
        },
        move |entry| draw(entry, &log_of),
    );
    follow(log.element(), messenger, id.clone());
    log
}

/// Whose conversation it is, and what its lines need to know.
struct LogOf {
    messenger: Messenger,
    /// Calls the other person; None once they are no contact.
    widget: Option<CallWidget>,
    today: Signal<Today>,
    peer: User,
    id: ConversationId,
}

/// One entry of the log, with all that it shows.
#[derive(PartialEq)]
enum Entry {
    /// Nothing was read yet.
    Reading,
    Empty,
    /// There are older messages.
    Earlier,
    /// A new day begins with this moment.
    Day(Timestamp),
    Message {
        message: Message,
        /// Whether the one before it is of the same person and day: the name is said once.
        follows: bool,
    },
    /// The server has not confirmed it yet.
    Sending {
        key: String,
        text: String,
    },
    /// The server did not take it, and why.
    Refused {
        key: String,
        text: String,
        why: String,
    },
}

fn entries(log: &LogOf) -> Vec<Entry> {
    log.messenger.with_thread(&log.id, of_thread).unwrap_or_else(|| vec![Entry::Reading])
}

fn of_thread(thread: &Thread) -> Vec<Entry> {
    if !thread.read && thread.drafts.is_empty() {
        return vec![Entry::Reading];
    }
    if thread.messages.is_empty() && thread.drafts.is_empty() {
        return vec![Entry::Empty];
    }
    let mut entries = Vec::new();
    entries.extend(thread.earlier.as_ref().map(|_| Entry::Earlier));
    let (mut day, mut sender) = (None, None);
    for message in &thread.messages {
        let its_day = Some(dates::number(&message.created_at));
        if its_day != day {
            entries.push(Entry::Day(message.created_at.clone()));
            (day, sender) = (its_day, None);
        }
        let follows = sender.is_some() && sender == message.sender_id.as_ref();
        sender = message.sender_id.as_ref();
        entries.push(Entry::Message { message: message.clone(), follows });
    }
    entries.extend(thread.drafts.iter().map(|draft| {
        let (key, text) = (draft.key.clone(), draft.text.clone());
        match &draft.progress {
            Progress::Refused(why) => Entry::Refused { key, text, why: why.clone() },
            Progress::Queued | Progress::Sending => Entry::Sending { key, text },
        }
    }));
    entries
}

fn draw(entry: &Entry, log: &LogOf) -> El {
    match entry {
        Entry::Reading => el(Tag::P, "mc-empty").child(spinner()).text(" Loading\u{2026}"),
        Entry::Empty => empty(&isolated_name(&log.peer)),
        Entry::Earlier => earlier(log),
        Entry::Day(at) => {
            // "Today" becomes "yesterday" at midnight.
            let (at, today) = (at.clone(), log.today);
            let day = el(Tag::Span, "").text_signal(move || dates::day(&at, today.get()));
            el(Tag::Div, "mc-line im-day").child(day)
        }
        Entry::Message { message, follows } => line(message, *follows, log),
        Entry::Sending { key, text } => sending(key.clone(), text, log),
        Entry::Refused { key, text, why } => refused(key.clone(), text, why, log),
    }
}

fn empty(peer: &str) -> El {
    let text = ["No messages yet. Say hello to ", peer, "."].concat();
    el(Tag::Div, "im-void").child(icon(Icon::Message)).child(el(Tag::P, "").text(&text))
}

fn earlier(log: &LogOf) -> El {
    let (messenger, id) = (log.messenger, log.id.clone());
    let read = button("mc-btn mc-small", move || messenger.read_older(id.clone()));
    el(Tag::P, "mc-empty").child(read.text("Earlier messages"))
}

fn line(message: &Message, follows: bool, log: &LogOf) -> El {
    let me = log.messenger.me.get_untracked();
    if let Some(call) = &message.metadata {
        let record = Record::of_message(call, &me.id);
        return call_line(&record, &message.created_at, log.today, log.widget.clone());
    }
    let own = message.sender_id.as_ref() == Some(&me.id);
    let line = el(Tag::Div, if own { "im-say im-own" } else { "im-say" });
    let line = line.child(clock(&message.created_at, log.today));
    let speaker = (!follows).then(|| {
        let says = [&isolated_name(if own { &me } else { &log.peer }), " says:"].concat();
        el(Tag::B, "").text(&says)
    });
    line.children(speaker).child(said(&message.content))
}

fn unsent(text: &str) -> El {
    el(Tag::Div, "im-say im-own im-unsent").child(said(text))
}

fn sending(key: String, text: &str, log: &LogOf) -> El {
    let (messenger, id) = (log.messenger, log.id.clone());
    let is_sending = move || {
        let is_it = |draft: &Draft| draft.key == key && draft.progress == Progress::Sending;
        messenger.with_thread(&id, |thread| thread.drafts.iter().any(is_it))
    };
    let state = move || unsent_state(messenger.status.get(), is_sending() == Some(true));
    unsent(text).child(el(Tag::Small, "").text_signal(state))
}

fn refused(key: String, text: &str, why: &str, log: &LogOf) -> El {
    let (messenger, id) = (log.messenger, log.id.clone());
    let send = move || messenger.write_again(id.clone(), &key);
    unsent(text)
        .child(el(Tag::Small, "").text(why))
        .text(" ")
        .child(button("mc-link", send).text("Not sent. Try again"))
}

/// The state of an unsent text.
const fn unsent_state(status: ConnectionStatus, is_sending: bool) -> &'static str {
    match (status, is_sending) {
        (ConnectionStatus::Connected, true) => "(sending\u{2026})",
        (ConnectionStatus::Connected, false) => "(waiting to be sent\u{2026})",
        (ConnectionStatus::Connecting | ConnectionStatus::Doubted | ConnectionStatus::Lost, _) => {
            "(waiting for a connection\u{2026})"
        }
        (ConnectionStatus::Over(SessionEnd::Replaced), _) => "(waiting until you use this tab again)",
        (ConnectionStatus::Over(SessionEnd::Outdated), _) => "(waiting until you reload this page)",
        (ConnectionStatus::Over(_), _) => "(waiting until you sign in again)",
    }
}

/// Keeps the newest line in view, and the scroll position when older messages are inserted above.
fn follow(log: HtmlElement, messenger: Messenger, id: ConversationId) {
    let mut before = None::<(i32, Option<MessageId>)>;
    effect(move || {
        let newest = messenger.with_thread(&id, |thread| {
            (thread.messages.last().map(|message| message.id.clone()), thread.drafts.len())
        });
        let height = log.scroll_height();
        let newest = newest.and_then(|(id, _)| id);
        match &before {
            Some((old_height, old_newest)) => {
                let below = old_height - log.scroll_top() - log.client_height();
                if below < NEAR {
                    log.set_scroll_top(height);
                } else if *old_newest == newest {
                    // Older messages were inserted above.
                    log.set_scroll_top(log.scroll_top() + height - old_height);
                }
            }
            None => log.set_scroll_top(height),
        }
        before = Some((height, newest));
    });
}
