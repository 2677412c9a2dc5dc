//! What a tab remembers over a reload: its own sessionStorage, under names of ours.
//! Never holds what another tab may read, and works (without remembering) where storage is forbidden.

use super::js;

const PREFIX: &str = "messenger-calls:";

/// What was kept under a name.
pub fn read(name: &str) -> Option<String> {
    store()?.get_item(&key(name)).ok()?
}

/// Keeps a text under a name.
pub fn write(name: &str, text: &str) {
    // A full or forbidden storage costs no more than the memory over a reload.
    let _kept = store().map(|store| store.set_item(&key(name), text));
}

/// Forgets what was kept under a name.
pub fn remove(name: &str) {
    let _removed = store().map(|store| store.remove_item(&key(name)));
}

fn key(name: &str) -> String {
    [PREFIX, name].concat()
}

fn store() -> Option<web_sys::Storage> {
    js::window().session_storage().ok()?
}
