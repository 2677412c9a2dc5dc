//! Who speaks to the server: the device, and the token of the person who is signed in.
//! Asks its source for a token when there is none or the last one was refused, once for all who wait.
//! Never refreshes by itself: that is the source's affair.

use super::device::Device;
use super::js;
use core::cell::{OnceCell, RefCell};
use core::future::Future;
use js_sys::{Function, Promise};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise};

/// Where access tokens come from: a promise of a token that is valid now, or of nothing when signed out.
#[derive(Clone)]
pub struct TokenSource(Rc<dyn Fn() -> Promise>);

impl TokenSource {
    /// A source written in Rust.
    pub fn new<F>(source: impl Fn() -> F + 'static) -> Self
    where
        F: Future<Output = Option<String>> + 'static,
    {
        Self(Rc::new(move || {
            let token = source();
            future_to_promise(async move { Ok(token.await.into()) })
        }))
    }

    /// A host page's function, synchronous or not.
    pub fn from_function(function: Function) -> Self {
        Self(Rc::new(move || match function.call0(&JsValue::UNDEFINED) {
            Ok(token) => token.dyn_into().unwrap_or_else(|token| Promise::resolve(&token)),
            Err(error) => Promise::reject(&error),
        }))
    }
}

/// A signed-in device's credentials.
pub struct Identity {
    source: TokenSource,
    token: RefCell<Option<String>>,
    asking: RefCell<Option<Promise>>,
    device: OnceCell<Device>,
    device_known: Promise,
    tell_device: Function,
}

impl Identity {
    /// Credentials whose device is not known yet.
    pub fn new(source: TokenSource) -> Self {
        let (device_known, tell_device) = js::open_promise();
        Self {
            source,
            token: RefCell::default(),
            asking: RefCell::default(),
            device: OnceCell::new(),
            device_known,
            tell_device,
        }
    }

    /// Says which device this is; the first one stays.
    pub fn set_device(&self, device: Device) {
        let _first = self.device.set(device);
        let _told = self.tell_device.call0(&JsValue::UNDEFINED);
    }

    /// The device, as soon as it is known.
    pub async fn device(&self) -> Option<&Device> {
        let _known = JsFuture::from(self.device_known.clone()).await;
        self.device.get()
    }

    /// The device, if it is known already.
    pub fn known_device(&self) -> Option<&Device> {
        self.device.get()
    }

    /// A token: the last one, or a new one from the source. Nothing when the person is signed out.
    pub async fn token(&self) -> Option<String> {
        if let Some(token) = self.token.borrow().clone() {
            return Some(token);
        }
        let waiting = self.asking.borrow().clone();
        let promise = waiting.unwrap_or_else(|| {
            let promise = (self.source.0)();
            self.asking.replace(Some(promise.clone()));
            promise
        });
        let token = JsFuture::from(promise).await.ok().and_then(|token| token.as_string());
        self.asking.replace(None);
        self.token.replace(token.clone());
        token
    }

    /// The server refused a token: it is not used again.
    pub fn refuse(&self, token: &str) {
        self.token.borrow_mut().take_if(|current| current.as_str() == token);
    }
}
