//! The calls as a widget in an element of any page: what `calls.js` exports, and what the messenger mounts.
//! Owns one mounted widget per element; never leaves anything behind when it goes.
//!
//! - `options`: what a page may ask for
//! - `directory`: whom the buttons call, from the session's contacts
//! - `interface`: the components on top
//! - `announcements`: DOM events for the page
//! - `misuse`: what a page can do wrong

mod announcements;
mod directory;
mod interface;
mod misuse;
mod options;

pub use options::{Options, Target, Theme};

use crate::session::Session;
use crate::shell::host::Host;
use crate::shell::js;
use crate::store::{CallStore, Calls, News};
use announcements::Announcer;
use call_core::{AnswerWith, UserEvent};
use call_protocol::{CallType, ConversationId, UserId};
use core::cell::RefCell;
use directory::Directory;
use interface::Interface;
use misuse::Misuse;
use std::rc::{Rc, Weak};
use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;

thread_local! {
    /// What is mounted in this page. A page need not keep the handle: the garbage collector ends no call.
    static MOUNTED: RefCell<Vec<Rc<Mounted>>> = const { RefCell::new(Vec::new()) };
}

/// Mounts the calls into an element of a page that is not ours.
#[wasm_bindgen]
pub fn mount(element: HtmlElement, options: &JsValue) -> Result<Widget, JsValue> {
    let (session, options) = options::read(options)?;
    Widget::mount_on(&element, &session, options)
}

/// A handle on a mounted widget; harmless once the widget is gone.
#[wasm_bindgen]
pub struct Widget {
    mounted: Weak<Mounted>,
}

struct Mounted {
    // In the order in which they go.
    interface: RefCell<Option<Interface>>,
    store: CallStore,
    announcer: Announcer,
    directory: Rc<Directory>,
    host: Host,
}

impl Widget {
    /// Mounts the calls of a session; whatever of ours was in the element before is destroyed first.
    pub fn mount_on(element: &HtmlElement, session: &Session, options: Options) -> Result<Self, JsValue> {
        unmount(|mounted| mounted.host.element() == element);
        let host = Host::new(element, interface::STYLES)?;
        options.theme.apply(&host);
        let directory = Directory::new(session, options.target);
        let mounted = Rc::new_cyclic(|weak: &Weak<Mounted>| {
            let (news, removed) = (weak.clone(), weak.clone());
            host.on_removal(move || destroy(&removed));
            let store = CallStore::new(session, &options.assets, move |event| {
                if let Some(mounted) = news.upgrade() {
                    mounted.hear(&event);
                }
            });
            let user_agent = js::window().navigator().user_agent().unwrap_or_default();
            let parts = interface::Parts {
                store: &store,
                directory: &directory,
                user_agent: &user_agent,
                buttons: options.buttons,
                history: options.history,
                sign_in: options.sign_in.unwrap_or_else(|| {
                    let weak = weak.clone();
                    Rc::new(move || {
                        if let Some(mounted) = weak.upgrade() {
                            mounted.announcer.sign_in(&mounted.host);
                        }
                    })
                }),
            };
            Mounted {
                interface: RefCell::new(Some(interface::mount(host.root(), parts))),
                store,
                announcer: Announcer::default(),
                directory,
                host,
            }
        });
        let widget = Self { mounted: Rc::downgrade(&mounted) };
        MOUNTED.with_borrow_mut(|all| all.push(mounted));
        session.start();
        Ok(widget)
    }

    /// The calls behind the widget, for components that the messenger shows elsewhere in its page.
    pub fn calls(&self) -> Option<impl FnOnce() -> Calls + use<>> {
        self.mounted.upgrade().map(|mounted| mounted.store.bind())
    }

    fn act(&self, event: UserEvent) {
        if let Some(mounted) = self.mounted.upgrade() {
            mounted.store.act(event);
        }
    }
}

#[wasm_bindgen]
impl Widget {
    /// Calls the contact of the widget: "audio" or "video".
    pub fn call(&self, call_type: &str) -> Result<(), JsValue> {
        let call_type = match call_type {
            "audio" => CallType::Audio,
            "video" => CallType::Video,
            _ => return Err(Misuse::CallType.into()),
        };
        let contact = self.mounted.upgrade().and_then(|mounted| mounted.directory.callee());
        let (conversation_id, peer) = contact.ok_or(Misuse::Nobody)?;
        self.act(UserEvent::Call { conversation_id, peer, call_type });
        Ok(())
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

    /// Hangs up if need be, and takes everything out of the page.
    pub fn destroy(&self) {
        destroy(&self.mounted);
    }

    fn aim(&self, target: Option<Target>) {
        if let Some(mounted) = self.mounted.upgrade() {
            mounted.directory.aim(target);
        }
    }
}

impl Mounted {
    fn hear(&self, news: &News) {
        match news {
            News::View { before, after } => self.announcer.view(&self.host, before, after),
            News::RingFailed => self.announcer.trouble(&self.host, "ring_failed"),
            News::SignedOut => self.announcer.trouble(&self.host, "signed_out"),
            News::Replaced => self.announcer.trouble(&self.host, "replaced"),
        }
    }

    /// At once, even while somebody up the stack still holds this widget.
    fn tear_down(&self) {
        // The page hears how the call ended before the interface goes.
        self.store.close();
        self.interface.take();
        self.host.clear();
    }
}

fn destroy(mounted: &Weak<Mounted>) {
    unmount(|candidate| core::ptr::eq(candidate, mounted.as_ptr()));
}

fn unmount(which: impl Fn(&Mounted) -> bool) {
    let found = MOUNTED.with_borrow_mut(|all| {
        let index = all.iter().position(|mounted| which(mounted))?;
        Some(all.swap_remove(index))
    });
    if let Some(mounted) = found {
        mounted.tear_down();
    }
}
