//! The page after sign-in: opens the session, mounts the call widget as any page does, and shows the main window.
//! Owns all three and closes them when it goes.

use super::account::Account;
use super::main_window::main_window;
use super::model::Messenger;
use crate::platform::session::Session;
use crate::widget::kit::dom::{El, Tag, effect, el};
use crate::widget::kit::icons::Icon;
use crate::widget::kit::parts::{icon, notice};
use crate::widget::kit::signal::Signal;
use crate::widget::kit::today::today;
use crate::widget::{Browser, Callee, HistoryPage, HostPage};
use crate::widget::{Options, Widget};
use call_client::{ConnectionStatus, SessionEnd};
use call_core::CallView;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlElement;
use std::rc::Rc;

/// The messenger of a signed-in person; `leave` takes a reason if the server ended the session.
pub(super) fn signed_in(account: &Account, leave: UnsyncCallback<Option<String>>) -> El {
    let session = account.session();
    let messenger = Messenger::new(&session, account.user());
    let go = move |why| {
        let _gone = leave.try_run(why);
    };
    let sign_in_again = move || go(Some(messenger.sign_out_reason()));

    let mounted = mount(&session, sign_in_again);
    let Some((widget, element, calls)) = mounted.and_then(|(widget, element)| {
        let calls = widget.calls()?;
        Some((widget, element, calls))
    }) else {
        let text = "This browser is too old for Messenger Calls.";
        return notice("mc-notice mc-fail", icon(Icon::Warning), text, None);
    };
    let calls = calls();
    let host = host(&session, messenger, sign_in_again);
    let place = el(Tag::Div, "im-calls");
    let _appended = place.element().append_child(&element);
    StoredValue::new_local(Inside { widget, session });

    // A running call may outlive an expired session; a session that was ended (another device, a new password) ends it.
    effect(move || {
        let status = messenger.status.get();
        let stays = [SessionEnd::Replaced, SessionEnd::Outdated].map(ConnectionStatus::Over);
        let over = status.is_over() && !stays.contains(&status);
        let busy = calls.view.with(CallView::is_busy);
        if over && (!busy || messenger.was_ended_by_server()) {
            sign_in_again();
        }
    });
    messenger.count_in_title();
    el(Tag::Div, "mc im").child(main_window(messenger, calls, host, move || go(None))).child(place)
}

/// Closed with the page, in this order.
struct Inside {
    widget: Widget,
    session: Session,
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.widget.destroy();
        self.session.close();
    }
}

/// Mounts the widget on an element that is not in the page yet.
fn mount(session: &Session, sign_in: impl Fn() + 'static) -> Option<(Widget, HtmlElement)> {
    let element: HtmlElement = document().create_element("div").ok()?.unchecked_into();
    let options = Options {
        assets: [session.server(), "/"].concat(),
        // The main window has its own.
        buttons: false,
        history: false,
        shortcuts: true,
        sign_in: Some(Rc::new(sign_in)),
        ..Options::default()
    };
    let widget = Widget::mount_on(&element, session, options).ok()?;
    Some((widget, element))
}

/// What the call components of the main window need to know.
fn host(session: &Session, messenger: Messenger, sign_in: impl Fn() + 'static) -> HostPage {
    let api = session.api().clone();
    let contact = move || {
        let contact = messenger.open_contact()?;
        Some(Callee { conversation_id: contact.conversation_id?, peer: contact.user })
    };
    HostPage {
        me: Signal::derive(move || Some(messenger.me.get())),
        contact: Signal::derive(contact),
        online: Signal::derive(move || messenger.open_contact().map(|contact| contact.online)),
        blocked: Signal::derive(move || {
            messenger.blocked.with(|blocked| blocked.iter().map(|user| user.id.clone()).collect())
        }),
        today: today(),
        unavailable: Signal::stored(None),
        connected: Signal::derive(move || messenger.status.get() == ConnectionStatus::Connected),
        calls_enabled: messenger.calls_enabled.into(),
        show_buttons: true,
        show_history: true,
        shortcuts: Signal::stored(true),
        browser: Browser::from_user_agent(&window().navigator().user_agent().unwrap_or_default()),
        load_history: UnsyncCallback::new(move |before: Option<String>| -> HistoryPage {
            let api = api.clone();
            Box::pin(async move { api.history(before.as_deref()).await })
        }),
        sign_in: UnsyncCallback::new(move |()| sign_in()),
    }
}
