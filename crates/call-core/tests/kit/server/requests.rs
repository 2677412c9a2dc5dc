//! The four requests, decided by the rules that the real server uses: gathers the facts, and stores what was
//! decided.

use super::{Answered, Row, Server, WarmUp, moment, refused, wire};
use crate::kit::people;
use call_core::{RequestError, Time};
use call_protocol::{
    Call, CallId, CallRole, CallType, ConversationId, DeviceId, EndCall, ErrorCode, RingOffer, UserId, limits,
};
use call_rules::{Asker, Begin, CallRecord, Denial, InitiateFacts, Refusal, Step};

fn denied(denial: Denial) -> RequestError {
    let call = denial.call.map(|record| wire(&record));
    refused(denial.refusal.code(), call.as_ref())
}

impl Server {
    pub(crate) fn initiate(
        &mut self,
        (user, device): (&UserId, &DeviceId),
        conversation: &ConversationId,
        call_type: CallType,
        offer: RingOffer,
        now: Time,
    ) -> Answered {
        let asker = Asker { user: user.clone(), device: device.clone() };
        let callee = people::other(conversation, user);
        let here = self.live_row(|record| record.conversation_id == *conversation);
        let elsewhere = |who: &UserId| {
            self.live_row(|record| record.conversation_id != *conversation && record.role_of(who).is_some())
        };
        let caller_elsewhere = elsewhere(user);
        let callee_elsewhere = elsewhere(&callee).filter(|_| !self.call_waiting);
        let stands = |at: Option<usize>| at.map(|at| self.standing(at, now));
        let unrung = self.unrung(user, (conversation, &callee), call_type, now);
        let begin = call_rules::initiate(&InitiateFacts {
            asker: &asker,
            callee: &callee,
            unrung: &unrung,
            calls_enabled: true,
            acquainted: true,
            callee_online: self.newest_device(&callee).is_some(),
            blocks: false,
            blocked: false,
            unwanted: false,
            here: stands(here),
            caller_elsewhere: stands(caller_elsewhere),
            callee_elsewhere: stands(callee_elsewhere),
            lease: self.timings.lease,
            seat_lost: self.timings.seat_lost,
            media_proof: self.timings.media_proof,
            now: moment(now),
        });
        match (begin.map_err(denied)?, here) {
            (Begin::Ring { end_first }, _) => {
                for ending in end_first {
                    let at = self
                        .find(user, &ending.metadata.call_id)
                        .or_else(|_| self.find(&callee, &ending.metadata.call_id))?;
                    if self.rows[at].record.status.is_live() {
                        self.take(at, &Step::End(Box::new(ending)), now);
                    }
                }
                Ok(self.ring((user, device), (conversation, &callee), call_type, offer, now))
            }
            (Begin::Join, Some(at)) => {
                self.take(at, &Step::Answer(super::seating(device)), now);
                Ok(self.live(&self.rows[at], user, now))
            }
            (Begin::Same, Some(at)) => Ok(self.live(&self.rows[at], user, now)),
            (Begin::Busy(ending), _) => {
                let record = unrung.ended(&ending, moment(now));
                self.rows.push(Row { record, endings: 1, warm: None, also_warm: Vec::new(), offer: None });
                Err(refused(ErrorCode::Busy, None))
            }
            (Begin::Silenced(_) | Begin::Join | Begin::Same, _) => unreachable!("nobody here is a stranger"),
        }
    }

    fn unrung(
        &self,
        user: &UserId,
        (conversation, callee): (&ConversationId, &UserId),
        call_type: CallType,
        now: Time,
    ) -> CallRecord {
        let id = CallId(format!("call {}", self.rows.len() + 1));
        let people = (&people::user(user.as_str()), &people::user(callee.as_str()));
        CallRecord::unrung(&id, conversation, call_type, people, moment(now))
    }

