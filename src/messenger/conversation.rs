//! The conversation with one person: who it is, the call buttons, what was said, and the field to write in.

use super::store::Messenger;
use super::transcript::Transcript;
use super::write_box::WriteBox;
use crate::ui::icons::Icon;
use crate::ui::parts::{icon, portrait, title};
use crate::ui::{CallButtons, Calls, WidgetHost};
use call_protocol::User;
use leptos::prelude::*;

/// The window of the open conversation, or what stands in its place.
#[component]
pub(super) fn Conversation(messenger: Messenger, calls: Calls, host: WidgetHost) -> impl IntoView {
    // Presence changes the head only, not the window.
    let open = Memo::new(move |_| {
        let contact = messenger.open_contact()?;
        Some((contact.user, contact.conversation_id?))
    });
    move || match open.get() {
        Some((peer, id)) => {
            let name = peer.display_name.clone();
            view! {
                <section class="mc-window" aria-label=["Conversation with ", &peer.display_name].concat()>
                    {title(Icon::Message, name.clone(), ().into_any())}
                    <Head messenger calls host peer=peer.clone()/>
                    <Transcript messenger calls peer=peer.clone() id=id.clone()/>
                    <WriteBox messenger id name/>
                </section>
            }
            .into_any()
        }
        None => view! {
            <section class="mc-window" aria-label="Conversation">
                {title(Icon::Message, "Conversation".to_owned(), ().into_any())}
                <div class="im-void">
                    {icon(Icon::Message)} <p>"Choose somebody on the left to write or to call."</p>
                </div>
            </section>
        }
        .into_any(),
    }
}

#[component]
fn Head(messenger: Messenger, calls: Calls, host: WidgetHost, peer: User) -> impl IntoView {
    let online = move || host.online.get() == Some(true);
    view! {
        <div class="im-head im-hero">
            <button
                class="mc-btn mc-small im-only"
                aria-label="Back to the contacts"
                on:click=move |_| messenger.open.set(None)
            >
                {icon(Icon::Back)}
            </button>
            {portrait(&peer, "mc-pic")}
            <div>
                <b>{peer.display_name.clone()}</b>
                <span class="im-state" data-presence=move || if online() { "online" } else { "offline" }>
                    {move || if online() { "Online" } else { "Offline" }}
                </span>
            </div>
            <CallButtons calls host/>
        </div>
    }
}
