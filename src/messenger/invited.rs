//! The invitation that somebody came with: it stands behind the # of the page's address, which browsers tell no server.
//! Never decides whether it is any good.

use crate::shell::js::window;
use wasm_bindgen::JsValue;

/// What an invitation's link ends with, before the invitation itself.
const NAME: &str = "#invite=";

/// What the link holds, if the page was opened by one.
pub(super) fn brought() -> Option<String> {
    let hash = window().location().hash().ok()?;
    hash.strip_prefix(NAME).filter(|invitation| !invitation.is_empty()).map(str::to_owned)
}

/// Takes it out of the page's address: whoever is in needs it no more, and nobody else should find it there.
pub(super) fn put_away() {
    let location = window().location();
    if let (Some(_), Ok(path), Ok(query)) = (brought(), location.pathname(), location.search())
        && let Ok(history) = window().history()
    {
        // A page that may not change its own address keeps it.
        let _changed = history.replace_state_with_url(&JsValue::NULL, "", Some(&[path, query].concat()));
    }
}
