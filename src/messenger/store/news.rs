//! What the session tells, taken into the signals.
//! Never asks for anything that the session's events do not call for.

use super::{Link, Messenger, sort};
use crate::session::SessionEvent;
use crate::signal::RwSignal;
use call_core::RequestError;
use call_protocol::{CallOutcome, Contact, ConversationId, Message, MessageType, ServerFrame, UserId};
use leptos::prelude::*;
use leptos::task::spawn_local;

impl Messenger {
    pub(super) fn hear(self, event: &SessionEvent) {
        match event {
            SessionEvent::Connected(welcome) => {
                let config = self.session.try_get_value().and_then(|session| session.config().cloned());
                self.calls_enabled.set(config.is_none_or(|config| config.calls_enabled));
                self.me.set(welcome.user.clone());
                self.link.set(Link::Up);
                self.read_people();
                self.refresh_threads();
            }
            SessionEvent::Doubted => self.link.set(Link::Doubted),
            SessionEvent::Trusted => self.link.set(Link::Up),
            SessionEvent::Disconnected => self.link.set(Link::Away),
            SessionEvent::SignedOut | SessionEvent::UnknownUser => self.link.set(Link::SignedOut),
            SessionEvent::Replaced => self.link.set(Link::Replaced),
            SessionEvent::Frame(frame) => self.frame(frame),
        }
    }

    fn frame(self, frame: &ServerFrame) {
        match frame {
            ServerFrame::Presence { user_id, online } => {
                self.contacts_change(|contacts| {
                    for contact in contacts.iter_mut().filter(|contact| &contact.user.id == user_id) {
                        contact.online = *online;
                    }
                });
            }
            ServerFrame::Message { message } => self.take_message(message.clone()),
            ServerFrame::Contact { contact } => self.take_contact(contact.clone()),
            ServerFrame::ContactRemoved { user_id } => self.drop_contact(user_id),
            ServerFrame::Welcome(_)
            | ServerFrame::CallRinging(_)
            | ServerFrame::CallAnswered(_)
            | ServerFrame::CallDeclined { .. }
            | ServerFrame::CallEnded { .. }
            | ServerFrame::Signal { .. }
            | ServerFrame::DeviceRinging { .. }
            | ServerFrame::TokenExpiring { .. } // the socket's
            | ServerFrame::IceServers { .. }
            | ServerFrame::Alive { .. }
            | ServerFrame::Error { .. } => {} // the calls' affair
        }
    }

    /// Reads the contacts and who is blocked, side by side.
    pub(super) fn read_people(self) {
        let Some(session) = self.session.try_get_value() else { return };
        let blocks = session.clone();
        let blocked = newest(self.blocked_asked, async move { blocks.api().blocks().await });
        spawn_local(async move {
            if let Some(blocked) = blocked.await {
                self.blocked.set(blocked);
            }
        });
        let contacts = newest(self.contacts_asked, async move { session.api().contacts().await });
        spawn_local(async move {
            if let Some(mut contacts) = contacts.await {
                sort(&mut contacts);
                self.contacts.set(Some(contacts));
            }
        });
    }

    /// After a reconnect: what was said meanwhile.
    fn refresh_threads(self) {
        let known = self.threads.try_with_untracked(|threads| {
            threads.iter().filter(|thread| thread.read).map(|thread| thread.id.clone()).collect::<Vec<_>>()
        });
        for id in known.unwrap_or_default() {
            self.read_newest(id);
        }
    }

    fn take_message(self, message: Message) {
        let id = message.conversation_id.clone();
        let is_open = self.is_open(&id);
        let wants_reader =
            self.me.try_with_untracked(|me| wants_reader(&message, &me.id)).unwrap_or_default();
        self.change(&id, |thread| {
            if thread.take(message) && wants_reader && !is_open {
                thread.unread += 1;
            }
        });
    }

    fn is_open(self, id: &ConversationId) -> bool {
        let open = self.open.try_get_untracked().flatten();
        let same = |contact: &Contact| {
            contact.conversation_id.as_ref() == Some(id) && Some(&contact.user.id) == open.as_ref()
        };
        let contacts = self.contacts.try_get_untracked().flatten();
        contacts.is_some_and(|contacts| contacts.iter().any(same))
    }
}

/// A reading, counted at once and not when it is first polled. Its reply is nothing when another of its kind was asked
/// for meanwhile: replies come in any order, and this one may tell what was so before.
fn newest<T>(
    asked: RwSignal<u32>,
    reading: impl Future<Output = Result<T, RequestError>>,
) -> impl Future<Output = Option<T>> {
    asked.update(|asked| *asked += 1);
    let number = asked.try_get_untracked();
    async move {
        let read = reading.await.ok()?;
        (asked.try_get_untracked() == number).then_some(read)
    }
}

/// Whether somebody should look at a message: another person's words, or a call that was missed.
fn wants_reader(message: &Message, me: &UserId) -> bool {
    match message.message_type {
        MessageType::Text => message.sender_id.as_ref() != Some(me),
        MessageType::System => message
            .metadata
            .as_ref()
            .is_some_and(|call| call.status == CallOutcome::Missed && &call.initiator_id != me),
    }
}
