//! Reliable signaling streams: numbers, acknowledges and resends signals and filters duplicates. One stream per
//! call, peer connection, sender device and receiver device. Numbers start at 1; acknowledgements are
//! cumulative. Never interprets a signal and never knows how it is transported.

use crate::key::Time;
use crate::timing;
use call_protocol::SignalBody;
use core::time::Duration;
use std::collections::VecDeque;

/// How far ahead of the next expected number a signal is kept. Beyond that it is dropped; its sender resends
/// it.
const WINDOW: u32 = 128;

/// After so many resends in a row without any acknowledgement the receiver counts as one that never
/// acknowledges.
const RESENDS_BEFORE_PLAIN: u32 = 5;

/// Signals sent and not yet acknowledged.
#[derive(Clone, Debug, Hash)]
pub(crate) struct Outgoing {
    next: u32,
    unacknowledged: VecDeque<(u32, SignalBody)>,
    wait: Duration,
    resend_at: Option<Time>,
    acknowledgements: Acknowledgements,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Acknowledgements {
    /// None yet, after so many resends.
    None {
        resends: u32,
    },
    Some,
}

impl Outgoing {
    pub(crate) fn new() -> Self {
        Self {
            next: 1,
            unacknowledged: VecDeque::new(),
            wait: timing::RESEND_FIRST,
            resend_at: None,
            acknowledgements: Acknowledgements::None { resends: 0 },
        }
    }

    /// Adds a signal to the stream and returns its number; the caller sends it now. Resets the resend interval,
    /// since the receiver can deliver the new signal only after all that it has missed.
    pub(crate) fn push(&mut self, body: SignalBody, now: Time) -> u32 {
        let seq = self.next;
        self.next += 1;
        self.unacknowledged.push_back((seq, body));
        self.wait = timing::RESEND_FIRST;
        let soon = now + self.wait;
        self.resend_at = Some(self.resend_at.map_or(soon, |at| at.min(soon)));
        seq
    }

    /// Everything up to `seq` has arrived.
    pub(crate) fn acknowledge(&mut self, seq: u32, now: Time) {
        self.acknowledgements = Acknowledgements::Some;
        let before = self.unacknowledged.len();
        while self.unacknowledged.front().is_some_and(|(first, _)| *first <= seq) {
            self.unacknowledged.pop_front();
        }
        if self.unacknowledged.is_empty() {
            self.resend_at = None;
        } else if self.unacknowledged.len() < before {
            self.wait = timing::RESEND_FIRST;
            self.resend_at = Some(now + self.wait);
        } else {
            // Only what arrives is acknowledged: the other side receives again, and misses the first of these.
            self.wait = timing::RESEND_FIRST;
            let soon = now + self.wait;
            self.resend_at = Some(self.resend_at.map_or(soon, |at| at.min(soon)));
        }
    }

    /// What has to be resent now; the next wait is twice as long.
    pub(crate) fn due(&mut self, now: Time) -> Vec<(u32, SignalBody)> {
        if self.resend_at.is_none_or(|at| now < at) {
            return Vec::new();
        }
        match &mut self.acknowledgements {
            Acknowledgements::None { resends } => *resends += 1,
            Acknowledgements::Some => {}
        }
        self.wait = (self.wait * 2).min(timing::RESEND_LONGEST);
        self.resend_at = Some(now + self.wait);
        self.unacknowledged.iter().cloned().collect()
    }

    /// The transport is open again: everything unacknowledged is due at once.
    pub(crate) fn resend_now(&mut self, now: Time) {
        if !self.unacknowledged.is_empty() {
            self.wait = timing::RESEND_FIRST / 2;
            self.resend_at = Some(now);
        }
    }

    /// Whether the receiver seems not to acknowledge at all: a plain client.
    pub(crate) fn is_never_acknowledged(&self) -> bool {
        match self.acknowledgements {
            Acknowledgements::None { resends } => resends >= RESENDS_BEFORE_PLAIN,
            Acknowledgements::Some => false,
        }
    }

    /// Stops resending; returns what was never acknowledged, in order.
    pub(crate) fn give_up(&mut self) -> Vec<SignalBody> {
        self.resend_at = None;
        self.unacknowledged.drain(..).map(|(_, body)| body).collect()
    }

    pub(crate) fn deadline(&self) -> Option<Time> {
        self.resend_at
    }

