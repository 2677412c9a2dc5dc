//! Carries requests, replies and frames between the phones and the server over the model network.

use super::{Happening, PendingReply, World};
use crate::kit::network::{Fate, Frame, Packet};
use crate::kit::server::Request;
use crate::kit::{Errand, Phone, Who, call_sent_again, errand};
use call_core::{Effect, ReplyEvent, RequestError, SocketEvent};
use call_protocol::DeviceId;

/// How long until a lost request fails, and until the server notices that a frame was lost and sends the call
/// again.
const UNREACHABLE_MS: u64 = 400;
const HEALED_MS: u64 = 2000;

impl World {
    pub(super) fn carry_out(&mut self, who: Who, effect: &Effect) {
        self.phones[who].devices.carry_out(effect, &mut self.rng);
        self.peers.carry_out(who, effect, &mut self.rng);
        let Some(errand) = errand(effect) else { return };
        match errand {
            Errand::Initiate(epoch, conversation, call_type, offer) => {
                let ask = Request::Initiate { conversation, call_type, offer };
                self.send_ask(who, PendingReply::Initiated(epoch), ask);
            }
            Errand::Answer(epoch, id) => {
                self.send_ask(who, PendingReply::Answered(epoch), Request::Answer(id));
            }
            Errand::Decline(id) => self.send_ask(who, PendingReply::Ended(id.clone()), Request::Decline(id)),
            Errand::End(id, body) => {
                self.send_ask(who, PendingReply::Ended(id.clone()), Request::End(id, body));
            }
            Errand::Up(frame) => self.send_up(who, frame),
            Errand::Keep(rejoin) => self.phones[who].kept = Some(rejoin),
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
                if let Some(id) = call_sent_again(&event) {
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
