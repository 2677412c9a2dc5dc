//! Mounts the components of `ui` with what they read: the calls, the directory, the widget's own options.
//! Owns their mounting; never what they show.

use super::calls::PageCalls;
use super::directory::Directory;
use super::options::Target;
use crate::widget::kit::signal::{ArcRwSignal, Signal};
use crate::widget::kit::today::today;
use crate::widget::ui::{Browser, Callee, HistoryPage, HostPage, call_place, call_windows};
use call_client::ConnectionStatus;
use call_protocol::UserId;
use leptos::mount::mount_to;
use leptos::prelude::*;
use std::any::Any;
use std::rc::Rc;
use web_sys::HtmlElement;

pub(super) use crate::widget::ui::can_call::{Circumstances, busy, cannot_call};
pub(super) use crate::widget::ui::{STYLES, Unavailable, properties};

/// Mounted components; dropping it unmounts them.
pub(super) struct Interface {
    _mounted: Box<dyn Any>,
}

/// What the components of all widgets of one person read.
#[derive(Clone)]
pub(super) struct SharedProps {
    pub(super) directory: Rc<Directory>,
    pub(super) sign_in: Rc<dyn Fn()>,
    /// Whether shortcuts work anywhere in the page.
    pub(super) shortcuts: ArcRwSignal<bool>,
    /// Whom the page calls blocked.
    pub(super) blocked: ArcRwSignal<Vec<UserId>>,
}

/// What the inline component of one widget reads.
#[derive(Clone)]
pub(super) struct InlineProps {
    pub(super) target: ArcRwSignal<Option<Target>>,
    pub(super) unavailable: ArcRwSignal<Option<Unavailable>>,
    pub(super) buttons: bool,
    pub(super) history: bool,
}

/// Mounts buttons and history.
pub(super) fn mount_inline(
    root: HtmlElement,
    calls: &PageCalls,
    shared_props: SharedProps,
    inline: InlineProps,
) -> Interface {
    let calls = calls.bind();
    let mounted = mount_to(root, move || call_place(calls(), host(shared_props, Some(inline))));
    Interface { _mounted: Box::new(mounted) }
}

/// Mounts the windows.
pub(super) fn mount_windows(root: HtmlElement, calls: &PageCalls, shared_props: SharedProps) -> Interface {
    let calls = calls.bind();
    let mounted = mount_to(root, move || call_windows(calls(), host(shared_props, None)));
    Interface { _mounted: Box::new(mounted) }
}

fn host(shared_props: SharedProps, inline: Option<InlineProps>) -> HostPage {
    let SharedProps { directory, sign_in, shortcuts, blocked } = shared_props;
    let (buttons, history) =
        inline.as_ref().map_or((false, false), |inline| (inline.buttons, inline.history));
    let unavailable = inline.as_ref().map(|inline| inline.unavailable.clone());
    let contacts = directory.contacts.clone();
    let contact = crate::widget::kit::signal::Memo::new(move |_| {
        let target = inline.as_ref()?.target.get()?;
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
        blocked: blocked.into(),
        today: today(),
        unavailable: Signal::derive(move || unavailable.as_ref().and_then(ArcRwSignal::get)),
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
