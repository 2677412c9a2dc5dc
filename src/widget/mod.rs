//! The calls as a widget in an element of any page: what `calls.js` exports, and what the messenger mounts.
//! Owns the handle that a page gets; never anything about a call.
//!
//! - `options`: what a page passes to `mount`
//! - `mounted`: one widget in one element, and what the widgets of one person share · `tokens`: the page's `getToken`
//! - `calls`: the client's calls in the page
//! - `directory`: the signed-in user, the contacts and the connection, as signals
//! - `interface`: mounts the components of `ui` · `kit`: what these and the messenger are made of
//! - `state`: what a page may read · `announcements`: DOM events for the page · `placing`: the promise of `call()`
//! - `mistake`: what a page's developer has to correct

mod announcements;
mod calls;
mod directory;
mod interface;
pub mod kit;
mod mistake;
mod mounted;
mod options;
mod placing;
mod state;
mod tokens;
pub mod ui;

pub use options::{Options, Target, Theme, Title};
pub use state::{NoCall, WidgetState};
pub use ui::STYLES;

use crate::platform::js::{get, report_panics};
use crate::platform::session::Session;
use crate::platform::timer::sleep;
use call_core::{AnswerWith, UserEvent};
use call_protocol::{CallType, Contact, ConversationId, UserId};
use core::time::Duration;
use js_sys::{Array, Object, Promise};
use mistake::Mistake;
use mounted::{Mounted, destroy};
use placing::{Deferred, deferred};
use std::rc::Weak;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{HtmlElement, Node};

/// How long `call()` waits until its contact is known: connecting and reading the contacts take a few round trips.
const CONTACT_WAIT_MS: u32 = 10_000;
const CONTACT_RETRY_MS: u32 = 50;

/// Mounts the calls into an element of a page.
#[wasm_bindgen]
pub fn mount(
    #[wasm_bindgen(unchecked_param_type = "HTMLElement")] element: JsValue,
    #[wasm_bindgen(unchecked_param_type = "CallOptions")] options: &JsValue,
) -> Result<Widget, JsValue> {
    report_panics();
    // Not `instanceof`: an element of a frame is of another window's class.
    let is_element = get(&element, "nodeType").as_f64() == Some(f64::from(Node::ELEMENT_NODE));
    if !is_element {
        let kind = || element.js_typeof().as_string().filter(|_| !element.is_null());
        let given = element.as_string().or_else(kind).unwrap_or_else(|| "null".to_owned());
        return Err(Mistake::Element(given).into_error());
    }
    let request = options::read(options, interface::properties()).map_err(Mistake::into_error)?;
    if let Some(signal) = request.options.signal.as_ref().filter(|signal| signal.aborted()) {
        return Err(get(signal, "reason"));
    }
    let mounted = mounted::mount_request(&element.unchecked_into(), request)?;
    Ok(Widget { mounted })
}

/// A handle on a mounted widget; harmless once the widget is gone.
#[wasm_bindgen]
pub struct Widget {
    mounted: Weak<Mounted>,
}

impl Widget {
    /// Mounts the calls of a session; whatever of ours was in the element before is destroyed first. The session is
    /// started when the element is in the page.
    pub fn mount_on(element: &HtmlElement, session: &Session, options: Options) -> Result<Self, JsValue> {
        mounted::mount_session(element, session, options).map(|mounted| Self { mounted })
    }

    /// Whether the person is busy, and whether the contact can be called.
    pub fn state(&self) -> WidgetState {
        self.mounted.upgrade().map_or(WidgetState::NOTHING, |mounted| mounted.state())
    }

    /// Passes in the contacts that the owner of the session has read, so that they are not read twice.
    pub fn set_contacts(&self, contacts: Vec<Contact>) {
        if let Some(mounted) = self.mounted.upgrade() {
            mounted.shared().directory.set_contacts(contacts);
        }
    }

    /// Chooses whom the person must not call, as `setBlocked()` does for a page in JavaScript.
    pub fn block(&self, people: Vec<UserId>) {
        if let Some(mounted) = self.mounted.upgrade() {
            mounted.shared().set_blocked(people);
        }
    }

    /// Calls the contact, as `call()` does for a page in JavaScript.
    pub fn place(&self, call_type: CallType) -> Promise {
        let (promise, deferred) = deferred();
        let command = self.mounted.upgrade().map_or(0, |mounted| {
            mounted.request_contact();
            mounted.next_command()
        });
        if let Err(deferred) = attempt(&self.mounted, call_type, deferred) {
            spawn_local(call_later(self.mounted.clone(), command, call_type, deferred));
        }
        promise
    }

    fn act(&self, event: UserEvent) {
        if let Some(mounted) = self.mounted.upgrade() {
            mounted.next_command();
            mounted.shared().calls.act(event);
        }
    }
}

