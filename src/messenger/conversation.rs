//! The conversation with one contact: heading, call buttons, messages, the field to write in. Owns none of their state.

use super::blocking::blocking;
use super::model::Messenger;
use super::removing::removing;
use super::transcript::transcript;
use super::widgets::Widgets;
use super::write_box::write_box;
use crate::widget::kit::dates::Today;
use crate::widget::kit::dom::{El, Tag, button, el};
use crate::widget::kit::icons::Icon;
use crate::widget::kit::names::isolated_name;
use crate::widget::kit::parts::{icon, named, notice, portrait, title};
use crate::widget::kit::signal::{Memo, Signal};
use crate::widget::{Options, Target};
use call_protocol::User;

/// Follows the name of a former contact.
const REMOVED: &str =
    " are no longer contacts. You can still read your messages; to write or call, add each other again.";

/// The window of the open conversation, or a hint while none is open.
pub(super) fn conversation(
    messenger: Messenger,
    widgets: Widgets,
    today: Signal<Today>,
) -> impl FnMut() -> Option<El> {
    // A memo without presence: a contact going offline does not rebuild the window.
    let open = Memo::new(move |_| {
        let contact = messenger.open_contact()?;
        Some((contact.user, contact.conversation_id?))
    });
    // A contact that was removed while the conversation was open; it can still be read.
    let removed = Memo::new(move |_| {
        let contact = messenger
            .removed
            .get()
            .filter(|removed| messenger.open.get().as_ref() == Some(&removed.user.id))?;
        Some((contact.user, contact.conversation_id?))
    });
    let window = |label: &str, text: &str| {
        el(Tag::Section, "mc-window").attr("aria-label", label).child(title(Icon::Message, text, None))
    };
    move || {
        Some(match (open.get(), removed.get()) {
            (Some((peer, id)), _) => {
                let name = &isolated_name(&peer);
                let (block, told) = blocking(messenger, &peer);
                let (remove, asked) = removing(messenger, &peer);
                let target = Some(Target::Contact(peer.id.clone()));
                let options = Options { target, buttons: true, ..Options::default() };
                let (buttons, widget) = widgets.mount("im-buttons im-widget", options).unzip();
                window(&["Conversation with ", name].concat(), name)
                    .child(head(messenger, &peer, buttons.into_iter().chain([remove, block])))
                    .child_signal(asked)
                    .child_signal(told)
                    .child(transcript(messenger, widget, today, peer.clone(), &id))
                    .child(write_box(messenger, &id, name))
            }
            (None, Some((peer, id))) => {
                let name = &isolated_name(&peer);
                let text = ["You and ", name, REMOVED].concat();
                window(&["Conversation with ", name].concat(), name)
                    .child(
                        el(Tag::Div, "im-head im-hero")
                            .child(back(messenger))
                            .child(portrait(&peer, "mc-pic"))
                            .child(named(Tag::B, "", &peer)),
                    )
                    .child(transcript(messenger, None, today, peer.clone(), &id))
                    .child(el(Tag::Div, "").attr("role", "status").child(notice(
                        "mc-notice mc-banner",
                        icon(Icon::Info),
                        &text,
                        None,
                    )))
            }
            (None, None) => window("Conversation", "Conversation").child(
                el(Tag::Div, "im-void")
                    .child(icon(Icon::Message))
                    .child(el(Tag::P, "").text("Choose someone on the left to write to or call.")),
            ),
        })
    }
}

fn back(messenger: Messenger) -> El {
    button("mc-btn mc-small im-only", move || messenger.open.set(None))
        .attr("aria-label", "Back to contacts")
        .child(icon(Icon::Back))
}

fn head(messenger: Messenger, peer: &User, more: impl IntoIterator<Item = El>) -> El {
    let is_online = move || messenger.open_contact().is_some_and(|contact| contact.online);
    let presence = el(Tag::Span, "im-state")
        .attr_signal("data-presence", move || Some(if is_online() { "online" } else { "offline" }))
        .text_signal(move || if is_online() { "Online" } else { "Offline" });
    el(Tag::Div, "im-head im-hero")
        .child(back(messenger))
        .child(portrait(peer, "mc-pic"))
        .child(el(Tag::Div, "").child(named(Tag::B, "", peer)).child(presence))
        .children(more)
}