    /// Whether the other side has acknowledged the first signal, if there was any.
    pub(crate) fn is_acknowledged(&self) -> bool {
        self.unacknowledged.front().is_none_or(|(first, _)| *first > 1)
    }
}

/// Signals received: put in order, each delivered once.
#[derive(Clone, Debug, Hash)]
pub(crate) struct Incoming {
    next: u32,
    /// Received out of order, in order of arrival; a few at most.
    early: Vec<(u32, SignalBody)>,
}

impl Incoming {
    pub(crate) fn new() -> Self {
        Self { next: 1, early: Vec::new() }
    }

    /// Takes a numbered signal; returns those that can be delivered now, in order.
    pub(crate) fn take(&mut self, seq: u32, body: SignalBody) -> Vec<SignalBody> {
        if seq < self.next || seq - self.next >= WINDOW {
            return Vec::new();
        }
        if self.early.iter().all(|(early, _)| *early != seq) {
            self.early.push((seq, body));
        }
        let mut ready = Vec::new();
        while let Some(at) = self.early.iter().position(|(early, _)| *early == self.next) {
            let (_, body) = self.early.swap_remove(at);
            self.next += 1;
            ready.push(body);
        }
        ready
    }

    /// The number to acknowledge: everything up to it has arrived.
    pub(crate) fn arrived(&self) -> u32 {
        self.next - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use call_protocol::SessionDescription;

    fn signal(text: &str) -> SignalBody {
        SignalBody::Offer(SessionDescription { sdp: text.to_owned() })
    }

    #[test]
    fn signals_arrive_in_order_and_once_however_they_travel() {
        let mut incoming = Incoming::new();
        assert_eq!(incoming.take(2, signal("b")), vec![]);
        assert_eq!(incoming.arrived(), 0);
        assert_eq!(incoming.take(1, signal("a")), vec![signal("a"), signal("b")]);
        assert_eq!(incoming.take(1, signal("a")), vec![]);
        assert_eq!((incoming.arrived(), incoming.early.len()), (2, 0));
    }

    #[test]
    fn a_flood_of_numbers_far_ahead_costs_no_memory() {
        let mut incoming = Incoming::new();
        for seq in 200..10_000 {
            assert_eq!(incoming.take(seq, signal("x")), vec![]);
        }
        assert!(incoming.early.is_empty());
    }

    #[test]
    fn unacknowledged_signals_are_resent_after_half_a_second_then_less_and_less_often() {
        let mut outgoing = Outgoing::new();
        let mut now = Time(0);
        assert_eq!(outgoing.push(signal("a"), now), 1);
        let mut waits = Vec::new();
        for _ in 0..6 {
            let at = outgoing.deadline().unwrap();
            waits.push(at.since(now).as_millis());
            now = at;
            assert_eq!(outgoing.due(now).len(), 1);
        }
        assert_eq!(waits, [500, 1000, 2000, 4000, 5000, 5000]);
        outgoing.acknowledge(1, now);
        assert_eq!(outgoing.deadline(), None);
    }

    #[test]
    fn a_new_signal_brings_forward_what_was_lost_before_it() {
        let mut outgoing = Outgoing::new();
        outgoing.push(signal("a"), Time(0));
        for now in [500, 1500, 3500] {
            assert_eq!(outgoing.due(Time(now)).len(), 1);
        }
        outgoing.push(signal("b"), Time(4000));
        assert_eq!(outgoing.deadline(), Some(Time(4500)), "not only at 7500");
        assert_eq!(outgoing.due(Time(4500)), vec![(1, signal("a")), (2, signal("b"))]);
    }

    #[test]
    fn a_receiver_that_misses_the_first_signal_gets_it_soon() {
        let mut outgoing = Outgoing::new();
        for text in ["a", "b"] {
            outgoing.push(signal(text), Time(0));
        }
        for now in [500, 1500, 3500] {
            assert_eq!(outgoing.due(Time(now)).len(), 2);
        }
        outgoing.acknowledge(0, Time(3600)); // the second has arrived
        assert_eq!(outgoing.deadline(), Some(Time(4100)), "not only at 7500");
        outgoing.acknowledge(0, Time(3700));
        assert_eq!(outgoing.deadline(), Some(Time(4100)), "and not later for being said twice");
    }

    #[test]
    fn an_acknowledgement_covers_everything_before_it() {
        let mut outgoing = Outgoing::new();
        for text in ["a", "b", "c"] {
            outgoing.push(signal(text), Time(0));
        }
        outgoing.acknowledge(2, Time(0));
        assert_eq!(outgoing.due(Time(500)), vec![(3, signal("c"))]);
    }
}
