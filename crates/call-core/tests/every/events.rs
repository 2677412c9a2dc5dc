//! Every possible event, with keys and ids of the current call and of ones that are over.

use crate::kit::people;
use crate::kit::solo::{Solo, answered, media_key, peer_key, sends, text};
use call_core::{
    AnswerWith, Epoch, Event, Fault, Link, MediaError, MediaEvent, Party, PeerEvent, PeerMessage, Rejoin,
    ReplyEvent, RequestError, Slot, SlotState, Slots, SocketEvent, UserEvent,
};
use call_protocol::{
    Call, CallId, CallRole, CallStatus, CallType, DeviceId, EndReason, ErrorBody, ErrorCode, IceCandidate,
    LiveCall, SignalBody, UserId,
};

pub(super) type Named = (String, Event);

/// All events; `epoch` is the current attempt's number.
pub(super) fn all(solo: &Solo, epoch: u32) -> Vec<Named> {
    let mut events = vec![("time: timer".to_owned(), Event::Timer)];
    events.extend(people_say());
    events.extend(replies(solo, epoch));
    events.extend(snapshots(solo));
    events.extend(frames(solo));
    events.extend(signals(solo));
    for (whose, epoch, number) in
        [("", epoch, 1), ("stale ", epoch.wrapping_sub(1), 1), ("unknown ", epoch, 77)]
    {
        events.extend(peers(whose, epoch, number));
    }
    // After glare a call still uses the media keys of its first attempt.
    let media_epoch = if epoch == 2 { 1 } else { epoch };
    events.extend(media("", media_epoch, 1));
    events.extend(media("stale ", media_epoch, 90));
    events
}

fn named(whose: &str, name: &str, event: Event) -> Named {
    (format!("{whose}{name}"), event)
}

fn people_say() -> Vec<Named> {
    let call = |who: &str| UserEvent::Call {
        conversation_id: people::conversation("ada", who),
        peer: people::user(who),
        call_type: CallType::Video,
    };
    let said = [
        ("call", call("bob")),
        ("call somebody else", call("eve")),
        ("answer", UserEvent::Answer(AnswerWith::Everything)),
        ("answer by voice", UserEvent::Answer(AnswerWith::VoiceOnly)),
        ("decline", UserEvent::Decline),
        ("hang up", UserEvent::HangUp),
        ("mute", UserEvent::ToggleMute),
        ("camera", UserEvent::ToggleCamera),
        ("screen", UserEvent::ToggleScreen),
        ("retry", UserEvent::RetryMedia),
        ("dismiss", UserEvent::Dismiss),
        ("leave the page", UserEvent::Leave),
        ("close or reload the page", UserEvent::Unload),
        ("return to the page", returned(None)),
        ("return to the call", returned(Some(rejoin()))),
    ];
    said.into_iter().map(|(name, event)| named("person: ", name, Event::User(event))).collect()
}

fn returned(rejoin: Option<Rejoin>) -> UserEvent {
    UserEvent::Returned { party: Box::new(party()), seconds: Some(5), rejoin }
}

/// The previous page was sending everything that a video call sends.
fn rejoin() -> Rejoin {
    Rejoin { requested_type: CallType::Video, connection: 1, muted: false, camera: true }
}

/// A call that was left by closing the page before this one.
fn party() -> Party {
    Party {
        peer: people::user("bob"),
        conversation_id: people::conversation("ada", "bob"),
        call_type: CallType::Video,
        call_id: Some(CallId::new("z")),
    }
}

fn live(solo: &Solo, id: &str, role: CallRole, status: CallStatus) -> Box<LiveCall> {
    Box::new(solo.live(id, role, status))
}

/// Answered by another device of Ada.
fn elsewhere(solo: &Solo) -> Box<LiveCall> {
    let mut live = live(solo, "x", CallRole::Callee, CallStatus::Active);
    live.seats = vec![solo.seat("bob", "phone"), solo.seat("ada", "watch")];
    live
}

