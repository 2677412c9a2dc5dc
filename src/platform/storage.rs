//! `sessionStorage`, which survives a reload of the tab, and `localStorage`, both with a prefix of ours.
//! Tokens are kept in `sessionStorage` only. Where storage is forbidden, nothing is kept and nothing fails.

use super::js;

const PREFIX: &str = "messenger-calls:";

/// Reads a value of the tab.
pub fn read(name: &str) -> Option<String> {
    store()?.get_item(&key(name)).ok()?
}

/// Keeps a value for the tab.
pub fn write(name: &str, text: &str) {
    // A full or forbidden storage: the value is lost on reload.
    let _kept = store().map(|store| store.set_item(&key(name), text));
}

/// Removes a value of the tab.
pub fn remove(name: &str) {
    let _removed = store().map(|store| store.remove_item(&key(name)));
}

/// Reads a value that all tabs of this origin share.
pub fn read_lasting(name: &str) -> Option<String> {
    lasting()?.get_item(&key(name)).ok()?
}

/// Keeps a value for all tabs of this origin, until the browser's data is cleared; never a secret.
pub fn write_lasting(name: &str, text: &str) {
    let _kept = lasting().map(|store| store.set_item(&key(name), text));
}

fn lasting() -> Option<web_sys::Storage> {
    js::window().local_storage().ok()?
}

fn key(name: &str) -> String {
    [PREFIX, name].concat()
}

fn store() -> Option<web_sys::Storage> {
    js::window().session_storage().ok()?
}
