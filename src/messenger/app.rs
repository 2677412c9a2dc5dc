//! The messenger's page: the door, or the room behind it.

use super::account::Account;
use super::door::door;
use super::room::room;
use crate::signal::RwSignal;
use crate::ui::dom::{El, Tag, el};
use crate::ui::words::among_words;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The whole page.
pub fn app() -> El {
    let account = RwSignal::new(Account::kept());
    // Why somebody stands at the door who was inside.
    let reason = RwSignal::new(None::<String>);
    let said = RwSignal::new(String::new());
    let enter = move |entered: Account| {
        reason.set(None);
        said.set(["You are signed in as ", &among_words(&entered.user()), "."].concat());
        account.set(Some(entered));
    };
    let leave = UnsyncCallback::new(move |why: Option<String>| {
        let Some(left) = account.try_get_untracked().flatten() else { return };
        match why {
            // Refused by the server: there is nothing to tell it.
            Some(_) => drop(left.forget()),
            None => spawn_local(left.leave()),
        }
        // A reason is told where it stands.
        said.set(if why.is_none() { "You are signed out." } else { "" }.to_owned());
        reason.set(why);
        account.set(None);
    });
    let page = move || {
        Some(match account.get() {
            Some(account) => room(&account, leave),
            None => door(enter, reason),
        })
    };
    el(Tag::Div, "mc-parts")
        .child_signal(page)
        .child(el(Tag::P, "mc-hush").attr("role", "status").text_signal(move || said.get()))
}
