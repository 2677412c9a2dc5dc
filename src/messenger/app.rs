//! The messenger's page: the door, or the room behind it.

use leptos::prelude::*;

/// The whole page.
#[component]
pub fn App() -> impl IntoView {
    view! { <div class="mc im"></div> }
}
