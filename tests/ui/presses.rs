//! What counts as a press on a control of ours, and what does not: keys that belong to the page, double clicks, held keys,
//! and presses that were meant for what was there before.

use crate::people::{ended, incoming, outgoing, ringing, talking};
use crate::stage::{Stage, Surroundings, press, press_alt, press_alt_in, press_key, settle};
use call_core::{AnswerWith, CallView, IncomingStage, IncomingView, Outcome, OutgoingStage, UserEvent};
use call_protocol::CallId;
use call_protocol::CallType::{Audio, Video};
use kit_browser::fake::page_listeners;
use messenger_calls::platform::js::document;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlElement, KeyboardEventInit, PointerEvent, PointerEventInit};

/// Something of the page beside us; gone when dropped.
struct OfThePage(HtmlElement);

impl OfThePage {
    fn new(html: &str) -> Self {
        let place: HtmlElement = document().create_element("div").unwrap().unchecked_into();
        place.set_inner_html(html);
        document().body().unwrap().append_child(&place).unwrap();
        Self(place)
    }

    /// The element in it that gets the focus.
    fn focused(&self) -> HtmlElement {
        let element: HtmlElement = self.0.query_selector("#here").unwrap().unwrap().unchecked_into();
        element.focus().unwrap();
        element
    }
}

impl Drop for OfThePage {
    fn drop(&mut self) {
        self.0.remove();
    }
}

fn with_focus() -> Element {
    document().active_element().unwrap()
}

/// A click as a mouse makes it: the how-many-th of several in a row.
fn click_again(button: &Element, count: i32) {
    let init = PointerEventInit::new();
    init.set_bubbles(true);
    init.set_cancelable(true);
    init.set_detail(count);
    button.dispatch_event(&PointerEvent::new_with_event_init_dict("click", &init).unwrap()).unwrap();
}

#[wasm_bindgen_test]
async fn keys_answer_and_decline_only_while_it_rings_and_where_the_page_gives_them_away() {
    let mut stage = Stage::with(CallView::Idle).await;
    let listeners = page_listeners();
    assert!(!press_alt('c'), "nothing rings");
    stage.show(ringing(Video)).await;
    for letter in ['c', 'v', 'd'] {
        assert!(press_alt(letter));
    }
    assert!(!press_alt('x'), "other keys are the page's");
    let everything = UserEvent::Answer(AnswerWith::Everything);
    let voice = UserEvent::Answer(AnswerWith::VoiceOnly);
    assert_eq!(stage.done(), [everything, voice, UserEvent::Decline]);
    assert_eq!(stage.button("Answer").get_attribute("aria-keyshortcuts").as_deref(), Some("Alt+C"));
    assert_eq!(stage.all("kbd").len(), 3);
    assert!(stage.said("alert").ends_with("Alt D to decline."), "{}", stage.said("alert"));

    stage.show(incoming(Video, IncomingStage::Answering)).await;
    assert!(!press_alt('c'), "pressed already");
    stage.show(ringing(Audio)).await;
    assert!(!press_alt('v'), "a voice call is answered with the voice anyway");
    stage.show(CallView::InCall(talking(Audio))).await;
    assert!(!press_alt('d'), "it no longer rings");
    stage.show(ringing(Audio)).await;
    stage.strike().await;
    assert!(!press_alt('c'), "the interface is gone");
    assert_eq!(stage.done(), []);
    assert_eq!(page_listeners(), listeners, "a listener is left");
}

#[wasm_bindgen_test]
async fn in_a_page_that_keeps_its_keys_none_of_them_is_taken_or_named() {
    let around = Surroundings { shortcuts: false, ..Surroundings::default() };
    let stage = Stage::set(ringing(Video), around, vec![]).await;
    for letter in ['c', 'v', 'd'] {
        assert!(!press_alt(letter));
    }
    assert_eq!(stage.done(), []);
    assert!(stage.all("kbd, [aria-keyshortcuts]").is_empty());
    assert_eq!(stage.said("alert"), "Ben is calling you: video call.");
}

#[wasm_bindgen_test]
async fn a_key_that_writes_something_is_never_taken_for_an_answer() {
    let stage = Stage::with(ringing(Video)).await;
    let body: Element = document().body().unwrap().unchecked_into();
    // Option on a Mac, a dead key, other alphabets, and a keyboard with an alphabet of its own.
    for typed in ["\u{107}", "\u{e7}", "Dead", "\u{441}", "\u{2202}", "Process", "cc"] {
        assert!(!press_alt_in(&body, 'c', typed, |_| {}), "{typed}");
    }
    type More = fn(&KeyboardEventInit);
    let more: [(&str, More); 6] = [
        ("Ctrl", |init| init.set_ctrl_key(true)),
        ("Meta", |init| init.set_meta_key(true)),
        ("Shift", |init| init.set_shift_key(true)),
        ("AltGr", |init| init.set_modifier_alt_graph(true)),
        ("held", |init| init.set_repeat(true)),
        ("input method", |init| init.set_is_composing(true)),
    ];
    for (what, more) in more {
        assert!(!press_alt_in(&body, 'd', "d", more), "{what}");
    }
    assert_eq!(stage.done(), []);
    assert!(press_alt_in(&body, 'd', "d", |init| init.set_modifier_num_lock(true)), "it changes no letter");
}

