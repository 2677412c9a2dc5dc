//! Blocking a contact: the confirmation, the banner while the block lasts, unblocking.
//! What a block does is decided by the server.

use super::model::Messenger;
use crate::platform::session::Block;
use crate::widget::kit::dom::{El, Tag, button, el};
use crate::widget::kit::focus;
use crate::widget::kit::icons::Icon;
use crate::widget::kit::names::isolated_name;
use crate::widget::kit::parts::{icon, notice};
use crate::widget::kit::signal::{Memo, RwSignal};
use call_protocol::User;
use leptos::task::spawn_local;
use leptos::web_sys::HtmlElement;

const EFFECT: &str =
    "Their calls, messages and requests will not reach you, and they will see you as offline.";

/// What is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum BlockState {
    /// The button only.
    NotBlocked,
    /// The confirmation.
    Confirming,
    /// The banner, with a button that unblocks.
    Blocked,
}

/// The block button, and the panel below it.
pub(super) fn blocking(messenger: Messenger, peer: &User) -> (El, impl FnMut() -> Option<El> + use<>) {
    let asking = RwSignal::new(false);
    let trouble = RwSignal::new(None::<String>);
    let id = peer.id.clone();
    let state = Memo::new(move |_| match (messenger.blocks(&id), asking.get()) {
        (true, _) => BlockState::Blocked,
        (false, true) => BlockState::Confirming,
        (false, false) => BlockState::NotBlocked,
    });
    let name = ["Block ", &isolated_name(peer)].concat();
    let ask = button("mc-btn mc-small", move || asking.update(|asking| *asking = !*asking))
        .attr("title", &name)
        .attr("aria-label", &name)
        .aria_signal("aria-expanded", move || asking.get())
        .toggle_attr("hidden", move || state.get() == BlockState::Blocked)
        .child(icon(Icon::Block));
    let (home, peer) = (ask.element(), peer.clone());
    let mut shown = None::<HtmlElement>;
    let below = move || {
        let state = state.get();
        // The old panel is still in the page. The focus moves only if it is inside.
        let inside = shown.take().is_some_and(|panel| focus::is_in(&panel));
        trouble.set(None);
        let next = match state {
            BlockState::NotBlocked => {
                // Back to the button.
                if inside {
                    focus::give(home.clone());
                }
                None
            }
            BlockState::Confirming => Some(question(messenger, &peer, asking, trouble)),
            BlockState::Blocked => {
                asking.set(false);
                let unblock = change(messenger, &peer, Block::Ends, trouble);
                let back = button("mc-btn mc-small", unblock).text("Unblock");
                // The call buttons say already that this contact is blocked.
                let label = ["You blocked ", &isolated_name(&peer), ". ", EFFECT].concat();
                let panel = panel("mc-notice mc-banner", Icon::Block, &label, EFFECT, [back], trouble);
                Some(if inside { focus::claim(panel) } else { panel })
            }
        };
        shown = next.as_ref().map(El::element);
        next
    };
    (ask, below)
}

/// Blocks or unblocks somebody; a failure is written into `trouble`.
pub(super) fn change(
    messenger: Messenger,
    user: &User,
    change: Block,
    trouble: RwSignal<Option<String>>,
) -> impl FnMut() + use<> {
    let user = user.clone();
    move || {
        let user = user.clone();
        spawn_local(async move { trouble.set(messenger.block(user, change).await.err()) });
    }
}

/// An error, as an alert.
pub(super) fn remark(trouble: RwSignal<Option<String>>) -> impl FnMut() -> Option<El> {
    move || Some(el(Tag::P, "im-remark").attr("role", "alert").text(&trouble.get()?))
}

fn question(
    messenger: Messenger,
    peer: &User,
    asking: RwSignal<bool>,
    trouble: RwSignal<Option<String>>,
) -> El {
    let text = ["Block ", &isolated_name(peer), "? ", EFFECT, " They will not be told."].concat();
    let block = change(messenger, peer, Block::Begins, trouble);
    let block = button("mc-btn mc-small mc-stop", block).text("Block");
    let cancel = button("mc-btn mc-small", move || asking.set(false)).text("Cancel");
    // The panel has the focus, not a button: a second Enter does nothing.
    let panel = panel("mc-notice mc-warn mc-banner", Icon::Block, &text, &text, [block, cancel], trouble);
    focus::claim(panel).on_key("Escape", move |_| asking.set(false))
}

/// A panel below a heading, with its buttons.
pub(super) fn panel(
    class: &str,
    sign: Icon,
    label: &str,
    text: &str,
    actions: impl IntoIterator<Item = El>,
    trouble: RwSignal<Option<String>>,
) -> El {
    let actions = el(Tag::Div, "mc-actions").children(actions);
    notice(class, icon(sign), text, None)
        .attr("role", "group")
        .attr("aria-label", label)
        .child_signal(remark(trouble))
        .child(actions)
}
