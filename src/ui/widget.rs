//! The whole interface of calls in one component: buttons, windows, history.
//! Owns which window belongs to which picture; never how a window looks.

use super::{Calls, WidgetHost};
use leptos::prelude::*;

/// Everything about calls that a page shows.
#[component]
pub fn CallWidget(
    /// The calls of this device.
    calls: Calls,
    /// What the page around knows.
    host: WidgetHost,
) -> impl IntoView {
    provide_context(calls);
    provide_context(host);
    view! { <div class="mc"></div> }
}
