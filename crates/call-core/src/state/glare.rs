//! Glare: this device called while the other side's call was ringing, and joins that one as the answering side.
//! Decides nothing but which connection it begins with.

use super::{Attempt, InCall, State};
use crate::connection::Far;
use crate::context::Context;
use crate::event::{Event, SocketEvent};
use crate::key::PeerKey;
use crate::line::{Line, far_of};
use crate::media::LocalMedia;
use call_protocol::{CallRole, LiveCall};

/// Into the other side's call.
pub(super) fn join(mut attempt: Attempt, mut media: LocalMedia, live: LiveCall, cx: &mut Context) -> State {
    media.join(live.call.call_type, &mut cx.io);
    attempt.call_type = live.call.call_type;
    // The far side numbers this call's connections: its numbers may not meet those of the own, given-up one.
    attempt.epoch = cx.next_epoch();
    let nobody = Far { call_id: live.call.id.clone(), device: None, reliable: true };
    let far = far_of(&live, &attempt.peer).unwrap_or(nobody);
    let mut line = Line::default();
    if live.relay_only {
        line.hide(&mut cx.io);
    }
    // The ring's offer belongs to the device that the server chose, any other waits for one of its own; if the server
    // chose none, it is for whoever takes the call.
    let offer = live.offer.filter(|_| live.warm_device.as_ref().is_none_or(|warm| *warm == cx.io.device));
    if let Some(offer) = offer {
        let key = PeerKey { epoch: attempt.epoch, generation: offer.generation };
        line.open(key, &far, offer.data.0, &mut cx.io);
    }
    let state = InCall::enter(attempt, CallRole::Callee, far.clone(), media, line, cx);
    // What came before the reply, in the order it came.
    cx.io.take_early(&far.call_id).into_iter().fold(state, |state, signal| {
        state.handle(Event::Socket(SocketEvent::Signal(far.call_id.clone(), signal)), cx)
    })
}
