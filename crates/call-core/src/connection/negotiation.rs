//! The order of one connection's offers, answers and candidates. Never decides when to negotiate: the call does.
//!
//! Negotiation is "perfect" in the sense of the WebRTC specification: the offerer of the connection is impolite
//! (it ignores an offer that collides with its own), the answerer is polite (its own offer is rolled back).
//! The browser reports the outcome of every order, in the order given.

use super::{Connection, ConnectionEvent};
use crate::effect::{Effect, Negotiator, OfferKind};
use crate::event::Fault;
use crate::io::Io;
use call_protocol::{IceCandidate, SessionDescription, SignalBody};

/// How many candidates are kept until the remote description is set.
const EARLY_CANDIDATES: usize = 100;

#[derive(Debug)]
pub(super) struct Negotiation {
    step: Step,
    /// The offer taken last: told again, by the ring or by a peer without numbers, it is no news.
    last_offer: Option<SessionDescription>,
    /// The other side's description that is being taken.
    pending_description: Option<SessionDescription>,
    /// The other side's description in force.
    remote_description: Option<SessionDescription>,
    /// An offer that came while another one was being taken.
    queued_offer: Option<SessionDescription>,
    /// Candidates of the other side that wait for its description.
    early: Vec<IceCandidate>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// No description is set yet.
    Fresh,
    Stable,
    MakingOffer,
    OfferSent,
    /// An offer is being taken although the own one was not made yet; the own one's outcome comes first and is void.
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
    /// Restarts ICE; nothing while another negotiation is under way (its outcome decides what comes next).
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

    /// Takes what the other side says, in its order.
    pub(super) fn deliver(&mut self, body: SignalBody, io: &mut Io) {
        let step = self.negotiation.step;
        match body {
            SignalBody::Offer(offer) if self.negotiation.last_offer.as_ref() == Some(&offer) => {}
            SignalBody::Offer(offer) => match step {
                Step::Fresh | Step::Stable => self.set_remote_offer(offer, io),
                Step::MakingOffer | Step::OfferSent => match self.side {
                    Negotiator::Offerer => {} // impolite: ours goes first, and restarts both directions anyway
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
                // An answer to an offer that was rolled back, or that has been answered already.
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
                return ConnectionEvent::Nothing; // not asked for
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
                return ConnectionEvent::Nothing; // not asked for
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

    /// The browser refused the oldest order whose outcome is still out.
    pub(super) fn negotiation_failed(&mut self, fault: Fault, io: &mut Io) -> ConnectionEvent {
        if self.negotiation.step == Step::RollingBack {
            self.negotiation.step = Step::TakingOffer; // the own offer was void anyway
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

    /// Both descriptions are set: early candidates are added and held-back ones go out, unless an offer is queued:
    /// then it is taken first, since the candidates that came after it belong to it.
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

    /// Adds a candidate if it belongs to the description in force. One that names another description is left over
    /// from an offer that was ignored or rolled back. WebRTC (addIceCandidate) has browsers refuse it; Chromium takes it
    /// for one of the next restart, and it stands in the way of the right one with the same address.
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

    /// Own candidates follow the description they belong to, never go ahead of it.
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
