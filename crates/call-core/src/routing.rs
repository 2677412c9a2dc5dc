//! Which connection of the answering side a signal belongs to: the open one, a closed one, or one that it opens.
//! Never looks into a signal beyond its kind and numbers.

use crate::connection::{Connection, Far};
use crate::context::Context;
use crate::key::{Epoch, PeerKey};
use call_protocol::{LiveCall, Signal, SignalKind, User};

/// Whether the signal opened a connection that nothing is attached to yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opened {
    Yes,
    No,
}

/// The other side's device in a live call; `None` while nobody sits there.
pub(crate) fn far_of(live: &LiveCall, peer: &User) -> Option<Far> {
    live.seat_of(&peer.id).map(|seat| Far {
        call_id: live.call.id.clone(),
        device: Some(seat.device_id.clone()),
        reliable: seat.reliable,
    })
}

/// Hands a signal to the answering side's connection. A newer generation's offer from the far device replaces the
/// connection; other signals of a newer generation wait for that offer.
pub(crate) fn route(
    connection: &mut Option<Connection>,
    epoch: Epoch,
    far: &Far,
    signal: Signal,
    cx: &mut Context,
) -> Opened {
    let current = connection.as_ref().map(|connection| connection.key.generation);
    let generation = signal.generation.or(current).unwrap_or(1);
    match (connection.as_mut(), current) {
        (Some(open), Some(current)) if generation == current => {
            open.take_signal(&signal, cx);
            return Opened::No;
        }
        (_, Some(current)) if generation < current => return Opened::No, // of a connection that is closed
        (_, _) => {}
    }
    let from_far = match (&far.device, &signal.from_device) {
        (Some(far), Some(from)) => far == from,
        (None, _) | (_, None) => true,
    };
    if !from_far {
        return Opened::No; // a device that does not sit in the call
    }
    if signal.kind != SignalKind::Offer {
        cx.keep_stray(far.call_id.clone(), signal);
        return Opened::No;
    }
    if let Some(old) = connection.take() {
        old.close(cx);
    }
    let mut fresh = Connection::await_offer(PeerKey { epoch, generation }, far.clone(), cx);
    fresh.take_signal(&signal, cx);
    feed_strays(&mut fresh, far, cx);
    *connection = Some(fresh);
    Opened::Yes
}

/// Gives a fresh connection the signals that came before it.
pub(crate) fn feed_strays(connection: &mut Connection, far: &Far, cx: &mut Context) {
    for stray in cx.take_strays(&far.call_id) {
        if stray.generation.is_none_or(|generation| generation == connection.key.generation) {
            connection.take_signal(&stray, cx);
        }
    }
}
