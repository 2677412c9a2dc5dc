//! The account part of the settings: sessions, password, deleting the account.
//! Forgets passwords when they are sent; which sessions end is decided by the server.

use super::blocking::remark;
use super::model::Messenger;
use crate::widget::kit::dates::whole;
use crate::widget::kit::dom::{El, Tag, button, el};
use crate::widget::kit::focus;
use crate::widget::kit::parts::spinner;
use crate::widget::kit::signal::RwSignal;
use call_protocol::{OwnSession, SessionId};
use leptos::ev::{self, SubmitEvent};
use leptos::task::spawn_local;
use leptos::web_sys::HtmlElement;

/// A button that unfolds the rest.
pub(super) fn account_settings(messenger: Messenger) -> El {
    let shown = RwSignal::new(false);
    let open = button("mc-btn mc-small", move || shown.update(|shown| *shown = !*shown))
        .aria_signal("aria-expanded", move || shown.get())
        .text("Devices and password");
    el(Tag::Div, "im-own")
        .child(el(Tag::Div, "").child(open))
        .child_signal(move || shown.get().then(|| account(messenger)))
}

fn account(messenger: Messenger) -> El {
    let done = RwSignal::new("");
    el(Tag::Div, "im-own")
        .child(places(messenger, done))
        .child(password(messenger, done))
        .child(leaving(messenger))
        .child(el(Tag::P, "im-done").attr("role", "status").text_signal(move || done.get()))
}

/// Where the person is signed in.
fn places(messenger: Messenger, done: RwSignal<&'static str>) -> El {
    let list = RwSignal::new(None::<Vec<OwnSession>>);
    let trouble = RwSignal::new(None::<String>);
    let read = move || async move {
        match messenger.own_sessions().await {
            Ok(read) => list.set(Some(read)),
            Err(error) => trouble.set(Some(error)),
        }
    };
    spawn_local(read());
    let heading = el(Tag::H3, "").attr("tabindex", "-1").text("Where you are signed in");
    let home = heading.element();
    let end = move |one: Option<SessionId>, home: HtmlElement| {
        trouble.set(None);
        spawn_local(async move {
            let ended = messenger.end_sessions(one).await;
            if ended.is_ok() {
                done.set("Signed out.");
            }
            read().await;
            if let Err(error) = ended {
                trouble.set(Some(error));
            }
            // The button that had the focus is gone.
            focus::give(home);
        });
    };
    let rows = move || {
        let places = list.get()?;
        let others = places.iter().any(|place| !place.current);
        let rows = places.into_iter().map(|place| row(&place, home.clone(), end));
        let home = home.clone();
        let all = others.then(|| {
            button("mc-btn mc-small mc-stop", move || end(None, home.clone()))
                .text("Sign out everywhere else")
        });
        Some(el(Tag::Div, "im-own").child(el(Tag::Ul, "im-places").children(rows)).children(all))
    };
    el(Tag::Div, "im-own")
        .child(heading)
        .child_signal(move || (list.with(Option::is_none) && trouble.with(Option::is_none)).then(spinner))
        .child_signal(rows)
        .child_signal(remark(trouble))
}

fn row(place: &OwnSession, home: HtmlElement, end: impl Fn(Option<SessionId>, HtmlElement) + 'static) -> El {
    let device = place.device.as_deref().unwrap_or("Unknown device");
    let network = place.network.as_deref().map_or(String::new(), |network| [" from ", network].concat());
    let used = ["Last used ", &whole(&place.used_at), &network].concat();
    let made = ["Signed in ", &whole(&place.created_at)].concat();
    let what = el(Tag::Div, "")
        .child(el(Tag::B, "").attr("dir", "auto").text(device))
        .child(el(Tag::Small, "").text(&used))
        .child(el(Tag::Small, "").text(&made));
    let label = ["Sign out ", device, ", last used ", &whole(&place.used_at)].concat();
    let id = place.id.clone();
    let action = if place.current {
        el(Tag::Em, "").text("This device")
    } else {
        button("mc-btn mc-small", move || end(Some(id.clone()), home.clone()))
            .attr("aria-label", &label)
            .text("Sign out")
    };
    el(Tag::Li, "").child(what).child(action)
}

/// A field for a password.
fn field(label: &str, name: &str, kind: &str, value: RwSignal<String>) -> El {
    let field = el(Tag::Input, "im-field")
        .attr("type", "password")
        .attr("name", name)
        .attr("autocomplete", kind)
        .attr("required", "")
        .bind_value(value);
    el(Tag::Label, "").text(label).child(field)
}

fn password(messenger: Messenger, done: RwSignal<&'static str>) -> El {
    let (current, new) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let trouble = RwSignal::new(None::<String>);
    let asking = RwSignal::new(false);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if asking.get_untracked() {
            return;
        }
        asking.set(true);
        trouble.set(None);
        done.set("");
        spawn_local(async move {
            let changed = messenger.change_password(current.get_untracked(), new.get_untracked()).await;
            asking.set(false);
            if changed.is_ok() {
                current.set(String::new());
                new.set(String::new());
                done.set("Your password was changed. You are signed out everywhere else.");
            }
            trouble.set(changed.err());
        });
    };
    let go = el(Tag::Button, "mc-btn mc-small").toggle_attr("disabled", move || asking.get());
    el(Tag::Form, "im-own")
        .attr("aria-label", "Change password")
        .on(ev::submit, submit)
        .child(el(Tag::H3, "").text("Change password"))
        .child(field("Current password", "current-password", "current-password", current))
        .child(field("New password", "new-password", "new-password", new))
        .child(el(Tag::Small, "").text("At least 8 characters. You will be signed out on all other devices."))
        .child_signal(remark(trouble))
        .child(el(Tag::Div, "").child(go.text("Change password")))
}

/// Deleting the account: the button, and the question that it asks.
fn leaving(messenger: Messenger) -> El {
    let asking = RwSignal::new(false);
    let ask = button("mc-btn mc-small", move || asking.update(|asking| *asking = !*asking))
        .aria_signal("aria-expanded", move || asking.get())
        .text("Delete account\u{2026}");
    let home = ask.element();
    let question = move || asking.get().then(|| question(messenger, asking, home.clone()));
    el(Tag::Div, "im-own").child(el(Tag::Div, "").child(ask)).child_signal(question)
}

fn question(messenger: Messenger, asking: RwSignal<bool>, home: HtmlElement) -> El {
    let given = RwSignal::new(String::new());
    let trouble = RwSignal::new(None::<String>);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        trouble.set(None);
        spawn_local(async move { trouble.set(messenger.delete_account(given.get_untracked()).await.err()) });
    };
    let text = "Your account will be deleted for good. Others keep the messages and calls that they shared with you, without your name.";
    let cancel = button("mc-btn mc-small", move || {
        asking.set(false);
        let _focused = home.focus();
    });
    let actions = el(Tag::Div, "mc-actions")
        .child(el(Tag::Button, "mc-btn mc-small mc-stop").text("Delete for good"))
        .child(cancel.attr("type", "button").text("Cancel"));
    focus::claim(el(Tag::Form, "im-own").attr("aria-label", text))
        .on(ev::submit, submit)
        .child(el(Tag::P, "").text(text))
        .child(field("Your password", "delete-password", "current-password", given))
        .child_signal(remark(trouble))
        .child(actions)
}
