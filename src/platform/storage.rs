//! What a tab remembers over a reload: its own sessionStorage, under names of ours; and what the browser may keep for good.
//! Never holds a session's secrets where another tab may read them, and works (without remembering) where storage is
//! forbidden.

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

/// What every tab of this origin keeps for good under a name.
pub fn read_lasting(name: &str) -> Option<String> {
    lasting()?.get_item(&key(name)).ok()?
}

/// Keeps a text under a name for good, for every tab of this origin: nothing that is worth stealing.
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
