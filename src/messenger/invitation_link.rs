//! The invitation in the page's address. It is in the fragment, which browsers do not send to servers.
//! Does not validate it; the server does.

use crate::platform::js::window;
use wasm_bindgen::JsValue;

/// The fragment begins with this.
const NAME: &str = "#invite=";

/// The invitation, if the address has one.
pub(super) fn in_address() -> Option<String> {
    let hash = window().location().hash().ok()?;
    hash.strip_prefix(NAME).filter(|invitation| !invitation.is_empty()).map(str::to_owned)
}

/// Removes it from the address, so that it does not stay in the browser's history.
pub(super) fn remove_from_address() {
    let location = window().location();
    if let (Some(_), Ok(path), Ok(query)) = (in_address(), location.pathname(), location.search())
        && let Ok(history) = window().history()
    {
        // Fails where a page may not change its address; then it stays.
        let _changed = history.replace_state_with_url(&JsValue::NULL, "", Some(&[path, query].concat()));
    }
}
