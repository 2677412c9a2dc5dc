//! JavaScript values, as `JSON.parse` returns them, for the protocol's reader (`call_protocol::Read`).
//! Never decides what a value means, and knows no field.

use super::js::get;
use call_protocol::{Json, Read};
use core::cell::RefCell;
use wasm_bindgen::JsValue;

/// A JavaScript value.
pub struct Value(pub JsValue);

impl Json for Value {
    fn text(&self) -> Option<String> {
        self.0.as_string()
    }

    fn number(&self) -> Option<f64> {
        self.0.as_f64()
    }

    fn flag(&self) -> Option<bool> {
        self.0.as_bool()
    }

    fn is_missing(&self) -> bool {
        self.0.is_null() || self.0.is_undefined()
    }

    fn elements(&self) -> Option<impl Iterator<Item = Self>> {
        let values = js_sys::Array::is_array(&self.0).then(|| js_sys::Array::from(&self.0))?;
        Some((0..values.length()).map(move |at| Self(values.get(at))))
    }

    fn field(&self, name: &str) -> Self {
        Self(get(&self.0, name))
    }

    fn left_out(type_name: &'static str) {
        unread(type_name);
    }
}

thread_local! {
    /// What was reported already, since the same list is read repeatedly.
    static UNREAD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Warns once for each kind of value that could not be read; at most 50 kinds, whatever a server sends.
pub(in crate::platform) fn unread(what: &str) {
    let is_new = UNREAD.with_borrow_mut(|reported| {
        let is_new = reported.len() < 50 && !reported.iter().any(|known| known == what);
        if is_new {
            reported.push(what.to_owned());
        }
        is_new
    });
    if is_new {
        let line =
            ["Messenger Calls: the server sent a ", what, " that this version cannot read; it is left out"];
        web_sys::console::warn_1(&line.concat().into());
    }
}

/// Reads JSON text.
pub fn from_json<T: Read>(text: &str) -> Option<T> {
    from_js(&js_sys::JSON::parse(text).ok()?)
}

/// Reads a JavaScript value.
pub fn from_js<T: Read>(value: &JsValue) -> Option<T> {
    T::read(&Value(value.clone()))
}

/// Reads a field of an object; a missing one from `undefined`.
pub fn field<T: Read>(object: &JsValue, name: &str) -> Option<T> {
    from_js(&get(object, name))
}
