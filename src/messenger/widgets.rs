//! The call widgets of the messenger's page: mounts them as any page does, and follows their public state.
//! Owns the session that they share, and closes it after them; knows nothing of a call.

use super::model::Messenger;
use crate::platform::listener::Listener;
use crate::platform::session::Session;
use crate::widget::kit::dom::{El, Tag, effect, el};
use crate::widget::kit::focus;
use crate::widget::kit::signal::RwSignal;
use crate::widget::{Options, Widget, WidgetState};
use call_protocol::CallType;
use core::cell::RefCell;
use leptos::prelude::*;
use std::rc::{Rc, Weak};

/// All widgets of the page; copies are the same.
#[derive(Clone, Copy)]
pub(super) struct Widgets(StoredValue<Inner, LocalStorage>);

struct Inner {
    session: Session,
    mounted: RefCell<Vec<Weak<Widget>>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        for widget in self.mounted.take().iter().filter_map(Weak::upgrade) {
            widget.destroy();
        }
        self.session.close();
    }
}

/// A mounted widget and its public state; clones are the same one.
#[derive(Clone)]
pub(super) struct CallWidget {
    widget: Rc<Widget>,
    state: RwSignal<WidgetState>,
}

/// Destroys a widget together with its element.
struct Destroyed(Rc<Widget>);

impl Drop for Destroyed {
    fn drop(&mut self) {
        self.0.destroy();
    }
}

impl Widgets {
    /// None yet. The session is closed with the surrounding owner.
    pub(super) fn new(session: Session) -> Self {
        Self(StoredValue::new_local(Inner { session, mounted: RefCell::default() }))
    }

    /// Mounts a widget in an element of this class; None where the browser is too old for it.
    pub(super) fn mount(self, class: &str, options: Options) -> Option<(El, CallWidget)> {
        let el = el(Tag::Div, class);
        let element = el.element();
        let mount = |inner: &Inner| {
            let assets = [inner.session.server(), "/"].concat();
            let widget = Widget::mount_on(&element, &inner.session, Options { assets, ..options }).ok()?;
            let widget = Rc::new(widget);
            let mut mounted = inner.mounted.borrow_mut();
            mounted.retain(|other| other.strong_count() > 0);
            mounted.push(Rc::downgrade(&widget));
            Some(widget)
        };
        let widget = self.0.try_with_value(mount).flatten()?;
        let (state, followed) = (RwSignal::new(widget.state()), Rc::downgrade(&widget));
        let listener = Listener::new(&element, "messenger-calls:state", move |_| {
            if let Some(widget) = followed.upgrade() {
                state.set(widget.state());
            }
        });
        let el = el.keep(Destroyed(widget.clone())).keep(listener);
        Some((el, CallWidget { widget, state }))
    }
}

impl CallWidget {
    /// Whether a call rings, is being placed or runs.
    pub(super) fn is_busy(&self) -> bool {
        self.state.with(|state| state.busy)
    }

    /// Whether the contact of the widget can be called now.
    pub(super) fn can_call(&self) -> bool {
        self.state.with(|state| state.reason.is_none())
    }

    /// Calls the contact of the widget, from a press of a button of ours.
    pub(super) fn call(&self, call_type: CallType) {
        focus::follow_press();
        // The window shows why a call is not placed.
        let _promise = self.widget.place(call_type);
    }

    /// Passes in what the messenger knows of people, now and at every change.
    pub(super) fn follow(&self, messenger: Messenger) {
        let (reading, blocking) = (self.widget.clone(), self.widget.clone());
        effect(move || {
            if messenger.contacts_read.get() > 0
                && let Some(contacts) = messenger.contacts.get_untracked()
            {
                reading.set_contacts(contacts);
            }
        });
        effect(move || {
            blocking.block(messenger.blocked.with(|all| all.iter().map(|user| user.id.clone()).collect()));
        });
    }
}