#[wasm_bindgen]
impl Widget {
    /// Calls the contact of the widget: "audio" or "video". Resolves with the call's id when it was placed, and is
    /// rejected with an error that has a `code` when it cannot be. Waits for the contact if it is not known yet.
    #[wasm_bindgen(unchecked_return_type = "Promise<string>")]
    pub fn call(
        &self,
        #[wasm_bindgen(unchecked_param_type = "\"audio\" | \"video\"")] call_type: &JsValue,
    ) -> Promise {
        match call_type.as_string().as_deref() {
            Some("audio") => self.place(CallType::Audio),
            Some("video") => self.place(CallType::Video),
            Some(_) | None => {
                let (promise, deferred) = deferred();
                deferred.reject(Mistake::CallType);
                promise
            }
        }
    }

    /// What the widget knows now; the event `messenger-calls:state` tells of every change.
    #[wasm_bindgen(getter, js_name = state, unchecked_return_type = "WidgetState")]
    pub fn state_object(&self) -> Object {
        self.state().to_object()
    }

    /// Chooses whom the person must not call: the buttons say that they are blocked. For all widgets of the person.
    #[wasm_bindgen(js_name = setBlocked)]
    pub fn set_blocked(&self, #[wasm_bindgen(unchecked_param_type = "string[]")] people: &JsValue) {
        let ids = people.dyn_ref::<Array>().map(|all| all.iter().map(|id| id.as_string().map(UserId)));
        match (ids.and_then(Iterator::collect), self.mounted.upgrade()) {
            (Some(ids), _) => self.block(ids),
            (None, Some(mounted)) => mounted.report(&Mistake::BlockedList),
            (None, None) => {} // destroyed
        }
    }

    /// Answers the call that rings.
    pub fn answer(&self) {
        self.act(UserEvent::Answer(AnswerWith::Everything));
    }

    /// Answers the video call that rings with the voice only.
    #[wasm_bindgen(js_name = answerWithVoice)]
    pub fn answer_with_voice(&self) {
        self.act(UserEvent::Answer(AnswerWith::VoiceOnly));
    }

    /// Declines the call that rings.
    pub fn decline(&self) {
        self.act(UserEvent::Decline);
    }

    /// Hangs up, or cancels the call that was placed.
    #[wasm_bindgen(js_name = hangUp)]
    pub fn hang_up(&self) {
        self.act(UserEvent::HangUp);
    }

    /// Switches the microphone off or on.
    #[wasm_bindgen(js_name = toggleMute)]
    pub fn toggle_mute(&self) {
        self.act(UserEvent::ToggleMute);
    }

    /// Switches the camera off or on.
    #[wasm_bindgen(js_name = toggleCamera)]
    pub fn toggle_camera(&self) {
        self.act(UserEvent::ToggleCamera);
    }

    /// Chooses whom the buttons call, by conversation; nobody when left out.
    #[wasm_bindgen(js_name = setConversation)]
    pub fn set_conversation(&self, id: Option<String>) {
        self.set_target(id.map(|id| Target::Conversation(ConversationId(id))));
    }

    /// Chooses whom the buttons call, by person; nobody when left out.
    #[wasm_bindgen(js_name = setContact)]
    pub fn set_contact(&self, id: Option<String>) {
        self.set_target(id.map(|id| Target::Contact(UserId(id))));
    }

    /// Takes everything out of the page; hangs up if need be and no other widget of the same person is left.
    pub fn destroy(&self) {
        destroy(&self.mounted);
    }

    fn set_target(&self, target: Option<Target>) {
        if let Some(mounted) = self.mounted.upgrade() {
            mounted.set_target(target);
        }
    }
}

/// Places the call, or rejects the promise; gives the promise back while the contact is not known yet.
fn attempt(mounted: &Weak<Mounted>, call_type: CallType, deferred: Deferred) -> Result<(), Deferred> {
    let Some(mounted) = mounted.upgrade() else {
        deferred.reject(Mistake::Destroyed);
        return Ok(());
    };
    match mounted.callee() {
        Ok((conversation_id, peer)) => mounted.shared().place(conversation_id, peer, call_type, deferred),
        Err(Some(mistake)) => deferred.reject(mistake),
        Err(None) => return Err(deferred),
    }
    Ok(())
}

/// Retries until the contact is known, unless the page gives another command meanwhile.
async fn call_later(mounted: Weak<Mounted>, command: u32, call_type: CallType, mut deferred: Deferred) {
    for _ in 0..CONTACT_WAIT_MS / CONTACT_RETRY_MS {
        sleep(Duration::from_millis(CONTACT_RETRY_MS.into())).await;
        if mounted.upgrade().is_some_and(|mounted| mounted.last_command() != command) {
            return deferred.reject(Mistake::NotPlaced("cancelled"));
        }
        match attempt(&mounted, call_type, deferred) {
            Ok(()) => return,
            Err(waiting) => deferred = waiting,
        }
    }
    deferred.reject(Mistake::NotConnected);
}
