//! Carries requests, replies and frames between the phones and the server, as well as the post does.

use super::{Happening, Ticket, World};
use crate::kit::post::{Fate, Parcel, Upward};
use crate::kit::server::Ask;
use crate::kit::{Phone, Who};
use call_core::{Effect, ReplyEvent, RequestError, SocketEvent};
use call_protocol::{DeviceId, Offer, RingOffer, SessionDescription};

/// How long a lost request is waited for, and how long it takes until a lost wake-up is healed by reading anew.
const UNREACHABLE_MS: u64 = 400;
const HEALED_MS: u64 = 2000;

impl World {
    pub(super) fn obey(&mut self, who: Who, effect: &Effect) {
        self.phones[who].devices.obey(effect, &mut self.rng);
        self.air.obey(who, effect, &mut self.rng);
        match effect {
            Effect::Initiate {
                epoch,
                request: _, // the model server knows no idempotency keys
                conversation_id,
                call_type,
                offer: (number, SessionDescription { sdp }),
            } => {
                let data = Offer(SessionDescription { sdp: sdp.clone() });
                let offer = RingOffer { peer_connection: *number, from_device: None, data };
                let ask =
                    Ask::Initiate { conversation: conversation_id.clone(), call_type: *call_type, offer };
                self.send_ask(who, Ticket::Initiated(*epoch), ask);
            }
            Effect::Answer(epoch, id) => {
                self.send_ask(who, Ticket::Answered(*epoch), Ask::Answer(id.clone()))
            }
            Effect::Decline(id) => self.send_ask(who, Ticket::Ended(id.clone()), Ask::Decline(id.clone())),
            Effect::End(id, body) => {
                self.send_ask(who, Ticket::Ended(id.clone()), Ask::End(id.clone(), *body));
            }
            Effect::SendSignal(id, signal) => {
                self.send_up(who, Upward::Signal(id.clone(), Box::new(signal.clone())))
            }
            Effect::ReportMedia(id) => self.send_up(who, Upward::MediaFlows(id.clone())),
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
            | Effect::ReportSilence(_) // the model server forgets nobody
            | Effect::Play(_) => {} // the devices and the air have carried these out
        }
    }

    fn send_up(&mut self, who: Who, upward: Upward) {
        let Some(link) = self.phones[who].link else { return };
        match self.post.decide(who, &Parcel::Up(upward.clone()), &mut self.rng).fate {
            Fate::After(ms) => self.after(ms, Happening::Arrived(who, link, upward)),
            Fate::Lost => {}
            Fate::Twice(first, second) => {
                self.after(first, Happening::Arrived(who, link, upward.clone()));
                self.after(second, Happening::Arrived(who, link, upward));
            }
        }
    }

    fn send_ask(&mut self, who: Who, ticket: Ticket, ask: Ask) {
        let fate = self.post.decide(who, &Parcel::Ask, &mut self.rng).fate;
        match fate {
            Fate::After(ms) | Fate::Twice(ms, _) if !self.post.server_away => {
                self.after(ms, Happening::Asked(who, ticket, ask));
            }
            Fate::After(_) | Fate::Twice(..) | Fate::Lost => {
                self.after(UNREACHABLE_MS, Happening::Replied(who, ticket, None));
            }
        }
    }

    pub(super) fn ask(&mut self, who: Who, ticket: Ticket, ask: Ask) {
        let Phone { user, device, .. } = &self.phones[who];
        let (user, device) = (user.id.clone(), device.clone());
        let now = self.now;
        let reply = match (&ticket, ask) {
            (Ticket::Initiated(epoch), Ask::Initiate { conversation, call_type, offer }) => {
                let reply = self.server.initiate((&user, &device), &conversation, call_type, offer, now);
                ReplyEvent::Initiated(*epoch, reply.map(Box::new))
            }
            (Ticket::Answered(epoch), Ask::Answer(id)) => {
                ReplyEvent::Answered(*epoch, self.server.answer(&user, &device, &id, now).map(Box::new))
            }
            (Ticket::Ended(_), Ask::Decline(id)) => {
                ReplyEvent::Ended(id.clone(), self.server.decline(&user, &device, &id, now))
            }
            (Ticket::Ended(_), Ask::End(id, body)) => {
                ReplyEvent::Ended(id.clone(), self.server.end(&user, &device, &id, body, now))
            }
            (ticket, ask) => unreachable!("{ticket:?} does not belong to {ask:?}"),
        };
        let fate = self.post.decide(who, &Parcel::Reply(reply.clone()), &mut self.rng).fate;
        match fate {
            Fate::After(ms) | Fate::Twice(ms, _) => {
                self.after(ms, Happening::Replied(who, ticket, Some(reply)))
            }
            Fate::Lost => self.after(UNREACHABLE_MS, Happening::Replied(who, ticket, None)),
        }
        self.deliver_letters();
    }

    /// Sends what the server has to say.
    pub(crate) fn deliver_letters(&mut self) {
        for (device, event) in self.server.take_letters() {
            self.send_down(&device, event);
        }
    }

    pub(super) fn send_down(&mut self, device: &DeviceId, event: SocketEvent) {
        let Some(who) = self.phones.iter().position(|phone| phone.device == *device) else { return };
        let Some(link) = self.phones[who].link else { return };
        let decided = self.post.decide(who, &Parcel::Down(event.clone()), &mut self.rng);
        match decided.fate {
            Fate::After(ms) => self.after(ms, Happening::Delivered(who, link, event)),
            Fate::Twice(first, second) => {
                self.after(first, Happening::Delivered(who, link, event.clone()));
                self.after(second, Happening::Delivered(who, link, event));
            }
            Fate::Lost if decided.by_rule => {}
            Fate::Lost => {
                // A lost wake-up about a call is healed: the server compares versions and tells anew.
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
                    self.after(HEALED_MS, Happening::ReadAnew(who, id));
                }
            }
        }
    }
}

pub(super) fn unreachable_reply(ticket: Ticket) -> ReplyEvent {
    match ticket {
        Ticket::Initiated(epoch) => ReplyEvent::Initiated(epoch, Err(RequestError::Unreachable)),
        Ticket::Answered(epoch) => ReplyEvent::Answered(epoch, Err(RequestError::Unreachable)),
        Ticket::Ended(id) => ReplyEvent::Ended(id, Err(RequestError::Unreachable)),
    }
}
