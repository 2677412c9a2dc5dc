//! The server of a world: people, their calls, and whom a signal is for. Believes everybody, and refuses only calls to
//! people who are not there or in a call; the real rules are the server's own.

use super::{LATENCY, World};
use crate::platform::{Platform, Signaling};
use call_core::RequestError;
use call_protocol::{
    Call, CallId, CallRole, CallStatus, ClientFrame, DeviceId, EndCall, ErrorBody, ErrorCode, IceServer,
    InitiateCall, LiveCall, RingOffer, Seat, ServerFrame, Signal, Timestamp, User, UserId,
};
use core::future::Future;

/// Devices, calls, and frames on their way.
#[derive(Default)]
pub(super) struct Server {
    devices: Vec<(UserId, DeviceId)>,
    calls: Vec<Row>,
    frames: Vec<(DeviceId, ServerFrame)>,
}

struct Row {
    call: Call,
    callee: UserId,
    seats: Vec<Seat>,
    offer: Option<RingOffer>,
}

impl Row {
    fn is_of(&self, user: &UserId) -> bool {
        self.call.initiator_id == *user || self.callee == *user
    }

    fn other(&self, user: &UserId) -> &UserId {
        if self.call.initiator_id == *user { &self.callee } else { &self.call.initiator_id }
    }

    fn sit(&mut self, user: &UserId, device: &DeviceId) {
        let (user_id, device_id) = (user.clone(), Some(device.clone()));
        self.seats.push(Seat { user_id, device_id, device_label: None, reliable: true });
    }
}

impl Server {
    pub(super) fn connect(&mut self, user: &UserId, device: &DeviceId) {
        self.devices.push((user.clone(), device.clone()));
    }

    pub(super) fn take_frames(&mut self) -> Vec<(DeviceId, ServerFrame)> {
        core::mem::take(&mut self.frames)
    }

    fn initiate(
        &mut self,
        (user, device): (&UserId, &DeviceId),
        body: InitiateCall,
    ) -> Result<LiveCall, RequestError> {
        let InitiateCall { conversation_id, call_type, offer } = body;
        let people = conversation_id.as_str().split('+').map(UserId::new);
        let callee = people.into_iter().find(|member| member != user);
        let callee = callee.ok_or_else(|| refused(ErrorCode::ConversationNotFound))?;
        let is_busy = |row: &Row| row.call.status.is_live() && (row.is_of(user) || row.is_of(&callee));
        if self.calls.iter().any(is_busy) {
            return Err(refused(ErrorCode::Busy));
        }
        let warm = self.devices_of(&callee).first().cloned();
        warm.ok_or_else(|| refused(ErrorCode::PeerOffline))?;
        let now = Timestamp(String::new());
        let call = Call {
            id: CallId(format!("call-{}", self.calls.len() + 1)),
            conversation_id,
            initiator_id: user.clone(),
            call_type,
            status: CallStatus::Ringing,
            started_at: None,
            ended_at: None,
            error_reason: None,
            created_at: now.clone(),
            updated_at: now,
            duration_seconds: None,
        };
        let offer = offer.map(|offer| RingOffer { from_device: Some(device.clone()), ..offer });
        let mut row = Row { call, callee, seats: Vec::new(), offer };
        row.sit(user, device);
        self.calls.push(row);
        let at = self.calls.len() - 1;
        let callee = self.calls[at].callee.clone();
        let ring = ServerFrame::CallRinging(self.live(at, &callee));
        self.tell(&callee, &ring);
        Ok(self.live(at, user))
    }

    fn answer(&mut self, user: &UserId, device: &DeviceId, id: &CallId) -> Result<LiveCall, RequestError> {
        let at = self.find(id, CallStatus::Ringing)?;
        let row = &mut self.calls[at];
        row.call.status = CallStatus::Active;
        row.sit(user, device);
        for person in [row.other(user).clone(), user.clone()] {
            let answered = ServerFrame::CallAnswered(self.live(at, &person));
            self.tell(&person, &answered);
        }
        Ok(self.live(at, user))
    }

    fn close(
        &mut self,
        user: &UserId,
        id: &CallId,
        EndCall { reason, .. }: EndCall,
    ) -> Result<Call, RequestError> {
        let open = self.find(id, CallStatus::Ringing).or_else(|_| self.find(id, CallStatus::Active));
        let row = &mut self.calls[open?];
        row.call.status = match row.call.status {
            CallStatus::Ringing if row.callee == *user => CallStatus::Declined,
            CallStatus::Ringing => CallStatus::Missed,
            CallStatus::Active
            | CallStatus::Ended
            | CallStatus::Declined
            | CallStatus::Missed
            | CallStatus::Failed => CallStatus::Ended,
        };
        row.call.error_reason = reason;
        let (call, people) = (row.call.clone(), [row.other(user).clone(), user.clone()]);
        for person in people {
            let over = ServerFrame::CallEnded { call: call.clone() };
            self.tell(&person, &over);
        }
        Ok(call)
    }

