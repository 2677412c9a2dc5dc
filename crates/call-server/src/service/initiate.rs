//! Begins a call, or finds the one that it already is.
//! Never writes the offer anywhere but into memory.

use super::{
    Calls, denied,
    idempotency::{Key, once},
    nodes,
    publish::{learn, publish, publish_over},
};
use crate::{
    error::ApiError,
    ids,
    live::{Entry, Offer, Warmth},
    model::{Changed, Frame, Json},
    rates::Doing,
    store::{Begun, FirstReply, NewCall},
};
use call_protocol::{CallId, CallRole, DeviceId, InitiateCall, LiveCall, RingOffer, UserId, limits};
use call_rules::{Asker, Begin, CallRecord, Denial, InitiateFacts, Refusal, Seating, Situation};

/// The reply to a wish to call.
#[derive(Debug)]
pub enum Initiated {
    /// A new call rings.
    New(LiveCall<Json>),
    /// It is a call that existed: the asker's own, or the other person's, now answered.
    Known(LiveCall<Json>),
}

/// Places a call. With an idempotency key, once: a repetition gets the first reply again, with the call as it is by then.
///
/// # Errors
/// When the rules refuse, or the key came with another request before.
pub async fn initiate(
    calls: &Calls,
    asker: Asker,
    wanted: InitiateCall<Json>,
    key: Option<&Key>,
) -> Result<Initiated, ApiError> {
    calls
        .rates
        .allow(&asker.user, Doing::Calling)
        .map_err(|wait| denied(&asker, None, Refusal::TooManyCalls(wait).into()))?;
    let timings = &calls.config.timings;
    let key = key.map(|key| once(key, "calls", &(&asker.device, &wanted))).transpose()?;
    let new = NewCall {
        id: CallId(ids::fresh(calls.clock.now())),
        conversation: wanted.conversation_id,
        call_type: wanted.call_type,
        seating: seating(calls, &asker),
        asker,
        ring: timings.calls.ring,
        has_relay: calls.ice.has_relay(),
        once: key,
    };
    let elsewhere = nodes::members_elsewhere((calls.other_nodes(), &calls.store), &new.conversation).await?;
    let decide = |situation: &Situation| decide(calls, &new, situation, &elsewhere, wanted.offer);
    let begun = calls.store.begin_call(&new, &calls.clock, decide).await;
    let reply = match begun {
        Ok(begun) => tell(calls, &new, begun),
        Err(error) => Err(error.into()),
    };
    calls.live.lock().forget_draft(&new.id);
    reply
}

/// How a device takes a seat.
pub(super) fn seating(calls: &Calls, asker: &Asker) -> Seating {
    Seating {
        device: asker.device.clone(),
        label: calls.hub.label(&asker.user, &asker.device),
        leased: asker.is_leased(),
    }
}

/// From here on the device has to prove that it lives, whether or not its socket is open yet.
pub(super) fn take_seat(calls: &Calls, asker: &Asker) {
    if asker.is_leased() {
        calls.hub.remember(&asker.user, &asker.device, calls.clock.tick());
    }
}

fn decide(
    calls: &Calls,
    new: &NewCall,
    situation: &Situation,
    elsewhere: &[(UserId, DeviceId)],
    offer: Option<RingOffer<Json>>,
) -> Result<Begin, Denial> {
    let stands = |record| calls.lives().standing_now(record, elsewhere);
    let callee = &situation.callee.id;
    let people = (&situation.caller, &situation.callee);
    let unrung = CallRecord::unrung(&new.id, &new.conversation, new.call_type, people, situation.now);
    let newest_elsewhere = elsewhere.iter().find(|(user, _)| user == callee).map(|(_, device)| device);
    let facts = InitiateFacts {
        asker: &new.asker,
        callee,
        unrung: &unrung,
        calls_enabled: calls.config.calls_enabled,
        acquainted: situation.acquainted,
        callee_online: calls.hub.any_connected(callee) || newest_elsewhere.is_some(),
        blocks: situation.blocks,
        blocked: situation.blocked,
        unwanted: situation.unwanted,
        here: situation.here.as_ref().map(stands),
        caller_elsewhere: situation.caller_elsewhere.as_ref().map(stands),
        callee_elsewhere: situation.callee_elsewhere.as_ref().map(stands),
        lease: calls.config.timings.calls.lease,
        seat_lost: calls.config.timings.calls.seat_lost,
        media_proof: calls.config.timings.calls.media_proof,
        now: situation.now,
    };
    let begin = call_rules::initiate(&facts)?;
    if begin.reaches_the_callee() {
        let ring = calls.rates.ring(&new.asker.user, callee, &new.conversation);
        ring.map_err(Refusal::TooManyCalls)?;
    }
    if begin.takes_a_seat() {
        take_seat(calls, &new.asker);
    }
    // Before the commit: after it the other person may join at once, and needs the offer.
    if begin.rings() {
        let from_device = Some(new.asker.device.clone()).filter(|_| new.asker.is_leased());
        let offer = offer.map(|offer| RingOffer { from_device, ..offer });
        // A caller without a device id makes one offer, which is for the device that answers; so none is warmed.
        let mut warm = calls.hub.by_last_use(callee);
        let theirs = elsewhere.iter().filter(|(user, _)| user == callee).map(|(_, device)| device);
        let unknown: Vec<_> = theirs.filter(|device| !warm.contains(device)).cloned().collect();
        warm.extend(unknown);
        warm.truncate(if new.asker.is_leased() { limits::WARM_DEVICES } else { 0 });
        let mut warm = warm.into_iter();
        let warmth = Warmth { allowed: true, device: warm.next(), also: warm.collect(), offer };
        calls.live.lock().draft(new.id.clone(), warmth);
    }
    Ok(begin)
}

