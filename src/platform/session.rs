//! The sessions of `call_client` with the browser as their network, and what else is needed to talk to a server.
//! Never decides anything.

pub use super::http::is_there;
pub use super::storage;
pub use call_client::{Block, SessionEvent, Subscription, TokenSource};

use super::browser::Browser;

/// One signed-in device of this page.
pub type Session = call_client::Session<Browser>;

/// A session at the server of this origin ("https://calls.example.org"); sends nothing before it starts.
pub fn signed_in(server: &str, tokens: TokenSource) -> Session {
    Session::new(Browser, server, tokens)
}

/// The server of an origin, for requests without a session.
pub fn server(origin: &str) -> call_client::Server<Browser> {
    call_client::Server::new(Browser, origin)
}