    fn signal(&mut self, (user, device): (&UserId, &DeviceId), id: &CallId, mut signal: Signal) {
        let Some(row) = self.calls.iter().find(|row| row.call.id == *id && row.is_of(user)) else { return };
        let to = row.other(user).clone();
        signal.from_device = Some(device.clone());
        let addressed = signal.to_device.clone();
        let frame = ServerFrame::Signal {
            call_id: id.clone(),
            sender_id: user.clone(),
            recipient_id: Some(to.clone()),
            timestamp: None,
            signal_data: signal,
        };
        let devices = self.devices_of(&to).into_iter();
        let hear = devices.filter(|device| addressed.as_ref().is_none_or(|only| only == device));
        self.frames.extend(hear.map(|device| (device, frame.clone())));
    }

    fn find(&self, id: &CallId, status: CallStatus) -> Result<usize, RequestError> {
        let fits = |row: &Row| row.call.id == *id && row.call.status == status;
        self.calls.iter().position(fits).ok_or_else(|| refused(ErrorCode::WrongState))
    }

    fn live(&self, at: usize, user: &UserId) -> LiveCall {
        let row = &self.calls[at];
        let role = if row.callee == *user { CallRole::Callee } else { CallRole::Caller };
        let peer = row.other(user).as_str();
        LiveCall {
            call: row.call.clone(),
            peer: User {
                id: UserId::new(peer),
                username: peer.to_owned(),
                display_name: peer.to_owned(),
                display_picture_url: None,
            },
            role,
            seats: row.seats.clone(),
            warm_device: self.devices_of(&row.callee).first().cloned(),
            offer: row.offer.clone().filter(|_| role == CallRole::Callee),
            ring_ms_left: Some(45_000),
            also_warm: Vec::new(),
            relay_only: false,
        }
    }

    fn devices_of(&self, user: &UserId) -> Vec<DeviceId> {
        let theirs = self.devices.iter().filter(|(of, _)| of == user);
        theirs.map(|(_, device)| device.clone()).collect()
    }

    fn tell(&mut self, user: &UserId, frame: &ServerFrame) {
        let devices = self.devices_of(user).into_iter();
        self.frames.extend(devices.map(|device| (device, frame.clone())));
    }
}

fn refused(code: ErrorCode) -> RequestError {
    let message = format!("{code:?}");
    RequestError::Refused(Box::new(ErrorBody { code, message, call: None, retry_after: None }))
}

/// A device's connection to the server of its world.
#[derive(Clone)]
pub struct Line {
    world: World,
    user: UserId,
    device: DeviceId,
}

impl Line {
    pub(super) fn new(world: World, user: &UserId, device: &DeviceId) -> Self {
        Self { world, user: user.clone(), device: device.clone() }
    }

    /// Asks the server; request and reply travel.
    fn ask<T: 'static>(
        &self,
        act: impl FnOnce(&mut Server, &UserId, &DeviceId) -> T + 'static,
    ) -> impl Future<Output = T> + 'static {
        let Self { world, user, device } = self.clone();
        async move {
            world.sleep(LATENCY).await;
            let reply = act(&mut world.0.server.borrow_mut(), &user, &device);
            world.deliver();
            world.sleep(LATENCY).await;
            reply
        }
    }
}

impl Signaling for Line {
    fn device(&self) -> Option<DeviceId> {
        Some(self.device.clone())
    }

    fn page(&self) -> u32 {
        0
    }

    fn default_ice_servers(&self) -> Vec<IceServer> {
        Vec::new()
    }

    fn send(&self, frame: &ClientFrame) {
        if let ClientFrame::Signal { call_id, signal_data } = frame.clone() {
            let Self { world, user, device } = self.clone();
            self.world.later(LATENCY, move || {
                world.0.server.borrow_mut().signal((&user, &device), &call_id, signal_data);
                world.deliver();
            });
        }
    }

    fn doubt(&self) {} // this network never fails

    fn initiate(
        &self,
        body: InitiateCall,
        _key: String,
    ) -> impl Future<Output = Result<LiveCall, RequestError>> + 'static {
        self.ask(move |server, user, device| server.initiate((user, device), body))
    }

    fn answer(&self, call: CallId) -> impl Future<Output = Result<LiveCall, RequestError>> + 'static {
        self.ask(move |server, user, device| server.answer(user, device, &call))
    }

    fn decline(&self, call: CallId) -> impl Future<Output = Result<Call, RequestError>> + 'static {
        self.ask(move |server, user, _| server.close(user, &call, EndCall::default()))
    }

    fn end(&self, call: CallId, body: EndCall) -> impl Future<Output = Result<Call, RequestError>> + 'static {
        self.ask(move |server, user, _| server.close(user, &call, body))
    }
}
