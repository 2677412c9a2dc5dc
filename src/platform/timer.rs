//! Timers as values: creating one starts it, dropping it cancels it.
//! Never leaks a closure; a timer may be dropped while it fires.

use super::js::window;
use core::time::Duration;
use js_sys::Promise;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::JsFuture;

/// Something that happens once, later.
#[must_use = "dropping a timeout cancels it"]
pub struct Timeout {
    id: i32,
    _callback: Closure<dyn FnMut()>,
}

impl Timeout {
    /// Calls back once, after the wait.
    pub fn new(wait: Duration, callback: impl FnOnce() + 'static) -> Self {
        let callback = Closure::once(callback);
        let function = callback.as_ref().unchecked_ref();
        let id = window().set_timeout_with_callback_and_timeout_and_arguments_0(function, millis(wait));
        Self { id: id.unwrap_or_default(), _callback: callback }
    }
}

impl Drop for Timeout {
    fn drop(&mut self) {
        window().clear_timeout_with_handle(self.id);
    }
}

/// Something that happens again and again.
#[must_use = "dropping an interval cancels it"]
pub struct Interval {
    id: i32,
    _callback: Closure<dyn Fn()>,
}

impl Interval {
    /// Calls back after every period.
    pub fn new(period: Duration, callback: impl Fn() + 'static) -> Self {
        let callback = Closure::<dyn Fn()>::new(callback);
        let function = callback.as_ref().unchecked_ref();
        let id = window().set_interval_with_callback_and_timeout_and_arguments_0(function, millis(period));
        Self { id: id.unwrap_or_default(), _callback: callback }
    }
}

impl Drop for Interval {
    fn drop(&mut self) {
        window().clear_interval_with_handle(self.id);
    }
}

/// Waits; a future that is dropped leaves a timer that does nothing.
pub async fn sleep(wait: Duration) {
    let promise = Promise::new(&mut |resolve, _reject| {
        let _id = window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, millis(wait));
    });
    let _slept = JsFuture::from(promise).await;
}

fn millis(wait: Duration) -> i32 {
    i32::try_from(wait.as_millis()).unwrap_or(i32::MAX)
}
