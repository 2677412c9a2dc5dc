//! The main window: lists on the left, the conversation on the right; a phone shows one of them at a time.
//! Owns which list is open; knows nothing of calls.

use super::conversation::conversation;
use super::model::{Messenger, Missed};
use super::people::people;
use super::settings::settings;
use super::widgets::Widgets;
use crate::widget::Options;
use crate::widget::kit::dom::{El, Tag, button, el};
use crate::widget::kit::focus;
use crate::widget::kit::icons::Icon;
use crate::widget::kit::parts::{icon, named, notice, portrait, spinner, title_bar};
use crate::widget::kit::signal::{Memo, RwSignal};
use crate::widget::kit::today::today;
use call_client::{ConnectionStatus, SessionEnd};
use leptos::ev::{self, KeyboardEvent};
use leptos::prelude::*;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tab {
    Contacts,
    Calls,
}

/// The main window. The windows of calls are the widget's.
pub(super) fn main_window(messenger: Messenger, widgets: Widgets, leave: impl FnMut() + 'static) -> El {
    let tab = RwSignal::new(Tab::Contacts);
    // A memo, so that repeated connection losses show one banner.
    let status = Memo::new(move |_| messenger.status.get());
    let list = move || {
        let tab = tab.get();
        let panel = el(Tag::Div, "im-panel").attr("role", "tabpanel").attr("aria-labelledby", tab.id());
        Some(panel.attr("id", PANEL).child(match tab {
            Tab::Contacts => people(messenger),
            Tab::Calls => {
                let options = Options { history: true, ..Options::default() };
                let history = widgets.mount("im-past im-widget", options);
                history.map_or_else(|| el(Tag::Div, "im-past"), |(history, _)| history)
            }
        }))
    };
    let is_talk =
        Memo::new(move |_| messenger.open_contact().is_some_and(|contact| contact.conversation_id.is_some()));
    let sign_out =
        button("", leave).attr("aria-label", "Sign out").attr("title", "Sign out").child(icon(Icon::SignOut));
    let (choices, chosen) = settings(messenger);
    // The focus after sign-in.
    let heading = el(Tag::H1, "").attr("tabindex", "-1").text("Messenger Calls");
    focus::give(heading.element());
    let lists = el(Tag::Section, "mc-window")
        .attr("aria-label", "Contacts and calls")
        .child(title_bar(Icon::Mark, heading, [sign_out]))
        .child_signal(move || connection(status.get()))
        .child(own_head(messenger).child(choices))
        .child_signal(chosen)
        .child(tabs(messenger, tab))
        .child_signal(list);
    el(Tag::Div, "im-desk")
        // A removed contact has no conversation to show on a phone.
        .attr_signal("data-view", move || is_talk.get().then_some("talk"))
        .child(lists)
        .child_signal(conversation(messenger, widgets, today()))
}

/// Id of the panel that the tabs control.
const PANEL: &str = "im-lists";

impl Tab {
    const fn id(self) -> &'static str {
        match self {
            Self::Contacts => "im-contacts",
            Self::Calls => "im-calls",
        }
    }

    const fn other(self) -> Self {
        match self {
            Self::Contacts => Self::Calls,
            Self::Calls => Self::Contacts,
        }
    }
}

/// The tabs: one stop for Tab, the arrow keys go from one to the other.
fn tabs(messenger: Messenger, tab: RwSignal<Tab>) -> El {
    let choose = move |to| {
        tab.set(to);
        messenger.show_calls(to == Tab::Calls);
    };
    let missed = Memo::new(move |_| messenger.missed.with(Missed::count));
    let missed = move || {
        let count = missed.get();
        (count > 0).then(|| el(Tag::Em, "im-count").attr("aria-label", "missed").text(&count.to_string()))
    };
    let one = |text, own: Tab| {
        button("", move || choose(own))
            .attr("role", "tab")
            .attr("id", own.id())
            .attr("aria-controls", PANEL)
            .aria_signal("aria-selected", move || tab.get() == own)
            .attr_signal("tabindex", move || Some(if tab.get() == own { "0" } else { "-1" }))
            .text(text)
    };
    let (contacts, calls) = (one("Contacts", Tab::Contacts), one("Calls", Tab::Calls));
    let buttons = (contacts.element(), calls.element());
    let turn = move |event: KeyboardEvent| {
        let next = match event.key().as_str() {
            "ArrowLeft" | "ArrowRight" => tab.get_untracked().other(),
            "Home" => Tab::Contacts,
            "End" => Tab::Calls,
            _ => return,
        };
        event.prevent_default();
        choose(next);
        let _focused = match next {
            Tab::Contacts => buttons.0.focus(),
            Tab::Calls => buttons.1.focus(),
        };
    };
    el(Tag::Div, "im-tabs")
        .attr("role", "tablist")
        .attr("aria-label", "Contacts and calls")
        .on(ev::keydown, turn)
        .child(contacts)
        .child(calls.child_signal(missed))
}

fn own_head(messenger: Messenger) -> El {
    let presence = el(Tag::Span, "im-state")
        .attr_signal("data-presence", move || Some(state(messenger.status.get()).0))
        .text_signal(move || state(messenger.status.get()).1);
    let name = move || Some(named(Tag::B, "", &messenger.me.get()));
    el(Tag::Div, "im-head im-hero")
        .child_signal(move || Some(portrait(&messenger.me.get(), "mc-pic")))
        .child(el(Tag::Div, "").child_signal(name).child(presence))
}

const fn state(status: ConnectionStatus) -> (&'static str, &'static str) {
    match status {
        ConnectionStatus::Connected => ("online", "Online"),
        ConnectionStatus::Connecting => ("offline", "Connecting\u{2026}"),
        ConnectionStatus::Doubted => ("offline", "Checking the connection\u{2026}"),
        ConnectionStatus::Lost | ConnectionStatus::Over(_) => ("offline", "Not connected"),
    }
}

/// A banner while the connection is lost.
fn connection(status: ConnectionStatus) -> Option<El> {
    let banner = |sign, text, more: Option<El>| {
        let banner = notice("mc-notice mc-warn mc-banner", sign, text, more);
        Some(el(Tag::Div, "").attr("role", "status").child(banner))
    };
    let again = |label| {
        let reload = button("mc-btn mc-small", || drop(window().location().reload()));
        Some(el(Tag::Div, "mc-actions").child(reload.text(label)))
    };
    match status {
        ConnectionStatus::Connecting | ConnectionStatus::Doubted | ConnectionStatus::Connected => None,
        ConnectionStatus::Lost => banner(spinner(), "Cannot reach the server. Trying again\u{2026}", None),
        ConnectionStatus::Over(SessionEnd::SignedOut | SessionEnd::UnknownUser | SessionEnd::Closed) => {
            let text = "Your session has expired. Your call continues; sign in again when it is over.";
            banner(icon(Icon::SignOut), text, None)
        }
        ConnectionStatus::Over(SessionEnd::Outdated) => {
            banner(icon(Icon::Warning), "This page is older than the server. Reload.", again("Reload"))
        }
        ConnectionStatus::Over(SessionEnd::Replaced) => {
            // A reloaded page takes the device back.
            banner(icon(Icon::Device), "Messenger Calls is open in another tab.", again("Use it here"))
        }
    }
}
