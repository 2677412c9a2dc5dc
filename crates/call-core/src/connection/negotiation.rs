//! The order of one connection's offers, answers and candidates. Never decides when to negotiate: the call
//! does.
//!
//! This is the perfect negotiation of W3C WebRTC 1.0: the offerer of the connection is impolite (it ignores an
//! offer that collides with its own), the answerer is polite (its own offer is rolled back). The browser
//! reports the outcome of every order, in the same order.

use super::{Connection, ConnectionEvent};
use crate::effect::{Effect, Negotiator, OfferKind};
use crate::event::Fault;
use crate::io::Io;
use call_protocol::{IceCandidate, SessionDescription, SignalBody};

/// How many candidates are kept until the remote description is set.
const EARLY_CANDIDATES: usize = 100;

#[derive(Clone, Debug, Hash)]
pub(super) struct Negotiation {
    step: Step,
    /// The last offer that was applied; a copy, from the ring or from a client without numbers, is ignored.
    last_offer: Option<SessionDescription>,
    /// The remote description that is being set.
    pending_description: Option<SessionDescription>,
    /// The remote description in force.
    remote_description: Option<SessionDescription>,
    /// An offer that arrived while another one was being applied.
    queued_offer: Option<SessionDescription>,
    /// Remote candidates that wait for the remote description.
    early: Vec<IceCandidate>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Step {
    /// No description is set yet.
    Fresh,
    Stable,
    MakingOffer,
    OfferSent,
    /// A remote offer is being applied before the own offer was created; the outcome of the own one comes first
    /// and is ignored.
    RollingBack,
    TakingOffer,
    TakingAnswer,
}

impl Negotiation {
    pub(super) fn new() -> Self {
        Self {
            step: Step::Fresh,
            last_offer: None,
            pending_description: None,
            remote_description: None,
            queued_offer: None,
            early: Vec::new(),
        }
    }

    pub(super) fn is_described(&self) -> bool {
        self.remote_description.is_some() || self.pending_description.is_some()
    }
}

impl Connection {
    /// Restarts ICE; does nothing during another negotiation, whose outcome decides what comes next.
    pub(crate) fn restart(&mut self, io: &mut Io) {
        if self.negotiation.step == Step::Stable {
            self.create_offer(OfferKind::IceRestart, io);
        }
    }

    pub(super) fn create_offer(&mut self, kind: OfferKind, io: &mut Io) {
        self.negotiation.step = Step::MakingOffer;
        io.order(Effect::CreateOffer(self.key, kind));
    }

    pub(super) fn set_remote_offer(&mut self, offer: SessionDescription, io: &mut Io) {
        self.negotiation.step = match self.negotiation.step {
            Step::MakingOffer | Step::RollingBack => Step::RollingBack,
            Step::Fresh | Step::Stable | Step::OfferSent | Step::TakingOffer | Step::TakingAnswer => {
                Step::TakingOffer
            }
        };
        self.negotiation.last_offer = Some(offer.clone());
        self.negotiation.pending_description = Some(offer.clone());
        io.order(Effect::SetRemoteOffer(self.key, offer));
    }

    /// Handles the other side's signals, in the order in which they were sent.
    pub(super) fn deliver(&mut self, body: SignalBody, io: &mut Io) {
        let step = self.negotiation.step;
        match body {
            SignalBody::Offer(offer) if self.negotiation.last_offer.as_ref() == Some(&offer) => {}
            SignalBody::Offer(offer) => match step {
                Step::Fresh | Step::Stable => self.set_remote_offer(offer, io),
                Step::MakingOffer | Step::OfferSent => match self.side {
                    Negotiator::Offerer => {} // impolite: our own offer wins, and restarts ICE in both directions anyway
                    Negotiator::Answerer => self.set_remote_offer(offer, io),
                },
                Step::RollingBack | Step::TakingOffer | Step::TakingAnswer => {
                    self.negotiation.queued_offer = Some(offer);
                }
            },
            SignalBody::Answer(answer) => match step {
                Step::OfferSent => {
                    self.negotiation.step = Step::TakingAnswer;
                    self.negotiation.pending_description = Some(answer.clone());
                    io.order(Effect::SetRemoteAnswer(self.key, answer));
                }
                // An answer to an offer that was rolled back or has already been answered.
                Step::Fresh
                | Step::Stable
                | Step::MakingOffer
                | Step::RollingBack
                | Step::TakingOffer
                | Step::TakingAnswer => {}
            },
            SignalBody::IceCandidate(candidate) => {
                if step == Step::Stable {
                    self.add_candidate(candidate, io);
                } else if self.negotiation.early.len() < EARLY_CANDIDATES {
                    self.negotiation.early.push(candidate);
                }
            }
            SignalBody::Ack { seq } => self.outgoing.acknowledge(seq, io.now),
        }
    }

