//! The messenger's page: the door, or the room behind it.

use super::account::Account;
use super::door::Door;
use super::room::Room;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The whole page.
#[component]
pub fn App() -> impl IntoView {
    let account = RwSignal::new_local(Account::kept());
    // Why somebody stands at the door who was inside.
    let reason = RwSignal::new(None::<String>);
    let enter = UnsyncCallback::new(move |entered: Account| {
        reason.set(None);
        account.set(Some(entered));
    });
    let leave = UnsyncCallback::new(move |why: Option<String>| {
        let Some(left) = account.try_get_untracked().flatten() else { return };
        match why {
            // Refused by the server: there is nothing to tell it.
            Some(_) => drop(left.forget()),
            None => spawn_local(left.leave()),
        }
        reason.set(why);
        account.set(None);
    });
    move || match account.get() {
        Some(account) => view! { <Room account leave/> }.into_any(),
        None => view! { <Door enter reason/> }.into_any(),
    }
}