fn refused(call: Option<Call>) -> RequestError {
    let (code, message) = (ErrorCode::WrongState, String::new());
    RequestError::Refused(Box::new(ErrorBody { code, message, call, retry_after: None }))
}

fn replies(solo: &Solo, epoch: u32) -> Vec<Named> {
    let (now, gone) = (Epoch(epoch), Epoch(55));
    let caller = |id: &str, status| live(solo, id, CallRole::Caller, status);
    let callee = |id: &str, status| live(solo, id, CallRole::Callee, status);
    let over = || solo.over("x", CallRole::Caller, CallStatus::Ended, None);
    let said = [
        ("initiated, ringing", ReplyEvent::Initiated(now, Ok(caller("x", CallStatus::Ringing)))),
        ("initiated, active", ReplyEvent::Initiated(now, Ok(caller("x", CallStatus::Active)))),
        ("initiated, over", ReplyEvent::Initiated(now, Ok(caller("x", CallStatus::Missed)))),
        ("initiated, glare", ReplyEvent::Initiated(now, Ok(callee("x", CallStatus::Active)))),
        ("initiated, another call", ReplyEvent::Initiated(now, Ok(caller("y", CallStatus::Ringing)))),
        ("initiated, unreachable", ReplyEvent::Initiated(now, Err(RequestError::Unreachable))),
        ("initiated, refused", ReplyEvent::Initiated(now, Err(refused(None)))),
        ("stale initiated", ReplyEvent::Initiated(gone, Ok(caller("y", CallStatus::Ringing)))),
        ("stale initiated, the same call", ReplyEvent::Initiated(gone, Ok(caller("x", CallStatus::Ringing)))),
        ("stale initiated, unreachable", ReplyEvent::Initiated(gone, Err(RequestError::Unreachable))),
        ("answered", ReplyEvent::Answered(now, Ok(callee("x", CallStatus::Active)))),
        ("answered, unreachable", ReplyEvent::Answered(now, Err(RequestError::Unreachable))),
        ("answered, refused", ReplyEvent::Answered(now, Err(refused(Some(over()))))),
        ("stale answered", ReplyEvent::Answered(gone, Ok(callee("y", CallStatus::Active)))),
        ("stale answered, refused", ReplyEvent::Answered(gone, Err(refused(None)))),
        ("ended", ReplyEvent::Ended(CallId::new("x"), Ok(over()))),
        ("ended, unreachable", ReplyEvent::Ended(CallId::new("x"), Err(RequestError::Unreachable))),
        ("ended, refused", ReplyEvent::Ended(CallId::new("x"), Err(refused(None)))),
        ("stale ended", ReplyEvent::Ended(CallId::new("y"), Err(RequestError::Unreachable))),
    ];
    said.into_iter().map(|(name, event)| named("reply: ", name, Event::Reply(event))).collect()
}

fn snapshots(solo: &Solo) -> Vec<Named> {
    let one = |live: Box<LiveCall>| (vec![*live], vec![]);
    let said = [
        ("empty", (vec![], vec![])),
        ("ringing out", one(live(solo, "x", CallRole::Caller, CallStatus::Ringing))),
        ("ringing in", one(live(solo, "x", CallRole::Callee, CallStatus::Ringing))),
        ("active as caller", one(live(solo, "x", CallRole::Caller, CallStatus::Active))),
        ("active as callee", one(live(solo, "x", CallRole::Callee, CallStatus::Active))),
        ("active elsewhere", one(elsewhere(solo))),
        ("another ring", one(live(solo, "y", CallRole::Callee, CallStatus::Ringing))),
        ("another call", one(live(solo, "y", CallRole::Callee, CallStatus::Active))),
        ("ended", (vec![], vec![solo.over("x", CallRole::Caller, CallStatus::Ended, None)])),
        (
            "lease expired",
            (
                vec![],
                vec![solo.over("x", CallRole::Caller, CallStatus::Ended, Some(EndReason::LeaseExpired))],
            ),
        ),
    ];
    let welcome = |(live_calls, ended_calls)| Event::Socket(SocketEvent::Welcome { live_calls, ended_calls });
    said.into_iter().map(|(name, calls)| named("snapshot: ", name, welcome(calls))).collect()
}