#[wasm_bindgen_test]
async fn keys_belong_to_whoever_writes_wherever_that_is() {
    let stage = Stage::with(ringing(Video)).await;
    for html in [
        "<input id=here>",
        "<textarea id=here></textarea>",
        "<select id=here><option>1</select>",
        "<div id=here contenteditable=true>text</div>",
        "<div contenteditable=true>text <button id=here>in it</button></div>",
        "<div id=here role=textbox tabindex=0></div>",
        "<div id=here role=searchbox tabindex=0></div>",
        "<div id=here role=combobox tabindex=0></div>",
        "<div role=application><div id=here tabindex=0></div></div>",
        "<iframe id=here srcdoc='<input autofocus>'></iframe>",
        "<closed-editor id=here tabindex=0></closed-editor>",
    ] {
        let page = OfThePage::new(html);
        let field = page.focused();
        assert!(!press_alt_in(&field, 'c', "c", |_| {}), "{html}");
    }
    // In an open shadow root the element that writes is found inside.
    let page = OfThePage::new("<div id=host></div>");
    let host = page.0.query_selector("#host").unwrap().unwrap();
    let root = host.attach_shadow(&web_sys::ShadowRootInit::new(web_sys::ShadowRootMode::Open)).unwrap();
    root.set_inner_html("<textarea></textarea><button>press</button>");
    let inside = |tag: &str| -> HtmlElement { root.query_selector(tag).unwrap().unwrap().unchecked_into() };
    inside("textarea").focus().unwrap();
    assert!(!press_alt_in(&inside("textarea"), 'c', "c", |_| {}));
    assert_eq!(stage.done(), []);
    inside("button").focus().unwrap();
    assert!(press_alt_in(&inside("button"), 'c', "c", |_| {}), "nobody writes there");
}

#[wasm_bindgen_test]
async fn no_other_key_answers_declines_or_hangs_up() {
    let page = OfThePage::new("<button id=here>of the page</button>");
    let stage = Stage::with(CallView::Idle).await;
    let button = page.focused();
    for view in [
        ringing(Video),
        CallView::Outgoing(outgoing(Video, OutgoingStage::Ringing)),
        CallView::InCall(talking(Video)),
        CallView::InCall(talking(Audio)),
    ] {
        stage.show(view).await;
        assert_eq!(with_focus(), *button.unchecked_ref::<Element>(), "it stays where it was");
        let window = stage.one(".mc-window");
        for key in ["Enter", " ", "Escape", "PageDown", "ArrowDown", "End", "a", "Delete", "Tab"] {
            press_key(&button, key);
            press_key(&window, key);
        }
    }
    assert_eq!(stage.done(), []);
}

#[wasm_bindgen_test]
async fn a_window_that_appears_cannot_be_pressed_for_a_moment_by_anything() {
    let guards: Rc<RefCell<Vec<messenger_calls::widget::kit::guard::Later>>> = Rc::default();
    let around = Surroundings { guards: Some(guards.clone()), ..Surroundings::default() };
    let stage = Stage::set(CallView::Idle, around, vec![]).await;
    let pass = async || {
        for over in guards.take() {
            over();
        }
        settle().await;
    };
    let everything = UserEvent::Answer(AnswerWith::Everything);
    let hung_up = ended(Video, Outcome::HungUpByThem, Some(5));
    let again = CallView::Incoming(IncomingView {
        party: call_core::Party { call_id: Some(CallId::from("c2")), ..crate::people::party(Video) },
        stage: IncomingStage::Ringing,
        waiting_for: None,
    });
    for (view, button, event) in [
        (ringing(Video), "Answer", everything.clone()),
        (again, "Answer", everything), // another call of the same person
        (CallView::Ended(hung_up), "Close", UserEvent::Dismiss),
        (CallView::Outgoing(outgoing(Audio, OutgoingStage::Ringing)), "Cancel", UserEvent::HangUp),
        (CallView::InCall(talking(Audio)), "Hang up", UserEvent::HangUp),
    ] {
        stage.show(view.clone()).await;
        assert!(stage.button(button).closest("[data-fresh]").unwrap().is_some(), "{view:?}");
        stage.click(button).await;
        click_again(&stage.button(button), 1);
        assert!(!press_alt('c') && !press_alt('d'));
        assert_eq!(stage.done(), [], "{view:?}");
        pass().await;
        stage.click(button).await;
        assert_eq!(stage.done(), [event]);
    }
}

