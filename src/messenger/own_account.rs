//! The own account, in the settings: where the person is signed in, their password, and leaving for good.
//! Never keeps what was typed longer than the question takes; what ends with what is the server's affair.

use super::blocking::remark;
use super::store::Messenger;
use crate::signal::RwSignal;
use crate::ui::dates::whole;
use crate::ui::focus;
use crate::ui::parts::spinner;
use crate::ui::piece::{Piece, button, el};
use call_protocol::{OwnSession, SessionId};
use leptos::ev::Event;
use leptos::task::spawn_local;
use leptos::web_sys::HtmlElement;

/// The button, and what it unfolds.
pub(super) fn own_account(messenger: Messenger) -> Piece {
    let shown = RwSignal::new(false);
    let open = button("mc-btn mc-small", move || shown.update(|shown| *shown = !*shown))
        .word("aria-expanded", move || Some(if shown.get() { "true" } else { "false" }))
        .text("Devices and password");
    el("div", "im-own").child(el("div", "").child(open)).live(move || shown.get().then(|| account(messenger)))
}

fn account(messenger: Messenger) -> Piece {
    let done = RwSignal::new("");
    el("div", "im-own")
        .child(places(messenger, done))
        .child(password(messenger, done))
        .child(leaving(messenger))
        .child(el("p", "im-done").attr("role", "status").says(move || done.get()))
}

/// Where the person is signed in.
fn places(messenger: Messenger, done: RwSignal<&'static str>) -> Piece {
    let list = RwSignal::new(None::<Vec<OwnSession>>);
    let trouble = RwSignal::new(None::<String>);
    let read = move || async move {
        match messenger.own_sessions().await {
            Ok(read) => list.set(Some(read)),
            Err(error) => trouble.set(Some(error)),
        }
    };
    spawn_local(read());
    let heading = el("h3", "").attr("tabindex", "-1").text("Where you are signed in");
    let home = heading.html();
    let end = move |one: Option<SessionId>, home: HtmlElement| {
        trouble.set(None);
        spawn_local(async move {
            let ended = messenger.end_sessions(one).await;
            if ended.is_ok() {
                done.set("Signed out there.");
            }
            read().await;
            if let Err(error) = ended {
                trouble.set(Some(error));
            }
            // The button is gone that had the focus.
            focus::give(home);
        });
    };
    let rows = move || {
        let places = list.get()?;
        let others = places.iter().any(|place| !place.current);
        let rows = places.into_iter().map(|place| row(&place, home.clone(), end));
        let home = home.clone();
        let all = others.then(|| {
            button("mc-btn mc-small mc-stop", move || end(None, home.clone())).text("End all others")
        });
        Some(el("div", "im-own").child(el("ul", "im-places").children(rows)).children(all))
    };
    el("div", "im-own")
        .child(heading)
        .live(move || (list.with(Option::is_none) && trouble.with(Option::is_none)).then(spinner))
        .live(rows)
        .live(remark(trouble))
}

fn row(
    place: &OwnSession,
    home: HtmlElement,
    end: impl Fn(Option<SessionId>, HtmlElement) + 'static,
) -> Piece {
    let device = place.device.as_deref().unwrap_or("A program that does not say its name");
    let network = place.network.as_deref().map_or(String::new(), |network| [" from ", network].concat());
    let used = ["Last used ", &whole(&place.used_at), &network].concat();
    let made = ["Signed in ", &whole(&place.created_at)].concat();
    let what = el("div", "")
        .child(el("b", "").attr("dir", "auto").text(device))
        .child(el("small", "").text(&used))
        .child(el("small", "").text(&made));
    let label = ["End the sign-in of ", device, ", last used ", &whole(&place.used_at)].concat();
    let id = place.id.clone();
    let action = if place.current {
        el("em", "").text("This one")
    } else {
        button("mc-btn mc-small", move || end(Some(id.clone()), home.clone()))
            .attr("aria-label", &label)
            .text("End")
    };
    el("li", "").child(what).child(action)
}

/// A field for a password.
fn field(label: &str, name: &str, kind: &str, value: RwSignal<String>) -> Piece {
    let field = el("input", "im-field")
        .attr("type", "password")
        .attr("name", name)
        .attr("autocomplete", kind)
        .attr("required", "")
        .bind(value);
    el("label", "").text(label).child(field)
}

fn password(messenger: Messenger, done: RwSignal<&'static str>) -> Piece {
    let (current, new) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let trouble = RwSignal::new(None::<String>);
    let asking = RwSignal::new(false);
    let submit = move |event: Event| {
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
                done.set("Your password is changed. You are signed out everywhere else.");
            }
            trouble.set(changed.err());
        });
    };
    let go = el("button", "mc-btn mc-small").flag("disabled", move || asking.get());
    el("form", "im-own")
        .attr("aria-label", "Change password")
        .on("submit", submit)
        .child(el("h3", "").text("Change password"))
        .child(field("Current password", "current-password", "current-password", current))
        .child(field("New password", "new-password", "new-password", new))
        .child(el("small", "").text("At least 8 characters. All other devices are signed out."))
        .live(remark(trouble))
        .child(el("div", "").child(go.text("Change password")))
}

/// Deleting the account: the button, and the question that it asks.
fn leaving(messenger: Messenger) -> Piece {
    let asking = RwSignal::new(false);
    let ask = button("mc-btn mc-small", move || asking.update(|asking| *asking = !*asking))
        .word("aria-expanded", move || Some(if asking.get() { "true" } else { "false" }))
        .text("Delete account\u{2026}");
    let home = ask.html();
    let question = move || asking.get().then(|| question(messenger, asking, home.clone()));
    el("div", "im-own").child(el("div", "").child(ask)).live(question)
}

fn question(messenger: Messenger, asking: RwSignal<bool>, home: HtmlElement) -> Piece {
    let given = RwSignal::new(String::new());
    let trouble = RwSignal::new(None::<String>);
    let submit = move |event: Event| {
        event.prevent_default();
        trouble.set(None);
        spawn_local(async move { trouble.set(messenger.delete_account(given.get_untracked()).await.err()) });
    };
    let text = "Your account is gone for good. Others keep the messages and calls that they shared with you, without your name.";
    let cancel = button("mc-btn mc-small", move || {
        asking.set(false);
        let _focused = home.focus();
    });
    let actions = el("div", "mc-actions")
        .child(el("button", "mc-btn mc-small mc-stop").text("Delete for good"))
        .child(cancel.attr("type", "button").text("Cancel"));
    focus::claim(el("form", "im-own").attr("aria-label", text))
        .on("submit", submit)
        .child(el("p", "").text(text))
        .child(field("Your password", "delete-password", "current-password", given))
        .live(remark(trouble))
        .child(actions)
}
