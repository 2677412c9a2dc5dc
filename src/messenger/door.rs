//! Signing in, and making an account.
//! Never keeps what was typed longer than the question takes.

use super::account::{Account, offer};
use super::words;
use crate::ui::icons::Icon;
use crate::ui::parts::{drawn, icon, notice, spinner, title};
use call_protocol::{Credentials, Registration};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    SignIn,
    Register,
}

/// The window in front of the messenger.
#[component]
pub(super) fn Door(enter: UnsyncCallback<Account>, reason: RwSignal<Option<String>>) -> impl IntoView {
    let way = RwSignal::new(Way::SignIn);
    let name = RwSignal::new(String::new());
    let shown_as = RwSignal::new(String::new());
    let password = RwSignal::new(String::new());
    let asking = RwSignal::new(false);
    let demo = RwSignal::new(false);
    spawn_local(async move {
        let _shown = demo.try_set(offer().await.is_some_and(|config| config.demo));
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
        let display_name = Some(shown_as.get_untracked().trim().to_owned()).filter(|name| !name.is_empty());
        spawn_local(async move {
            let result = match way {
                Way::SignIn => Account::sign_in(&Credentials { username, password }).await,
                Way::Register => Account::register(&Registration { username, display_name, password }).await,
            };
            let _done = asking.try_set(false);
            match result {
                Ok(account) => drop(enter.try_run(account)),
                Err(error) => drop(reason.try_set(Some(words::trouble(&error)))),
            }
        });
    };
    let swap = move |to: Way| {
        reason.set(None);
        way.set(to);
    };
    let registers = move || way.get() == Way::Register;
    let problem = move || {
        let sign = || icon(Icon::Warning).into_any();
        reason.get().map(|text| {
            view! { <div role="alert">{notice("mc-notice mc-fail", sign(), text, ().into_any())}</div> }
        })
    };
    let name_hint =
        move || registers().then(|| view! { <small>"Letters and digits; friends add you by it."</small> });
    let shown_as_field = move || {
        registers().then(|| {
            view! {
                <label>
                    "Shown as"
                    <input class="im-field" name="display-name" autocomplete="name" bind:value=shown_as/>
                </label>
            }
        })
    };
    let hint = move || {
        (demo.get() && !registers()).then(|| {
            let text = "Try anna or ben, password messenger.".to_owned();
            notice("mc-notice", icon(Icon::Info).into_any(), text, ().into_any())
        })
    };
    view! {
        <div class="mc im im-door">
            <section class="mc-window" aria-label="Messenger Calls">
                {title(Icon::Mark, "Messenger Calls".to_owned(), ().into_any())}
                {move || welcome(way.get(), if shown_as.with(String::is_empty) { name } else { shown_as })}
                <form class="im-form" on:submit=submit>
                    {problem}
                    <label>"Name"
                        <input
                            class="im-field" name="username" autocomplete="username" autocapitalize="none"
                            required spellcheck="false" bind:value=name
                        />
                        {name_hint}
                    </label>
                    {shown_as_field}
                    <label>"Password"
                        <input
                            class="im-field" type="password" name="password" required
                            autocomplete=move || if registers() { "new-password" } else { "current-password" }
                            placeholder=move || registers().then_some("At least 8 characters")
                            bind:value=password
                        />
                    </label>
                    <button class="mc-btn mc-go" disabled=move || asking.get()>
                        {move || asking.get().then(spinner)}
                        {move || press(way.get(), asking.get())}
                    </button>
                    {hint}
                    {move || other_way(way.get(), swap)}
                </form>
            </section>
        </div>
    }
}

fn welcome(way: Way, name: RwSignal<String>) -> AnyView {
    let (picture, heading, sentence) = match way {
        Way::SignIn => {
            let mark = view! { <span class="mc-pic im-mark">{icon(Icon::Mark)}</span> }.into_any();
            (mark, "Sign in", "Talk to your friends, face to face.")
        }
        Way::Register => {
            let picture = move || drawn(&name.get(), "mc-pic im-mark");
            (picture.into_any(), "Make an account", "This will be your picture.")
        }
    };
    view! { <div class="im-welcome im-hero">{picture}<h1>{heading}</h1><p>{sentence}</p></div> }.into_any()
}

fn press(way: Way, asking: bool) -> &'static str {
    match way {
        Way::SignIn if asking => "Signing in\u{2026}",
        Way::SignIn => "Sign in",
        Way::Register if asking => "Making the account\u{2026}",
        Way::Register => "Make the account",
    }
}

fn other_way(way: Way, swap: impl Fn(Way) + 'static) -> impl IntoView {
    let (question, text, to) = match way {
        Way::SignIn => ("New here? ", "Make an account", Way::Register),
        Way::Register => ("Known here? ", "Sign in", Way::SignIn),
    };
    view! {
        <p class="im-swap">
            {question}
            <button type="button" class="mc-link" on:click=move |_| swap(to)>{text}</button>
        </p>
    }
}
