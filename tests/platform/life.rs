//! Whether the server at the other end lives: a page finds out when it does not, and says "online" no longer than it knows.
//! Time goes by when the test says so.

use crate::socket::{Line, newest, open_to, sent};
use core::cell::Cell;
use js_sys::Reflect;
use kit_browser::fake::{
    self, parse, pass, replace_time, restore, restore_time, say, seen_sockets, sleep_through,
};
use std::rc::Rc;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Event;

const WELCOME: &str =
    r#"{"type":"welcome","user":{"id":"u1","username":"anna","display_name":"Anna"},"proof_seconds":20}"#;
const OLD_WELCOME: &str = r#"{"type":"welcome","user":{"id":"u1","username":"anna","display_name":"Anna"}}"#;

/// A server that answers every probe as long as the path to it is alive.
struct Far {
    line: Line,
    alive: Rc<Cell<bool>>,
}

async fn open(welcome: &'static str) -> Far {
    let alive = Rc::new(Cell::new(true));
    let path = alive.clone();
    let server = fake::function2(move |socket, frame| {
        let kind = Reflect::get(&frame, &"type".into()).unwrap();
        if kind == "hello" {
            say(&socket, &parse(welcome));
            // The next line is another one.
            path.set(true);
        } else if kind == "probe" && path.get() {
            let number = Reflect::get(&frame, &"number".into()).unwrap().as_f64().unwrap();
            say(&socket, &parse(&format!(r#"{{"type":"alive","answers":{number}}}"#)));
        }
    });
    replace_time();
    let line = open_to(&server).await;
    pass(2.0).await;
    Far { line, alive }
}

impl Far {
    fn dies(&self) {
        self.alive.set(false);
    }

    fn news(&self) -> Vec<&'static str> {
        self.line.news.borrow().clone()
    }

    fn end(self) {
        drop(self.line);
        restore_time();
        restore();
    }
}

fn happens(kind: &str) {
    web_sys::window().unwrap().dispatch_event(&Event::new(kind).unwrap()).unwrap();
}

fn probes() -> usize {
    sent(&newest()).iter().filter(|text| text.contains("probe")).count()
}

#[wasm_bindgen_test]
async fn a_page_whose_server_falls_silent_is_connected_anew_within_45_seconds() {
    let far = open(WELCOME).await;
    far.dies();
    pass(27.5).await;
    assert_eq!(far.news(), ["welcome"], "two proofs may be late");
    pass(2.0).await;
    assert_eq!(far.news(), ["welcome", "doubted"], "nothing was heard for half a minute: that is not online");
    pass(6.0).await;
    assert_eq!(far.news(), ["welcome", "doubted", "lost", "welcome"]);
    assert_eq!(seen_sockets().length(), 2);
    far.end();
}

#[wasm_bindgen_test]
async fn a_server_that_is_heard_of_is_asked_nothing_and_costs_nothing() {
    let far = open(WELCOME).await;
    for _ in 0..30 {
        pass(20.0).await;
        say(&newest(), &parse(r#"{"type":"alive"}"#));
    }
    assert_eq!((far.news(), probes()), (vec!["welcome"], 0));
    far.end();
}

#[wasm_bindgen_test]
async fn a_page_that_is_looked_at_again_or_changes_its_network_asks_at_once_and_gives_up_within_five_seconds()
{
    for hint in ["focus", "offline"] {
        let far = open(WELCOME).await;
        happens(hint);
        pass(5.0).await;
        assert_eq!(
            (far.news(), probes()),
            (vec!["welcome"], 1),
            "{hint}: answered in time, nobody hears of it"
        );
        far.dies();
        happens(hint);
        happens(hint);
        assert_eq!(probes(), 2, "one question at a time");
        pass(1.1).await;
        assert_eq!(far.news(), ["welcome", "doubted"], "{hint}");
        pass(3.5).await;
        assert_eq!(far.news(), ["welcome", "doubted", "lost", "welcome"], "{hint}");
        far.end();
    }
}

#[wasm_bindgen_test]
async fn a_machine_that_wakes_up_asks_at_once_and_says_that_it_is_not_sure() {
    let far = open(WELCOME).await;
    far.dies();
    sleep_through(3_600_000.0);
    pass(5.0).await;
    assert_eq!(far.news(), ["welcome", "doubted"], "nothing was heard for an hour");
    pass(4.5).await;
    assert_eq!(far.news(), ["welcome", "doubted", "lost", "welcome"]);
    far.end();
}

#[wasm_bindgen_test]
async fn what_dies_right_after_an_answer_is_found_out_too() {
    let far = open(WELCOME).await;
    happens("focus");
    far.dies();
    happens("focus");
    assert_eq!(probes(), 1, "not one for each reason");
    pass(6.0).await;
    assert_eq!(far.news(), ["welcome", "doubted", "lost", "welcome"]);
    far.end();
}

#[wasm_bindgen_test]
async fn a_late_answer_is_an_answer() {
    let far = open(WELCOME).await;
    far.dies();
    happens("focus");
    pass(2.0).await;
    say(&newest(), &parse(r#"{"type":"alive","answers":1}"#));
    pass(10.0).await;
    assert_eq!((far.news(), seen_sockets().length()), (vec!["welcome", "doubted", "trusted"], 1));
    far.end();
}

#[wasm_bindgen_test]
async fn what_was_on_its_way_before_the_question_proves_nothing() {
    let far = open(WELCOME).await;
    far.dies();
    happens("focus");
    say(&newest(), &parse(r#"{"type":"alive"}"#));
    say(&newest(), &parse(r#"{"type":"presence","user_id":"u2","online":true}"#));
    pass(4.9).await;
    assert_eq!(far.news(), ["welcome", "frame", "doubted", "lost", "welcome"]);
    far.end();
}

#[wasm_bindgen_test]
async fn of_a_server_that_promised_nothing_nothing_is_expected() {
    let far = open(OLD_WELCOME).await;
    far.dies();
    happens("focus");
    sleep_through(3_600_000.0);
    pass(600.0).await;
    assert_eq!((far.news(), sent(&newest()).len()), (vec!["welcome"], 1));
    far.end();
}

#[wasm_bindgen_test]
async fn somebody_who_wants_to_know_is_told() {
    let far = open(WELCOME).await;
    far.line.socket.check();
    assert_eq!(probes(), 1);
    far.end();
}