fn tell(calls: &Calls, new: &NewCall, begun: Begun) -> Result<Initiated, ApiError> {
    let asker = &new.asker;
    match begun {
        Begun::Stranger => Err(denied(asker, None, Refusal::NoConversation.into())),
        Begun::Denied(denial) => Err(denied(asker, None, denial)),
        Begun::Ringing { record, ended } => {
            for changed in ended {
                publish_over(calls, changed, Some(asker));
            }
            tracing::info!(
                call.id = %record.id,
                user.id = %asker.user,
                device.id = %asker.device,
                call.r#type = %record.call_type.as_str(),
                "call rings"
            );
            publish(calls, Changed { record, message: None });
            reply(calls, asker, &new.id).map(Initiated::New)
        }
        Begun::Joined(changed) => {
            calls.metrics.call_answered(&changed);
            let id = changed.record.id.clone();
            tracing::info!(call.id = %id, user.id = %asker.user, device.id = %asker.device, "call joined by calling back");
            publish(calls, changed);
            reply(calls, asker, &id).map(Initiated::Known)
        }
        Begun::Same(record) => {
            let id = record.id.clone();
            learn(calls, record);
            reply(calls, asker, &id).map(Initiated::Known)
        }
        Begun::Busy(changed) => Err(not_rung(calls, asker, changed, Refusal::Busy)),
        Begun::Silenced(changed) => Err(not_rung(calls, asker, changed, Refusal::Silenced)),
        Begun::Again(record, first) => again(calls, asker, record, first),
        Begun::KeyReused => Err(ApiError::KeyReused),
    }
}

/// Shows both people the message about a call that never rang.
fn not_rung(calls: &Calls, asker: &Asker, changed: Changed, refusal: Refusal) -> ApiError {
    let Changed { record, message } = changed;
    calls.metrics.call_over(&record);
    if let Some(message) = message {
        calls.tell(&[record.caller.id, record.callee.id], &Frame::Message { message: *message });
    }
    denied(asker, Some(&record.id), refusal.into())
}

/// What the first try was told, of the call as it is now.
fn again(calls: &Calls, asker: &Asker, record: CallRecord, first: FirstReply) -> Result<Initiated, ApiError> {
    let id = record.id.clone();
    tracing::info!(call.id = %id, user.id = %asker.user, device.id = %asker.device, "asked for again");
    // Another node may have changed it since; a call that ended long ago is not announced again.
    let current = calls.live.lock().get(&id).is_some();
    if current || record.status.is_live() {
        learn(calls, record.clone());
    }
    let reply = || {
        if calls.live.lock().get(&id).is_some() {
            return reply(calls, asker, &id);
        }
        let role = record.role_of(&asker.user).ok_or(ApiError::refused(Refusal::NoCall))?;
        Ok(Entry::past(record).seen_by(role, Offer::Withheld, calls.clock.now()))
    };
    match first {
        FirstReply::Rings => reply().map(Initiated::New),
        FirstReply::Known => reply().map(Initiated::Known),
        FirstReply::Busy => Err(denied(asker, Some(&id), Refusal::Busy.into())),
        FirstReply::Silenced => Err(denied(asker, Some(&id), Refusal::Silenced.into())),
    }
}

/// The call as it is now, which may be newer than what the asker's own transaction saw; with the offer for the one who
/// joins.
fn reply(calls: &Calls, asker: &Asker, id: &CallId) -> Result<LiveCall<Json>, ApiError> {
    let book = calls.live.lock();
    let entry = book.get(id).ok_or_else(|| ApiError::Internal("the call is not current".to_owned()))?;
    let role = entry.record.role_of(&asker.user).ok_or(ApiError::refused(Refusal::NoCall))?;
    let offer = match role {
        CallRole::Caller => Offer::Withheld,
        CallRole::Callee => entry.offer_for(&asker.device),
    };
    Ok(entry.seen_by(role, offer, calls.clock.now()))
}
