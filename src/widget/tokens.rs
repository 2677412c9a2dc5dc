//! The tokens of a session come from the `getToken` functions of the widgets that share it; the first that returns one wins.
//! Keeps no token and validates none; the server does.

use super::mistake::Mistake;
use crate::platform::js::{get_text, window};
use crate::platform::session::TokenSource;
use call_client::NoToken;
use core::cell::{Cell, OnceCell, RefCell};
use js_sys::{Function, Promise};
use std::rc::{Rc, Weak};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// A page's function that returns a token that is valid now, or nothing when signed out; by a promise or not.
#[derive(Clone)]
pub(super) struct TokenFunction(pub(super) Function);

impl TokenFunction {
    fn ask(&self) -> Promise {
        match self.0.call0(&JsValue::UNDEFINED) {
            Ok(token) => token.dyn_into().unwrap_or_else(|token| Promise::resolve(&token)),
            Err(error) => Promise::reject(&error),
        }
    }
}

/// The functions of one session, in the order in which their widgets were mounted.
pub(super) struct TokenFunctions {
    all: RefCell<Vec<TokenFunction>>,
    /// Whether the last answer was a token.
    signed_in: Cell<bool>,
    /// The last mistake, so that it is reported once.
    reported: Cell<Option<&'static str>>,
    tell: OnceCell<OnMistake>,
}

/// Reports a mistake.
type OnMistake = Box<dyn Fn(Mistake)>;

impl TokenFunctions {
    pub(super) fn new() -> Rc<Self> {
        Rc::new(Self {
            all: RefCell::default(),
            signed_in: Cell::default(),
            reported: Cell::default(),
            tell: OnceCell::new(),
        })
    }

    /// As the source of a session.
    pub(super) fn as_token_source(self: &Rc<Self>) -> TokenSource {
        let weak = Rc::downgrade(self);
        TokenSource::fallible(move || ask(weak.clone()))
    }

    /// Sets what reports mistakes.
    pub(super) fn on_mistake(&self, tell: impl Fn(Mistake) + 'static) {
        let _first = self.tell.set(Box::new(tell));
    }

    /// Replaces the functions.
    pub(super) fn replace(&self, all: Vec<TokenFunction>) {
        self.all.replace(all);
    }

    /// Whether the last answer was a token, so that it is the server that refused it.
    pub(super) fn signed_in(&self) -> bool {
        self.signed_in.get()
    }

    /// Whether the last attempt failed with a mistake that was reported.
    pub(super) fn has_failed(&self) -> bool {
        self.reported.get().is_some()
    }

    fn report(&self, mistake: Mistake) {
        if self.reported.replace(Some(mistake.code())) != Some(mistake.code())
            && let Some(tell) = self.tell.get()
        {
            tell(mistake);
        }
    }
}

async fn ask(sources: Weak<TokenFunctions>) -> Result<Option<String>, NoToken> {
    let all = sources.upgrade().map(|sources| sources.all.borrow().clone()).unwrap_or_default();
    let mut answer = Err(NoToken::NotNow);
    for source in all {
        let said = JsFuture::from(source.ask()).await;
        let Some(sources) = sources.upgrade() else { break };
        match said {
            Ok(token) if token.is_falsy() => answer = Ok(None),
            Ok(token) => match token.as_string() {
                Some(token) => {
                    sources.signed_in.set(true);
                    sources.reported.set(None);
                    return Ok(Some(token));
                }
                None => sources.report(Mistake::TokenKind),
            },
            Err(error) => {
                let message = get_text(&error, "message").or_else(|| error.as_string());
                sources.report(Mistake::TokenFailed(message.unwrap_or_default()));
            }
        }
    }
    if answer.is_ok()
        && let Some(sources) = sources.upgrade()
    {
        sources.signed_in.set(false);
    }
    answer
}

/// Issuer and subject of a token, to compare people by; the token itself if it is no JWT.
pub(super) fn person_of(token: &str) -> String {
    read(token).unwrap_or_else(|| token.to_owned())
}

fn read(token: &str) -> Option<String> {
    let claims = token.split('.').nth(1)?.replace('-', "+").replace('_', "/");
    let claims = js_sys::JSON::parse(&window().atob(&claims).ok()?).ok()?;
    let issuer = get_text(&claims, "iss").unwrap_or_default();
    Some([&issuer, "\n", &get_text(&claims, "sub")?].concat())
}
