//! Glare: this device called while the other side's call was ringing, and joins that one as the answering side.
//! Decides nothing but which connection it begins with.

use super::{Attempt, InCall, State};
use crate::connection::Remote;
use crate::context::Context;
use crate::current_connection::{CurrentConnection, remote_of};
use crate::event::{Event, SocketEvent};
use crate::key::PeerKey;
use crate::media::LocalMedia;
use call_protocol::{CallRole, LiveCall};

/// Into the other side's call.
pub(super) fn join(mut attempt: Attempt, mut media: LocalMedia, live: LiveCall, cx: &mut Context) -> State {
    media.join(live.call.call_type, &mut cx.io);
    attempt.call_type = live.call.call_type;
    // The other side numbers this call's connections: its numbers may not meet those of the own, given-up one.
    attempt.epoch = cx.next_epoch();
    let nobody = Remote { call_id: live.call.id.clone(), device: None, reliable: true };
    let remote = remote_of(&live, &attempt.peer).unwrap_or(nobody);
    let mut current = CurrentConnection::default();
    if live.relay_only {
        current.hide(&mut cx.io);
    }
    // The ring's offer belongs to the device that the server chose, any other waits for one of its own; if the server
    // chose none, it is for whoever takes the call.
    let offer = live.offer.filter(|_| live.warm_device.as_ref().is_none_or(|warm| *warm == cx.io.device));
    if let Some(offer) = offer {
        let key = PeerKey { epoch: attempt.epoch, number: offer.peer_connection };
        current.open(key, &remote, offer.data.0, &mut cx.io);
    }
    let state = InCall::enter(attempt, CallRole::Callee, remote.clone(), media, current, cx);
    // What came before the reply, in the order it came.
    cx.io.take_early(&remote.call_id).into_iter().fold(state, |state, signal| {
        state.handle(Event::Socket(SocketEvent::Signal(remote.call_id.clone(), signal)), cx)
    })
}
