//! Why there is no connection, for the page's developer. Never connects.

use crate::platform::session::is_there;
use crate::widget::mistake::Mistake;

/// Asks the server; `known` says whether this page could read its configuration.
pub(super) async fn why_unreachable(server: String, known: bool) -> Mistake {
    match (is_there(&server).await, known) {
        (false, _) => Mistake::Unreachable(server),
        (true, false) => Mistake::OriginRefused(server),
        (true, true) => Mistake::SocketRefused(server),
    }
}
