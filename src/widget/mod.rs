//! The calls as a widget in an element of any page: what `calls.js` exports, and what the messenger mounts.
//! Owns the handle that a page gets; never anything about a call.
//!
//! - `options`: what a page may ask for
//! - `mounted`: one widget in one element, and what the widgets of one person share · `tokens`: whose they are
//! - `calls`: the client's calls in the page
//! - `directory`: whom they may call, from the session's contacts
//! - `interface`: the components on top, those of `ui` · `kit`: what these and the messenger are made of
//! - `announcements`: DOM events for the page · `placing`: a call as a promise
//! - `mistake`: what can be wrong with all of it

mod announcements;
mod calls;
mod directory;
mod interface;
pub mod kit;
mod mistake;
mod mounted;
mod options;
mod placing;
mod tokens;
pub mod ui;

pub use options::{Options, Target, Theme, Title};
pub(crate) use ui::parts::act;
pub(crate) use ui::words::{CannotCall, Record};
pub use ui::{Browser, Callee, Calls, HistoryPage, HostPage, STYLES};
pub(crate) use ui::{call_buttons, call_history, call_line, why_not};

use crate::platform::js::{get, report_panics};
use crate::platform::session::Session;
use crate::platform::timer::sleep;
use call_core::{AnswerWith, UserEvent};
use call_protocol::{CallType, ConversationId, UserId};
use core::time::Duration;
use js_sys::Promise;
use mistake::Mistake;
use mounted::{Mounted, destroy};
use placing::{Pledge, pledge};
use std::rc::Weak;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{HtmlElement, Node};

/// How long a call waits for its contact: a slow network needs a few round trips after the page is there.
const PATIENCE_MS: u32 = 10_000;
const STEP_MS: u32 = 50;

/// Mounts the calls into an element of a page that is not ours.
#[wasm_bindgen]
pub fn mount(
    #[wasm_bindgen(unchecked_param_type = "HTMLElement")] element: JsValue,
    #[wasm_bindgen(unchecked_param_type = "CallOptions")] options: &JsValue,
) -> Result<Widget, JsValue> {
    report_panics();
    // Not by its class: the element of a frame has another window's.
    let is_element = get(&element, "nodeType").as_f64() == Some(f64::from(Node::ELEMENT_NODE));
    if !is_element {
        let kind = || element.js_typeof().as_string().filter(|_| !element.is_null());
        let given = element.as_string().or_else(kind).unwrap_or_else(|| "null".to_owned());
        return Err(Mistake::Element(given).into_error());
    }
    let wish = options::read(options, interface::properties()).map_err(Mistake::into_error)?;
    if let Some(signal) = wish.options.signal.as_ref().filter(|signal| signal.aborted()) {
        return Err(get(signal, "reason"));
    }
    let mounted = mounted::mount_wish(&element.unchecked_into(), wish)?;
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

    /// The calls behind the widget, for components that the messenger shows elsewhere in its page.
    pub fn calls(&self) -> Option<impl FnOnce() -> Calls + use<>> {
        self.mounted.upgrade().map(|mounted| mounted.calling().calls.bind())
    }

    fn act(&self, event: UserEvent) {
        if let Some(mounted) = self.mounted.upgrade() {
            mounted.wish();
            mounted.calling().calls.act(event);
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
        let (promise, pledge) = pledge();
        let call_type = match call_type.as_string().as_deref() {
            Some("audio") => CallType::Audio,
            Some("video") => CallType::Video,
            Some(_) | None => {
                pledge.refuse(Mistake::CallType);
                return promise;
            }
        };
        let wish = self.mounted.upgrade().map_or(0, |mounted| {
            mounted.look_up();
            mounted.wish()
        });
        if let Err(pledge) = attempt(&self.mounted, call_type, pledge) {
            spawn_local(call_later(self.mounted.clone(), wish, call_type, pledge));
        }
        promise
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
        self.aim(id.map(|id| Target::Conversation(ConversationId(id))));
    }

    /// Chooses whom the buttons call, by person; nobody when left out.
    #[wasm_bindgen(js_name = setContact)]
    pub fn set_contact(&self, id: Option<String>) {
        self.aim(id.map(|id| Target::Contact(UserId(id))));
    }

    /// Takes everything out of the page; hangs up if need be and no other widget of the same person is left.
    pub fn destroy(&self) {
        destroy(&self.mounted);
    }

    fn aim(&self, target: Option<Target>) {
        if let Some(mounted) = self.mounted.upgrade() {
            mounted.aim(target);
        }
    }
}

/// Calls the contact, or says why not; gives the promise back if that is not known yet.
fn attempt(mounted: &Weak<Mounted>, call_type: CallType, pledge: Pledge) -> Result<(), Pledge> {
    let Some(mounted) = mounted.upgrade() else {
        pledge.refuse(Mistake::Destroyed);
        return Ok(());
    };
    match mounted.callee() {
        Ok((conversation_id, peer)) => mounted.calling().place(conversation_id, peer, call_type, pledge),
        Err(Some(mistake)) => pledge.refuse(mistake),
        Err(None) => return Err(pledge),
    }
    Ok(())
}

/// Tries again and again until it is known, unless the page wants something else meanwhile.
async fn call_later(mounted: Weak<Mounted>, wish: u32, call_type: CallType, mut pledge: Pledge) {
    for _ in 0..PATIENCE_MS / STEP_MS {
        sleep(Duration::from_millis(STEP_MS.into())).await;
        if mounted.upgrade().is_some_and(|mounted| mounted.last_wish() != wish) {
            return pledge.refuse(Mistake::NotPlaced("cancelled"));
        }
        match attempt(&mounted, call_type, pledge) {
            Ok(()) => return,
            Err(waiting) => pledge = waiting,
        }
    }
    pledge.refuse(Mistake::NotConnected);
}
