//! Requests to decline or end a call that the server has not confirmed yet; they outlive the call. Never
//! changes what the person sees: on this device the call is over when such a request is sent.

use crate::effect::Effect;
use crate::event::RequestError;
use crate::key::Time;
use crate::timing;
use call_protocol::{Call, CallId, EndCall, EndReason};
use core::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum EndRequest {
    Decline,
    End(EndCall),
}

impl EndRequest {
    /// Sent because a person ended the call.
    pub(crate) const END: Self = Self::End(EndCall { reason: None, talked: false });

    /// Sent by the machine on its own, before the two had talked.
    pub(crate) const fn end_for(reason: EndReason) -> Self {
        Self::End(EndCall { reason: Some(reason), talked: false })
    }
}

#[derive(Clone, Debug, Hash)]
struct Pending {
    call_id: CallId,
    request: EndRequest,
    tries: u32,
    /// `None` while a reply is pending.
    retry_at: Option<Time>,
}

#[derive(Clone, Debug, Default, Hash)]
pub(crate) struct EndRequests(Vec<Pending>);

impl EndRequests {
    /// Sends it now, and again until the server has replied.
    pub(crate) fn send(&mut self, call_id: CallId, request: EndRequest) -> Effect {
        self.0.retain(|pending| pending.call_id != call_id);
        let effect = order(&call_id, request);
        self.0.push(Pending { call_id, request, tries: 1, retry_at: None });
        effect
    }

    pub(crate) fn contains(&self, call_id: &CallId) -> bool {
        self.0.iter().any(|pending| &pending.call_id == call_id)
    }

    /// The server replied, with success or a refusal: nothing needs to be repeated.
    pub(crate) fn confirmed(&mut self, call_id: &CallId) {
        self.0.retain(|pending| &pending.call_id != call_id);
    }

    /// No usable reply arrived.
    pub(crate) fn unanswered(&mut self, call_id: &CallId, now: Time) {
        self.0.retain(|pending| &pending.call_id != call_id || pending.tries < timing::END_REQUEST_TRIES);
        for pending in self.0.iter_mut().filter(|pending| &pending.call_id == call_id) {
            let wait = Duration::from_secs(1 << pending.tries.min(6)) / 2;
            pending.retry_at = Some(now + wait.min(timing::END_REQUEST_LONGEST));
        }
    }

    /// The server is reachable again: everything pending is due at once.
    pub(crate) fn resend_now(&mut self, now: Time) {
        for pending in self.0.iter_mut().filter(|pending| pending.retry_at.is_some()) {
            pending.retry_at = Some(now);
        }
    }

    pub(crate) fn due(&mut self, now: Time) -> Vec<Effect> {
        let due = self.0.iter_mut().filter(|pending| pending.retry_at.is_some_and(|at| at <= now));
        due.map(|pending| {
            pending.tries += 1;
            pending.retry_at = None;
            order(&pending.call_id, pending.request)
        })
        .collect()
    }

    pub(crate) fn deadline(&self) -> Option<Time> {
        self.0.iter().filter_map(|pending| pending.retry_at).min()
    }
}

/// Whether a reply settles the matter. A refusal does too, unless the server could not process the request.
pub(crate) fn is_settled(reply: &Result<Call, RequestError>) -> bool {
    reply.as_ref().err().is_none_or(|error| !error.is_passing())
}

fn order(call_id: &CallId, request: EndRequest) -> Effect {
    match request {
        EndRequest::Decline => Effect::Decline(call_id.clone()),
        EndRequest::End(body) => Effect::End(call_id.clone(), body),
    }
}
