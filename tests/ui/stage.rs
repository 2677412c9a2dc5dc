//! A page with the interface in it, a script that plays the calls, and eyes and hands of a person.

use crate::people::user;
use call_core::{CallView, UserEvent};
use call_protocol::{CallHistory, ConversationId, UserId};
use core::cell::{Cell, RefCell};
use core::time::Duration;
use js_sys::Date;
use kit_browser::screen::{self, name};
use leptos::mount::mount_to;
use leptos::prelude::*;
use messenger_calls::platform::js::document;
use messenger_calls::platform::timer::sleep;
use messenger_calls::widget::kit::dates::Today;
use messenger_calls::widget::kit::guard::Later;
use messenger_calls::widget::kit::signal::{ArcRwSignal, Signal};
use messenger_calls::widget::ui::{
    Browser, Callee, Calls, HistoryPage, HostPage, SoundState, StreamOf, Unavailable, call_widget,
};
use std::any::Any;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlButtonElement, HtmlElement, KeyboardEvent, KeyboardEventInit, MediaStream};

/// What the script says beside the calls.
#[derive(Clone)]
pub(crate) struct Surroundings {
    pub(crate) online: ArcRwSignal<Option<bool>>,
    pub(crate) connected: ArcRwSignal<bool>,
    pub(crate) calls_enabled: ArcRwSignal<bool>,
    pub(crate) blocked: ArcRwSignal<Vec<UserId>>,
    pub(crate) today: ArcRwSignal<Today>,
    /// Why there is nobody to call; then there is nobody.
    pub(crate) unavailable: Option<Unavailable>,
    pub(crate) history: bool,
    pub(crate) shortcuts: bool,
    /// What waits for the end of a moment in which nothing can be pressed; without it such moments take no time.
    pub(crate) guards: Option<Rc<RefCell<Vec<Later>>>>,
}

impl Default for Surroundings {
    fn default() -> Self {
        let (online, connected) = (ArcRwSignal::new(Some(true)), ArcRwSignal::new(true));
        let (blocked, today) = (ArcRwSignal::new(vec![]), ArcRwSignal::new(Today::of(Date::now())));
        Self {
            online,
            connected,
            calls_enabled: ArcRwSignal::new(true),
            blocked,
            today,
            unavailable: None,
            history: false,
            shortcuts: true,
            guards: None,
        }
    }
}

/// The stage of one test; dropping it unmounts.
pub(crate) struct Stage {
    place: HtmlElement,
    view: ArcRwSignal<CallView>,
    pub(crate) sound: ArcRwSignal<SoundState>,
    pub(crate) around: Surroundings,
    done: Rc<RefCell<Vec<UserEvent>>>,
    /// How often the person clicked to hear the ring.
    pub(crate) unlocked: Rc<Cell<u32>>,
    /// What was asked of the history: the marks.
    pub(crate) asked: Rc<RefCell<Vec<Option<String>>>>,
    /// What it answers next.
    pub(crate) pages: Rc<RefCell<Vec<CallHistory>>>,
    /// The own camera and the other side's.
    pub(crate) streams: [MediaStream; 2],
    mounted: Option<Box<dyn Any>>,
}

impl Stage {
    pub(crate) async fn with(view: CallView) -> Self {
        Self::set(view, Surroundings::default(), vec![]).await
    }

    pub(crate) async fn set(view: CallView, around: Surroundings, pages: Vec<CallHistory>) -> Self {
        let mut stage = Self {
            place: screen::place(),
            view: ArcRwSignal::new(view),
            sound: ArcRwSignal::new(SoundState::Silent),
            around,
            done: Rc::default(),
            unlocked: Rc::default(),
            asked: Rc::default(),
            pages: Rc::new(RefCell::new(pages)),
            streams: [MediaStream::new().unwrap(), MediaStream::new().unwrap()],
            mounted: None,
        };
        stage.mount();
        settle().await;
        stage
    }

