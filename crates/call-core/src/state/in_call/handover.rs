//! A second connection beside the current one, from the moment at which the current one is lost until either carries
//! something: make before break. Whichever does is used, and the other is closed. Never ends a call, and never opens a
//! second connection to a client that would close the first one for it.
//!
//! Both sides may begin at once: of two offers the one with the higher number counts (`Context::replacing_peer`).
//!
//! The two sides must not keep different connections. The side that made the offer sends on the new one as soon as its
//! transport is up, and from then on does not go back to the old one while the new one may still be proved. So
//! whatever arrives on the new one, at either side, proves that it is the one to use.

use super::phase::{Phase, RestartTiming};
use super::{InCall, State};
use crate::connection::{Connection, ConnectionEvent, OfferDelivery};
use crate::context::Context;
use crate::current_connection::CurrentConnection;
use crate::effect::{Effect, Negotiator};
use crate::event::{Link, PeerEvent};
use crate::io::Io;
use crate::key::{NUMBERS_OF_A_PAGE, PeerKey, Time};
use crate::timing;
use call_protocol::{Signal, SignalKind};
use core::time::Duration;

/// A new try replaces one that has had this long to connect; by then its offer was lost, or its addresses are old.
const TRIED: Duration = Duration::from_secs(1);
/// The same if its transport is up, and only nothing has arrived yet.
const PROVED: Duration = Duration::from_secs(4);

#[derive(Clone, Debug, Hash)]
pub(super) struct Handover {
    fresh: Connection,
    since: Time,
    /// Closed then, unless it has carried something.
    until: Time,
    /// Its transport is up, and the own tracks are attached.
    up: bool,
}

impl Handover {
    fn new(mut fresh: Connection, current: Option<&Connection>, now: Time) -> Self {
        fresh.signal_over(current.filter(|current| current.has_channel()).map(|current| current.key));
        Self { fresh, since: now, until: now + timing::HANDOVER, up: false }
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.fresh
    }

    pub(super) fn deadline(&self) -> Time {
        self.fresh.deadline().map_or(self.until, |resend| resend.min(self.until))
    }

    pub(super) fn resend_now(&mut self, io: &mut Io) {
        self.fresh.resend_now(io);
    }

    pub(super) fn is_up(&self) -> bool {
        self.up
    }

    /// Whether the other side's page was replaced by one that has made this connection's offer.
    fn is_of_another_page_than(&self, current: Option<&Connection>) -> bool {
        let page = |connection: &Connection| connection.key.number / NUMBERS_OF_A_PAGE;
        self.fresh.side() == Negotiator::Answerer
            && current.is_none_or(|current| page(current) != page(&self.fresh))
    }
}

impl InCall {
    /// Whether the other side takes a second connection. Without it, restarting ICE is all that can be done.
    pub(super) fn can_hand_over(&self) -> bool {
        self.current.connection().is_some_and(|current| self.hands_over || current.hands_over)
    }

    /// Offers a connection beside the current one, unless one is being tried.
    pub(super) fn begin_handover(&mut self, cx: &mut Context) {
        if let Some(tried) = &mut self.handover {
            let patience = if tried.up { PROVED } else { TRIED };
            if cx.io.now.since(tried.since) < patience {
                tried.until = tried.since + timing::HANDOVER; // it is needed after all
                return;
            }
        }
        self.end_handover(cx);
        let key = cx.replacing_peer(self.attempt.epoch, self.current.newest(), self.role);
        self.current.reserve(key.number);
        let fresh = Connection::offer(key, self.current.ice_policy(), &mut cx.io);
        let mut handover = Handover::new(fresh, self.current.connection(), cx.io.now);
        handover.fresh.bind(self.remote.clone(), OfferDelivery::AsSignal, &mut cx.io);
        self.handover = Some(handover);
    }

    /// Closes the connection that was opened beside the current one.
    pub(super) fn end_handover(&mut self, cx: &mut Context) {
        if let Some(handover) = self.handover.take() {
            handover.fresh.close(&mut cx.io);
            self.current.is_up(); // tries follow each other by seconds: the other side may make others
        }
    }

    /// Takes a signal of the second connection, or one that opens it. Returns whether it was one.
    pub(super) fn handover_signal(&mut self, signal: &Signal, cx: &mut Context) -> bool {
        let Some(number) = signal.peer_connection else { return false };
        let is_offer = signal.kind() == SignalKind::Offer;
        if let Some(Handover { fresh, .. }) = &mut self.handover {
            if number == fresh.key.number {
                fresh.take_signal(signal, &mut cx.io);
                return true;
            }
            let current = self.current.connection().map_or(0, |current| current.key.number);
            if is_offer && (current + 1..fresh.key.number).contains(&number) {
                fresh.resend_now(&mut cx.io); // both sides offer at once, and this offer is the one that counts
                return true;
            }
        }
        let current = self.current.connection().map_or(0, |current| current.key.number);
        let is_lower = number > current && !self.current.is_newer(signal);
        if is_offer && is_lower && self.hands_over_with(signal) {
            // Higher numbers were used here for offers that the other side has never heard of: it is told by a new one.
            self.begin_handover(cx);
            return true;
        }
        // It may be of a page that was reloaded; the old connection is dead then, and nothing is lost by keeping it.
        if !is_offer || !self.current.is_newer(signal) || !self.can_hand_over() || self.phase.is_connecting()
        {
            return false;
        }
        if !self.current.may_open(&self.remote, signal) {
            return true;
        }
        if let Some(before) = self.handover.take() {
            before.fresh.close(&mut cx.io);
            if cx.io.now.since(before.since) >= TRIED {
                self.current.is_up(); // as slowly as that, the other side may make others
            }
        }
        let key = PeerKey { epoch: self.attempt.epoch, number };
        let fresh = self.current.open_beside(key, &self.remote, signal, &mut cx.io);
        self.handover = Some(Handover::new(fresh, self.current.connection(), cx.io.now));
        self.phase = self.phase.negotiated(cx.io.now, RestartTiming::of(Negotiator::Answerer));
        true
    }

