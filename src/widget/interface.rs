//! The components on top of a store and a directory. Owns their mounting; never anything that they show.

use super::directory::Directory;
use crate::signal::Signal;
use crate::store::CallStore;
use crate::today::today;
use crate::ui::{Browser, Callee, HistoryPage, WidgetHost, call_widget};
use leptos::mount::mount_to;
use leptos::prelude::*;
use std::any::Any;
use std::rc::Rc;
use web_sys::HtmlElement;

pub(super) use crate::ui::STYLES;

/// The mounted components; dropping it unmounts them.
pub(super) struct Interface {
    _mounted: Box<dyn Any>,
}

/// What the components stand on.
pub(super) struct Parts<'a> {
    pub(super) store: &'a CallStore,
    pub(super) directory: &'a Rc<Directory>,
    pub(super) user_agent: &'a str,
    pub(super) buttons: bool,
    pub(super) history: bool,
    pub(super) sign_in: Rc<dyn Fn()>,
}

/// Mounts the components into an element of ours.
pub(super) fn mount(root: HtmlElement, parts: Parts<'_>) -> Interface {
    let Parts { store, directory, user_agent, buttons, history, sign_in } = parts;
    let calls = store.bind();
    let browser = Browser::from_user_agent(user_agent);
    let directory = directory.clone();
    let mounted = mount_to(root, move || {
        let (contact, online) = (directory.contact.clone(), directory.contact.clone());
        let api = directory.session.api().clone();
        let host = WidgetHost {
            me: directory.me.clone().into(),
            contact: Signal::derive(move || {
                let contact = contact.get()?;
                Some(Callee { conversation_id: contact.conversation_id?, peer: contact.user })
            }),
            online: Signal::derive(move || online.get().map(|contact| contact.online)),
            // The page around knows whom it lets call.
            blocked: Signal::stored(Vec::new()),
            today: today(),
            connected: directory.connected.clone().into(),
            calls_enabled: directory.calls_enabled.clone().into(),
            show_buttons: buttons,
            show_history: history,
            browser,
            load_history: UnsyncCallback::new(move |before: Option<String>| -> HistoryPage {
                let api = api.clone();
                Box::pin(async move { api.history(before.as_deref()).await })
            }),
            sign_in: UnsyncCallback::new(move |()| sign_in()),
        };
        call_widget(calls(), host)
    });
    Interface { _mounted: Box::new(mounted) }
}
