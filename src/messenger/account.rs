//! The account that is signed in in this tab: its tokens survive a reload and are refreshed when they expire.
//! Tokens leave this file only towards the server and other tabs of the same session.

use super::model::outbox;
use crate::platform::device;
use crate::platform::session::{self, Session, TokenSource};
use crate::platform::tabs::Tabs;
use crate::platform::timer::sleep;
use crate::platform::wire::from_json;
use crate::platform::{js, storage};
use call_core::RequestError;
use call_protocol::{
    ClientConfig, Credentials, ErrorCode, RefreshToken, Registration, Session as SignedIn, ShownInvitation,
    User,
};
use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::rc::Rc;

/// Key in the tab's session storage.
const ACCOUNT_KEY: &str = "account";
/// An access token that expires within this many milliseconds is refreshed first.
const REFRESH_MARGIN_MS: f64 = 30_000.0;
const LONGEST_RETRY_DELAY: Duration = Duration::from_secs(10);
/// How long a tab waits for another tab that is refreshing the same tokens.
const LOCK_WAIT: Duration = Duration::from_secs(10);

/// A signed-in account; clones are the same one.
#[derive(Clone)]
pub(super) struct Account(Rc<Inner>);

struct Inner {
    signed_in: RefCell<SignedIn>,
    /// When the access token expires, by this page's clock; unknown after a reload.
    expires_at: Cell<f64>,
    /// Whether the session already has the current token; asking again means that it was refused.
    handed_out: Cell<bool>,
    signed_out: Cell<bool>,
    /// When the tokens were received, by this machine's clock; 0 after a reload.
    received_at: Cell<f64>,
    /// A duplicated tab has the same tokens, and a refresh token is valid once: the tab that refreshes tells the others.
    tabs: RefCell<Option<Tabs>>,
}

impl Account {
    /// The account of this tab, if it was signed in before a reload.
    pub(super) fn restore() -> Option<Self> {
        let signed_in = from_json(&storage::read(&storage_key())?)?;
        // The server refuses the token if it has expired meanwhile.
        Some(Self::new(signed_in, f64::INFINITY, 0.0))
    }

    /// Signs in.
    pub(super) async fn sign_in(username: String, password: String) -> Result<Self, RequestError> {
        let device_proof = storage::read_lasting(&proof_key(&username.to_ascii_lowercase()));
        let credentials = Credentials { username, password, device_proof };
        session::server(&server()).login(&credentials).await.map(Self::from_sign_in)
    }

    /// Makes an account and signs in.
    pub(super) async fn register(body: &Registration) -> Result<Self, RequestError> {
        session::server(&server()).register(body).await.map(Self::from_sign_in)
    }

    /// Who it is.
    pub(super) fn user(&self) -> User {
        self.0.signed_in.borrow().user.clone()
    }

    /// A session whose tokens come from here.
    pub(super) fn session(&self) -> Session {
        let account = self.clone();
        let source = TokenSource::new(move || {
            let account = account.clone();
            async move { account.token().await }
        });
        session::signed_in(&server(), source)
    }

    /// Signs out, here and at the server.
    pub(super) async fn sign_out(self) {
        let signed_in = self.forget();
        storage::remove(outbox::STORAGE_KEY);
        // This tab has forgotten the tokens, whether the server answers or not.
        let body = RefreshToken { refresh_token: signed_in.refresh_token };
        let _told = session::server(&server()).logout(&body).await;
    }

    /// Forgets the tokens; the server has refused them.
    pub(super) fn forget(&self) -> SignedIn {
        self.0.signed_out.set(true);
        storage::remove(&storage_key());
        self.0.signed_in.borrow().clone()
    }

    fn from_sign_in(signed_in: SignedIn) -> Self {
        if let Some(device_proof) = &signed_in.device_proof {
            // Outlives the session: the next sign-in presents it.
            storage::write_lasting(&proof_key(&signed_in.user.username), device_proof);
        }
        if let Some(text) = js::to_json(&signed_in) {
            storage::write(&storage_key(), &text);
        }
        let now = js_sys::Date::now();
        let expires_at = now + f64::from(signed_in.expires_in) * 1000.0 - REFRESH_MARGIN_MS;
        Self::new(signed_in, expires_at, now)
    }

    fn new(signed_in: SignedIn, expires_at: f64, received_at: f64) -> Self {
        let name = ["session:", family_of(&signed_in)].concat();
        let account = Self(Rc::new(Inner {
            signed_in: RefCell::new(signed_in),
            expires_at: Cell::new(expires_at),
            handed_out: Cell::new(false),
            signed_out: Cell::new(false),
            received_at: Cell::new(received_at),
            tabs: RefCell::default(),
        }));
        let weak = Rc::downgrade(&account.0);
        let tabs = Tabs::join(&name, move |text, received_at| {
            if let Some(inner) = weak.upgrade() {
                Self(inner).on_tab_message(&text, received_at);
            }
        });
        if let Some(tabs) = &tabs {
            // Asks the other tabs for newer tokens.
            tabs.post("", received_at);
        }
        account.0.tabs.replace(tabs);
        account
    }

