//! The setting that hides the IP address, and what it means on this server (with or without a relay).
//! Keeps no state of its own; shows what the server has stored.

use super::model::Messenger;
use crate::widget::kit::dom::{El, Tag, effect, el};
use crate::widget::kit::signal::{Memo, RwSignal};
use call_protocol::{ChangeSettings, HideAddress};
use leptos::ev;

const CHOICES: [(HideAddress, &str, &str); 3] = [
    (HideAddress::Never, "never", "nobody"),
    (HideAddress::Strangers, "strangers", "people I don\u{2019}t know yet"),
    (HideAddress::Everybody, "everybody", "everybody"),
];

/// The choice; `change` asks the server to keep it.
pub(super) fn privacy(messenger: Messenger, change: impl Fn(ChangeSettings) + 'static) -> El {
    let kept = Memo::new(move |_| messenger.settings.get());
    let chosen = RwSignal::new(String::new());
    // A choice that the server did not accept is reverted.
    effect(move || {
        let hide = kept.get().map(|kept| kept.hide_address);
        let word = CHOICES.iter().find(|(choice, ..)| hide == Some(*choice)).map(|(_, word, _)| *word);
        chosen.set(word.unwrap_or_default().to_owned());
    });
    let choose = move |_| {
        let word = chosen.get_untracked();
        if let Some((choice, ..)) = CHOICES.iter().find(|(_, known, _)| *known == word) {
            change(ChangeSettings { hide_address: Some(*choice), ..ChangeSettings::default() });
        }
    };
    let options = CHOICES.map(|(_, word, text)| el(Tag::Option, "").attr("value", word).text(text));
    let list = el(Tag::Select, "im-field")
        .attr("id", "im-address")
        .attr("aria-describedby", "im-address-means")
        .toggle_attr("disabled", move || kept.get().is_none())
        .children(options)
        .bind_value(chosen)
        .on(ev::change, choose);
    let meaning = move || {
        kept.get().map_or("", |kept| match (kept.hide_address, kept.has_relay) {
            (HideAddress::Never, _) => {
                "When you and a contact call each other, your devices connect directly and can see each other\u{2019}s IP address, even before the call is answered."
            }
            (HideAddress::Strangers | HideAddress::Everybody, true) => {
                "Calls with them connect only once they are answered, and go through the server\u{2019}s relay: they see its IP address, not yours."
            }
            (HideAddress::Strangers | HideAddress::Everybody, false) => {
                "They cannot see it before the call is answered. During the call they can, because this server has no relay."
            }
        })
    };
    el(Tag::Div, "im-address")
        .child(el(Tag::Label, "").attr("for", "im-address").text("Hide my IP address from"))
        .child(list)
        .child(el(Tag::Small, "").attr("id", "im-address-means").text_signal(meaning))
}
