//! Small pieces that every window is made of: icons, display pictures, title bars, notices, help.
//! Owns no state.

use super::icons::Icon;
use super::picture::picture;
use super::words::{self, Device};
use super::{Browser, Calls};
use call_core::{CallView, UserEvent};
use call_protocol::User;
use leptos::prelude::*;

/// Passes on what the person did; nothing happens once the widget is gone.
pub(crate) fn act(calls: Calls, event: UserEvent) {
    let _gone = calls.act.try_run(event);
}

/// The part of the picture that a window shows. It keeps its last value while the window is being taken down.
pub(super) fn following<T>(view: Signal<CallView>, pick: fn(&CallView) -> Option<T>) -> Option<Memo<T>>
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let first = view.try_with_untracked(pick)??;
    Some(Memo::new(move |last: Option<&T>| {
        let now = view.try_with(pick).flatten();
        now.or_else(|| last.cloned()).unwrap_or_else(|| first.clone())
    }))
}

/// A pictogram; what it means is said beside it.
pub(crate) fn icon(icon: Icon) -> impl IntoView {
    pictogram("mc-icon", icon)
}

/// The pictogram of something that is under way.
pub(crate) fn spinner() -> impl IntoView {
    pictogram("mc-icon mc-spin", Icon::Retry)
}

fn pictogram(class: &'static str, icon: Icon) -> impl IntoView {
    view! {
        <svg class=class viewBox="0 0 24 24" aria-hidden="true">
            <path fill-rule="evenodd" d=icon.path()></path>
        </svg>
    }
}

/// A person's display picture, drawn from the name if there is none; `class` says how large.
pub(crate) fn portrait(user: &User, class: &'static str) -> AnyView {
    match &user.display_picture_url {
        Some(address) => view! { <span class=class><img src=address.clone() alt=""/></span> }.into_any(),
        None => drawn(&user.display_name, class),
    }
}

/// The display picture that is drawn from a name.
pub(crate) fn drawn(name: &str, class: &'static str) -> AnyView {
    let drawing = picture(name);
    view! {
        <span class=class>
            <svg viewBox="0 0 48 48" aria-hidden="true">
                <rect width="48" height="48" fill=drawing.ground></rect>
                <path fill=drawing.glow fill-opacity=".5" d=drawing.pattern></path>
                <text x="24" y="33.5" stroke=drawing.ground>{drawing.initial}</text>
            </svg>
        </span>
    }
    .into_any()
}

/// A window's title bar; `more` stands at its end.
pub(crate) fn title(sign: Icon, text: String, more: AnyView) -> AnyView {
    view! { <header class="mc-title">{icon(sign)}<span>{text}</span>{more}</header> }.into_any()
}

/// A remark or a problem; `class` says how serious, `more` follows the text.
pub(crate) fn notice(class: &'static str, sign: AnyView, text: String, more: AnyView) -> AnyView {
    view! { <div class=class>{sign}<p>{text}</p>{more}</div> }.into_any()
}

/// How to allow microphone and camera, to be opened by whoever wants to know.
pub(super) fn permission_help(browser: Browser, missing: Device) -> AnyView {
    let steps = words::help(browser).map(|step| view! { <li>{step}</li> }).to_vec();
    view! {
        <details class="mc-help">
            <summary>{words::how_to_allow(missing)}</summary>
            <ol>{steps}</ol>
        </details>
    }
    .into_any()
}
