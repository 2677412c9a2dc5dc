//! What was said in a conversation, the oldest first, with the calls as lines of their own.
//! Stays at the newest line unless the person has scrolled away from it.

use super::links::said;
use super::store::{Draft, Link, Messenger, Progress, Thread};
use crate::signal::{Memo, Signal};
use crate::ui::guard::Guard;
use crate::ui::icons::Icon;
use crate::ui::parts::{act, clock, icon, spinner};
use crate::ui::piece::{Piece, button, el, watch};
use crate::ui::words::{Record, Refusal, among_words};
use crate::ui::{Calls, WidgetHost, call_line, dates, why_not};
use call_core::UserEvent;
use call_protocol::{ConversationId, Message, MessageId, Timestamp, User};
use leptos::prelude::*;
use leptos::web_sys::HtmlElement;

/// Nearer than this to the end counts as being there, in pixels.
const NEAR: i32 = 60;

/// The log of one conversation.
pub(super) fn transcript(
    messenger: Messenger,
    calls: Calls,
    host: WidgetHost,
    peer: User,
    id: &ConversationId,
) -> Piece {
    let whom = peer.id.clone();
    let refused = why_not(calls, host, Signal::derive(move || Some(whom.clone())), host.online);
    let writer = StoredValue::new(Writer { messenger, calls, host, refused, peer, id: id.clone() });
    let log = el("div", "im-log").attr("role", "log").attr("aria-label", "Messages").attr("tabindex", "0");
    let guard = Guard::of(&log, calls);
    let moved = guard.clone();
    let log = log.owning(guard).list(
        move || {
            // A line that comes moves the others, and with them who or what would be called.
            moved.renew();
            writer.with_value(keys)
        },
        move |key| writer.try_with_value(|writer| entry(key, writer)).flatten(),
    );
    follow(log.html(), messenger, id.clone());
    log
}

struct Writer {
    messenger: Messenger,
    calls: Calls,
    host: WidgetHost,
    /// Why the other person cannot be called back.
    refused: Memo<Option<Refusal>>,
    peer: User,
    id: ConversationId,
}

/// The entries of the log, each by what it shows.
///
/// A name stands above the first of several messages, a day above its first line.
fn keys(writer: &Writer) -> Vec<String> {
    let thread = writer.messenger.with_thread(&writer.id, Clone::clone);
    let Some(thread) = thread.filter(|thread| thread.read || !thread.drafts.is_empty()) else {
        return vec![READING.to_owned()];
    };
    if thread.messages.is_empty() && thread.drafts.is_empty() {
        return vec![NOTHING.to_owned()];
    }
    let mut keys = Vec::new();
    keys.extend(thread.earlier.map(|_| EARLIER.to_owned()));
    let (mut day, mut speaker) = (None, None);
    for message in &thread.messages {
        let its_day = Some(dates::number(&message.created_at));
        if its_day != day {
            keys.push([DAY, &message.created_at.0].concat());
            (day, speaker) = (its_day, None);
        }
        let again = speaker.is_some() && speaker == message.sender_id.as_ref();
        speaker = message.sender_id.as_ref();
        keys.push([if again { AGAIN } else { LINE }, &message.id.0].concat());
    }
    for draft in &thread.drafts {
        keys.push([if draft.is_refused() { FAILED } else { SENDING }, &draft.key].concat());
    }
    keys
}

// What a key begins with.
const READING: &str = "reading ";
const NOTHING: &str = "nothing ";
const EARLIER: &str = "earlier ";
const DAY: &str = "day ";
const LINE: &str = "line ";
const AGAIN: &str = "again ";
const SENDING: &str = "sending ";
const FAILED: &str = "failed ";

