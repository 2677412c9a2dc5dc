//! What is under way between phones, browsers and the server. Data, and what becomes of it when it is lost.

use crate::kit::{Frame, PcId, Who};
use call_core::{Epoch, MediaKey, Party, PeerEvent, Rejoin, ReplyEvent, RequestError, SocketEvent};
use call_protocol::{CallId, CallType, ConversationId, EndCall, RingOffer};

/// What a page keeps of its call for the next one.
pub(super) type Left = (Rejoin, Party, Option<u32>);

#[derive(Clone, Debug, Hash)]
pub(super) enum Request {
    Initiate(Epoch, ConversationId, CallType, RingOffer),
    Answer(Epoch, CallId),
    Decline(CallId),
    End(CallId, EndCall),
}

impl Request {
    /// The reply if it, or the real reply, is lost.
    pub(super) fn unreachable(&self) -> ReplyEvent {
        match self {
            Self::Initiate(epoch, ..) => ReplyEvent::Initiated(*epoch, Err(RequestError::Unreachable)),
            Self::Answer(epoch, _) => ReplyEvent::Answered(*epoch, Err(RequestError::Unreachable)),
            Self::Decline(id) | Self::End(id, _) => {
                ReplyEvent::Ended(id.clone(), Err(RequestError::Unreachable))
            }
        }
    }
}

/// What is under way. Numbers of sockets and pages tell what comes too late.
#[derive(Clone, Debug, Hash)]
pub(super) enum UnderWay {
    Request(Who, u32, Request),
    Reply(Who, u32, ReplyEvent),
    ToDevice(Who, u32, SocketEvent),
    ToServer(Who, u32, Frame),
    Media(Who, u32, MediaKey),
    Peer(Who, u32, PeerEvent),
    Work(PcId),
    Connects(Who, u32),
    Opens(Who, u32, Option<Box<Left>>),
    /// The server sends a call again.
    Reread(Who, CallId),
}

pub(super) fn is_unreachable(reply: &ReplyEvent) -> bool {
    match reply {
        ReplyEvent::Initiated(_, reply) | ReplyEvent::Answered(_, reply) => {
            matches!(reply, Err(RequestError::Unreachable))
        }
        ReplyEvent::Ended(_, reply) => matches!(reply, Err(RequestError::Unreachable)),
    }
}

pub(super) fn unreachable(reply: &ReplyEvent) -> ReplyEvent {
    match reply {
        ReplyEvent::Initiated(epoch, _) => ReplyEvent::Initiated(*epoch, Err(RequestError::Unreachable)),
        ReplyEvent::Answered(epoch, _) => ReplyEvent::Answered(*epoch, Err(RequestError::Unreachable)),
        ReplyEvent::Ended(id, _) => ReplyEvent::Ended(id.clone(), Err(RequestError::Unreachable)),
    }
}

/// What one browser reports arrives in its order.
pub(super) fn lane(arrives: &UnderWay) -> Option<Who> {
    match arrives {
        UnderWay::Peer(who, ..) | UnderWay::Work((who, _)) => Some(*who),
        UnderWay::Media(..) // another part of the browser
        | UnderWay::Request(..)
        | UnderWay::Reply(..)
        | UnderWay::ToDevice(..)
        | UnderWay::ToServer(..)
        | UnderWay::Connects(..)
        | UnderWay::Opens(..)
        | UnderWay::Reread(..) => None,
    }
}
