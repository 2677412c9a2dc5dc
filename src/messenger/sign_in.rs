//! The window for signing in and for registering.
//! Forgets a password as soon as it is sent.

use super::account::{Account, check_invitation, server_config};
use super::{invitation_link, words};
use crate::platform::js::window as page;
use crate::platform::listener::Listener;
use crate::widget::kit::dom::{El, Tag, button, el};
use crate::widget::kit::focus;
use crate::widget::kit::icons::Icon;
use crate::widget::kit::parts::{drawn, icon, notice, spinner, title_bar};
use crate::widget::kit::signal::{Memo, RwSignal};
use call_protocol::{Registration, WhoRegisters};
use leptos::ev::{self, SubmitEvent};
use leptos::task::spawn_local;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    SignIn,
    Register,
}

/// The window in front of the messenger.
pub(super) fn sign_in(enter: impl Fn(Account) + Copy + 'static, reason: RwSignal<Option<String>>) -> El {
    let way = RwSignal::new(Way::SignIn);
    let name = RwSignal::new(String::new());
    let shown_as = RwSignal::new(String::new());
    let password = RwSignal::new(String::new());
    let asking = RwSignal::new(false);
    let demo = RwSignal::new(false);
    // Accounts are managed by another application, so there is no form.
    let elsewhere = RwSignal::new(false);
    // Who may register; unknown until the server has answered.
    let who = RwSignal::new(None);
    // The invitation of the page's address, once the server has confirmed it.
    let invitation = RwSignal::new(None::<String>);
    let read_config = move || {
        spawn_local(async move {
            let Some(config) = server_config().await else { return };
            demo.set(config.demo);
            elsewhere.set(config.accounts_elsewhere);
            who.set(Some(config.registration));
            let Some(found) = invitation_link::in_address().filter(|_| !config.accounts_elsewhere) else {
                return;
            };
            if config.registration != WhoRegisters::Open {
                if let Err(error) = check_invitation(found.clone()).await {
                    reason.set(Some(words::trouble(&error)));
                    return;
                }
                invitation.set(Some(found));
            }
            way.set(Way::Register);
        });
    };
    read_config();
    // Pasting an invitation link into an open tab does not load the page.
    let pasted = Listener::new(&page(), "hashchange", move |_| {
        if invitation_link::in_address().is_some() {
            reason.set(None);
            read_config();
        }
    });

    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if asking.get_untracked() {
            return;
        }
        asking.set(true);
        reason.set(None);
        let way = way.get_untracked();
        let username = name.get_untracked().trim().to_owned();
        let password = password.get_untracked();
        let invitation = invitation.get_untracked();
        let display_name = Some(shown_as.get_untracked().trim().to_owned()).filter(|name| !name.is_empty());
        spawn_local(async move {
            let result = match way {
                Way::SignIn => Account::sign_in(username, password).await,
                Way::Register => {
                    Account::register(&Registration { username, display_name, password, invitation }).await
                }
            };
            asking.set(false);
            match result {
                Ok(account) => {
                    invitation_link::remove_from_address();
                    enter(account);
                }
                Err(error) => reason.set(Some(words::trouble(&error))),
            }
        });
    };
    let swap = move |to: Way| {
        reason.set(None);
        way.set(to);
    };
    let registers = move || way.get() == Way::Register;
    let problem = move || {
        let told = notice("mc-notice mc-fail", icon(Icon::Warning), &reason.get()?, None);
        Some(el(Tag::Div, "").attr("role", "alert").child(told))
    };
    let name_hint = move || {
        registers().then(|| el(Tag::Small, "").text("Letters and digits. Friends use it to add you."))
    };
    let name_field = el(Tag::Input, "im-field")
        .attr("name", "username")
        .attr("autocomplete", "username")
        .attr("autocapitalize", "none")
        .attr("required", "")
        .attr("spellcheck", "false")
        .bind_value(name);
    focus::give(name_field.element());
    let shown_as_field = move || {
        let field = el(Tag::Input, "im-field")
            .attr("name", "display-name")
            .attr("autocomplete", "name")
            .bind_value(shown_as);
        registers().then(|| el(Tag::Label, "").text("Display name").child(field))
    };
    let password_field = el(Tag::Input, "im-field")
        .attr("type", "password")
        .attr("name", "password")
        .attr("required", "")
        .attr_signal("autocomplete", move || {
            Some(if registers() { "new-password" } else { "current-password" })
        })
        .attr_signal("placeholder", move || registers().then_some("At least 8 characters"))
        .bind_value(password);
    let go = el(Tag::Button, "mc-btn mc-go")
        .toggle_attr("disabled", move || asking.get())
        .child_signal(move || asking.get().then(spinner))
        .text_signal(move || doing(way.get(), asking.get()));
    let hint = move || {
        let text = match way.get() {
            Way::SignIn if demo.get() => "Try anna or ben with the password messenger.",
            Way::Register if invitation.with(Option::is_some) => {
                "You have been invited. Choose a name and a password."
            }
            Way::SignIn | Way::Register => return None,
        };
        Some(notice("mc-notice", icon(Icon::Info), text, None))
    };
    // A memo, so that the link to the other form stays the same element and keeps the focus.
    let leads = Memo::new(move |_| who.get() == Some(WhoRegisters::Open) || invitation.with(Option::is_some));
    let other = move || {
        if leads.get() {
            return Some(other_way(way, swap));
        }
        Some(el(Tag::P, "im-swap").text(why_not(who.get()?)))
    };
    let is_shown_as = Memo::new(move |_| !shown_as.with(String::is_empty));
    let form = el(Tag::Form, "im-form")
        .toggle_attr("hidden", move || elsewhere.get())
        .on(ev::submit, submit)
        .child_signal(problem)
        .child(el(Tag::Label, "").text("Name").child(name_field).child_signal(name_hint))
        .child_signal(shown_as_field)
        .child(el(Tag::Label, "").text("Password").child(password_field))
        .child(go)
        .child_signal(hint)
        .child_signal(other);
    let window = el(Tag::Section, "mc-window")
        .attr("aria-label", "Messenger Calls")
        .child(title_bar(Icon::Mark, el(Tag::Span, "").text("Messenger Calls"), None))
        .child_signal(move || Some(welcome(way.get(), if is_shown_as.get() { shown_as } else { name })))
        .child(form)
        .child_signal(move || elsewhere.get().then(through_the_application));
    el(Tag::Div, "mc im im-door").child(window).keep(pasted)
}

