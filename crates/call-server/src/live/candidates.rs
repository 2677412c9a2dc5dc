//! Counts the candidates that each side of a call has sent.
//! Never looks into one.

use crate::model::Passed;
use call_protocol::{CallRole, SignalKind, limits};

/// How many candidates each side has sent since its newest description.
#[derive(Debug, Default)]
pub struct Candidates {
    caller: Count,
    callee: Count,
}

#[derive(Debug, Default)]
struct Count {
    generation: u32,
    last_seq: u32,
    sent: u32,
}

impl Candidates {
    /// Takes note of a signal, unless it is sent again; `false` for one candidate too many. A description begins anew: a
    /// restart of ICE brings candidates of its own, and a long call may see many.
    pub fn note(&mut self, role: CallRole, signal: &Passed<'_>) -> bool {
        let count = match role {
            CallRole::Caller => &mut self.caller,
            CallRole::Callee => &mut self.callee,
        };
        let generation = signal.peer_connection.unwrap_or(1);
        if generation > count.generation {
            *count = Count { generation, ..Count::default() };
        }
        match signal.seq {
            Some(seq) if seq <= count.last_seq => return true,
            Some(seq) => count.last_seq = seq,
            None => {}
        }
        match signal.body.kind {
            SignalKind::Offer | SignalKind::Answer => count.sent = 0,
            SignalKind::IceCandidate => count.sent = count.sent.saturating_add(1),
            SignalKind::Ack => {}
        }
        count.sent <= limits::CANDIDATES
    }
}
