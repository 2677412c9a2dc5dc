//! Calls that are over, and calls that this device has left: neither ever begins or rings here again.
//! Late rings, replies and snapshots are recognised by it. Bounded; never asked about anything but ids.

use call_protocol::{Call, CallId};
use std::collections::VecDeque;

/// How many of each are remembered; far more than can still be told late.
const REMEMBERED: usize = 32;

#[derive(Debug, Default)]
pub(crate) struct FinishedCalls {
    left: VecDeque<CallId>,
    over: VecDeque<Call>,
}

impl FinishedCalls {
    /// This device is done with a call, whatever becomes of it elsewhere.
    pub(crate) fn leave(&mut self, call_id: &CallId) {
        if !self.has_left(call_id) {
            push(&mut self.left, call_id.clone());
        }
    }

    /// The server says that a call is over.
    pub(crate) fn end(&mut self, call: &Call) {
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

    pub(crate) fn has(&self, call_id: &CallId) -> bool {
        self.has_left(call_id) || self.ended(call_id).is_some()
    }
}

fn push<T>(memory: &mut VecDeque<T>, item: T) {
    if memory.len() == REMEMBERED {
        memory.pop_front();
    }
    memory.push_back(item);
}
