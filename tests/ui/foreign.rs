//! Names and pictures that others chose: they change nothing but themselves.

use crate::people::{ended, party, user};
use crate::stage::{Stage, settle};
use call_core::{CallView, EndedView, IncomingStage, IncomingView, Outcome, Party};
use call_protocol::CallType::{Audio, Video};
use call_protocol::User;
use core::time::Duration;
use js_sys::Function;
use messenger_calls::platform::timer::sleep;
use messenger_calls::widget::ui::words::{announcement, outcome};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, Node};

/// One red dot.
const DOT: &str = "data:image/gif;base64,R0lGODlhAQABAIAAAP8AAP8AACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==";

fn missed(name: &str) -> EndedView {
    let view = ended(Audio, Outcome::Missed, None);
    EndedView { party: Party { peer: user(name), ..view.party }, ..view }
}

/// The letters of a text in the order in which they stand on the screen.
const DRAWN: &str = r"
    const letters = [];
    for (let at = 0; at < text.length; at++) {
        const range = document.createRange();
        range.setStart(text, at);
        range.setEnd(text, at + 1);
        const box = range.getBoundingClientRect();
        if (box.width > 0) letters.push([box.x, text.data[at]]);
    }
    return letters.sort((one, other) => one[0] - other[0]).map(([, letter]) => letter).join('');";

fn drawn(text: &Node) -> String {
    let letters = Function::new_with_args("text", DRAWN).call1(&JsValue::NULL, text);
    letters.unwrap().as_string().unwrap()
}

#[wasm_bindgen_test]
async fn the_words_after_a_name_stay_readable_whatever_the_name_does() {
    for name in ["Eve\u{202e}(nna)", "\u{2067}Eve", "عادل", "Eve \u{5d0}", "\u{202b}Eve\u{200f}"] {
        let stage = Stage::with(CallView::Ended(missed(name))).await;
        let shown = drawn(&stage.one(".mc-ended .mc-name").first_child().unwrap());
        assert!(shown.ends_with(" called you"), "{name:?} reads {shown:?}");
    }
}

#[wasm_bindgen_test]
async fn a_name_that_nobody_can_see_is_replaced_wherever_it_stands() {
    let unseen = User { username: "carla".to_owned(), ..user("\u{200b}\u{3164}") };
    let party = Party { peer: unseen, ..party(Video) };
    let view = CallView::Incoming(IncomingView { party, stage: IncomingStage::Ringing, waiting_for: None });
    let stage = Stage::with(view.clone()).await;
    let window = stage.one(".mc-ringing");
    assert_eq!(window.get_attribute("aria-label").as_deref(), Some("carla is calling"));
    assert_eq!(stage.one(".mc-name").text_content().as_deref(), Some("carla"));
    assert_eq!(stage.one(".mc-ringing .mc-pic").text_content().as_deref(), Some("C"));
    assert!(announcement(&view).starts_with("carla is calling you"));
}

#[wasm_bindgen_test]
fn a_device_has_no_more_say_than_a_name() {
    let told =
        outcome(&ended(Audio, Outcome::AnsweredElsewhere(Some("x\u{202e}\n\u{202d}y".to_owned())), None));
    assert_eq!(told.sentence, "You answered this call on \u{201c}x y\u{201d}.");
}

async fn portrait(address: &str) -> (Stage, Element) {
    let peer = User { display_picture_url: Some(address.to_owned()), ..user("Ben") };
    let party = Party { peer, ..party(Audio) };
    let stage = Stage::with(CallView::Incoming(IncomingView {
        party,
        stage: IncomingStage::Ringing,
        waiting_for: None,
    }))
    .await;
    let frame = stage.one(".mc-ringing .mc-pic");
    (stage, frame)
}

#[wasm_bindgen_test]
async fn a_picture_that_cannot_be_had_is_the_drawn_initial() {
    let unknown =
        ["", " ", "/there-is-no-such-picture.png", "data:text/plain,no-picture", "javascript:1", "http://"];
    for address in unknown {
        let (_stage, frame) = portrait(address).await;
        sleep(Duration::from_millis(100)).await;
        assert!(frame.query_selector("img").unwrap().is_none(), "{address:?} is no broken picture");
        assert_eq!(frame.text_content().as_deref(), Some("B"), "{address:?}");
    }
}

#[wasm_bindgen_test]
async fn a_picture_takes_the_place_of_the_initial_when_it_is_there() {
    let (_stage, frame) = portrait(DOT).await;
    for _ in 0..100 {
        if frame.query_selector("img").unwrap().is_some() {
            break;
        }
        settle().await;
    }
    let image = frame.query_selector("img").unwrap().expect("the picture");
    assert_eq!(image.get_attribute("referrerpolicy").as_deref(), Some("no-referrer"));
    assert_eq!(frame.text_content().as_deref(), Some(""), "the initial is gone");
}