    fn hands_over_with(&self, signal: &Signal) -> bool {
        self.can_hand_over()
            && !self.phase.is_connecting()
            && self.handover.is_none()
            && CurrentConnection::is_from(&self.remote, signal)
    }

    /// Whether an event concerns the second connection.
    pub(super) fn is_of_handover(&self, event: &PeerEvent) -> bool {
        self.handover.as_ref().is_some_and(|handover| handover.fresh.key == event.key())
    }

    pub(super) fn handover_event(mut self: Box<Self>, event: PeerEvent, cx: &mut Context) -> State {
        let Some(Handover { fresh, .. }) = &mut self.handover else { return State::InCall(self) };
        match fresh.handle(event, &mut cx.io) {
            ConnectionEvent::Link(Link::Connected) => {
                self.handover_is_up(cx);
                State::InCall(self)
            }
            ConnectionEvent::ChannelOpen => {
                self.handover_is_up(cx);
                if let Some(handover) = &self.handover {
                    self.introduce_over(&handover.fresh, cx);
                }
                State::InCall(self)
            }
            // The next try is due anyway.
            ConnectionEvent::Link(Link::Failed) | ConnectionEvent::NegotiationFailed(_) => {
                self.end_handover(cx);
                State::InCall(self)
            }
            ConnectionEvent::Message(message) => {
                self.take_over(cx);
                self.message(message, cx)
            }
            ConnectionEvent::MediaArrives => {
                self.take_over(cx);
                self.media_arrives(cx);
                State::InCall(self)
            }
            ConnectionEvent::Link(Link::Connecting | Link::Disconnected) // it has a deadline
            | ConnectionEvent::PacketsArrive // handshakes do not prove that the other side uses it
            | ConnectionEvent::FallsSilent // so does this
            | ConnectionEvent::OfferReady
            | ConnectionEvent::Nothing => State::InCall(self),
        }
    }

    /// Both connections send from now on, so that the other side hears by whichever works.
    fn handover_is_up(&mut self, cx: &mut Context) {
        let Some(handover) = &mut self.handover else { return };
        if !core::mem::replace(&mut handover.up, true) {
            // The other side may use it from now on.
            handover.until = handover.until.max(cx.io.now + PROVED);
            cx.order(Effect::ReplaceTracks(handover.fresh.key, self.media.live()));
        }
    }

    /// The second connection has carried something: it is the current one from now on.
    fn take_over(&mut self, cx: &mut Context) {
        self.handover_is_up(cx);
        let another_page = self.is_back_already();
        let Some(Handover { mut fresh, .. }) = self.handover.take() else { return };
        if let Some(before) = self.current.connection() {
            self.awaited |= before.awaits;
            self.hands_over = !another_page && (self.hands_over || before.hands_over);
        }
        fresh.signal_over(None);
        let link = fresh.link();
        self.current.adopt(fresh, &mut cx.io);
        self.phase = Phase::Up;
        if matches!(link, Link::Disconnected | Link::Failed) {
            self.link_changed(link, cx); // it was lost, too, meanwhile
        }
    }

    /// The current connection carries packets again. Nothing is hurried: if the second one comes up meanwhile, it is used.
    pub(super) fn handover_is_unneeded(&mut self, now: Time) {
        if let Some(handover) = &mut self.handover {
            let rest = match (handover.fresh.side(), handover.up) {
                (Negotiator::Offerer, false) => TRIED,
                (Negotiator::Offerer, true) | (Negotiator::Answerer, _) => timing::HANDOVER_UNNEEDED,
            };
            handover.until = handover.until.min(now + rest);
        }
    }

    pub(super) fn handover_timer(&mut self, cx: &mut Context) {
        let Some(handover) = &mut self.handover else { return };
        if cx.io.now >= handover.until {
            self.end_handover(cx);
        } else {
            handover.fresh.tick(&mut cx.io);
        }
    }

    /// Whether the news that the other side's page went away is older than the connection that its next page has made.
    pub(super) fn is_back_already(&self) -> bool {
        let current = self.current.connection();
        self.handover.as_ref().is_some_and(|handover| handover.is_of_another_page_than(current))
    }
}
