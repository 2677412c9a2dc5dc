//! Glare: this device called while the other side's call was ringing, and joins that call as the answering
//! side. Decides only which connection it starts with.

use super::{Attempt, InCall, State};
use crate::connection::Remote;
use crate::context::Context;
use crate::current_connection::{CurrentConnection, remote_of};
use crate::event::{Event, SocketEvent};
use crate::key::PeerKey;
use crate::media::LocalMedia;
use call_protocol::{CallRole, LiveCall};

/// Joins the other side's call.
pub(super) fn join(mut attempt: Attempt, mut media: LocalMedia, live: LiveCall, cx: &mut Context) -> State {
    media.set_call_type(live.call.call_type, &mut cx.io);
    attempt.call_type = live.call.call_type;
    // The other side numbers this call's connections; they must not be confused with those of the abandoned
    // attempt.
    attempt.epoch = cx.next_epoch();
    let nobody = Remote { call_id: live.call.id.clone(), device: None, reliable: true };
    let remote = remote_of(&live, &attempt.peer).unwrap_or(nobody);
    let mut current = CurrentConnection::default();
    if live.relay_only {
        current.require_relay(&mut cx.io);
    }
    // The offer of the ring is for the device that the server chose to warm up; any other waits for an offer of
    // its own. If the server chose none, the offer is for whichever device answers.
    let offer = live.offer.filter(|_| live.warm_device.as_ref().is_none_or(|warm| *warm == cx.io.device));
    if let Some(offer) = offer {
        let key = PeerKey { epoch: attempt.epoch, number: offer.peer_connection };
        current.open(key, &remote, offer.data.0, &mut cx.io);
    }
    let state = InCall::enter(attempt, CallRole::Callee, remote.clone(), media, current, cx);
    // The signals that arrived before the reply, in order of arrival.
    cx.io.take_early(&remote.call_id).into_iter().fold(state, |state, signal| {
        state.handle(Event::Socket(SocketEvent::Signal(remote.call_id.clone(), signal)), cx)
    })
}