fn frames(solo: &Solo) -> Vec<Named> {
    let over = |id: &str, status, reason| SocketEvent::Ended(solo.over(id, CallRole::Caller, status, reason));
    let rings = |id: &str, device: &str, offer_known| SocketEvent::DeviceRinging {
        call_id: CallId::new(id),
        device_id: DeviceId::new(device),
        offer_known,
        also_warm: false,
    };
    let presence = |who: &str, online| SocketEvent::Presence { user_id: UserId::new(who), online };
    let said = [
        ("lost", SocketEvent::Lost),
        ("ringing", SocketEvent::Ringing(live(solo, "x", CallRole::Callee, CallStatus::Ringing))),
        (
            "ringing, another call",
            SocketEvent::Ringing(live(solo, "y", CallRole::Callee, CallStatus::Ringing)),
        ),
        (
            "ringing, as the caller",
            SocketEvent::Ringing(live(solo, "y", CallRole::Caller, CallStatus::Ringing)),
        ),
        ("answered, as caller", SocketEvent::Answered(live(solo, "x", CallRole::Caller, CallStatus::Active))),
        ("answered, as callee", SocketEvent::Answered(live(solo, "x", CallRole::Callee, CallStatus::Active))),
        ("answered elsewhere", SocketEvent::Answered(elsewhere(solo))),
        (
            "answered, another call",
            SocketEvent::Answered(live(solo, "y", CallRole::Caller, CallStatus::Active)),
        ),
        ("declined", over("x", CallStatus::Declined, None)),
        ("missed", over("x", CallStatus::Missed, Some(EndReason::Cancelled))),
        ("ended", over("x", CallStatus::Ended, None)),
        ("failed", over("x", CallStatus::Failed, Some(EndReason::ConnectTimeout))),
        ("lease expired", over("x", CallStatus::Ended, Some(EndReason::LeaseExpired))),
        ("another call ended", over("y", CallStatus::Ended, None)),
        ("device ringing, offer known", rings("x", "tablet", true)),
        ("device ringing, offer unknown", rings("x", "tablet", false)),
        ("device ringing, the warm one", rings("x", "phone", true)),
        (
            "device ringing, another warm one",
            SocketEvent::DeviceRinging {
                call_id: CallId::new("x"),
                device_id: DeviceId::new("watch"),
                offer_known: true,
                also_warm: true,
            },
        ),
        ("device ringing, another call", rings("y", "phone", false)),
        ("the callee is offline", presence("bob", false)),
        ("the callee is online", presence("bob", true)),
        ("somebody else is offline", presence("eve", false)),
    ];
    said.into_iter().map(|(name, event)| named("frame: ", name, Event::Socket(event))).collect()
}

fn ice() -> IceCandidate {
    IceCandidate {
        candidate: "candidate".to_owned(),
        sdp_mid: None,
        sdp_m_line_index: None,
        username_fragment: None,
    }
}

fn signals(solo: &Solo) -> Vec<Named> {
    let bodies = [
        ("offer", SignalBody::Offer(text("a new offer"))),
        ("answer", SignalBody::Answer(text("a new answer"))),
        ("candidate", SignalBody::IceCandidate(ice())),
        ("ack", SignalBody::Ack { seq: 9 }),
    ];
    let mut events = Vec::new();
    for (name, body) in bodies {
        for (whose, id, number, seq) in [
            ("signal: ", "x", 1, 1),
            ("signal: next in order, ", "x", 1, 2),
            ("signal: next connection, ", "x", 2, 1),
            ("signal: closed connection, ", "x", 0, 1),
            ("signal: another call, ", "y", 1, 1),
        ] {
            let signal = solo.signal(&body, number, seq);
            events.push(named(whose, name, Event::Socket(SocketEvent::Signal(CallId::new(id), signal))));
        }
        let mut signal = solo.signal(&body, 1, 1);
        signal.from_device = Some(DeviceId::new("tablet"));
        let event = Event::Socket(SocketEvent::Signal(CallId::new("x"), signal));
        events.push(named("signal: another device, ", name, event));
    }
    events
}

