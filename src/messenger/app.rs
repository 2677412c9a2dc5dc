//! The messenger's page: the sign-in window, or the page after it. Holds the account of this tab.

use super::account::Account;
use super::sign_in::sign_in;
use super::signed_in::signed_in;
use crate::widget::kit::dom::{El, Tag, el};
use crate::widget::kit::names::isolated_name;
use crate::widget::kit::signal::RwSignal;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The whole page.
pub fn app() -> El {
    let account = RwSignal::new(Account::restore());
    // Shown in the sign-in window: why somebody was signed out.
    let reason = RwSignal::new(None::<String>);
    let announced = RwSignal::new(String::new());
    let enter = move |entered: Account| {
        reason.set(None);
        announced.set(["You are signed in as ", &isolated_name(&entered.user()), "."].concat());
        account.set(Some(entered));
    };
    let leave = UnsyncCallback::new(move |why: Option<String>| {
        let Some(former) = account.try_get_untracked().flatten() else { return };
        match why {
            // The server ended the session, so there is nothing to sign out of.
            Some(_) => drop(former.forget()),
            None => spawn_local(former.sign_out()),
        }
        // A reason is an alert of its own.
        announced.set(if why.is_none() { "You are signed out." } else { "" }.to_owned());
        reason.set(why);
        account.set(None);
    });
    let page = move || {
        Some(match account.get() {
            Some(account) => signed_in(&account, leave),
            None => sign_in(enter, reason),
        })
    };
    el(Tag::Div, "mc-parts")
        .child_signal(page)
        .child(el(Tag::P, "mc-hush").attr("role", "status").text_signal(move || announced.get()))
}