    fn mount(&mut self) {
        let (view, sound, around) = (self.view.clone(), self.sound.clone(), self.around.clone());
        let (done, unlocked) = (self.done.clone(), self.unlocked.clone());
        let (asked, pages) = (self.asked.clone(), self.pages.clone());
        let guards = around.guards.clone();
        let [own, other] = self.streams.clone();
        let mounted = mount_to(self.place.clone(), move || {
            let calls = Calls {
                view: view.into(),
                sound: sound.into(),
                act: UnsyncCallback::new(move |event| done.borrow_mut().push(event)),
                stream: UnsyncCallback::new(move |of| {
                    // The handle: the method `clone` of a stream makes another stream.
                    Some(Clone::clone(match of {
                        StreamOf::Local(_) => &own,
                        StreamOf::Remote(_) => &other,
                    }))
                }),
                unlock_sound: UnsyncCallback::new(move |()| unlocked.set(unlocked.get() + 1)),
                later: UnsyncCallback::new(move |act: Later| -> Box<dyn Any> {
                    match &guards {
                        Some(guards) => guards.borrow_mut().push(act),
                        None => act(),
                    }
                    Box::new(())
                }),
            };
            let callee = Callee { conversation_id: ConversationId::from("k1"), peer: user("Ben") };
            let host = HostPage {
                me: Signal::stored(Some(user("Anna"))),
                contact: Signal::stored(around.unavailable.is_none().then_some(callee)),
                online: around.online.into(),
                unavailable: Signal::stored(around.unavailable),
                connected: around.connected.into(),
                calls_enabled: around.calls_enabled.into(),
                blocked: around.blocked.into(),
                today: around.today.into(),
                show_buttons: true,
                show_history: around.history,
                shortcuts: Signal::stored(around.shortcuts),
                browser: Browser::Firefox,
                load_history: UnsyncCallback::new(move |before: Option<String>| -> HistoryPage {
                    asked.borrow_mut().push(before);
                    let page = pages.borrow_mut().pop();
                    Box::pin(async move { page.ok_or(call_core::RequestError::Unreachable) })
                }),
                sign_in: UnsyncCallback::new(|()| {}),
            };
            call_widget(calls, host)
        });
        self.mounted = Some(Box::new(mounted));
    }

    /// The script goes on.
    pub(crate) async fn show(&self, view: CallView) {
        self.view.set(view);
        settle().await;
    }

    /// What the person did so far; forgotten by asking.
    pub(crate) fn done(&self) -> Vec<UserEvent> {
        self.done.take()
    }

    /// Takes the interface out of the page.
    pub(crate) async fn strike(&mut self) {
        self.mounted.take();
        settle().await;
    }

    pub(crate) fn all(&self, selector: &str) -> Vec<Element> {
        screen::all(&self.place, selector)
    }

    pub(crate) fn one(&self, selector: &str) -> Element {
        self.all(selector).pop().unwrap_or_else(|| panic!("no {selector} in {}", self.text()))
    }

    /// The names of all buttons, in order.
    pub(crate) fn buttons(&self) -> Vec<String> {
        self.all("button").iter().map(name).collect()
    }

    /// The names of the buttons of the open window.
    pub(crate) fn window_buttons(&self) -> Vec<String> {
        self.all(".mc-layer button").iter().map(name).collect()
    }

    pub(crate) fn button(&self, named: &str) -> HtmlButtonElement {
        let found = self.all("button").into_iter().find(|button| name(button) == named);
        found.unwrap_or_else(|| panic!("no {named} among {:?}", self.buttons())).unchecked_into()
    }

    pub(crate) async fn click(&self, named: &str) {
        self.button(named).click();
        settle().await;
    }

    /// Everything that is written, without the live regions.
    pub(crate) fn text(&self) -> String {
        let parts = self.all(".mc > :not(.mc-hush)");
        parts.iter().filter_map(|part| part.text_content()).collect::<Vec<_>>().join("\n")
    }

    /// What a screen reader is told.
    pub(crate) fn said(&self, role: &str) -> String {
        self.one(&format!(".mc-hush[role={role}]")).text_content().unwrap_or_default()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.place.remove();
    }
}

/// Presses a letter with Alt in an element, as a keyboard does that makes something of it; true if the page's key was taken.
pub(crate) fn press_alt_in(
    target: &Element,
    letter: char,
    typed: &str,
    more: impl Fn(&KeyboardEventInit),
) -> bool {
    let init = KeyboardEventInit::new();
    init.set_alt_key(true);
    init.set_key(typed);
    init.set_code(&format!("Key{}", letter.to_ascii_uppercase()));
    more(&init);
    press(target, &init)
}

/// Presses a letter with Alt while nothing has the focus.
pub(crate) fn press_alt(letter: char) -> bool {
    press_alt_in(&document().body().unwrap(), letter, &letter.to_string(), |_| {})
}

/// Presses a key in an element; true if the page's key was taken.
pub(crate) fn press_key(target: &Element, key: &str) -> bool {
    let init = KeyboardEventInit::new();
    init.set_key(key);
    press(target, &init)
}

/// Presses a key in an element; true if the page's key was taken.
pub(crate) fn press(target: &Element, init: &KeyboardEventInit) -> bool {
    init.set_bubbles(true);
    init.set_cancelable(true);
    init.set_composed(true);
    let event = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", init).unwrap();
    !target.dispatch_event(&event).unwrap()
}

/// Lets effects run.
pub(crate) async fn settle() {
    sleep(Duration::from_millis(20)).await;
}
