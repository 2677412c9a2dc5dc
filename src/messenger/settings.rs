//! The settings button and its panel.
//! Keeps no state of its own; shows what the server has stored.

use super::account_settings::account_settings;
use super::blocking::remark;
use super::model::Messenger;
use super::privacy::privacy;
use crate::widget::kit::dom::{El, Tag, button, el};
use crate::widget::kit::icons::Icon;
use crate::widget::kit::parts::{icon, spinner};
use crate::widget::kit::signal::RwSignal;
use call_protocol::ChangeSettings;
use leptos::task::spawn_local;

/// The button, and the panel while it is open.
pub(super) fn settings(messenger: Messenger) -> (El, impl FnMut() -> Option<El>) {
    let shown = RwSignal::new(false);
    let open = button("mc-btn mc-small", move || shown.update(|shown| *shown = !*shown))
        .attr("title", "Settings")
        .attr("aria-label", "Settings")
        .aria_signal("aria-expanded", move || shown.get())
        .child(icon(Icon::Settings));
    let home = open.element();
    let fold = move |_| {
        shown.set(false);
        let _focused = home.focus();
    };
    (open, move || shown.get().then(|| panel(messenger).on_key("Escape", fold.clone())))
}

/// The panel; reads the settings each time it opens.
fn panel(messenger: Messenger) -> El {
    let trouble = RwSignal::new(None::<String>);
    let asking = RwSignal::new(true);
    spawn_local(async move {
        let read = messenger.read_settings().await;
        asking.set(false);
        trouble.set(read.err());
    });
    let change = move |change: ChangeSettings| {
        asking.set(true);
        trouble.set(None);
        spawn_local(async move {
            let kept = messenger.change_settings(change).await;
            asking.set(false);
            trouble.set(kept.err());
        });
    };
    let is_on = move || messenger.settings.get().map(|settings| settings.silence_unknown_callers);
    let turn = move || {
        if let Some(settings) = messenger.settings.get_untracked().filter(|_| !asking.get_untracked()) {
            let silence_unknown_callers = Some(!settings.silence_unknown_callers);
            change(ChangeSettings { silence_unknown_callers, ..ChangeSettings::default() });
        }
    };
    let switch = button("im-switch", turn)
        .attr("role", "switch")
        .attr("aria-describedby", "im-unknown")
        .aria_signal("aria-checked", move || is_on() == Some(true))
        .toggle_attr("disabled", move || is_on().is_none())
        .text("Ring only for people I know");
    let meaning = "Calls from people you have never written to, called or answered show up as missed calls.";
    el(Tag::Div, "im-settings")
        .attr("role", "group")
        .attr("aria-label", "Settings")
        .child(switch)
        .child(el(Tag::Small, "").attr("id", "im-unknown").text(meaning))
        .child(privacy(messenger, change))
        .child(account_settings(messenger))
        .child_signal(move || (asking.get() && is_on().is_none()).then(spinner))
        .child_signal(remark(trouble))
}