#[wasm_bindgen_test]
async fn what_moves_inside_a_window_cannot_be_pressed_for_a_moment_either() {
    let guards: Rc<RefCell<Vec<messenger_calls::widget::kit::guard::Later>>> = Rc::default();
    let around = Surroundings { guards: Some(guards.clone()), ..Surroundings::default() };
    let stage = Stage::set(CallView::InCall(talking(Video)), around, vec![]).await;
    guards.take().into_iter().for_each(|over| over());
    stage.click("Enlarge").await;
    stage.click("Hang up").await;
    assert_eq!(stage.done(), []);
    guards.take().into_iter().for_each(|over| over());
    stage.click("Hang up").await;
    assert_eq!(stage.done(), [UserEvent::HangUp]);
}

#[wasm_bindgen_test]
async fn a_double_click_and_a_key_that_is_held_are_one_press() {
    let stage = Stage::with(ringing(Video)).await;
    let answer: Element = stage.button("Answer").unchecked_into();
    click_again(&answer, 1);
    click_again(&answer, 2);
    click_again(&answer, 3);
    assert_eq!(stage.done(), [UserEvent::Answer(AnswerWith::Everything)]);
    let held = KeyboardEventInit::new();
    held.set_key("Enter");
    assert!(!press(&answer, &held), "the first one is the browser's to make a click of");
    held.set_repeat(true);
    assert!(press(&answer, &held), "the next ones make none");
}

#[wasm_bindgen_test]
async fn the_focus_follows_a_persons_own_press_to_the_window_and_never_to_a_button() {
    let stage = Stage::with(CallView::Idle).await;
    let video: HtmlElement = stage.button("Video").unchecked_into();
    video.focus().unwrap();
    stage.click("Video").await;
    stage.show(CallView::Outgoing(outgoing(Video, OutgoingStage::AskingForMedia))).await;
    assert_eq!(with_focus(), stage.one(".mc-outgoing"));
    assert_eq!(with_focus().get_attribute("aria-label").as_deref(), Some("Calling"));
    stage.show(CallView::InCall(talking(Video))).await;
    assert_eq!(with_focus(), stage.one(".mc-video"), "from the window that went");
    stage.show(CallView::Ended(ended(Video, Outcome::HungUpByThem, Some(5)))).await;
    assert_eq!(with_focus(), stage.one(".mc-ended"));
    stage.show(ringing(Video)).await;
    assert_eq!(with_focus(), stage.one(".mc-ringing"));
    stage.show(CallView::Idle).await;
    assert_eq!(with_focus(), *stage.button("Video").unchecked_ref::<Element>(), "back to where it was");
}

#[wasm_bindgen_test]
async fn the_focus_follows_an_answer_that_takes_its_time() {
    let stage = Stage::with(ringing(Audio)).await;
    let answer: HtmlElement = stage.button("Answer").unchecked_into();
    answer.focus().unwrap();
    stage.click("Answer").await;
    stage.show(incoming(Audio, IncomingStage::Answering)).await;
    assert_eq!(with_focus(), *answer.unchecked_ref::<Element>(), "a button that does nothing now keeps it");
    assert_eq!(answer.get_attribute("aria-disabled").as_deref(), Some("true"));
    stage.done();
    stage.click("Answer").await;
    assert_eq!(stage.done(), []);
    stage.show(CallView::InCall(talking(Audio))).await;
    assert_eq!(with_focus(), stage.one(".mc-voice"));
}

#[wasm_bindgen_test]
async fn a_window_that_comes_by_itself_takes_the_focus_from_nobody() {
    for html in ["<textarea id=here></textarea>", "<button id=here>of the page</button>"] {
        let page = OfThePage::new(html);
        let stage = Stage::with(CallView::Idle).await;
        let here = page.focused();
        let own = |what: &str| assert_eq!(with_focus(), *here.unchecked_ref::<Element>(), "{what}");
        stage.show(ringing(Video)).await;
        own("it rings");
        // Answered by the host's own button.
        stage.show(CallView::InCall(talking(Video))).await;
        own("in the call");
        stage.show(CallView::Ended(ended(Video, Outcome::HungUpByThem, Some(5)))).await;
        own("the card");
        stage.show(CallView::Idle).await;
        own("afterwards");
    }
    let stage = Stage::with(CallView::Idle).await;
    let video: HtmlElement = stage.button("Video").unchecked_into();
    video.focus().unwrap();
    stage.show(ringing(Audio)).await;
    assert_eq!(with_focus(), *video.unchecked_ref::<Element>());
    stage.click("Video").await;
    assert_eq!(stage.done(), [], "it rings: the button calls nobody now");
}

#[wasm_bindgen_test]
async fn whoever_writes_or_has_moved_on_keeps_the_focus_when_the_window_comes() {
    let page = OfThePage::new("<textarea id=here></textarea>");
    let stage = Stage::with(ringing(Video)).await;
    stage.button("Answer").focus().unwrap();
    stage.click("Answer").await;
    let field = page.focused();
    stage.show(CallView::InCall(talking(Video))).await;
    assert_eq!(with_focus(), *field.unchecked_ref::<Element>());
}
