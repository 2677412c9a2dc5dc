//! A recorded call of an older build: the browser's reader reads all of it, and writes what a client sends as it was
//! written then.

use call_protocol::{ClientFrame, ServerFrame};
use messenger_calls::platform::js;
use messenger_calls::platform::wire::from_json;
use wasm_bindgen_test::wasm_bindgen_test;

/// A call between two clients of an older build.
const RECORDED: &str = include_str!("../../crates/call-protocol/tests/recorded/older.json");

#[wasm_bindgen_test]
fn what_an_older_server_sent_is_read_and_what_an_older_client_sent_is_written_alike() {
    let steps = js_sys::Array::from(&js_sys::JSON::parse(RECORDED).expect("JSON"));
    let (mut sent, mut received) = (0, 0);
    for step in steps {
        let text = |name| js_sys::JSON::stringify(&js::get(&step, name)).ok()?.as_string();
        if let Some(text) = text("sent") {
            let read = from_json::<ClientFrame>(&text).expect("a frame of a client");
            assert_eq!(js::to_json(&read), Some(text));
            sent += 1;
        } else if let Some(text) = text("received") {
            assert!(from_json::<ServerFrame>(&text).is_some(), "{text}");
            received += 1;
        }
    }
    assert!(sent >= 15 && received >= 15, "a whole call: {sent} frames sent, {received} received");
}
