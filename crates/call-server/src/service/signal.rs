//! Passes signals on between the two sides of a call.
//! Never reads, stores or resends them: streams are reliable end to end.

use super::{Calls, denied, nodes};
use crate::{
    error::ApiError,
    hub::Sent,
    live::Entry,
    model::{Passed, PassedSignal},
    timestamp,
};
use call_protocol::{CallId, CallRole, CallStatus, DeviceId, RingOffer, SignalKind, UserId, limits};
use call_rules::{Asker, CallRecord, Denial, Refusal, Route, SignalFacts, other};
use std::{slice, sync::Arc, time::Duration};

/// When the sender may try again after the receiver's queue was full.
const RECEIVER_READS: Duration = Duration::from_secs(1);

/// Passes a signal on.
///
/// # Errors
/// When the rules refuse.
pub async fn signal(
    calls: &Calls,
    asker: &Asker,
    id: &CallId,
    mut signal: Passed<'_>,
) -> Result<(), ApiError> {
    calls.rates.signal(&asker.user, signal.body.data.get().len())?;
    signal.from_device = Some(asker.device.clone()).filter(|_| asker.is_leased());
    if signal.body.data.get().len() > limits::SIGNAL_BYTES {
        return Err(ApiError::TooLarge(limits::SIGNAL_BYTES));
    }
    let kind = signal.body.kind;
    let mut passed = try_to_pass(calls, asker, id, &signal);
    if !matches!(passed, Some(Ok(_))) && Box::pin(nodes::reread(calls, id)).await? {
        passed = try_to_pass(calls, asker, id, &signal);
    }
    match passed {
        Some(Ok(Sent::NoRoom)) => Err(ApiError::TooOften(RECEIVER_READS)),
        Some(Ok(Sent::There | Sent::Nowhere)) => {
            calls.metrics.signal(kind);
            Ok(())
        }
        Some(Err(denial)) => Err(denied(asker, Some(id), denial)),
        // Boxed: otherwise every socket's future would have room for what seldom happens.
        None => Err(denied(asker, Some(id), Box::pin(no_longer_current(calls, asker, id)).await?)),
    }
}

fn try_to_pass(
    calls: &Calls,
    asker: &Asker,
    id: &CallId,
    signal: &Passed<'_>,
) -> Option<Result<Sent, Denial>> {
    let mut book = calls.live.lock();
    book.get_mut(id).map(|entry| pass_on(calls, entry, asker, signal))
}

fn pass_on(calls: &Calls, entry: &mut Entry, asker: &Asker, signal: &Passed<'_>) -> Result<Sent, Denial> {
    let record = Arc::clone(&entry.record);
    let role = record.role_of(&asker.user).ok_or(Refusal::NoCall)?;
    let receiver = &record.peer(role).id;
    let named = signal.to_device.as_ref();
    let facts = SignalFacts {
        record: &record,
        asker,
        may_warm: entry.may_warm(),
        warm_device: entry.warm_device(),
        also_warm: entry.also_warm(),
        to_device: named
            .filter(|device| sits(&record, other(role), device) || may_exist(calls, receiver, device)),
    };
    let route = call_rules::signal(&facts)?;
    let ringing = record.status == CallStatus::Ringing;
    if ringing && role == CallRole::Caller && signal.body.kind == SignalKind::Offer && !entry.note_offer() {
        return Err(Refusal::TooManyOffers.into());
    }
    if !entry.candidates.note(role, signal) {
        return Err(Refusal::TooManyCandidates.into());
    }
    tracing::trace!(call.id = %record.id, user.id = %asker.user, signal = ?signal, ?route, "signal");
    let call_id = &record.id;
    let is_kept = match &route {
        Route::To(device) => !entry.also_warm().contains(device),
        Route::ToAll => true,
        Route::Nobody => false,
    };
    if ringing && role == CallRole::Caller && signal.body.kind == SignalKind::Offer && is_kept {
        keep_offer(entry, signal, &route);
        if let Some(nodes) = calls.other_nodes() {
            nodes.warmth_changed(&[asker.user.clone(), receiver.clone()], call_id, &entry.warmth);
        }
    }
    if signal.body.kind == SignalKind::Answer
        && entry.note_negotiated()
        && let Some(nodes) = calls.other_nodes()
    {
        nodes.negotiated(&[asker.user.clone(), receiver.clone()], call_id);
    }
    let frame = PassedSignal {
        call_id,
        sender_id: &asker.user,
        recipient_id: receiver,
        timestamp: timestamp::format(calls.clock.now()),
        signal_data: signal,
    };
    Ok(match route {
        Route::To(device) => calls.tell_device(receiver, &device, &frame),
        Route::ToAll => {
            calls.tell(slice::from_ref(receiver), &frame);
            Sent::There
        }
        Route::Nobody => Sent::Nowhere,
    })
}

/// Whether a device is the one in a seat.
fn sits(record: &CallRecord, role: CallRole, device: &DeviceId) -> bool {
    record.seat(role).is_some_and(|seat| seat.device.as_ref() == Some(device))
}

/// Whether somebody has such a device, as far as this node can know.
fn may_exist(calls: &Calls, user: &UserId, device: &DeviceId) -> bool {
    calls.other_nodes().is_some() || calls.hub.knows(user, device)
}

/// The newest offer is the one that devices which begin to ring later are given, and its receiver the one that may
/// answer it; but those that are made to further warm devices are theirs alone.
fn keep_offer(entry: &mut Entry, signal: &Passed<'_>, route: &Route) {
    entry.warmth.offer = Some(RingOffer {
        peer_connection: signal.peer_connection.unwrap_or(1),
        from_device: signal.from_device.clone(),
        data: signal.body.data.to_owned(),
    });
    match route {
        Route::To(device) => entry.warmth.device = Some(device.clone()),
        Route::ToAll | Route::Nobody => {}
    }
}

/// Why a call that is not in memory cannot be signalled in.
async fn no_longer_current(calls: &Calls, asker: &Asker, id: &CallId) -> Result<Denial, ApiError> {
    let record = calls.store.call(id).await?;
    let own = record.filter(|record| record.role_of(&asker.user).is_some());
    Ok(own.map_or(Refusal::NoCall.into(), |record| Denial::with(Refusal::WrongState, &record)))
}
