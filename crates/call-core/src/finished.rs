//! Calls that have ended, and calls that this device has left: neither rings or begins here again. Late rings,
//! replies and snapshots are checked against it. Bounded; looked up by id only.

use call_protocol::{Call, CallId};
use std::collections::VecDeque;

/// How many of each are remembered: far more than could still be reported late.
const REMEMBERED: usize = 32;

#[derive(Clone, Debug, Default, Hash)]
pub(crate) struct FinishedCalls {
    left: VecDeque<CallId>,
    over: VecDeque<Call>,
}

impl FinishedCalls {
    /// This device is done with the call, whatever happens to it elsewhere.
    pub(crate) fn add_left(&mut self, call_id: &CallId) {
        if !self.has_left(call_id) {
            push(&mut self.left, call_id.clone());
        }
    }

    /// The server reported that a call is over.
    pub(crate) fn add_ended(&mut self, call: &Call) {
        if !call.status.is_live() && self.ended(&call.id).is_none() {
            push(&mut self.over, call.clone());
        }
    }

    pub(crate) fn has_left(&self, call_id: &CallId) -> bool {
        self.left.contains(call_id)
    }

    /// How a call ended, if it did.
    pub(crate) fn ended(&self, call_id: &CallId) -> Option<&Call> {
        self.over.iter().find(|call| &call.id == call_id)
    }

    pub(crate) fn contains(&self, call_id: &CallId) -> bool {
        self.has_left(call_id) || self.ended(call_id).is_some()
    }
}

fn push<T>(memory: &mut VecDeque<T>, item: T) {
    if memory.len() == REMEMBERED {
        memory.pop_front();
    }
    memory.push_back(item);
}
