//! Who speaks to the server: the device, and the token of the person who is signed in.
//! Asks its source for a token when there is none or the last one was refused, once for all who wait.
//! Never refreshes by itself: that is the source's affair.
//!
//! - `latch`: waiting for a value, and waiting with an end

mod latch;

use crate::network::{Device, Network};
use core::cell::RefCell;
use core::future::Future;
use core::pin::Pin;
use core::time::Duration;
use latch::{Latch, within};
use std::rc::Rc;

/// How long a request waits for a token.
const PATIENCE: Duration = Duration::from_secs(10);

/// A question that is under way; its answer.
type Question = Latch<Result<String, NoToken>>;

/// What a source says: a token that is valid now, or nothing when signed out.
type Said = Result<Option<String>, NoToken>;

/// Where access tokens come from; clones are the same source.
#[derive(Clone)]
pub struct TokenSource(Rc<dyn Fn() -> Pin<Box<dyn Future<Output = Said>>>>);

impl TokenSource {
    /// A source that always knows: a token that is valid now, or nothing when signed out.
    pub fn new<F>(source: impl Fn() -> F + 'static) -> Self
    where
        F: Future<Output = Option<String>> + 'static,
    {
        Self::fallible(move || {
            let token = source();
            async move { Ok(token.await) }
        })
    }

    /// A source that may fail: then it is asked again later.
    pub fn fallible<F>(source: impl Fn() -> F + 'static) -> Self
    where
        F: Future<Output = Result<Option<String>, NoToken>> + 'static,
    {
        Self(Rc::new(move || Box::pin(source())))
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
pub(crate) struct Credentials<N> {
    network: N,
    source: TokenSource,
    token: RefCell<Option<String>>,
    /// The question that is under way.
    asking: RefCell<Option<Rc<Question>>>,
    device: Latch<Rc<Device>>,
}

impl<N: Network> Credentials<N> {
    /// Credentials whose device is not known yet.
    pub(crate) fn new(network: N, source: TokenSource) -> Self {
        Self { network, source, token: RefCell::default(), asking: RefCell::default(), device: Latch::new() }
    }

    /// Says which device this is; the first one stays.
    pub(crate) fn set_device(&self, device: Device) {
        self.device.set(Rc::new(device));
    }

    /// The device, as soon as it is known.
    pub(crate) async fn device(&self) -> Rc<Device> {
        self.device.wait().await
    }

    /// The device, if it is known already.
    pub(crate) fn known_device(&self) -> Option<Rc<Device>> {
        self.device.get()
    }

    /// A token: the last one, or a new one from the source.
    pub(crate) async fn token(self: &Rc<Self>) -> Result<String, NoToken> {
        if let Some(token) = self.token.borrow().clone() {
            return Ok(token);
        }
        let asked = self.asking.borrow().clone();
        let question = asked.unwrap_or_else(|| self.ask());
        // If it takes too long the question stands: its answer serves whoever asks next.
        within(self.network.sleep(PATIENCE), question.wait()).await.unwrap_or(Err(NoToken::NotNow))
    }

    fn ask(self: &Rc<Self>) -> Rc<Question> {
        let question = Rc::new(Question::new());
        self.asking.replace(Some(question.clone()));
        let (said, weak, answered) = ((self.source.0)(), Rc::downgrade(self), question.clone());
        self.network.spawn(async move {
            let token = said.await.map(|token| token.filter(|token| !token.is_empty()));
            if let Some(credentials) = weak.upgrade() {
                credentials.asking.take();
                credentials.token.replace(token.clone().unwrap_or_default());
            }
            answered.set(token.and_then(|token| token.ok_or(NoToken::SignedOut)));
        });
        question
    }

    /// The server refused a token: it is not used again.
    pub(crate) fn refuse(&self, token: &str) {
        self.token.borrow_mut().take_if(|current| current.as_str() == token);
    }
}
