//! Applies the session's events to the signals, and reads what a new connection has to read.

use super::notices::Arrival;
use super::{Messenger, RETRY_DELAY, Thread};
use crate::platform::roster::{Change, sorted};
use crate::platform::session::SessionEvent;
use crate::platform::timer::sleep;
use crate::widget::kit::signal::RwSignal;
use call_client::ConnectionStatus;
use call_core::RequestError;
use call_protocol::{Message, ServerFrame};
use leptos::prelude::*;
use leptos::task::spawn_local;

impl Messenger {
    pub(super) fn on_session_event(self, event: &SessionEvent) {
        match event {
            SessionEvent::Welcome(welcome) => {
                self.me.set(welcome.user.clone());
                if self.status.try_get_untracked() != Some(ConnectionStatus::Connecting) {
                    self.count_missed(&welcome.ended_calls);
                }
                self.status.set(ConnectionStatus::Connected);
                self.read_people();
                self.refresh_threads();
                self.send_all();
            }
            SessionEvent::Status(status) => {
                self.status.set(*status);
                if *status == ConnectionStatus::Connected {
                    self.send_all();
                }
            }
            SessionEvent::Frame(frame) => self.on_frame(frame),
        }
    }

    fn on_frame(self, frame: &ServerFrame) {
        if let Some(change) = Change::of(frame) {
            return self.change_contacts(change);
        }
        match frame {
            ServerFrame::Message { message } => self.add_message(message.clone()),
            ServerFrame::Presence { .. }
            | ServerFrame::Contact { .. }
            | ServerFrame::ContactRemoved { .. } // above
            | ServerFrame::Welcome(_)
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

    /// Reads the contacts and the blocked people in parallel; tries again after a failure.
    pub(super) fn read_people(self) {
        self.read_blocked();
        self.read_contacts();
    }

    fn read_blocked(self) {
        let Some(session) = self.session.try_get_value() else { return };
        let blocked = newest(self.blocked_asked, async move { session.api().blocks().await });
        spawn_local(async move {
            match blocked.await {
                Some(Ok(blocked)) => self.blocked.set(blocked),
                Some(Err(_)) => self.retry_later(Self::read_blocked).await,
                None => {}
            }
        });
    }

    fn read_contacts(self) {
        let Some(session) = self.session.try_get_value() else { return };
        let contacts = newest(self.contacts_asked, async move { session.api().contacts().await });
        let waiting = self.begin_request();
        spawn_local(async move {
            match (contacts.await, waiting) {
                (Some(Ok(contacts)), Some(waiting)) => {
                    self.contacts.set(Some(waiting.up_to_date(sorted(contacts))));
                    self.contacts_read.update(|count| *count += 1);
                }
                (Some(Err(_)), waiting) => {
                    drop(waiting);
                    self.retry_later(Self::read_contacts).await;
                }
                (_, _) => {}
            }
        });
    }

    /// Tries again after a while, unless a reconnect does.
    async fn retry_later(self, read: fn(Self)) {
        sleep(RETRY_DELAY).await;
        if self.status.try_get_untracked() == Some(ConnectionStatus::Connected) {
            read(self);
        }
    }

    /// After a reconnect: reads the messages of the meantime.
    fn refresh_threads(self) {
        let known = self.threads.try_with_untracked(|threads| {
            let known = |thread: &&Thread| thread.read || self.is_open(&thread.id);
            threads.iter().filter(known).map(|thread| thread.id.clone()).collect::<Vec<_>>()
        });
        for id in known.unwrap_or_default() {
            self.read_newest(id);
        }
    }

    fn add_message(self, message: Message) {
        let mut is_new = false;
        self.change(&message.conversation_id, |thread| is_new = thread.add(message.clone()));
        if is_new {
            self.count_new([&message].into_iter(), Arrival::Live);
        }
    }
}

/// A request that is numbered now, not when it is first polled. Yields None when a newer request of its kind was made:
/// replies arrive in any order, and an older one may be stale.
fn newest<T>(
    asked: RwSignal<u32>,
    reading: impl Future<Output = Result<T, RequestError>>,
) -> impl Future<Output = Option<Result<T, RequestError>>> {
    asked.update(|asked| *asked += 1);
    let number = asked.try_get_untracked();
    async move {
        let read = reading.await;
        (asked.try_get_untracked() == number).then_some(read)
    }
}
