//! The components on top of the calls and a directory. Owns their mounting; never anything that they show.

use super::calls::PageCalls;
use super::directory::Directory;
use super::options::Target;
use crate::widget::kit::signal::{ArcRwSignal, Signal};
use crate::widget::kit::today::today;
use crate::widget::ui::{Absence, Browser, Callee, HistoryPage, HostPage, call_place, call_windows};
use call_client::ConnectionStatus;
use leptos::mount::mount_to;
use leptos::prelude::*;
use std::any::Any;
use std::rc::Rc;
use web_sys::HtmlElement;

pub(super) use crate::widget::ui::{Absence as Missing, STYLES, properties};

/// Mounted components; dropping it unmounts them.
pub(super) struct Interface {
    _mounted: Box<dyn Any>,
}

/// What all components stand on.
#[derive(Clone)]
pub(super) struct Ground {
    pub(super) directory: Rc<Directory>,
    pub(super) sign_in: Rc<dyn Fn()>,
    /// Whether a page has given its keys away.
    pub(super) shortcuts: ArcRwSignal<bool>,
}

/// What one widget of a page is about.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) target: ArcRwSignal<Option<Target>>,
    pub(super) missing: ArcRwSignal<Option<Absence>>,
    pub(super) buttons: bool,
    pub(super) history: bool,
}

/// Mounts buttons and history into an element of ours.
pub(super) fn mount_place(root: HtmlElement, calls: &PageCalls, ground: Ground, place: Place) -> Interface {
    let calls = calls.bind();
    let mounted = mount_to(root, move || call_place(calls(), host(ground, Some(place))));
    Interface { _mounted: Box::new(mounted) }
}

/// Mounts the windows into an element of ours.
pub(super) fn mount_windows(root: HtmlElement, calls: &PageCalls, ground: Ground) -> Interface {
    let calls = calls.bind();
    let mounted = mount_to(root, move || call_windows(calls(), host(ground, None)));
    Interface { _mounted: Box::new(mounted) }
}

fn host(ground: Ground, place: Option<Place>) -> HostPage {
    let Ground { directory, sign_in, shortcuts } = ground;
    let (buttons, history) = place.as_ref().map_or((false, false), |place| (place.buttons, place.history));
    let missing = place.as_ref().map(|place| place.missing.clone());
    let contacts = directory.contacts.clone();
    let contact = crate::widget::kit::signal::Memo::new(move |_| {
        let target = place.as_ref()?.target.get()?;
        contacts.with(|contacts| target.among(contacts))
    });
    let (api, status) = (directory.session.api().clone(), directory.status.clone());
    let user_agent = window().navigator().user_agent().unwrap_or_default();
    HostPage {
        me: directory.me.clone().into(),
        contact: Signal::derive(move || {
            let contact = contact.get()?;
            Some(Callee { conversation_id: contact.conversation_id?, peer: contact.user })
        }),
        online: Signal::derive(move || contact.get().map(|contact| contact.online)),
        // The page around knows whom it lets call.
        blocked: Signal::stored(Vec::new()),
        today: today(),
        missing: Signal::derive(move || missing.as_ref().and_then(ArcRwSignal::get)),
        connected: Signal::derive(move || status.get() == ConnectionStatus::Connected),
        calls_enabled: directory.calls_enabled.clone().into(),
        show_buttons: buttons,
        show_history: history,
        shortcuts: shortcuts.into(),
        browser: Browser::from_user_agent(&user_agent),
        load_history: UnsyncCallback::new(move |before: Option<String>| -> HistoryPage {
            let api = api.clone();
            Box::pin(async move { api.history(before.as_deref()).await })
        }),
        sign_in: UnsyncCallback::new(move |()| sign_in()),
    }
}
