//! Carries requests, replies and frames between the phones and the server over the model network.

use super::{Happening, PendingReply, World};
use crate::kit::network::{Fate, Frame, Packet};
use crate::kit::server::Request;
use crate::kit::{Phone, Who};
use call_core::{Effect, ReplyEvent, RequestError, SocketEvent};
use call_protocol::{DeviceId, Offer, RingOffer, SessionDescription};

/// How long until a lost request fails, and until the server notices that a frame was lost and sends the call
/// again.
const UNREACHABLE_MS: u64 = 400;
const HEALED_MS: u64 = 2000;

impl World {
    pub(super) fn carry_out(&mut self, who: Who, effect: &Effect) {
        self.phones[who].devices.carry_out(effect, &mut self.rng);
        self.peers.carry_out(who, effect, &mut self.rng);
        match effect {
            Effect::Initiate {
                epoch,
                request: _, // the model server has no idempotency keys
                conversation_id,
                call_type,
                offer: (number, SessionDescription { sdp }),
            } => {
                let data = Offer(SessionDescription { sdp: sdp.clone() });
                let offer = RingOffer { peer_connection: *number, from_device: None, data };
                let ask =
                    Request::Initiate { conversation: conversation_id.clone(), call_type: *call_type, offer };
                self.send_ask(who, PendingReply::Initiated(*epoch), ask);
            }
            Effect::Answer(epoch, id) => {
                self.send_ask(who, PendingReply::Answered(*epoch), Request::Answer(id.clone()))
            }
            Effect::Decline(id) => self.send_ask(who, PendingReply::Ended(id.clone()), Request::Decline(id.clone())),
            Effect::End(id, body) => {
                self.send_ask(who, PendingReply::Ended(id.clone()), Request::End(id.clone(), *body));
            }
            Effect::SendSignal(id, signal) => {
                self.send_up(who, Frame::Signal(id.clone(), Box::new(signal.clone())))
            }
            Effect::ReportMedia(id) => self.send_up(who, Frame::MediaFlows(id.clone())),
            Effect::KeepRejoin(rejoin) => self.phones[who].kept = Some(*rejoin),
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
            | Effect::Play(_) => {} // carried out by the media sources and the peer connections
        }
    }

    fn send_up(&mut self, who: Who, frame: Frame) {
        let Some(socket) = self.phones[who].socket else { return };
        match self.network.decide(who, &Packet::ToServer(frame.clone()), &mut self.rng).fate {
            Fate::After(ms) => self.after(ms, Happening::Arrived(who, socket, frame)),
            Fate::Lost => {}
            Fate::Twice(first, second) => {
                self.after(first, Happening::Arrived(who, socket, frame.clone()));
                self.after(second, Happening::Arrived(who, socket, frame));
            }
        }
    }

    fn send_ask(&mut self, who: Who, ticket: PendingReply, ask: Request) {
        let fate = self.network.decide(who, &Packet::Request, &mut self.rng).fate;
        match fate {
            Fate::After(ms) | Fate::Twice(ms, _) if !self.network.server_away => {
                self.after(ms, Happening::Asked(who, ticket, ask));
            }
            Fate::After(_) | Fate::Twice(..) | Fate::Lost => {
                self.after(UNREACHABLE_MS, Happening::Replied(who, ticket, None));
            }
        }
    }

    pub(super) fn ask(&mut self, who: Who, ticket: PendingReply, ask: Request) {
        let Phone { user, device, .. } = &self.phones[who];
        let (user, device) = (user.id.clone(), device.clone());
        let now = self.now;
        let reply = match (&ticket, ask) {
            (PendingReply::Initiated(epoch), Request::Initiate { conversation, call_type, offer }) => {
                let reply = self.server.initiate((&user, &device), &conversation, call_type, offer, now);
                ReplyEvent::Initiated(*epoch, reply.map(Box::new))
            }
            (PendingReply::Answered(epoch), Request::Answer(id)) => {
                ReplyEvent::Answered(*epoch, self.server.answer(&user, &device, &id, now).map(Box::new))
            }
            (PendingReply::Ended(_), Request::Decline(id)) => {
                ReplyEvent::Ended(id.clone(), self.server.decline(&user, &device, &id, now))
            }
            (PendingReply::Ended(_), Request::End(id, body)) => {
                ReplyEvent::Ended(id.clone(), self.server.end(&user, &device, &id, body, now))
            }
            (ticket, ask) => unreachable!("{ticket:?} does not belong to {ask:?}"),
        };
        let fate = self.network.decide(who, &Packet::Reply(reply.clone()), &mut self.rng).fate;
        match fate {
            Fate::After(ms) | Fate::Twice(ms, _) => {
                self.after(ms, Happening::Replied(who, ticket, Some(reply)))
            }
            Fate::Lost => self.after(UNREACHABLE_MS, Happening::Replied(who, ticket, None)),
        }
        self.deliver_outbox();
    }

    /// Sends the frames in the server's outbox.
    pub(crate) fn deliver_outbox(&mut self) {
        for (device, event) in self.server.take_outbox() {
            self.send_down(&device, event);
        }
    }

    pub(super) fn send_down(&mut self, device: &DeviceId, event: SocketEvent) {
        let Some(who) = self.phones.iter().position(|phone| phone.device == *device) else { return };
        let Some(socket) = self.phones[who].socket else { return };
        let decided = self.network.decide(who, &Packet::ToDevice(event.clone()), &mut self.rng);
        match decided.fate {
            Fate::After(ms) => self.after(ms, Happening::Delivered(who, socket, event)),
            Fate::Twice(first, second) => {
                self.after(first, Happening::Delivered(who, socket, event.clone()));
                self.after(second, Happening::Delivered(who, socket, event));
            }
            Fate::Lost if decided.by_rule => {}
            Fate::Lost => {
                // The server heals a lost frame about a call: it compares versions and sends the call again.
                let of = match event {
                    SocketEvent::Ringing(live) | SocketEvent::Answered(live) => Some(live.call.id),
                    SocketEvent::Ended(call) => Some(call.id),
                    SocketEvent::Welcome { .. }
                    | SocketEvent::Lost
                    | SocketEvent::Signal(..)
                    | SocketEvent::DeviceRinging { .. }
                    | SocketEvent::Presence { .. } => None,
                };
                if let Some(id) = of {
                    self.after(HEALED_MS, Happening::Reread(who, id));
                }
            }
        }
    }
}

pub(super) fn unreachable_reply(ticket: PendingReply) -> ReplyEvent {
    match ticket {
        PendingReply::Initiated(epoch) => ReplyEvent::Initiated(epoch, Err(RequestError::Unreachable)),
        PendingReply::Answered(epoch) => ReplyEvent::Answered(epoch, Err(RequestError::Unreachable)),
        PendingReply::Ended(id) => ReplyEvent::Ended(id, Err(RequestError::Unreachable)),
    }
}
