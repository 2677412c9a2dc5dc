//! Whoever hears it ring can press Answer, whatever the page does around the widget.

use crate::page::{Page, place, serve};
use core::time::Duration;
use js_sys::Function;
use kit_browser::fake::until;
use messenger_calls::platform::js::document;
use messenger_calls::platform::timer::sleep;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlElement, ShadowRootInit, ShadowRootMode};

const COVER: &str = "position: fixed; inset: 0; width: auto; height: auto; background: silver";

/// Something that the page adds around or beside the calls.
fn add(to: &Element, tag: &str, style: &str) -> HtmlElement {
    let element: HtmlElement = document().create_element(tag).unwrap().unchecked_into();
    element.set_attribute("style", style).unwrap();
    to.append_child(&element).unwrap();
    element
}

fn body() -> Element {
    document().body().unwrap().into()
}

fn ask(element: &Element, method: &str) {
    let method: Function = js_sys::Reflect::get(element, &method.into()).unwrap().unchecked_into();
    method.call0(element).unwrap();
}

/// Which buttons of the window would get a click in their middle.
fn can_press() -> Vec<String> {
    let mut found = vec![];
    for layer in Page::layers_anywhere() {
        let root = layer.shadow_root().unwrap();
        let buttons = root.query_selector_all(".mc-choice button").unwrap();
        for button in (0..buttons.length()).filter_map(|index| buttons.get(index)) {
            let button: Element = button.unchecked_into();
            let at = button.get_bounding_client_rect();
            let (x, y) = (at.x() + at.width() / 2.0, at.y() + at.height() / 2.0);
            let hit = root.element_from_point(x as f32, y as f32);
            if at.width() > 0.0 && button.contains(hit.as_deref()) {
                found.push(button.text_content().unwrap_or_default());
            }
        }
    }
    found
}

async fn can_be_answered(what: &str) {
    let both = || {
        let pressed = can_press();
        ["Answer", "Decline"].iter().all(|text| pressed.iter().any(|button| button.contains(text)))
    };
    until(what, both).await;
}

#[wasm_bindgen_test]
async fn nothing_around_its_place_hides_the_window() {
    for style in [
        "display: none",
        "transform: translateX(0); overflow: hidden; width: 220px; height: 120px; position: absolute",
        "filter: blur(1px); contain: strict; width: 10px; height: 10px",
        "will-change: transform; opacity: 0",
        "visibility: hidden; pointer-events: none",
        "content-visibility: hidden",
        "position: fixed; inset: auto auto -500px -500px; z-index: -1",
    ] {
        serve();
        let around = add(&body(), "div", style);
        let inner = place();
        around.append_child(&inner).unwrap();
        let page = Page::open_at(inner).await;
        page.ben_calls();
        can_be_answered(style).await;
        page.end().await;
        around.remove();
    }
}

#[wasm_bindgen_test]
async fn nothing_that_lies_above_the_page_lies_above_the_window() {
    let page = Page::open().await;
    let banner = add(&body(), "div", &format!("{COVER}; z-index: 2147483647"));
    page.ben_calls();
    can_be_answered("a banner that was there").await;
    let popover = add(&body(), "div", COVER);
    popover.set_attribute("popover", "manual").unwrap();
    ask(&popover, "showPopover");
    assert!(can_press().is_empty(), "the test covers it");
    can_be_answered("a popover that is shown later").await;
    banner.remove();
    popover.remove();
    page.end().await;
}

#[wasm_bindgen_test]
async fn an_open_dialog_of_the_page_does_not_lock_the_window_out() {
    let page = Page::open().await;
    let dialog = add(&body(), "dialog", "");
    ask(&dialog, "showModal");
    page.ben_calls();
    can_be_answered("a dialog that was open").await;
    let upper = add(&body(), "dialog", "");
    ask(&upper, "showModal");
    can_be_answered("a dialog above the dialog").await;
    ask(&upper, "close");
    can_be_answered("the upper dialog is closed").await;
    dialog.remove();
    can_be_answered("the lower one is taken out of the page").await;
    let holder = add(&body(), "div", "");
    let hidden = holder.attach_shadow(&ShadowRootInit::new(ShadowRootMode::Open)).unwrap();
    let inner = add(holder.as_ref(), "dialog", "");
    hidden.append_child(&inner).unwrap();
    ask(&inner, "showModal");
    can_be_answered("a dialog in somebody's shadow root").await;
    ask(&inner, "close");
    can_be_answered("it is closed").await;
    page.widget.decline();
    until("the end", || page.heard().contains(&"ended".to_owned())).await;
    upper.remove();
    holder.remove();
    page.end().await;
    assert!(Page::layers_anywhere().is_empty());
}

