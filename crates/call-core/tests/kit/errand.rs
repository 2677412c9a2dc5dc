//! What of a machine's effects leaves the device or outlives its page, and what the server sends again: one reading for the
//! random runs and the search. Never carries anything.

use super::network::Frame;
use call_core::{Effect, Epoch, Rejoin, SocketEvent};
use call_protocol::{CallId, CallType, ConversationId, EndCall, Offer, RingOffer};

/// What an effect makes the client send, or keep.
#[derive(Clone, Debug)]
pub(crate) enum Errand {
    Initiate(Epoch, ConversationId, CallType, RingOffer),
    Answer(Epoch, CallId),
    Decline(CallId),
    End(CallId, EndCall),
    Up(Frame),
    Keep(Rejoin),
}

/// Nothing for effects that the media sources and the peer connections carry out.
pub(crate) fn errand(effect: &Effect) -> Option<Errand> {
    Some(match effect {
        Effect::Initiate {
            epoch,
            request: _, // the model server has no idempotency keys
            conversation_id,
            call_type,
            offer: (number, offer),
        } => {
            let offer =
                RingOffer { peer_connection: *number, from_device: None, data: Offer(offer.clone()) };
            Errand::Initiate(*epoch, conversation_id.clone(), *call_type, offer)
        }
        Effect::Answer(epoch, id) => Errand::Answer(*epoch, id.clone()),
        Effect::Decline(id) => Errand::Decline(id.clone()),
        Effect::End(id, body) => Errand::End(id.clone(), *body),
        Effect::SendSignal(id, signal) => Errand::Up(Frame::Signal(id.clone(), Box::new(signal.clone()))),
        Effect::ReportMedia(id) => Errand::Up(Frame::MediaFlows(id.clone())),
        Effect::KeepRejoin(rejoin) => Errand::Keep(*rejoin),
        Effect::AcquireMedia(..)
        | Effect::ReleaseMedia(_)
        | Effect::StopTrack(..)
        | Effect::SetMuted { .. }
        | Effect::OpenPeer(..)
        | Effect::CreateOffer(..)
        | Effect::SetRemoteOffer(..)
        | Effect::SetRemoteAnswer(..)
        | Effect::AddCandidate(..)
        | Effect::ReplaceTracks(..)
        | Effect::SendMessage(..)
        | Effect::ClosePeer(_)
        | Effect::DoubtServer // the model's sockets break or work
        | Effect::ReportSilence(_) // the model server keeps every device
        | Effect::Play(_) => return None,
    })
}

/// The call that the server sends again when it notices that this frame was lost: it compares versions.
pub(crate) fn call_sent_again(lost: &SocketEvent) -> Option<CallId> {
    match lost {
        SocketEvent::Ringing(live) | SocketEvent::Answered(live) => Some(live.call.id.clone()),
        SocketEvent::Ended(call) => Some(call.id.clone()),
        SocketEvent::Welcome { .. }
        | SocketEvent::Lost
        | SocketEvent::Signal(..)
        | SocketEvent::DeviceRinging { .. }
        | SocketEvent::Presence { .. } => None,
    }
}