fn peers(whose: &str, epoch: u32, number: u32) -> Vec<Named> {
    let key = peer_key(epoch, number);
    let signal = SignalBody::Offer(text("over the channel"));
    let signal = Solo::new(CallType::Video).signal(&signal, 1, 1);
    let said = [
        ("offer created", PeerEvent::OfferCreated(key, text("made"))),
        ("answer created", PeerEvent::AnswerCreated(key, text("made"))),
        ("remote answer set", PeerEvent::RemoteAnswerSet(key)),
        ("negotiation failed", PeerEvent::NegotiationFailed(key, Fault::Remote)),
        ("relay failed", PeerEvent::RelayFailed(key)),
        ("candidate", PeerEvent::Candidate(key, ice())),
        ("connecting", PeerEvent::Link(key, Link::Connecting)),
        ("connected", PeerEvent::Link(key, Link::Connected)),
        ("disconnected", PeerEvent::Link(key, Link::Disconnected)),
        ("link failed", PeerEvent::Link(key, Link::Failed)),
        ("channel open", PeerEvent::ChannelOpen(key)),
        ("slots message", PeerEvent::Message(key, sends(SlotState::Off, SlotState::Off))),
        (
            "slots message with a screen",
            PeerEvent::Message(key, PeerMessage::Media(Slots::from_fn(|_| SlotState::On))),
        ),
        ("hang-up message", PeerEvent::Message(key, PeerMessage::HangUp)),
        ("leaving message", PeerEvent::Message(key, PeerMessage::Left)),
        ("told of going away", PeerEvent::Message(key, PeerMessage::Away)),
        ("told of waiting", PeerEvent::Message(key, PeerMessage::Awaits)),
        ("told of handovers", PeerEvent::Message(key, PeerMessage::HandsOver)),
        ("asked", PeerEvent::Message(key, PeerMessage::Ping)),
        ("signal message", PeerEvent::Message(key, PeerMessage::Signal(Box::new(signal)))),
        ("answered message", PeerEvent::Message(key, answered("x", number))),
        ("answered message of another call", PeerEvent::Message(key, answered("y", number))),
        ("answered message of another connection", PeerEvent::Message(key, answered("x", number + 1))),
        ("received", PeerEvent::Received { peer: key, media_bytes: 5000, transport_bytes: None }),
    ];
    said.into_iter().map(|(name, event)| named(&format!("{whose}peer: "), name, Event::Peer(event))).collect()
}

fn media(whose: &str, epoch: u32, number: u32) -> Vec<Named> {
    let (key, screen) = (media_key(epoch, number), media_key(epoch, number + 1));
    let mut events = vec![
        ("ready", MediaEvent::Ready(key)),
        ("failed", MediaEvent::Failed(key, MediaError::Denied)),
        ("microphone ended", MediaEvent::Ended(key, Slot::Microphone)),
        ("camera ended", MediaEvent::Ended(key, Slot::Camera)),
        ("screen ready", MediaEvent::Ready(screen)),
        ("screen refused", MediaEvent::Failed(screen, MediaError::Denied)),
        ("screen ended", MediaEvent::Ended(screen, Slot::Screen)),
        ("sound of the screen ended", MediaEvent::Ended(screen, Slot::ScreenSound)),
        (
            "microphone interrupted",
            MediaEvent::Interrupted { media: key, slot: Slot::Microphone, interrupted: true },
        ),
    ];
    if whose.is_empty() {
        events.push(("permission", MediaEvent::Permission { slot: Slot::Microphone, granted: true }));
        events
            .push(("permission revoked", MediaEvent::Permission { slot: Slot::Microphone, granted: false }));
        events.push(("devices changed", MediaEvent::DevicesChanged));
    }
    events
        .into_iter()
        .map(|(name, event)| named(&format!("{whose}media: "), name, Event::Media(event)))
        .collect()
}
