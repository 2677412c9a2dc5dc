//! The rules that the mutation check removes, one at a time. Each names a piece of source that is there exactly once,
//! and what stands in its place when the rule is removed. Knows nothing about how they are applied.

/// A rule of the machine or of the server.
pub(super) struct Mutation {
    /// What people could no longer rely on.
    pub(super) rule: &'static str,
    /// The file, below `crates`.
    pub(super) file: &'static str,
    /// The expression that holds the rule.
    pub(super) held: &'static str,
    /// The expression without it.
    pub(super) removed: &'static str,
}

const fn rule(rule: &'static str, file: &'static str, held: &'static str, removed: &'static str) -> Mutation {
    Mutation { rule, file, held, removed }
}

pub(super) const MUTATIONS: &[Mutation] = &[
    // The caller
    rule(
        "only the word of this connection's other end about this call counts as an answer",
        "call-core/src/state/ringing_out.rs",
        "call_id == self.call_id && number == key.number",
        "true",
    ),
    rule(
        "a device that says it has answered is believed once",
        "call-core/src/state/ringing_out.rs",
        "meant && self.answered_there == AnsweredThere::Unsaid",
        "meant",
    ),
    rule(
        "what was attached without the server's word is taken back after a while",
        "call-core/src/state/ringing_out.rs",
        "matches!(self.answered_there, AnsweredThere::Until(_, at) if cx.io.now >= at)",
        "false",
    ),
    rule(
        "a device that comes back while it rings gets a new offer",
        "call-core/src/state/ringing_out.rs",
        "self.warm.first.remote_device() == Some(&device)",
        "false",
    ),
    rule(
        "the other device gets a connection of its own when it answers",
        "call-core/src/state/ringing_out.rs",
        "self.warm.first.remote_device() == remote.device.as_ref() && self.warm.first.is_bound()",
        "self.connection.is_bound()",
    ),
    rule(
        "a caller whose call was taken over by another device leaves it",
        "call-core/src/state/ringing_out.rs",
        "live.seat_of(&cx.me).filter(|seat| !seat.is_of(&cx.io.device))",
        "live.seat_of(&cx.me).filter(|_| false)",
    ),
    rule(
        "nothing is placed before there is a microphone",
        "call-core/src/state/initiating.rs",
        "let Some(error) = self.media.error(Slot::Microphone)",
        "let Some(error) = self.media.error(Slot::Microphone).filter(|_| false)",
    ),
    rule(
        "a call that was left is not taken for the next one",
        "call-core/src/state/initiating.rs",
        "if cx.finished.has_left(&live.call.id)",
        "if cx.finished.has_left(&live.call.id) && !MUTATED",
    ),
    rule(
        "a request that did not arrive is sent again",
        "call-core/src/state/initiating.rs",
        "tries.unanswered >= timing::INITIATE_TRIES",
        "true",
    ),
    // The callee
    rule(
        "a device that was not chosen does not connect while it rings",
        "call-core/src/state/ringing_in.rs",
        "first || live.also_warm.contains(&cx.io.device)",
        "true",
    ),
    rule(
        "a device that was not chosen takes no offer while it rings",
        "call-core/src/state/ringing_in.rs",
        "self.warm_up == WarmUp::Chosen && signal.is_from_reliable_sender()",
        "true",
    ),
    rule(
        "the seat is asked for only with a microphone, unless it is granted",
        "call-core/src/state/answering.rs",
        "!self.media.is_ready()",
        "false",
    ),
    rule(
        "a device without a seat takes its answer back",
        "call-core/src/state/answering.rs",
        "connection.message(PeerMessage::HangUp, &mut cx.io);",
        "if !MUTATED { connection.message(PeerMessage::HangUp, &mut cx.io); }",
    ),
    rule(
        "a request for the seat that failed is repeated",
        "call-core/src/state/answering.rs",
        "&& cx.io.now >= at",
        "&& cx.io.now >= at && !MUTATED",
    ),
    // Both
    rule(
        "a seat that this device does not hold is left",
        "call-core/src/machine.rs",
        "held || being_placed || self.cx.end_requests.contains(call_id)",
        "true",
    ),
    rule(
        "a call that is over does not ring again",
        "call-core/src/waiting.rs",
        "!finished.contains(&waiting.live.call.id)",
        "true",
    ),
    rule(
        "an end that did not reach the server is repeated",
        "call-core/src/end_requests.rs",
        "pending.tries < timing::END_REQUEST_TRIES",
        "false",
    ),
    rule(
        "tracks that come too late are released",
        "call-core/src/media/mod.rs",
        "if !self.uses(key) {",
        "if !MUTATED && !self.uses(key) {",
    ),
    rule(
        "without a camera the voice is asked for alone",
        "call-core/src/media/mod.rs",
        "waits[Slot::Microphone] && wanted == Some(MediaRequest::MicrophoneAndCamera)",
        "false",
    ),
    rule(
        "a camera switched off goes dark",
        "call-core/src/media/mod.rs",
        "Track::Live(key) => {\n                io.order(Effect::StopTrack(key, Slot::Camera));\n                self.stop(Slot::Camera, Track::Off, io);",
        "Track::Live(key) => {\n                if !MUTATED { io.order(Effect::StopTrack(key, Slot::Camera)); }\n                self.stop(Slot::Camera, Track::Off, io);",
    ),
    rule(
        "a call that does not connect is given up",
        "call-core/src/state/in_call/phase.rs",
        "Self::Connecting { until: now + timing::CONNECT }",
        "Self::Connecting { until: now + timing::CONNECT * 1000 }",
    ),
    rule(
        "a page that never comes back is not waited for forever",
        "call-core/src/state/in_call/phase.rs",
        "Self::Away { since: now, until: now + timing::RETURN }",
        "Self::Away { since: now, until: now + timing::RETURN * 1000 }",
    ),
    rule(
        "the server's word that nobody lives does not end a call in which media flows",
        "call-core/src/state/in_call/server.rs",
        "nobody_decided && self.media_flows(cx.io.now)",
        "false",
    ),
    rule(
        "a call that moved to another device ends on this one",
        "call-core/src/state/in_call/server.rs",
        "Some(seat) if !seat.is_of(&cx.io.device) => {",
        "Some(seat) if !MUTATED && !seat.is_of(&cx.io.device) => {",
    ),
    // Signals and negotiation
    rule(
        "a signal from a device that was not chosen is ignored",
        "call-core/src/connection/signals.rs",
        "&& ours != theirs",
        "&& ours != theirs && !MUTATED",
    ),
    rule(
        "a hidden address stays hidden",
        "call-core/src/connection/mod.rs",
        "hidden::candidate(candidate)",
        "Some(candidate)",
    ),
    rule(
        "what is not acknowledged is sent again",
        "call-core/src/stream.rs",
        "self.resend_at.is_none_or(|at| now < at)",
        "true",
    ),
    rule(
        "what arrives twice counts once",
        "call-core/src/stream.rs",
        "seq < self.next || seq - self.next >= WINDOW",
        "seq.saturating_sub(self.next) >= WINDOW",
    ),
    rule(
        "what overtakes waits for what was sent before",
        "call-core/src/stream.rs",
        "self.early.iter().position(|(early, _)| *early == self.next)",
        "self.early.iter().position(|(early, _)| *early >= self.next)",
    ),
    rule(
        "of two offers that meet, the offerer's wins",
        "call-core/src/connection/negotiation.rs",
        "Negotiator::Offerer => {} // impolite",
        "Negotiator::Offerer => if MUTATED { self.set_remote_offer(offer, io) }, // impolite",
    ),
    rule(
        "candidates wait for the description that they belong to",
        "call-core/src/connection/negotiation.rs",
        "if step == Step::Stable {",
        "if step == Step::Stable || MUTATED {",
    ),
    rule(
        "candidates of another description are dropped",
        "call-core/src/connection/negotiation.rs",
        "remote.has_username_fragment(fragment)",
        "true",
    ),
    rule(
        "own candidates are sent after their description",
        "call-core/src/connection/negotiation.rs",
        "described && self.remote.is_some()",
        "self.remote.is_some()",
    ),
    rule(
        "an older connection never replaces a newer one",
        "call-core/src/current_connection.rs",
        "key.number <= self.newest || self.remaining == 0",
        "self.remaining == 0",
    ),
    rule(
        "one ring opens only a few connections",
        "call-core/src/current_connection.rs",
        "self.remaining -= 1",
        "self.remaining = self.remaining.max(1)",
    ),
    rule(
        "only the device with the seat opens connections",
        "call-core/src/current_connection.rs",
        "(Some(remote), Some(from)) => remote == from,",
        "(Some(remote), Some(from)) => remote == from || MUTATED,",
    ),
    rule(
        "somebody who announced that nothing is sent is not silent",
        "call-core/src/connection/silence.rs",
        "self.sends_nothing_since.is_none_or(|said| now.since(said) >= timing::TRAILING)",
        "true",
    ),
    rule(
        "a paused page does not take its pause for silence",
        "call-core/src/connection/silence.rs",
        "gap.min(timing::COUNTING_GAP)",
        "gap",
    ),
    // The server
    rule(
        "only the first device that answers gets the seat",
        "call-rules/src/answer.rs",
        "winner == Some(&asker.device)",
        "winner.is_some()",
    ),
    rule(
        "a device without the seat cannot end an answered call",
        "call-rules/src/end.rs",
        "record.status.is_live() && !rings_at_them && !holds_seat(record, role, asker)",
        "false",
    ),
    rule(
        "a call that is over cannot be ended again",
        "call-rules/src/transition.rs",
        "Step::Stay => self.clone(),",
        "Step::Stay => if MUTATED { self.next() } else { self.clone() },",
    ),
    rule(
        "only the chosen device signals while it rings",
        "call-rules/src/signal.rs",
        "!is_warm(facts)",
        "false",
    ),
    rule(
        "a signal reaches only the device with the seat",
        "call-rules/src/signal.rs",
        "(Some(named), Some(seated)) if named != seated => Route::Nobody,",
        "(Some(named), Some(seated)) if named != seated && !MUTATED => Route::Nobody,",
    ),
    rule(
        "a ring ends",
        "call-rules/src/sweep.rs",
        "record.ring_deadline.filter(|deadline| *deadline <= now)",
        "record.ring_deadline.filter(|_| false)",
    ),
    rule(
        "a call whose page left ends",
        "call-rules/src/sweep.rs",
        "let Some(at) = left_at(standing, now, timings)",
        "let Some(at) = left_at(standing, now, timings).filter(|_| !MUTATED)",
    ),
    rule(
        "whoever is in a call is busy",
        "call-rules/src/initiate.rs",
        "let Some(elsewhere) = &facts.callee_elsewhere",
        "let Some(elsewhere) = facts.callee_elsewhere.as_ref().filter(|_| !MUTATED)",
    ),
    rule("the clock starts once", "call-rules/src/media.rs", "record.started_at.is_none()", "true"),
];
