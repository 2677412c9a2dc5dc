//! Why a person cannot be called now: one rule for the buttons, the history and the state that a page reads.
//! Pure, but for the memo that follows the signals of the components.

use super::words::CannotCall;
use super::{Calls, HostPage};
use crate::widget::kit::signal::{Memo, Signal};
use call_core::CallView;
use call_protocol::UserId;

/// What it depends on besides the calls of this device.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Circumstances {
    /// The reader has blocked the other person.
    pub(crate) blocked: bool,
    /// The server offers calls.
    pub(crate) calls_enabled: bool,
    /// The server can be reached.
    pub(crate) connected: bool,
    /// The other person is online; None while unknown.
    pub(crate) online: Option<bool>,
}

/// Why a call cannot be placed, if so.
pub(crate) fn cannot_call(view: &CallView, circumstances: Circumstances) -> Option<CannotCall> {
    if circumstances.blocked {
        Some(CannotCall::Blocked)
    } else if !circumstances.calls_enabled {
        Some(CannotCall::SwitchedOff)
    } else if let Some(busy) = busy(view) {
        Some(busy)
    } else if !circumstances.connected {
        Some(CannotCall::NotConnected)
    } else if circumstances.online == Some(false) {
        Some(CannotCall::Offline)
    } else {
        None
    }
}

/// What keeps the reader busy.
pub(crate) fn busy(view: &CallView) -> Option<CannotCall> {
    match view {
        CallView::Idle | CallView::Ended(_) => None,
        CallView::Incoming(_) => Some(CannotCall::Ringing),
        CallView::Outgoing(_) => Some(CannotCall::Calling),
        CallView::InCall(_) => Some(CannotCall::InCall),
    }
}

/// The same for a component, following its signals.
pub(super) fn why_not(
    calls: Calls,
    host: HostPage,
    peer: Signal<Option<UserId>>,
    online: Signal<Option<bool>>,
) -> Memo<Option<CannotCall>> {
    Memo::new(move |_| {
        let circumstances = Circumstances {
            blocked: peer.with(|peer| peer.as_ref().is_some_and(|peer| host.blocks(peer))),
            calls_enabled: host.calls_enabled.get(),
            connected: host.connected.get(),
            online: online.get(),
        };
        calls.view.with(|view| cannot_call(view, circumstances))
    })
}