    pub(super) fn offer_created(&mut self, offer: SessionDescription, io: &mut Io) -> ConnectionEvent {
        match self.negotiation.step {
            Step::MakingOffer => {}
            Step::RollingBack => {
                self.negotiation.step = Step::TakingOffer;
                return ConnectionEvent::Nothing;
            }
            Step::Fresh | Step::Stable | Step::OfferSent | Step::TakingOffer | Step::TakingAnswer => {
                return ConnectionEvent::Nothing; // not ordered
            }
        }
        self.negotiation.step = Step::OfferSent;
        if self.remote.is_some() {
            self.send(SignalBody::Offer(offer), io);
            self.send_held_back(io);
            ConnectionEvent::Nothing
        } else {
            self.offer = Some(offer);
            ConnectionEvent::OfferReady
        }
    }

    pub(super) fn answer_created(&mut self, answer: SessionDescription, io: &mut Io) -> ConnectionEvent {
        match self.negotiation.step {
            Step::RollingBack | Step::TakingOffer => {}
            Step::Fresh | Step::Stable | Step::MakingOffer | Step::OfferSent | Step::TakingAnswer => {
                return ConnectionEvent::Nothing; // not ordered
            }
        }
        if self.negotiation.queued_offer.is_none() {
            self.send(SignalBody::Answer(answer), io);
        }
        self.settle(io);
        ConnectionEvent::Nothing
    }

    pub(super) fn remote_answer_set(&mut self, io: &mut Io) -> ConnectionEvent {
        if self.negotiation.step == Step::TakingAnswer {
            self.settle(io);
        }
        ConnectionEvent::Nothing
    }

    /// The browser failed to carry out the oldest order whose outcome is pending.
    pub(super) fn negotiation_failed(&mut self, fault: Fault, io: &mut Io) -> ConnectionEvent {
        if self.negotiation.step == Step::RollingBack {
            self.negotiation.step = Step::TakingOffer; // the own offer had been rolled back anyway
            return ConnectionEvent::Nothing;
        }
        self.negotiation.step = Step::Stable;
        self.negotiation.last_offer = None;
        self.negotiation.pending_description = None;
        if let Some(offer) = self.negotiation.queued_offer.take() {
            self.set_remote_offer(offer, io);
        }
        ConnectionEvent::NegotiationFailed(fault)
    }

    /// Both descriptions are set: early candidates are added and held-back ones are sent. If an offer is
    /// queued, it is applied first, since the candidates that arrived after it belong to it.
    fn settle(&mut self, io: &mut Io) {
        self.negotiation.step = Step::Stable;
        self.negotiation.remote_description = self.negotiation.pending_description.take();
        if let Some(offer) = self.negotiation.queued_offer.take() {
            self.set_remote_offer(offer, io);
            return;
        }
        for candidate in core::mem::take(&mut self.negotiation.early) {
            self.add_candidate(candidate, io);
        }
        self.send_held_back(io);
    }

    /// Adds a candidate if it belongs to the remote description in force. One that names another description is
    /// left over from an offer that was ignored or rolled back. Browsers should reject it (W3C WebRTC,
    /// addIceCandidate); Chromium keeps it for the next ICE restart, where it displaces the valid candidate
    /// with the same address.
    fn add_candidate(&self, candidate: IceCandidate, io: &mut Io) {
        let remote = self.negotiation.remote_description.as_ref();
        let belongs = match (&candidate.username_fragment, remote) {
            (Some(fragment), Some(remote)) => remote.has_username_fragment(fragment),
            (None, _) | (_, None) => true,
        };
        if belongs {
            io.order(Effect::AddCandidate(self.key, candidate));
        }
    }

    /// Own candidates are sent after the description that they belong to, never before it.
    pub(super) fn send_held_back(&mut self, io: &mut Io) {
        let described = match self.negotiation.step {
            Step::Stable | Step::OfferSent | Step::TakingAnswer => true,
            Step::Fresh | Step::MakingOffer | Step::RollingBack | Step::TakingOffer => false,
        };
        if described && self.remote.is_some() {
            for candidate in core::mem::take(&mut self.unsent) {
                self.send(SignalBody::IceCandidate(candidate), io);
            }
        }
    }
}
