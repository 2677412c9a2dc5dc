//! The order of one connection's offers, answers and candidates. Never decides when to negotiate: the call does.
//!
//! Negotiation is "perfect" in the sense of the WebRTC specification: the offerer of the connection is impolite
//! (it ignores an offer that collides with its own), the answerer is polite (its own offer is rolled back).
//! The browser reports the outcome of every order, in the order given.

use super::{Connection, Told};
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
    taken_offer: Option<SessionDescription>,
    /// The other side's description that is being taken.
    taking: Option<SessionDescription>,
    /// The other side's description in force.
    remote: Option<SessionDescription>,
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
            taken_offer: None,
            taking: None,
            remote: None,
            queued_offer: None,
            early: Vec::new(),
        }
    }

    pub(super) fn is_described(&self) -> bool {
        self.remote.is_some() || self.taking.is_some()
    }
}

impl Connection {
    /// Restarts ICE; nothing while another negotiation is under way (its outcome decides what comes next).
    pub(crate) fn restart(&mut self, io: &mut Io) {
        if self.negotiation.step == Step::Stable {
            self.make_offer(OfferKind::IceRestart, io);
        }
    }

    pub(super) fn make_offer(&mut self, kind: OfferKind, io: &mut Io) {
        self.negotiation.step = Step::MakingOffer;
        io.order(Effect::MakeOffer(self.key, kind));
    }

    pub(super) fn take_offer(&mut self, offer: SessionDescription, io: &mut Io) {
        self.negotiation.step = match self.negotiation.step {
            Step::MakingOffer | Step::RollingBack => Step::RollingBack,
            Step::Fresh | Step::Stable | Step::OfferSent | Step::TakingOffer | Step::TakingAnswer => {
                Step::TakingOffer
            }
        };
        self.negotiation.taken_offer = Some(offer.clone());
        self.negotiation.taking = Some(offer.clone());
        io.order(Effect::TakeOffer(self.key, offer));
    }

    /// Takes what the other side says, in its order.
    pub(super) fn deliver(&mut self, body: SignalBody, io: &mut Io) {
        let step = self.negotiation.step;
        match body {
            SignalBody::Offer(offer) if self.negotiation.taken_offer.as_ref() == Some(&offer) => {}
            SignalBody::Offer(offer) => match step {
                Step::Fresh | Step::Stable => self.take_offer(offer, io),
                Step::MakingOffer | Step::OfferSent => match self.side {
                    Negotiator::Offerer => {} // impolite: ours goes first, and restarts both directions anyway
                    Negotiator::Answerer => self.take_offer(offer, io),
                },
                Step::RollingBack | Step::TakingOffer | Step::TakingAnswer => {
                    self.negotiation.queued_offer = Some(offer);
                }
            },
            SignalBody::Answer(answer) => match step {
                Step::OfferSent => {
                    self.negotiation.step = Step::TakingAnswer;
                    self.negotiation.taking = Some(answer.clone());
                    io.order(Effect::TakeAnswer(self.key, answer));
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

    pub(super) fn offer_made(&mut self, offer: SessionDescription, io: &mut Io) -> Told {
        match self.negotiation.step {
            Step::MakingOffer => {}
            Step::RollingBack => {
                self.negotiation.step = Step::TakingOffer;
                return Told::Nothing;
            }
            Step::Fresh | Step::Stable | Step::OfferSent | Step::TakingOffer | Step::TakingAnswer => {
                return Told::Nothing; // not asked for
            }
        }
        self.negotiation.step = Step::OfferSent;
        if self.far.is_some() {
            self.send(SignalBody::Offer(offer), io);
            self.send_held_back(io);
            Told::Nothing
        } else {
            self.offer = Some(offer);
            Told::OfferReady
        }
    }

    pub(super) fn answer_made(&mut self, answer: SessionDescription, io: &mut Io) -> Told {
        match self.negotiation.step {
            Step::RollingBack | Step::TakingOffer => {}
            Step::Fresh | Step::Stable | Step::MakingOffer | Step::OfferSent | Step::TakingAnswer => {
                return Told::Nothing; // not asked for
            }
        }
        if self.negotiation.queued_offer.is_none() {
            self.send(SignalBody::Answer(answer), io);
        }
        self.settle(io);
        Told::Nothing
    }

    pub(super) fn answer_taken(&mut self, io: &mut Io) -> Told {
        if self.negotiation.step == Step::TakingAnswer {
            self.settle(io);
        }
        Told::Nothing
    }

    /// The browser refused the oldest order whose outcome is still out.
    pub(super) fn negotiation_failed(&mut self, fault: Fault, io: &mut Io) -> Told {
        if self.negotiation.step == Step::RollingBack {
            self.negotiation.step = Step::TakingOffer; // the own offer was void anyway
            return Told::Nothing;
        }
        self.negotiation.step = Step::Stable;
        self.negotiation.taken_offer = None;
        self.negotiation.taking = None;
        if let Some(offer) = self.negotiation.queued_offer.take() {
            self.take_offer(offer, io);
        }
        Told::NegotiationFailed(fault)
    }

    /// Both descriptions are set: early candidates are added and held-back ones go out, unless an offer is queued:
    /// then it is taken first, since the candidates that came after it belong to it.
    fn settle(&mut self, io: &mut Io) {
        self.negotiation.step = Step::Stable;
        self.negotiation.remote = self.negotiation.taking.take();
        if let Some(offer) = self.negotiation.queued_offer.take() {
            self.take_offer(offer, io);
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
        let remote = self.negotiation.remote.as_ref();
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
        if described && self.far.is_some() {
            for candidate in core::mem::take(&mut self.unsent) {
                self.send(SignalBody::IceCandidate(candidate), io);
            }
        }
    }
}
