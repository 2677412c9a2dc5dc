//! Sessions of this page: those of `call_client`, in a browser. What else the calls and the messenger need to speak to a
//! server stands here, too. Never decides anything.

pub use super::http::is_there;
pub use super::storage;
pub use call_client::{Block, SessionEvent, Subscription, TokenSource};

use super::browser::Browser;

/// One signed-in device of this page.
pub type Session = call_client::Session<Browser>;

/// A session at the server of this origin ("https://calls.example.org"); nothing is asked before it starts.
pub fn signed_in(server: &str, tokens: TokenSource) -> Session {
    Session::new(Browser, server, tokens)
}

/// The server of an origin, for whoever is not signed in.
pub fn server(origin: &str) -> call_client::Server<Browser> {
    call_client::Server::new(Browser, origin)
}
