//! The contact list, in groups, and the field to add a contact. Owns what is unfolded, never who is a contact.

use super::blocking::{blocking, change, remark};
use super::model::Messenger;
use crate::platform::session::Block;
use crate::widget::kit::dom::{El, Tag, button, el};
use crate::widget::kit::icons::Icon;
use crate::widget::kit::names::isolated_name;
use crate::widget::kit::parts::{icon, named, portrait, spinner};
use crate::widget::kit::signal::{Memo, RwSignal};
use call_protocol::{Contact, ContactState, User};
use leptos::ev::{self, SubmitEvent};
use leptos::task::spawn_local;

/// The contacts.
pub(super) fn people(messenger: Messenger) -> El {
    let count = Memo::new(move |_| messenger.contacts.with(|contacts| contacts.as_ref().map(Vec::len)));
    let hint = move || {
        match count.get() {
        None => Some(el(Tag::P, "mc-empty").child(spinner()).text(" Loading\u{2026}")),
        Some(0) => Some(
            el(Tag::P, "mc-empty")
                .text("No contacts yet. Add a friend by the name they sign in with. Once they accept, you can call each other."),
        ),
        Some(_) => None,
    }
    };
    let list = el(Tag::Div, "im-list").child_signal(hint);
    let shelves = Group::ALL.into_iter().fold(list, |list, group| list.child_signal(shelf(group, messenger)));
    el(Tag::Div, "mc-parts").child(add_contact(messenger)).child(shelves)
}

/// How many rows of a group are drawn, and how many "Show more" adds. Thousands of rows would make every change slow, and
/// anybody can send a contact request.
const SHOWN: usize = 100;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    Requests,
    Online,
    Offline,
    Pending,
    Blocked,
}

impl Group {
    const ALL: [Self; 5] = [Self::Requests, Self::Online, Self::Offline, Self::Pending, Self::Blocked];

    const fn of(contact: &Contact) -> Self {
        match contact.state {
            ContactState::Incoming => Self::Requests,
            ContactState::Accepted if contact.online => Self::Online,
            ContactState::Accepted => Self::Offline,
            ContactState::Outgoing => Self::Pending,
        }
    }

    /// Maps the members of the group, in order. A blocked person is in no other group. Takes a function instead of
    /// returning contacts, since the list may be long and this runs at every change.
    fn members<T>(self, messenger: Messenger, take: impl FnMut(&Contact) -> Option<T>) -> Vec<T> {
        match self {
            Self::Requests | Self::Online | Self::Offline | Self::Pending => {
                let blocked = messenger.blocked.get();
                let is_member = |contact: &&Contact| {
                    Self::of(contact) == self && !blocked.iter().any(|user| user.id == contact.user.id)
                };
                messenger
                    .contacts
                    .with(|contacts| contacts.iter().flatten().filter(is_member).filter_map(take).collect())
            }
            Self::Blocked => {
                let blocked = messenger.blocked.get();
                if blocked.is_empty() {
                    return Vec::new();
                }
                let mut contacts = messenger.contacts.get().unwrap_or_default();
                // People who are not contacts can be blocked, too.
                let stranger = |user| Contact {
                    user,
                    state: ContactState::Outgoing,
                    conversation_id: None,
                    online: false,
                };
                let contact_of = |user: User| {
                    let known = contacts.iter().position(|contact| contact.user.id == user.id);
                    known.map_or_else(|| stranger(user), |index| contacts.swap_remove(index))
                };
                let mut take = take;
                blocked.into_iter().map(contact_of).filter_map(|contact| take(&contact)).collect()
            }
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Requests => "Requests",
            Self::Online => "Online",
            Self::Offline => "Offline",
            Self::Pending => "Pending",
            Self::Blocked => "Blocked",
        }
    }
}

/// One group; hidden while it is empty.
fn shelf(group: Group, messenger: Messenger) -> impl FnMut() -> Option<El> {
    let most = RwSignal::new(SHOWN);
    let count = Memo::new(move |_| group.members(messenger, |_| Some(())).len());
    let members = Memo::new(move |_| {
        let (most, mut seen) = (most.get(), 0);
        group.members(messenger, |contact| {
            seen += 1;
            (seen <= most).then(|| contact.clone())
        })
    });
    let row = move |contact: &Contact| match group {
        Group::Requests => asks(contact, messenger),
        Group::Online | Group::Offline => friend(contact, messenger),
        Group::Pending => pending(contact, messenger),
        Group::Blocked => blocked(contact, messenger),
    };
    let is_there = Memo::new(move |_| count.get() > 0);
    let summary = move || [group.name(), " (", &count.get().to_string(), ")"].concat();
    let more = move || {
        let left = count.get().saturating_sub(most.get());
        (left > 0).then(|| {
            let text = ["Show more (", &left.to_string(), ")"].concat();
            button("mc-btn mc-small", move || most.update(|most| *most += SHOWN)).text(&text)
        })
    };
    move || {
        is_there.get().then(|| {
            el(Tag::Details, "")
                .attr("open", "")
                .child(el(Tag::Summary, "").text_signal(summary))
                .child(el(Tag::Div, "").keyed_children(move || members.get(), row))
                .child_signal(more)
        })
    }
}