fn entry(key: &str, writer: &Writer) -> Option<Piece> {
    let (kind, rest) = key.split_at(key.find(' ')? + 1);
    match kind {
        READING => Some(el("p", "mc-empty").child(spinner()).text(" Reading\u{2026}")),
        NOTHING => Some(empty(&among_words(&writer.peer))),
        EARLIER => Some(earlier(writer)),
        DAY => {
            let (at, today) = (Timestamp(rest.to_owned()), writer.host.today);
            // Tomorrow, today is yesterday.
            Some(el("div", "mc-line im-day").child(el("span", "").says(move || dates::day(&at, today.get()))))
        }
        LINE | AGAIN => {
            let is_it = |message: &&Message| message.id.0 == rest;
            let message = writer.find(|thread| thread.messages.iter().find(is_it).cloned())?;
            Some(line(&message, kind == AGAIN, writer))
        }
        SENDING | FAILED => {
            let is_it = |draft: &&Draft| draft.key == rest;
            Some(sending(writer.find(|thread| thread.drafts.iter().find(is_it).cloned())?, writer))
        }
        _ => None, // no such key is made
    }
}

impl Writer {
    fn find<T>(&self, pick: impl FnOnce(&Thread) -> Option<T>) -> Option<T> {
        self.messenger.with_thread(&self.id, pick).flatten()
    }
}

fn empty(peer: &str) -> Piece {
    let text = ["No messages yet. Say hello to ", peer, "."].concat();
    el("div", "im-void").child(icon(Icon::Message)).child(el("p", "").text(&text))
}

fn earlier(writer: &Writer) -> Piece {
    let (messenger, id) = (writer.messenger, writer.id.clone());
    let read = button("mc-btn mc-small", move || messenger.read_older(id.clone()));
    el("p", "mc-empty").child(read.text("Earlier messages"))
}

fn line(message: &Message, again: bool, writer: &Writer) -> Piece {
    let me = writer.messenger.me.get_untracked();
    if let Some(call) = &message.metadata {
        let (calls, peer, conversation_id) = (writer.calls, writer.peer.clone(), writer.id.clone());
        let call_type = call.call_type;
        let call_back = move || {
            let (conversation_id, peer) = (conversation_id.clone(), peer.clone());
            act(calls, UserEvent::Call { conversation_id, peer, call_type });
        };
        let record = Record::of_message(call, &me.id);
        return call_line(&record, &message.created_at, writer.host, writer.refused, call_back);
    }
    let own = message.sender_id.as_ref() == Some(&me.id);
    let line = el("div", if own { "im-say im-own" } else { "im-say" });
    let line = line.child(clock(&message.created_at, writer.host));
    let speaker = (!again).then(|| {
        let says = [&among_words(if own { &me } else { &writer.peer }), " says:"].concat();
        el("b", "").text(&says)
    });
    line.children(speaker).child(said(&message.content))
}

/// What the server has not confirmed yet.
fn sending(draft: Draft, writer: &Writer) -> Piece {
    let (messenger, id) = (writer.messenger, writer.id.clone());
    let line = el("div", "im-say im-own im-unsent").child(said(&draft.text));
    match draft.progress {
        Progress::Refused(why) => {
            let send = move || messenger.write_again(id.clone(), &draft.key);
            line.child(el("small", "").text(&why))
                .text(" ")
                .child(button("mc-link", send).text("Not sent: send again"))
        }
        Progress::Waits | Progress::Sends => {
            let sends = move || {
                let is_it = |known: &Draft| known.key == draft.key && known.progress == Progress::Sends;
                messenger.with_thread(&id, |thread| thread.drafts.iter().any(is_it))
            };
            line.child(el("small", "").says(move || on_its_way(messenger.link.get(), sends() == Some(true))))
        }
    }
}

/// Why a text is not there yet.
const fn on_its_way(link: Link, sends: bool) -> &'static str {
    match (link, sends) {
        (Link::Up, true) => "(sending\u{2026})",
        (Link::Up, false) => "(waiting to be sent\u{2026})",
        (Link::Connecting | Link::Doubted | Link::Away, _) => "(waiting for the connection\u{2026})",
        (Link::SignedOut, _) => "(waiting until you sign in again)",
        (Link::Replaced, _) => "(waiting until you use this tab again)",
    }
}

/// Keeps the newest line in view, and the place where somebody reads when older ones come.
fn follow(log: HtmlElement, messenger: Messenger, id: ConversationId) {
    let mut before = None::<(i32, Option<MessageId>)>;
    watch(move || {
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
                    // Older lines came above.
                    log.set_scroll_top(log.scroll_top() + height - old_height);
                }
            }
            None => log.set_scroll_top(height),
        }
        before = Some((height, newest));
    });
}
