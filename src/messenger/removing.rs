//! Removing a contact: the button and the confirmation.
//! What that does is decided by the server.

use super::blocking::panel;
use super::model::Messenger;
use crate::widget::kit::dom::{El, button};
use crate::widget::kit::focus;
use crate::widget::kit::icons::Icon;
use crate::widget::kit::names::isolated_name;
use crate::widget::kit::parts::icon;
use crate::widget::kit::signal::RwSignal;
use call_protocol::User;
use leptos::task::spawn_local;

const EFFECT: &str = "You will disappear from each other\u{2019}s contacts. Your messages are kept, and come back if you \
                      become contacts again.";

/// The remove button, and the confirmation below it.
pub(super) fn removing(messenger: Messenger, peer: &User) -> (El, impl FnMut() -> Option<El> + use<>) {
    let asking = RwSignal::new(false);
    let name = ["Remove ", &isolated_name(peer)].concat();
    let ask = button("mc-btn mc-small", move || asking.update(|asking| *asking = !*asking))
        .attr("title", &name)
        .attr("aria-label", &name)
        .aria_signal("aria-expanded", move || asking.get())
        .child(icon(Icon::Remove));
    let (home, peer) = (ask.element(), peer.clone());
    let mut was_asked = false;
    let below = move || {
        let asked = asking.get();
        if was_asked && !asked {
            // Back to the button.
            focus::give(home.clone());
        }
        was_asked = asked;
        asked.then(|| question(messenger, &peer, asking))
    };
    (ask, below)
}

fn question(messenger: Messenger, peer: &User, asking: RwSignal<bool>) -> El {
    let trouble = RwSignal::new(None::<String>);
    let text = ["Remove ", &isolated_name(peer), " from your contacts? ", EFFECT].concat();
    let user = peer.id.clone();
    let remove = move || {
        let user = user.clone();
        spawn_local(async move { trouble.set(messenger.remove_contact(user).await.err()) });
    };
    let remove = button("mc-btn mc-small mc-stop", remove).text("Remove");
    let cancel = button("mc-btn mc-small", move || asking.set(false)).text("Cancel");
    // The panel has the focus, not a button: a second Enter does nothing.
    let panel = panel("mc-notice mc-warn mc-banner", Icon::Remove, &text, &text, [remove, cancel], trouble);
    focus::claim(panel).on_key("Escape", move |_| asking.set(false))
}