/// A contact.
fn friend(contact: &Contact, messenger: Messenger) -> El {
    let user = &contact.user;
    let (id, conversation) = (user.id.clone(), contact.conversation_id.clone());
    let is_open = move || messenger.open.with(|open| open.as_ref() == Some(&id)).then_some("true");
    let unread = move || {
        let count = messenger.with_thread(conversation.as_ref()?, |thread| thread.unread)?;
        let count = (count > 0).then(|| count.to_string())?;
        Some(el(Tag::Em, "im-new").attr("aria-label", "unread").text(&count))
    };
    let picture = el(Tag::Span, "im-dot")
        .attr("data-presence", if contact.online { "online" } else { "offline" })
        .child(portrait(user, "mc-pic mc-pic-s"));
    let name = named(Tag::Span, "", user);
    let contact = contact.clone();
    let class = if contact.online { "im-contact" } else { "im-contact im-off" };
    button(class, move || messenger.show(&contact))
        .attr_signal("aria-current", is_open)
        .child(picture)
        .child(name)
        .child_signal(unread)
}

/// An incoming contact request.
fn asks(contact: &Contact, messenger: Messenger) -> El {
    let (accept, refuse) = (contact.user.id.clone(), contact.user.id.clone());
    let name = &isolated_name(&contact.user);
    let (block, told) = blocking(messenger, &contact.user);
    let row = el(Tag::Div, "im-contact")
        .child(portrait(&contact.user, "mc-pic mc-pic-s"))
        .child(remarked(&contact.user, "wants to add you"))
        .child(small(&["Accept ", name].concat(), Icon::Check, move || messenger.accept(accept.clone())))
        .child(small(&["Decline ", name].concat(), Icon::Close, move || messenger.remove(refuse.clone())))
        .child(block);
    el(Tag::Div, "").child(row).child_signal(told)
}

/// An outgoing contact request.
fn pending(contact: &Contact, messenger: Messenger) -> El {
    let id = contact.user.id.clone();
    let name = &isolated_name(&contact.user);
    let take_back = ["Cancel request to ", name].concat();
    el(Tag::Div, "im-contact im-off")
        .child(portrait(&contact.user, "mc-pic mc-pic-s"))
        .child(remarked(&contact.user, "request sent"))
        .child(small(&take_back, Icon::Close, move || messenger.remove(id.clone())))
}

/// A blocked person; an existing conversation can still be opened.
fn blocked(contact: &Contact, messenger: Messenger) -> El {
    let user = &contact.user;
    let told = RwSignal::new(None::<String>);
    let who = match contact.conversation_id {
        Some(_) => friend(contact, messenger),
        None => el(Tag::Div, "im-contact").child(portrait(user, "mc-pic mc-pic-s")).child(named(
            Tag::Span,
            "",
            user,
        )),
    };
    let unblock = button("mc-btn mc-small", change(messenger, user, Block::Ends, told))
        .attr("aria-label", &["Unblock ", &isolated_name(user)].concat())
        .text("Unblock");
    el(Tag::Div, "im-kept im-off").child(who).child(unblock).child_signal(remark(told))
}

fn remarked(user: &User, remark: &str) -> El {
    el(Tag::Span, "").child(named(Tag::Bdi, "", user)).child(el(Tag::Small, "").text(remark))
}

fn small(name: &str, sign: Icon, act: impl FnMut() + 'static) -> El {
    button("mc-btn mc-small", act).attr("title", name).attr("aria-label", name).child(icon(sign))
}

fn add_contact(messenger: Messenger) -> El {
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
            asking.set(false);
            told.set(result.as_ref().err().cloned());
            if result.is_ok() {
                name.set(String::new());
            }
        });
    };
    let field = el(Tag::Input, "im-field")
        .attr("placeholder", "Add a contact by name")
        .attr("aria-label", "Add a contact by name")
        .attr("autocapitalize", "none")
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
        .attr_signal("aria-invalid", move || told.with(Option::is_some).then_some("true"))
        .bind_value(name);
    let add = el(Tag::Button, "mc-btn mc-small").toggle_attr("disabled", move || asking.get());
    el(Tag::Form, "im-add")
        .on(ev::submit, submit)
        .child(field)
        .child(add.child(icon(Icon::Plus)).text("Add"))
        .child_signal(remark(told))
}