    fn ring(
        &mut self,
        (user, device): (&UserId, &DeviceId),
        (conversation, callee): (&ConversationId, &UserId),
        call_type: CallType,
        offer: RingOffer,
        now: Time,
    ) -> call_protocol::LiveCall {
        let record = self.unrung(user, (conversation, callee), call_type, now);
        let record = record.ringing(&super::seating(device), Default::default(), self.timings.ring);
        let mut warm = match self.warm_up {
            WarmUp::LastUsed => self.newest_devices(callee),
            WarmUp::Nobody => Vec::new(),
        };
        warm.truncate(limits::WARM_DEVICES);
        let mut warm = warm.into_iter();
        let (warm, also_warm) = (warm.next(), warm.collect());
        let offer = RingOffer { from_device: Some(device.clone()), ..offer };
        let offer = Some(offer).filter(|_| self.warm_up == WarmUp::LastUsed);
        self.rows.push(Row { record, endings: 0, warm, also_warm, offer });
        let at = self.rows.len() - 1;
        self.announce(at, call_rules::news(None, &self.rows[at].record), now);
        self.live(&self.rows[at], user, now)
    }

    pub(crate) fn answer(&mut self, user: &UserId, device: &DeviceId, id: &CallId, now: Time) -> Answered {
        self.decide(user, device, id, now, |record, asker| {
            call_rules::answer(record, asker, super::seating(device))
        })?;
        let at = self.find(user, id)?;
        Ok(self.live(&self.rows[at], user, now))
    }

    pub(crate) fn decline(
        &mut self,
        user: &UserId,
        device: &DeviceId,
        id: &CallId,
        now: Time,
    ) -> Result<Call, RequestError> {
        self.decide(user, device, id, now, |record, asker| call_rules::decline(record, asker, moment(now)))
    }

    pub(crate) fn end(
        &mut self,
        user: &UserId,
        device: &DeviceId,
        id: &CallId,
        EndCall { reason, talked }: EndCall,
        now: Time,
    ) -> Result<Call, RequestError> {
        if talked {
            self.media_flows(user, device, id, now);
        }
        self.decide(user, device, id, now, |record, asker| {
            call_rules::end((record, super::CONNECTION), asker, reason, moment(now))
        })
    }

    /// Applies the step that the rules allow, and returns the call after it.
    pub(super) fn decide(
        &mut self,
        user: &UserId,
        device: &DeviceId,
        id: &CallId,
        now: Time,
        decide: impl Fn(&CallRecord, &Asker) -> Result<Step, Denial>,
    ) -> Result<Call, RequestError> {
        let at = self.find(user, id)?;
        let asker = Asker { user: user.clone(), device: device.clone() };
        let step = decide(&self.rows[at].record, &asker).map_err(denied)?;
        if step != Step::Stay {
            self.take(at, &step, now);
        }
        Ok(wire(&self.rows[at].record))
    }

    fn live_row(&self, so: impl Fn(&CallRecord) -> bool) -> Option<usize> {
        self.rows.iter().position(|row| row.record.status.is_live() && so(&row.record))
    }

    /// What the server knows of a device from its socket alone: an open socket proves that it is alive.
    fn life(&self, record: &CallRecord, role: CallRole, now: Time) -> Option<call_rules::Life> {
        let device = record.seat(role)?.device.as_ref()?;
        let lost = match self.devices.get(device) {
            Some(known) => known.lost_at,
            None => Some((Time(0), call_rules::Manner::Lost)),
        };
        let silent = lost.map_or(core::time::Duration::ZERO, |(at, _)| now.since(at));
        Some(call_rules::Life {
            connected: lost.is_none(),
            silent,
            last_proof: Some(moment(now).minus(silent)),
            parted: lost.map(|(_, manner)| call_rules::Parted { manner, ago: silent }),
            media: None,
        })
    }

    pub(super) fn standing(&self, at: usize, now: Time) -> call_rules::Standing<'_> {
        let record = &self.rows[at].record;
        call_rules::Standing {
            record,
            caller: self.life(record, CallRole::Caller, now),
            callee: self.life(record, CallRole::Callee, now),
            connection: super::CONNECTION,
        }
    }

    pub(super) fn find(&self, user: &UserId, id: &CallId) -> Result<usize, RequestError> {
        let mine = |row: &Row| row.record.id == *id && row.record.role_of(user).is_some();
        self.rows.iter().position(mine).ok_or_else(|| denied(Refusal::NoCall.into()))
    }
}
