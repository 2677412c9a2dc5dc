//! The four requests and their rules: who may do what to which call, and what becomes of it.

use super::{Answered, Row, Server, Warming, refused};
use crate::kit::people;
use call_core::{RequestError, SocketEvent, Time};
use call_protocol::{
    Call, CallId, CallRole, CallStatus, CallType, ConversationId, DeviceId, EndCall, EndReason, ErrorCode,
    RingOffer, Timestamp, UserId,
};

impl Server {
    pub(crate) fn initiate(
        &mut self,
        (user, device): (&UserId, &DeviceId),
        conversation: &ConversationId,
        call_type: CallType,
        offer: RingOffer,
        now: Time,
    ) -> Answered {
        let open = |row: &Row| row.call.status.is_live();
        let here = self.rows.iter().position(|row| open(row) && row.call.conversation_id == *conversation);
        if let Some(at) = here {
            let row = &self.rows[at];
            let mine = row.call.initiator_id == *user;
            if row.sits(user, device) {
                return Ok(self.live(row, user, now));
            }
            if mine || row.call.status == CallStatus::Active {
                return Err(refused(ErrorCode::AlreadyInCall, Some(&row.call)));
            }
            return self.seat(at, user, device, now);
        }
        let callee = people::other(conversation, user);
        let busy = |who: &UserId| self.rows.iter().any(|row| open(row) && row.seat(who).is_some());
        if busy(user) {
            return Err(refused(ErrorCode::AlreadyInCall, None));
        }
        if self.newest_device(&callee).is_none() {
            return Err(refused(ErrorCode::PeerOffline, None));
        }
        if busy(&callee) {
            return Err(refused(ErrorCode::Busy, None));
        }
        let warm = match self.warming {
            Warming::LastUsed => self.newest_device(&callee),
            Warming::Nobody => None,
        };
        let mut row = Row {
            call: Call {
                id: CallId(format!("call {}", self.rows.len() + 1)),
                conversation_id: conversation.clone(),
                initiator_id: user.clone(),
                call_type,
                status: CallStatus::Ringing,
                started_at: None,
                ended_at: None,
                error_reason: None,
                created_at: Timestamp(String::new()),
                updated_at: Timestamp(String::new()),
                duration_seconds: None,
            },
            callee: callee.clone(),
            seats: Vec::new(),
            warm,
            offer: Some(RingOffer { from_device: Some(device.clone()), ..offer })
                .filter(|_| self.warming == Warming::LastUsed),
            rings_until: now + self.ring_time,
            over_at: None,
        };
        row.take_seat(user, device);
        self.rows.push(row);
        let row = &self.rows[self.rows.len() - 1];
        let rung = SocketEvent::Ringing(Box::new(self.live(row, &callee, now)));
        let reply = self.live(row, user, now);
        self.tell(&callee, &rung);
        Ok(reply)
    }

    pub(crate) fn answer(&mut self, user: &UserId, device: &DeviceId, id: &CallId, now: Time) -> Answered {
        let at = self.find(user, id)?;
        let row = &self.rows[at];
        match (row.call.status, row.role(user)) {
            (CallStatus::Ringing, Some(CallRole::Callee)) => {
                let open = |row: &Row| row.call.status.is_live();
                if self.rows.iter().any(|row| open(row) && row.seat(user).is_some()) {
                    return Err(refused(ErrorCode::AlreadyInCall, None));
                }
                self.seat(at, user, device, now)
            }
            (CallStatus::Active, _) if row.sits(user, device) => Ok(self.live(row, user, now)),
            (CallStatus::Active, _) => Err(refused(ErrorCode::AnsweredElsewhere, Some(&row.call))),
            _ => Err(refused(ErrorCode::WrongState, Some(&row.call))),
        }
    }

    pub(crate) fn decline(
        &mut self,
        user: &UserId,
        device: &DeviceId,
        id: &CallId,
        now: Time,
    ) -> Result<Call, RequestError> {
        let at = self.find(user, id)?;
        let row = &self.rows[at];
        match (row.call.status, row.role(user)) {
            (CallStatus::Ringing, Some(CallRole::Callee)) => {
                Ok(self.close(at, CallStatus::Declined, None, now))
            }
            (CallStatus::Active, _) if !row.sits(user, device) => {
                Err(refused(ErrorCode::AnsweredElsewhere, Some(&row.call)))
            }
            _ => Err(refused(ErrorCode::WrongState, Some(&row.call))),
        }
    }

    pub(crate) fn end(
        &mut self,
        user: &UserId,
        device: &DeviceId,
        id: &CallId,
        EndCall { reason, talked }: EndCall,
        now: Time,
    ) -> Result<Call, RequestError> {
        let at = self.find(user, id)?;
        let row = &self.rows[at];
        if row.seat(user).is_some() && !row.sits(user, device) {
            return Err(refused(ErrorCode::AnsweredElsewhere, Some(&row.call)));
        }
        if talked {
            self.media_flows(user, device, id);
        }
        let row = &self.rows[at];
        match (row.call.status, row.role(user)) {
            (CallStatus::Ringing, Some(CallRole::Caller)) => {
                Ok(self.close(at, CallStatus::Missed, reason.or(Some(EndReason::Cancelled)), now))
            }
            (CallStatus::Ringing, Some(CallRole::Callee)) => {
                Ok(self.close(at, CallStatus::Declined, None, now))
            }
            (CallStatus::Active, _) => {
                let left = reason == Some(EndReason::Left) && row.call.started_at.is_some();
                let status = if reason.is_some() && !left { CallStatus::Failed } else { CallStatus::Ended };
                Ok(self.close(at, status, reason, now))
            }
            _ => Err(refused(ErrorCode::WrongState, Some(&row.call))),
        }
    }
}
