//! Unsent messages: they wait for the connection and are sent once, in order.
//! They are kept in the tab's storage until the server has them. Gives up only when the server refuses one.

use super::{Draft, Messenger, Progress};
use crate::messenger::words;
use crate::platform::timer::sleep;
use crate::platform::{js, storage};
use call_client::ConnectionStatus;
use call_core::RequestError;
use call_protocol::{ConversationId, ErrorCode};
use core::time::Duration;
use js_sys::{Array, JSON};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Key in the tab's session storage.
pub(in crate::messenger) const STORAGE_KEY: &str = "outbox";
/// A reachable server has answered by then.
const USUAL_REPLY_TIME: Duration = Duration::from_secs(1);
const LONGEST_RETRY_DELAY: Duration = Duration::from_secs(30);

impl Messenger {
    /// Writes into a conversation.
    pub fn write(self, id: ConversationId, text: String) {
        let draft = Draft { key: js::random_id(), text, progress: Progress::Queued, tries: 0 };
        self.change(&id, |thread| thread.drafts.push(draft));
        self.save();
        self.send_next(id);
    }

    /// Sends a refused draft again.
    pub fn write_again(self, id: ConversationId, key: &str) {
        self.change_draft(&id, key, |draft| draft.progress = Progress::Queued);
        self.send_next(id);
    }

    /// Restores the unsent messages after a reload.
    pub(super) fn restore(self) {
        let me = self.me.get_untracked().id;
        let kept = storage::read(STORAGE_KEY).and_then(|text| JSON::parse(&text).ok());
        let Some(kept) = kept.filter(Array::is_array).map(|kept| Array::from(&kept)) else { return };
        for entry in kept.iter() {
            let [user, id, key, text] = ["user", "id", "key", "text"].map(|name| js::get_text(&entry, name));
            if let (Some(user), Some(id), Some(key), Some(text)) = (user, id, key, text)
                && me.as_str() == user
            {
                let draft = Draft { key, text, progress: Progress::Queued, tries: 0 };
                self.change(&ConversationId(id), |thread| thread.drafts.push(draft));
            }
        }
    }

    /// Sends everything that waits. A request of the last connection may hang; it is sent again, and its idempotency key
    /// makes the server write it once.
    pub(super) fn send_all(self) {
        let mut ids = Vec::new();
        self.threads.update(|threads| {
            for thread in threads.iter_mut().filter(|thread| !thread.drafts.is_empty()) {
                for draft in &mut thread.drafts {
                    if draft.progress == Progress::Sending {
                        draft.progress = Progress::Queued;
                    }
                }
                ids.push(thread.id.clone());
            }
        });
        for id in ids {
            self.send_next(id);
        }
    }

    /// Sends the first draft that waits, if none is on its way.
    fn send_next(self, id: ConversationId) {
        let Some(session) = self.session.try_get_value() else { return };
        if self.status.try_get_untracked() != Some(ConnectionStatus::Connected) {
            return;
        }
        let first = self.with_thread_untracked(&id, |thread| {
            let unsent = thread.drafts.iter().find(|draft| !draft.is_refused());
            unsent.filter(|draft| draft.progress == Progress::Queued).cloned()
        });
        let Some(Draft { key, text, tries, .. }) = first else { return };
        let tries = tries + 1;
        self.change_draft(&id, &key, |draft| (draft.progress, draft.tries) = (Progress::Sending, tries));

        let (check, its, name) = (session.clone(), id.clone(), key.clone());
        spawn_local(async move {
            sleep(USUAL_REPLY_TIME).await;
            if self.is_sending(&its, &name, tries) {
                check.check();
            }
        });
        spawn_local(async move {
            let result = session.api().post_message(&id, &text, &key).await;
            match result {
                Ok(message) => self.change(&id, |thread| {
                    thread.drafts.retain(|draft| draft.key != key);
                    thread.add(message);
                }),
                // A later attempt is under way.
                Err(_) if !self.is_sending(&id, &key, tries) => return,
                Err(error) if is_transient(&error) => {
                    self.change_draft(&id, &key, |draft| draft.progress = Progress::Queued);
                    session.check();
                    let wait = Duration::from_secs(1 << tries.min(5));
                    sleep(wait.min(LONGEST_RETRY_DELAY)).await;
                }
                Err(error) => {
                    let why = words::trouble(&error);
                    self.change_draft(&id, &key, |draft| draft.progress = Progress::Refused(why));
                }
            }
            self.save();
            self.send_next(id);
        });
    }

    fn is_sending(self, id: &ConversationId, key: &str, tries: u32) -> bool {
        self.with_thread_untracked(id, |thread| {
            let is_it = |draft: &Draft| {
                draft.key == key && draft.tries == tries && draft.progress == Progress::Sending
            };
            thread.drafts.iter().any(is_it)
        })
    }

    /// Stores the unsent messages for a reload.
    fn save(self) {
        let kept = Array::new();
        let Some(me) = self.me.try_with_untracked(|me| me.id.clone()) else { return };
        let _read = self.threads.try_with_untracked(|threads| {
            for thread in threads {
                for draft in &thread.drafts {
                    let part = |text: &str| text.into();
                    kept.push(&js::object([
                        ("user", part(me.as_str())),
                        ("id", part(&thread.id.0)),
                        ("key", part(&draft.key)),
                        ("text", part(&draft.text)),
                    ]));
                }
            }
        });
        match JSON::stringify(&kept).ok().and_then(|text| text.as_string()) {
            Some(text) if kept.length() > 0 => storage::write(STORAGE_KEY, &text),
            Some(_) | None => storage::remove(STORAGE_KEY),
        }
    }
}

/// Whether the same request may succeed later.
fn is_transient(error: &RequestError) -> bool {
    match error {
        RequestError::Unreachable => true,
        RequestError::Refused(body) => matches!(body.code, ErrorCode::Unavailable | ErrorCode::RateLimited),
    }
}
