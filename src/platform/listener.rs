//! An event listener as a value: creating it registers, dropping it removes.
//! Never leaks a closure; a listener may be dropped while it runs (wasm-bindgen frees it when it returns).

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{AddEventListenerOptions, Event, EventTarget};

/// A registered event listener.
#[must_use = "dropping a listener removes it"]
pub struct Listener {
    target: EventTarget,
    kind: &'static str,
    capture: bool,
    callback: Closure<dyn Fn(Event)>,
}

impl Listener {
    /// Listens on a target until dropped.
    pub fn new(target: &EventTarget, kind: &'static str, callback: impl Fn(Event) + 'static) -> Self {
        Self::register(target, kind, false, callback)
    }

    /// Listens before the page's own listeners can stop the event.
    pub fn capturing(target: &EventTarget, kind: &'static str, callback: impl Fn(Event) + 'static) -> Self {
        Self::register(target, kind, true, callback)
    }

    fn register(
        target: &EventTarget,
        kind: &'static str,
        capture: bool,
        callback: impl Fn(Event) + 'static,
    ) -> Self {
        let callback = Closure::<dyn Fn(Event)>::new(callback);
        let options = AddEventListenerOptions::new();
        options.set_capture(capture);
        options.set_passive(true);
        let function = callback.as_ref().unchecked_ref();
        // Does not fail for a valid target.
        let _added =
            target.add_event_listener_with_callback_and_add_event_listener_options(kind, function, &options);
        Self { target: target.clone(), kind, capture, callback }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // Removed before the closure is dropped, as a field.
        let function = self.callback.as_ref().unchecked_ref();
        let _removed =
            self.target.remove_event_listener_with_callback_and_bool(self.kind, function, self.capture);
    }
}
