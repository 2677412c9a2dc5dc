//! Frames of the socket as events of the machine. Never drops a frame about calls.

use call_core::SocketEvent;
use call_protocol::{ServerFrame, Welcome};

/// The snapshot.
pub(crate) fn snapshot(welcome: &Welcome) -> SocketEvent {
    SocketEvent::Welcome { live_calls: welcome.live_calls.clone(), ended_calls: welcome.ended_calls.clone() }
}

/// The event that a frame is; nothing for frames that are not about calls.
pub(crate) fn event(frame: &ServerFrame) -> Option<SocketEvent> {
    Some(match frame.clone() {
        ServerFrame::Welcome(welcome) => snapshot(&welcome),
        ServerFrame::CallRinging(live) => SocketEvent::Ringing(Box::new(live)),
        ServerFrame::CallAnswered(live) => SocketEvent::Answered(Box::new(live)),
        ServerFrame::CallDeclined { call } | ServerFrame::CallEnded { call } => SocketEvent::Ended(call),
        ServerFrame::Signal { call_id, signal_data, .. } => SocketEvent::Signal(call_id, signal_data),
        ServerFrame::DeviceRinging { call_id, device_id, offer_known, also_warm } => {
            let also_warm = also_warm.unwrap_or_default();
            SocketEvent::DeviceRinging { call_id, device_id, offer_known, also_warm }
        }
        ServerFrame::Presence { user_id, online } => SocketEvent::Presence { user_id, online },
        ServerFrame::Message { .. }
        | ServerFrame::Contact { .. }
        | ServerFrame::ContactRemoved { .. }
        | ServerFrame::TokenExpiring { .. }
        | ServerFrame::IceServers { .. }
        | ServerFrame::Alive { .. }
        | ServerFrame::Error { .. } => return None,
    })
}
