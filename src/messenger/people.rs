//! Everybody on the list, grouped by what can be done with them, and the field to add somebody.

use super::store::Messenger;
use crate::ui::icons::Icon;
use crate::ui::parts::{icon, portrait, spinner};
use call_protocol::{Contact, ContactState};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The contacts.
#[component]
pub(super) fn People(messenger: Messenger) -> impl IntoView {
    let list = move || match messenger.contacts.get() {
        None => view! { <p class="mc-empty">{spinner()} " Reading\u{2026}"</p> }.into_any(),
        Some(contacts) if contacts.is_empty() => view! {
            <p class="mc-empty">
                "Nobody here yet. Add a friend by name; when they accept, you can call each other."
            </p>
        }
        .into_any(),
        Some(contacts) => Group::ALL
            .into_iter()
            .filter_map(|group| shelf(group, &contacts, messenger))
            .collect::<Vec<_>>()
            .into_any(),
    };
    view! { <AddContact messenger/> <div class="im-list">{list}</div> }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    Requests,
    Online,
    Offline,
    Waiting,
}

impl Group {
    const ALL: [Self; 4] = [Self::Requests, Self::Online, Self::Offline, Self::Waiting];

    const fn of(contact: &Contact) -> Self {
        match contact.state {
            ContactState::Incoming => Self::Requests,
            ContactState::Accepted if contact.online => Self::Online,
            ContactState::Accepted => Self::Offline,
            ContactState::Outgoing => Self::Waiting,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Requests => "Requests",
            Self::Online => "Online",
            Self::Offline => "Offline",
            Self::Waiting => "Waiting",
        }
    }
}

fn shelf(group: Group, contacts: &[Contact], messenger: Messenger) -> Option<AnyView> {
    let rows: Vec<_> = contacts
        .iter()
        .filter(|contact| Group::of(contact) == group)
        .map(|contact| match group {
            Group::Requests => asks(contact, messenger),
            Group::Online | Group::Offline => friend(contact, messenger),
            Group::Waiting => waits(contact, messenger),
        })
        .collect();
    let summary = format!("{} ({})", group.name(), rows.len());
    (!rows.is_empty())
        .then(|| view! { <details open><summary>{summary}</summary>{rows}</details> }.into_any())
}

/// Somebody to talk to.
fn friend(contact: &Contact, messenger: Messenger) -> AnyView {
    let contact = contact.clone();
    let user = contact.user.clone();
    let presence = if contact.online { "online" } else { "offline" };
    let is_open = {
        let id = user.id.clone();
        move || messenger.open.with(|open| open.as_ref() == Some(&id)).then_some("true")
    };
    let unread = {
        let id = contact.conversation_id.clone();
        move || {
            let count = messenger.with_thread(id.as_ref()?, |thread| thread.unread)?;
            (count > 0).then(|| view! { <em class="im-new" aria-label="unread">{count}</em> })
        }
    };
    view! {
        <button
            class="im-contact"
            class:im-off=!contact.online
            aria-current=is_open
            on:click=move |_| messenger.show(&contact)
        >
            <span class="im-dot" data-presence=presence>{portrait(&user, "mc-pic mc-pic-s")}</span>
            <span>{user.display_name.clone()}</span>
            {unread}
        </button>
    }
    .into_any()
}

/// Somebody who asks.
fn asks(contact: &Contact, messenger: Messenger) -> AnyView {
    let (user, accept, refuse) = (contact.user.clone(), contact.user.id.clone(), contact.user.id.clone());
    let name = user.display_name.clone();
    view! {
        <div class="im-contact">
            {portrait(&user, "mc-pic mc-pic-s")}
            <span>{name.clone()}<small>"wants to add you"</small></span>
            {small(["Accept ", &name].concat(), Icon::Check, move || messenger.accept(accept.clone()))}
            {small(["Refuse ", &name].concat(), Icon::Close, move || messenger.remove(refuse.clone()))}
        </div>
    }
    .into_any()
}

/// Somebody who was asked.
fn waits(contact: &Contact, messenger: Messenger) -> AnyView {
    let (user, id) = (contact.user.clone(), contact.user.id.clone());
    let name = user.display_name.clone();
    let take_back = ["Take back the request to ", &name].concat();
    view! {
        <div class="im-contact im-off">
            {portrait(&user, "mc-pic mc-pic-s")}
            <span>{name.clone()}<small>"asked, not accepted yet"</small></span>
            {small(take_back, Icon::Close, move || messenger.remove(id.clone()))}
        </div>
    }
    .into_any()
}

fn small(name: String, sign: Icon, act: impl Fn() + 'static) -> impl IntoView {
    view! {
        <button class="mc-btn mc-small" title=name.clone() aria-label=name on:click=move |_| act()>
            {icon(sign)}
        </button>
    }
}

#[component]
fn AddContact(messenger: Messenger) -> impl IntoView {
    let name = RwSignal::new(String::new());
    let told = RwSignal::new(None::<String>);
    let asking = RwSignal::new(false);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let username = name.get_untracked().trim().to_owned();
        if username.is_empty() || asking.get_untracked() {
            return;
        }
        asking.set(true);
        told.set(None);
        spawn_local(async move {
            let result = messenger.add(username.clone()).await;
            let _done = asking.try_set(false);
            let _told = told.try_set(result.as_ref().err().cloned());
            if result.is_ok() {
                let _empty = name.try_set(String::new());
            }
        });
    };
    let remark =
        move || told.get().map(|sentence| view! { <p class="im-remark" role="alert">{sentence}</p> });
    view! {
        <form class="im-add" on:submit=submit>
            <input
                class="im-field" placeholder="Add a contact by name" aria-label="Add a contact by name"
                autocapitalize="none" autocomplete="off" spellcheck="false"
                aria-invalid=move || told.with(Option::is_some).then_some("true")
                bind:value=name
            />
            <button class="mc-btn mc-small" disabled=move || asking.get()>{icon(Icon::Plus)} "Add"</button>
            {remark}
        </form>
    }
}
