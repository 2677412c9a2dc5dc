//! What was said in a conversation, the oldest first, with the calls as lines of their own.
//! Stays at the newest line unless the person has scrolled away from it.

use super::store::{Draft, Messenger};
use crate::ui::icons::Icon;
use crate::ui::parts::{act, icon, spinner};
use crate::ui::words::Record;
use crate::ui::{CallLine, Calls, dates};
use call_core::UserEvent;
use call_protocol::{ConversationId, Message, User};
use leptos::html::Div;
use leptos::prelude::*;

/// Nearer than this to the end counts as being there, in pixels.
const NEAR: i32 = 60;

/// The log of one conversation.
#[component]
pub(super) fn Transcript(
    messenger: Messenger,
    calls: Calls,
    peer: User,
    id: ConversationId,
) -> impl IntoView {
    let log = NodeRef::<Div>::new();
    let call_id = id.clone();
    let writer = StoredValue::new(Writer { messenger, calls, peer: peer.clone(), id: id.clone() });
    let content = move || {
        let thread = messenger.with_thread(&call_id, Clone::clone);
        let Some(thread) = thread.filter(|thread| thread.read || !thread.drafts.is_empty()) else {
            return view! { <p class="mc-empty">{spinner()} " Reading\u{2026}"</p> }.into_any();
        };
        if thread.messages.is_empty() && thread.drafts.is_empty() {
            return empty(&peer.display_name);
        }
        let writer = writer.get_value();
        let lines = lines(&thread.messages, &writer);
        let drafts: Vec<_> = thread.drafts.iter().map(|draft| sending(draft, &writer)).collect();
        view! { {thread.earlier.map(|_| earlier(&writer))} {lines} {drafts} }.into_any()
    };
    follow(log, messenger, id);
    view! { <div class="im-log" role="log" aria-label="Messages" tabindex="0" node_ref=log>{content}</div> }
}

#[derive(Clone)]
struct Writer {
    messenger: Messenger,
    calls: Calls,
    peer: User,
    id: ConversationId,
}

fn empty(peer: &str) -> AnyView {
    let text = ["No messages yet. Say hello to ", peer, "."].concat();
    view! { <div class="im-void">{icon(Icon::Message)} <p>{text}</p></div> }.into_any()
}

fn earlier(writer: &Writer) -> impl IntoView {
    let (messenger, id) = (writer.messenger, writer.id.clone());
    view! {
        <p class="mc-empty">
            <button class="mc-btn mc-small" on:click=move |_| messenger.read_older(id.clone())>
                "Earlier messages"
            </button>
        </p>
    }
}

/// The lines; a name stands above the first of several messages, a day above its first line.
fn lines(messages: &[Message], writer: &Writer) -> Vec<AnyView> {
    let mut lines = Vec::new();
    let (mut day, mut speaker) = (String::new(), None);
    for message in messages {
        let its_day = dates::day(&message.created_at);
        if its_day != day {
            lines.push(view! { <div class="mc-line im-day"><span>{its_day.clone()}</span></div> }.into_any());
            (day, speaker) = (its_day, None);
        }
        let again = speaker.is_some() && speaker == message.sender_id.as_ref();
        speaker = message.sender_id.as_ref();
        lines.push(line(message, again, writer));
    }
    lines
}

fn line(message: &Message, again: bool, writer: &Writer) -> AnyView {
    let me = writer.messenger.me.get_untracked();
    if let Some(call) = &message.metadata {
        let (calls, peer, conversation_id) = (writer.calls, writer.peer.clone(), writer.id.clone());
        let call_type = call.call_type;
        let call_back = UnsyncCallback::new(move |()| {
            let (conversation_id, peer) = (conversation_id.clone(), peer.clone());
            act(calls, UserEvent::Call { conversation_id, peer, call_type });
        });
        let record = Record::of_message(call, &me.id);
        return view! { <CallLine record at=message.created_at.clone() call_back/> }.into_any();
    }
    let own = message.sender_id.as_ref() == Some(&me.id);
    let name = if own { &me.display_name } else { &writer.peer.display_name };
    let says = (!again).then(|| {
        let says = [name, " says:"].concat();
        view! { <time>{dates::time(&message.created_at)}</time> <b>{says}</b> }
    });
    view! { <div class="im-say" class:im-own=own>{says} {message.content.clone()}</div> }.into_any()
}

/// What the server has not confirmed yet.
fn sending(draft: &Draft, writer: &Writer) -> AnyView {
    let (messenger, id, again) = (writer.messenger, writer.id.clone(), draft.clone());
    let state = if draft.failed {
        let send = move |_| messenger.write_again(id.clone(), again.clone());
        view! { <button class="mc-link" on:click=send>"Not sent: send again"</button> }.into_any()
    } else {
        view! { <small>"(sending\u{2026})"</small> }.into_any()
    };
    view! { <div class="im-say im-own im-unsent">{draft.text.clone()} " " {state}</div> }.into_any()
}

/// Keeps the newest line in view, and the place where somebody reads when older ones come.
fn follow(log: NodeRef<Div>, messenger: Messenger, id: ConversationId) {
    let before = StoredValue::new(None::<(i32, Option<call_protocol::MessageId>)>);
    Effect::new(move || {
        let newest = messenger.with_thread(&id, |thread| {
            (thread.messages.last().map(|message| message.id.clone()), thread.drafts.len())
        });
        let Some(log) = log.get() else { return };
        let height = log.scroll_height();
        let last = before.get_value();
        let newest = newest.and_then(|(id, _)| id);
        match last {
            Some((old_height, old_newest)) => {
                let below = old_height - log.scroll_top() - log.client_height();
                if below < NEAR {
                    log.set_scroll_top(height);
                } else if old_newest == newest {
                    // Older lines came above.
                    log.set_scroll_top(log.scroll_top() + height - old_height);
                }
            }
            None => log.set_scroll_top(height),
        }
        before.set_value(Some((height, newest)));
    });
}
