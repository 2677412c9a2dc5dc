//! `connectionState` and `iceConnectionState` as one: browsers report the same event in different orders, and
//! older ones have no `connectionState`.

use call_core::Link;

/// One state from the browser's two; an absent `connectionState` is empty.
pub fn fold(connection: &str, ice: &str) -> Link {
    match (connection, ice) {
        ("failed", _) | (_, "failed") => Link::Failed,
        ("disconnected", _) | (_, "disconnected") => Link::Disconnected,
        ("connected", _) | ("", "connected" | "completed") => Link::Connected,
        _ => Link::Connecting,
    }
}
