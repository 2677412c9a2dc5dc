//! Other tabs of the same origin, spoken to over a `BroadcastChannel`: texts by name.
//! Never heard by itself; nothing is said where the browser has no such channel.

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

/// What is shared by the tabs that know a name; left on drop.
pub struct Tabs {
    // Before the channel: it goes first.
    _listener: Listener,
    channel: BroadcastChannel,
}

impl Tabs {
    /// Joins; hears each text with the number that came with it.
    pub fn join(name: &str, hear: impl Fn(String, f64) + 'static) -> Option<Self> {
        let channel = BroadcastChannel::new(&["messenger-calls:", name].concat()).ok()?;
        let listener = Listener::new(&channel, "message", move |event| {
            let said = get(&event, "data");
            if let (Some(text), Some(number)) = (get_text(&said, "text"), get(&said, "number").as_f64()) {
                hear(text, number);
            }
        });
        Some(Self { _listener: listener, channel })
    }

    /// Says something to the others.
    pub fn say(&self, text: &str, number: f64) {
        let said = js::object([("text", text.into()), ("number", number.into())]);
        // Nobody may be there to hear it.
        let _said = self.channel.post_message(&said);
    }
}

impl Drop for Tabs {
    fn drop(&mut self) {
        self.channel.close();
    }
}
