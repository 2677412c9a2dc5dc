//! The main window: the own head and the lists on the left, the conversation on the right; one of them on a phone.

use super::conversation::Conversation;
use super::people::People;
use super::store::{Link, Messenger};
use crate::ui::icons::Icon;
use crate::ui::parts::{icon, notice, portrait, spinner, title};
use crate::ui::{CallHistory, Calls, WidgetHost};
use leptos::prelude::*;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tab {
    Contacts,
    Calls,
}

/// Everything but the calls' own windows.
#[component]
pub(super) fn Desk(
    messenger: Messenger,
    calls: Calls,
    host: WidgetHost,
    leave: UnsyncCallback<()>,
) -> impl IntoView {
    let tab = RwSignal::new(Tab::Contacts);
    let view = move || messenger.open.with(Option::is_some).then_some("talk");
    let list = move || match tab.get() {
        Tab::Contacts => view! { <People messenger/> }.into_any(),
        Tab::Calls => view! { <div class="im-past"><CallHistory calls host/></div> }.into_any(),
    };
    let tab_button = move |text, to| {
        let selected = move || if tab.get() == to { "true" } else { "false" };
        view! { <button role="tab" aria-selected=selected on:click=move |_| tab.set(to)>{text}</button> }
    };
    let out = move |_| {
        let _gone = leave.try_run(());
    };
    let sign_out =
        view! { <button aria-label="Sign out" title="Sign out" on:click=out>{icon(Icon::SignOut)}</button> };
    view! {
        <main class="im-desk" data-view=view>
            <section class="mc-window" aria-label="Contacts and calls">
                {title(Icon::Mark, "Messenger Calls".to_owned(), sign_out.into_any())}
                {move || connection(messenger.link.get())}
                <OwnHead messenger/>
                <div class="im-tabs" role="tablist">
                    {tab_button("Contacts", Tab::Contacts)} {tab_button("Calls", Tab::Calls)}
                </div>
                {list}
            </section>
            <Conversation messenger calls host/>
        </main>
    }
}

#[component]
fn OwnHead(messenger: Messenger) -> impl IntoView {
    let picture = move || portrait(&messenger.me.get(), "mc-pic");
    let name = move || messenger.me.get().display_name;
    let (presence, state) = (move || state(messenger.link.get()).0, move || state(messenger.link.get()).1);
    view! {
        <div class="im-head im-hero">
            {picture}
            <div><b>{name}</b><span class="im-state" data-presence=presence>{state}</span></div>
        </div>
    }
}

const fn state(link: Link) -> (&'static str, &'static str) {
    match link {
        Link::Up => ("online", "Online"),
        Link::Connecting => ("offline", "Connecting\u{2026}"),
        Link::Away | Link::SignedOut | Link::Replaced => ("offline", "Not connected"),
    }
}

/// What is wrong with the connection, and what happens about it.
fn connection(link: Link) -> Option<AnyView> {
    let banner = |sign: AnyView, text: &str, more: AnyView| {
        let banner = notice("mc-notice mc-warn mc-banner", sign, text.to_owned(), more);
        Some(view! { <div role="status">{banner}</div> }.into_any())
    };
    match link {
        Link::Connecting | Link::Up => None,
        Link::Away => banner(spinner().into_any(), "The server is away. Trying again\u{2026}", ().into_any()),
        Link::SignedOut => {
            let text = "Your sign-in is no longer valid. The call goes on; then sign in again.";
            banner(icon(Icon::SignOut).into_any(), text, ().into_any())
        }
        Link::Replaced => {
            // A new page claims the device anew.
            let reload = move |_| drop(window().location().reload());
            let more = view! {
                <div class="mc-actions">
                    <button class="mc-btn mc-small" on:click=reload>"Use it here"</button>
                </div>
            };
            let text = "The messenger was opened in another tab.";
            banner(icon(Icon::Device).into_any(), text, more.into_any())
        }
    }
}