fn welcome(way: Way, name: RwSignal<String>) -> El {
    let hero = el(Tag::Div, "im-welcome im-hero");
    let (hero, heading, sentence) = match way {
        Way::SignIn => {
            let mark = el(Tag::Span, "mc-pic im-mark").child(icon(Icon::Mark));
            (hero.child(mark), "Sign in", "Talk to your friends, face to face.")
        }
        Way::Register => {
            let hero = hero.child_signal(move || Some(drawn(&name.get(), "mc-pic im-mark")));
            (hero, "Create an account", "This will be your picture.")
        }
    };
    hero.child(el(Tag::H1, "").text(heading)).child(el(Tag::P, "").text(sentence))
}

/// Shown instead of the form where accounts are managed elsewhere.
fn through_the_application() -> El {
    let text = "Sign in through the app that these calls belong to.";
    el(Tag::Div, "im-form").child(notice("mc-notice", icon(Icon::Info), text, None))
}

fn doing(way: Way, asking: bool) -> &'static str {
    match way {
        Way::SignIn if asking => "Signing in\u{2026}",
        Way::SignIn => "Sign in",
        Way::Register if asking => "Creating your account\u{2026}",
        Way::Register => "Create account",
    }
}

/// How to get an account on a server without open registration.
fn why_not(who: WhoRegisters) -> &'static str {
    match who {
        WhoRegisters::Invite => {
            "New here? You need an invitation: ask the people who run this server for a link."
        }
        WhoRegisters::Open | WhoRegisters::Closed => {
            "New here? Ask the people who run this server for an account."
        }
    }
}

/// The link to the other form. The button stays the same element, so that it keeps the focus.
fn other_way(way: RwSignal<Way>, swap: impl Fn(Way) + 'static) -> El {
    let other = button("mc-link", move || {
        swap(match way.get_untracked() {
            Way::SignIn => Way::Register,
            Way::Register => Way::SignIn,
        });
    });
    let text = move || match way.get() {
        Way::SignIn => "Create an account",
        Way::Register => "Sign in",
    };
    let question = move || match way.get() {
        Way::SignIn => "New here? ",
        Way::Register => "Already have an account? ",
    };
    el(Tag::P, "im-swap").text_signal(question).child(other.attr("type", "button").text_signal(text))
}
