//! Messages between tabs of the same origin, over a `BroadcastChannel`.
//! A tab never receives its own messages. Does nothing where the browser has no such channel.

use super::js::{self, get, get_text};
use super::listener::Listener;
use wasm_bindgen::prelude::*;
use web_sys::EventTarget;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(extends = EventTarget)]
    type BroadcastChannel;

    #[wasm_bindgen(constructor, catch)]
    fn new(name: &str) -> Result<BroadcastChannel, JsValue>;

    #[wasm_bindgen(method, js_name = postMessage, catch)]
    fn post_message(this: &BroadcastChannel, message: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(method)]
    fn close(this: &BroadcastChannel);
}

/// A channel by name; closed on drop.
pub struct Tabs {
    // Before the channel: it goes first.
    _listener: Listener,
    channel: BroadcastChannel,
}

impl Tabs {
    /// Opens the channel; `on_message` gets the text and the number of each message.
    pub fn join(name: &str, on_message: impl Fn(String, f64) + 'static) -> Option<Self> {
        let channel = BroadcastChannel::new(&["messenger-calls:", name].concat()).ok()?;
        let listener = Listener::new(&channel, "message", move |event| {
            let data = get(&event, "data");
            if let (Some(text), Some(number)) = (get_text(&data, "text"), get(&data, "number").as_f64()) {
                on_message(text, number);
            }
        });
        Some(Self { _listener: listener, channel })
    }

    /// Sends a message to the other tabs.
    pub fn post(&self, text: &str, number: f64) {
        let data = js::object([("text", text.into()), ("number", number.into())]);
        // Fails on a closed channel only.
        let _posted = self.channel.post_message(&data);
    }
}

impl Drop for Tabs {
    fn drop(&mut self) {
        self.channel.close();
    }
}
