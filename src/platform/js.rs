//! Values on their way to and from JavaScript: objects, JSON by the browser's own `JSON`, and randomness.
//! Never holds anything.

use core::cell::RefCell;
use js_sys::{Function, JSON, Object, Promise, Reflect};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};

/// The page's window; the client runs in pages only.
pub fn window() -> web_sys::Window {
    web_sys::window().expect("the client runs in a page")
}

/// The page's document.
pub fn document() -> web_sys::Document {
    window().document().expect("a page has a document")
}

/// Reports panics on the console in debug builds; release builds have no panic messages.
pub fn report_panics() {
    #[cfg(debug_assertions)]
    std::panic::set_hook(Box::new(|panic| web_sys::console::error_1(&panic.to_string().into())));
}

/// Whether the page was reloaded, as opposed to opened.
pub fn is_reloaded() -> bool {
    let performance = window().performance();
    let entries = performance.map(|performance| performance.get_entries_by_type("navigation"));
    entries.is_some_and(|entries| get_text(&entries.get(0), "type").as_deref() == Some("reload"))
}

/// A property of an object; `undefined` when there is none, or when it is not an object.
pub fn get(object: &JsValue, key: &str) -> JsValue {
    Reflect::get(object, &key.into()).unwrap_or(JsValue::UNDEFINED)
}

/// A text property of an object.
pub fn get_text(object: &JsValue, key: &str) -> Option<String> {
    get(object, key).as_string()
}

/// A property of an object as one of the browser's own classes.
pub fn get_as<T: JsCast>(object: &JsValue, key: &str) -> Option<T> {
    get(object, key).dyn_into().ok()
}

/// Sets a property of a plain object.
pub fn set(object: &JsValue, key: &str, value: impl Into<JsValue>) {
    // Setting fails on frozen objects only, and none of ours is.
    let _set = Reflect::set(object, &key.into(), &value.into());
}

/// A plain object with these properties.
pub fn object<const N: usize>(properties: [(&str, JsValue); N]) -> Object {
    let object = Object::new();
    for (key, value) in properties {
        set(&object, key, value);
    }
    object
}

/// A value as plain JavaScript: maps as objects, None left out.
pub fn to_js<T: Serialize + ?Sized>(value: &T) -> Option<JsValue> {
    let serializer = serde_wasm_bindgen::Serializer::new().serialize_maps_as_objects(true);
    value.serialize(&serializer).ok()
}

/// A value as JSON text.
pub fn to_json<T: Serialize + ?Sized>(value: &T) -> Option<String> {
    JSON::stringify(&to_js(value)?).ok()?.as_string()
}

/// A random id.
pub fn random_id() -> String {
    let random = || (js_sys::Math::random() * f64::from(u32::MAX)) as u32;
    // `randomUUID` exists in secure contexts only. Calls need one anyway, but signing in should work without.
    let secure = window().is_secure_context();
    match get_as::<web_sys::Crypto>(&window(), "crypto") {
        Some(crypto) if secure => crypto.random_uuid(),
        Some(_) | None => format!("{:08x}{:08x}{:08x}", random(), random(), random()),
    }
}

/// The name of a thrown `DOMException` or `Error`.
pub fn error_name(error: &JsValue) -> String {
    get_text(error, "name").unwrap_or_default()
}

/// Warns the page's developer on the console, once for each text.
pub fn advise(text: &'static str) {
    thread_local! {
        static TOLD: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
    }
    let news = TOLD.with_borrow_mut(|told| {
        let news = !told.contains(&text);
        if news {
            told.push(text);
        }
        news
    });
    if news {
        web_sys::console::warn_1(&["Messenger Calls: ", text].concat().into());
    }
}

/// An `Error` to throw into the page.
pub fn error(message: &str) -> JsValue {
    js_sys::Error::new(message).into()
}

/// A promise and what resolves it. (`Function::default()` would evaluate a text, which security policies forbid.)
pub fn open_promise() -> (Promise, Function) {
    let mut resolver = None;
    let promise = Promise::new(&mut |resolve, _reject| resolver = Some(resolve));
    // The browser calls the function above before it returns the promise.
    (promise, resolver.unwrap_or_else(|| JsValue::UNDEFINED.unchecked_into()))
}
