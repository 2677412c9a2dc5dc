//! Who speaks to the server: the device, and the token of the person who is signed in.
//! Asks its source for a token when there is none or the last one was refused, once for all who wait.
//! Never refreshes by itself: that is the source's affair.

use super::device::Device;
use super::js;
use super::timer::Timeout;
use core::cell::{Cell, OnceCell, RefCell};
use core::future::Future;
use core::time::Duration;
use js_sys::{Array, Function, Promise};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise};

/// How long a request waits for a token.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where access tokens come from: a promise of a token that is valid now, or of nothing when signed out; rejected
/// when it cannot be said now.
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

    /// A source that may fail: then it is asked again later.
    pub fn fallible<F>(source: impl Fn() -> F + 'static) -> Self
    where
        F: Future<Output = Result<Option<String>, JsValue>> + 'static,
    {
        Self(Rc::new(move || {
            let token = source();
            future_to_promise(async move { token.await.map(Into::into) })
        }))
    }

    /// Asks: a promise of whatever the source says.
    pub fn ask(&self) -> Promise {
        (self.0)()
    }

    /// A host page's function, synchronous or not.
    pub fn from_function(function: Function) -> Self {
        Self(Rc::new(move || match function.call0(&JsValue::UNDEFINED) {
            Ok(token) => token.dyn_into().unwrap_or_else(|token| Promise::resolve(&token)),
            Err(error) => Promise::reject(&error),
        }))
    }
}

/// Why there is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoToken {
    /// The source says that nobody is signed in.
    SignedOut,
    /// The source failed, or takes too long; it may be asked again.
    NotNow,
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

    /// A token: the last one, or a new one from the source.
    pub async fn token(&self) -> Result<String, NoToken> {
        if let Some(token) = self.token.borrow().clone() {
            return Ok(token);
        }
        let waiting = self.asking.borrow().clone();
        let question = waiting.unwrap_or_else(|| {
            let question = self.source.ask();
            self.asking.replace(Some(question.clone()));
            question
        });
        let (patience, give_up) = js::open_promise();
        let overdue = Rc::new(Cell::new(false));
        let late = overdue.clone();
        let _patience = Timeout::new(PATIENCE, move || {
            late.set(true);
            let _gave_up = give_up.call0(&JsValue::UNDEFINED);
        });
        let answer = JsFuture::from(Promise::race(&Array::of2(&question, &patience))).await;
        if overdue.get() {
            // The question stands: its answer serves whoever asks next.
            return Err(NoToken::NotNow);
        }
        self.asking.replace(None);
        let token = answer.map_err(|_| NoToken::NotNow)?.as_string().filter(|token| !token.is_empty());
        self.token.replace(token.clone());
        token.ok_or(NoToken::SignedOut)
    }

    /// The server refused a token: it is not used again.
    pub fn refuse(&self, token: &str) {
        self.token.borrow_mut().take_if(|current| current.as_str() == token);
    }
}