    /// Another tab asks for tokens newer than its own, or sends some.
    fn on_tab_message(&self, text: &str, received_at: f64) {
        if self.0.signed_out.get() {
            return;
        }
        if text.is_empty() {
            if self.0.received_at.get() > received_at {
                self.share_with_tabs();
            }
        } else if received_at > self.0.received_at.get()
            && let Some(signed_in) = from_json(text)
        {
            self.replace_tokens(signed_in, received_at);
        }
    }

    fn share_with_tabs(&self) {
        if let (Some(tabs), Some(text)) =
            (self.0.tabs.borrow().as_ref(), js::to_json(&*self.0.signed_in.borrow()))
        {
            tabs.post(&text, self.0.received_at.get());
        }
    }

    /// Replaces the tokens.
    fn replace_tokens(&self, signed_in: SignedIn, received_at: f64) {
        if let Some(text) = js::to_json(&signed_in) {
            storage::write(&storage_key(), &text);
        }
        self.0.expires_at.set(received_at + f64::from(signed_in.expires_in) * 1000.0 - REFRESH_MARGIN_MS);
        self.0.received_at.set(received_at);
        self.0.handed_out.set(false);
        self.0.signed_in.replace(signed_in);
    }

    /// An access token that is valid as far as this page knows; None once signed out.
    async fn token(&self) -> Option<String> {
        let refused = self.0.handed_out.replace(true);
        if refused || js_sys::Date::now() > self.0.expires_at.get() {
            self.refresh_tokens().await?;
        }
        Some(self.0.signed_in.borrow().access_token.clone())
    }

    /// Refreshes the tokens. Retries while the server cannot be reached, since that is no refusal.
    async fn refresh_tokens(&self) -> Option<()> {
        let own_token = self.0.signed_in.borrow().refresh_token.clone();
        // Two tabs that use one refresh token at once would look like a stolen token.
        let what = ["renew:", family_of(&self.0.signed_in.borrow())].concat();
        let lock = device::alone(&what, LOCK_WAIT).await;
        let mut wait = Duration::from_millis(500);
        while !self.0.signed_out.get() {
            let refresh_token = self.0.signed_in.borrow().refresh_token.clone();
            if refresh_token != own_token {
                self.0.handed_out.set(true);
                return Some(()); // another tab was faster
            }
            let (server, device) = (session::server(&server()), device::known());
            let asked = server.refresh(&RefreshToken { refresh_token }, device.as_ref()).await;
            match asked {
                Ok(_) if self.0.signed_out.get() => return None,
                Ok(signed_in) => {
                    self.replace_tokens(signed_in, js_sys::Date::now());
                    self.0.handed_out.set(true);
                    self.share_with_tabs();
                    drop(lock);
                    return Some(());
                }
                Err(RequestError::Refused(body)) if body.code == ErrorCode::Unauthorized => {
                    if self.0.signed_in.borrow().refresh_token == own_token {
                        return None;
                    }
                }
                Err(RequestError::Refused(_) | RequestError::Unreachable) => {
                    sleep(wait).await;
                    wait = (wait * 2).min(LONGEST_RETRY_DELAY);
                }
            }
        }
        None
    }
}

/// The part that all refresh tokens of a session share.
fn family_of(signed_in: &SignedIn) -> &str {
    signed_in.refresh_token.split('.').next().unwrap_or_default()
}

/// The server's public configuration; None while it cannot be reached.
pub(super) async fn server_config() -> Option<ClientConfig> {
    session::server(&server()).config().await.ok()
}

/// Whether an account can be made with an invitation.
pub(super) async fn check_invitation(invitation: String) -> Result<(), RequestError> {
    session::server(&server()).look_at(&ShownInvitation { invitation }).await
}

/// The server's address: the page's origin, or the folder of the page behind a proxy that strips the path. Without a
/// trailing slash.
fn server() -> String {
    folder_of(&js::document().base_uri().ok().flatten().unwrap_or_default()).to_owned()
}

/// The folder of a page's address, without what follows the last slash.
fn folder_of(page: &str) -> &str {
    let path = page.split(['?', '#']).next().unwrap_or_default();
    path.rsplit_once('/').map_or(path, |(folder, _)| folder)
}

/// Storage key of the account. It contains the path, since one origin may host several servers.
fn storage_key() -> String {
    let server = server();
    let path = server.splitn(4, '/').nth(3).unwrap_or_default();
    if path.is_empty() { ACCOUNT_KEY.to_owned() } else { [ACCOUNT_KEY, " ", path].concat() }
}

/// Storage key of the proof that somebody has signed in on this device before.
fn proof_key(username: &str) -> String {
    [&storage_key(), " proof ", username].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn the_server_is_where_the_page_is() {
        for (page, server) in [
            ("https://calls.example/", "https://calls.example"),
            ("https://calls.example/index.html?a=/b/#c/d", "https://calls.example"),
            ("https://home.example/calls/", "https://home.example/calls"),
            ("https://home.example/calls/index.html", "https://home.example/calls"),
            ("http://localhost:8080/a/b/#top", "http://localhost:8080/a/b"),
        ] {
            assert_eq!(folder_of(page), server, "{page}");
        }
    }
}