#[wasm_bindgen_test]
async fn what_the_page_says_of_all_elements_does_not_concern_the_window() {
    let page = Page::open().await;
    let style = add(&body(), "style", "");
    style.set_text_content(Some(
        "* { all: unset !important } body > div { display: none !important } :popover-open { opacity: 0 !important }",
    ));
    page.ben_calls();
    can_be_answered("a page that resets everything").await;
    for layer in Page::layers() {
        layer.set_attribute("inert", "").unwrap();
        ask(&layer, "hidePopover");
    }
    can_be_answered("a page that hides all that is open").await;
    style.remove();
    page.end().await;
}

#[wasm_bindgen_test]
async fn a_focus_in_the_window_stays_there_when_it_has_to_move() {
    let page = Page::open().await;
    page.ben_calls();
    can_be_answered("as usual").await;
    let root = Page::layers()[0].shadow_root().unwrap();
    let decline: HtmlElement = root.query_selector(".mc-stop").unwrap().unwrap().unchecked_into();
    decline.focus().unwrap();
    let popover = add(&body(), "div", COVER);
    popover.set_attribute("popover", "manual").unwrap();
    ask(&popover, "showPopover");
    can_be_answered("shown anew").await;
    assert_eq!(root.active_element().as_ref(), Some(decline.as_ref()));
    popover.remove();
    page.end().await;
}

#[wasm_bindgen_test]
async fn a_window_that_nothing_can_bring_up_is_told_by_the_title_and_an_event() {
    let page = Page::open().await;
    let title = document().title();
    let html: HtmlElement = document().document_element().unwrap().unchecked_into();
    html.style().set_property("display", "none").unwrap();
    page.ben_calls();
    until("the error", || page.heard().contains(&"error".to_owned())).await;
    let said = (page.detail("error", "code"), document().title());
    html.style().remove_property("display").unwrap();
    assert_eq!((said.0.as_deref(), said.1.as_str()), (Some("ring_hidden"), "Ben is calling"));
    until("the page's own title", || document().title() == title).await;
    can_be_answered("the page is back").await;
    page.end().await;
    sleep(Duration::from_millis(10)).await;
    assert_eq!(document().title(), title);
}

#[wasm_bindgen_test]
async fn the_windows_of_two_persons_in_one_page_are_beside_each_other() {
    let page = Page::open().await;
    let options = crate::page::options();
    let token = kit_browser::fake::function(|_| "ben".into());
    js_sys::Reflect::set(&options, &"getToken".into(), &token).unwrap();
    let other = Page::begin_with(place(), &options);
    until("the buttons", || other.widget_works()).await;
    let sockets = kit_browser::fake::seen_sockets();
    let ringing = crate::page::live("c2", "callee", "ringing");
    for socket in sockets.iter() {
        kit_browser::fake::say(
            &socket,
            &kit_browser::fake::parse(&format!(r#"{{"type":"call_ringing",{}"#, &ringing[1..])),
        );
    }
    let both = || can_press().iter().filter(|button| button.contains("Answer")).count() == 2;
    until("both can be answered", both).await;
    sleep(Duration::from_millis(1200)).await;
    assert!(both(), "they do not fight for the place");
    assert_eq!((page.heard(), other.heard()), (vec!["ringing".to_owned()], vec!["ringing".to_owned()]));
    other.end().await;
    page.end().await;
}

#[wasm_bindgen_test]
async fn a_page_that_keeps_its_title_keeps_it() {
    serve();
    let options = crate::page::options();
    js_sys::Reflect::set(&options, &"title".into(), &false.into()).unwrap();
    let page = Page::begin_with(place(), &options);
    until("the buttons", || page.widget_works()).await;
    let title = document().title();
    let html: HtmlElement = document().document_element().unwrap().unchecked_into();
    html.style().set_property("display", "none").unwrap();
    page.ben_calls();
    until("the error", || page.heard().contains(&"error".to_owned())).await;
    let kept = document().title() == title;
    html.style().remove_property("display").unwrap();
    assert!(kept);
    page.end().await;
}
