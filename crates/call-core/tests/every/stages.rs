//! Every stage that a call can reach on a device, each with the events that lead there.

use crate::kit::solo::{FIRST, Solo, media_key, peer_key, sends, text};
use call_core::{
    AnswerWith, Link, MediaError, MediaEvent, PeerEvent, PeerMessage, ReplyEvent, RequestError, SlotState,
    Slots, SocketEvent, UserEvent,
};
use call_protocol::{CallRole, CallStatus, DeviceId, UserId};

pub(super) struct Stage {
    pub(super) name: &'static str,
    pub(super) reach: fn(&mut Solo),
    /// The current attempt's number.
    pub(super) epoch: u32,
}

const fn stage(name: &'static str, reach: fn(&mut Solo)) -> Stage {
    Stage { name, reach, epoch: 1 }
}

pub(super) const STAGES: [Stage; 36] = [
    Stage { name: "idle", reach: |_| {}, epoch: 0 },
    stage("calling, the browser asks", Solo::calling),
    stage("calling, the offer is being created", |solo| {
        solo.calling();
        solo.media(MediaEvent::Ready(media_key(1, 1)));
    }),
    stage("placing", Solo::placing),
    stage("placing, to be retried", |solo| {
        solo.placing();
        solo.reply(ReplyEvent::Initiated(FIRST, Err(RequestError::Unreachable)));
    }),
    stage("ringing out, no warm device", |solo| {
        solo.placing();
        let mut live = solo.live("x", CallRole::Caller, CallStatus::Ringing);
        live.warm_device = None;
        solo.reply(ReplyEvent::Initiated(FIRST, Ok(Box::new(live))));
    }),
    stage("ringing out", Solo::ringing_out),
    stage("ringing out, warm", Solo::warm_out),
    stage("ringing out, two devices", Solo::two_devices_out),
    stage("ringing out, answered there", Solo::answered_there),
    stage("ringing out, callee offline", |solo| {
        solo.ringing_out();
        solo.socket(SocketEvent::Presence { user_id: UserId::new("bob"), online: false });
    }),
    stage("ringing in, another device is warm", |solo| {
        let mut live = solo.live("x", CallRole::Callee, CallStatus::Ringing);
        live.warm_device = Some(DeviceId::new("watch"));
        solo.socket(SocketEvent::Ringing(Box::new(live)));
    }),
    stage("ringing in", Solo::ringing_in),
    stage("ringing in, warm", Solo::warm_in),
    stage("ringing in, without a microphone", |solo| {
        solo.warm_in();
        solo.press(UserEvent::Answer(AnswerWith::VoiceOnly));
        solo.media(MediaEvent::Failed(media_key(1, 1), MediaError::Denied));
    }),
    stage("answering, the browser asks", Solo::answering),
    stage("answering, the server is asked", Solo::asking_for_the_seat),
    stage("answering, both are asked", |solo| {
        solo.grant();
        solo.answering();
    }),
    stage("answering, to be retried", |solo| {
        solo.asking_for_the_seat();
        solo.reply(ReplyEvent::Answered(FIRST, Err(RequestError::Unreachable)));
    }),
    stage("in call as caller, connecting", |solo| {
        solo.ringing_out();
        let mut live = solo.live("x", CallRole::Caller, CallStatus::Active);
        live.warm_device = None;
        solo.socket(SocketEvent::Answered(Box::new(live)));
    }),
    stage("in call as caller", Solo::in_call_as_caller),
    stage("in call as callee", Solo::in_call_as_callee),
    stage("in call as callee, no offer yet", |solo| {
        let mut live = solo.live("x", CallRole::Callee, CallStatus::Ringing);
        (live.warm_device, live.offer) = (None, None);
        solo.socket(SocketEvent::Ringing(Box::new(live)));
        solo.press(UserEvent::Answer(AnswerWith::Everything));
        solo.media(MediaEvent::Ready(media_key(1, 1)));
        let live = solo.live("x", CallRole::Callee, CallStatus::Active);
        solo.reply(ReplyEvent::Answered(FIRST, Ok(Box::new(live))));
    }),
    Stage {
        name: "in call by glare",
        reach: |solo| {
            solo.placing();
            let live = solo.live("x", CallRole::Callee, CallStatus::Active);
            solo.reply(ReplyEvent::Initiated(FIRST, Ok(Box::new(live))));
            solo.peer(PeerEvent::AnswerCreated(peer_key(2, 1), text("answer 1")));
            solo.peer(PeerEvent::Link(peer_key(2, 1), Link::Connected));
        },
        epoch: 2,
    },
    stage("in call, disconnected", |solo| {
        solo.in_call_as_caller();
        solo.bytes(1, 1000);
        solo.peer(PeerEvent::Link(peer_key(1, 1), Link::Disconnected));
    }),
    stage("in call, a screen is requested", |solo| {
        solo.in_call_as_caller();
        let screens = Slots::from_fn(|_| SlotState::Off);
        solo.peer(PeerEvent::Message(peer_key(1, 1), PeerMessage::Media(screens)));
        solo.press(UserEvent::ToggleScreen);
    }),
    stage("in call, a screen is shared", |solo| {
        solo.in_call_as_caller();
        let screens = Slots::from_fn(|_| SlotState::Off);
        solo.peer(PeerEvent::Message(peer_key(1, 1), PeerMessage::Media(screens)));
        solo.press(UserEvent::ToggleScreen);
        solo.media(MediaEvent::Ready(media_key(1, 2)));
    }),
    stage("in call, silent", |solo| {
        solo.in_call_as_caller();
        solo.peer(PeerEvent::Message(peer_key(1, 1), sends(SlotState::On, SlotState::On)));
        solo.falls_silent(1);
    }),
    stage("in call, a second connection is offered", |solo| {
        solo.in_call_as_caller();
        for message in [sends(SlotState::On, SlotState::On), PeerMessage::HandsOver] {
            solo.peer(PeerEvent::Message(peer_key(1, 1), message));
        }
        solo.falls_silent(1);
    }),
    stage("in call, a second connection is up", |solo| {
        solo.in_call_as_caller();
        for message in [sends(SlotState::On, SlotState::On), PeerMessage::HandsOver] {
            solo.peer(PeerEvent::Message(peer_key(1, 1), message));
        }
        solo.falls_silent(1);
        solo.peer(PeerEvent::OfferCreated(peer_key(1, 2), text("offer 2")));
        solo.peer(PeerEvent::Link(peer_key(1, 2), Link::Connected));
        solo.peer(PeerEvent::ChannelOpen(peer_key(1, 2)));
    }),
    stage("in call, restarting", |solo| {
        solo.in_call_as_caller();
        solo.peer(PeerEvent::Link(peer_key(1, 1), Link::Failed));
        solo.peer(PeerEvent::OfferCreated(peer_key(1, 1), text("restart 1")));
    }),
    stage("in call, the other side is away", |solo| {
        solo.in_call_as_caller();
        solo.bytes(1, 1000);
        solo.peer(PeerEvent::Message(peer_key(1, 1), PeerMessage::Away));
    }),
    stage("in call, they wait for pages", |solo| {
        solo.in_call_as_caller();
        solo.peer(PeerEvent::Message(peer_key(1, 1), PeerMessage::Awaits));
    }),
    Stage { name: "reloaded", reach: Solo::reloaded, epoch: 0 },
    stage("in call as callee, reloaded", |solo| {
        solo.reloaded();
        solo.welcome(vec![solo.live("x", CallRole::Callee, CallStatus::Active)]);
    }),
    stage("the card", |solo| {
        solo.in_call_as_caller();
        solo.press(UserEvent::HangUp);
    }),
];
