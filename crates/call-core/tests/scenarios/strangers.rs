//! Plain clients, misbehaving peers and servers, and events that belong to something that is over.

use crate::kit::people;
use crate::kit::solo::{FIRST, Solo, candidate, media_key, peer_key, plain_client, sends, signals, text};
use call_core::{
    AnswerWith, CallStage, CallView, Effect, Epoch, Event, Fault, Link, Machine, MediaEvent, Outcome,
    PeerEvent, PeerMessage, ReplyEvent, RequestError, Slot, SlotState, Slots, SocketEvent, Time, UserEvent,
};
use call_protocol::{
    CallId, CallRole, CallStatus, CallType, DeviceId, EndCall, IceCandidate, SignalBody, SignalKind, UserId,
};

#[test]
fn a_plain_callee_gets_unnumbered_signals_and_no_resends() {
    let mut solo = plain_client();
    solo.ringing_out();
    let live = solo.live("x", CallRole::Caller, CallStatus::Active);
    let mut orders = solo.socket(SocketEvent::Answered(Box::new(live)));
    orders.extend(solo.peer(PeerEvent::Candidate(
        peer_key(1, 1),
        IceCandidate {
            candidate: "c".to_owned(),
            sdp_mid: None,
            sdp_m_line_index: None,
            username_fragment: None,
        },
    )));
    let sent = signals(&orders);
    assert_eq!(
        sent.iter().map(|signal| signal.kind()).collect::<Vec<_>>(),
        [SignalKind::Offer, SignalKind::IceCandidate]
    );
    assert!(sent.iter().all(|signal| signal.seq.is_none()));
    assert!(signals(&solo.pass(9000)).is_empty(), "no resends");
}

#[test]
fn a_plain_callee_connects_and_gets_no_acknowledgements() {
    let mut solo = plain_client();
    solo.ringing_out();
    let live = solo.live("x", CallRole::Caller, CallStatus::Active);
    solo.socket(SocketEvent::Answered(Box::new(live)));
    let mut orders = solo.signal_arrives(&SignalBody::Answer(text("answer")), 1, 1);
    orders.extend(solo.signal_arrives(&candidate(1), 1, 2));
    orders.extend(solo.peer(PeerEvent::RemoteAnswerSet(peer_key(1, 1))));
    assert!(orders.contains(&Effect::SetRemoteAnswer(peer_key(1, 1), text("answer"))));
    assert!(orders.iter().any(|order| matches!(order, Effect::AddCandidate(..))));
    assert!(signals(&orders).is_empty());
}

#[test]
fn a_plain_caller_may_offer_after_the_answer() {
    let mut solo = plain_client();
    let live = solo.live("x", CallRole::Callee, CallStatus::Ringing);
    assert!(solo.socket(SocketEvent::Ringing(Box::new(live))).is_empty(), "there is no offer to answer");
    solo.press(UserEvent::Answer(AnswerWith::Everything));
    solo.media(MediaEvent::Ready(media_key(1, 1)));
    let live = solo.live("x", CallRole::Callee, CallStatus::Active);
    solo.reply(ReplyEvent::Answered(FIRST, Ok(Box::new(live))));
    let early = solo.signal_arrives(&candidate(1), 1, 1);
    assert!(early.is_empty(), "a candidate before its offer waits");
    let orders = solo.signal_arrives(&SignalBody::Offer(text("offer")), 1, 2);
    assert!(orders.contains(&Effect::SetRemoteOffer(peer_key(1, 1), text("offer"))));
    assert!(
        orders
            .contains(&Effect::ReplaceTracks(peer_key(1, 1), Slots::only(Slot::Microphone, media_key(1, 1))))
    );
    assert!(
        solo.signal_arrives(&SignalBody::Offer(text("offer")), 1, 3).is_empty(),
        "a copy of the same offer is ignored"
    );
    let orders = solo.peer(PeerEvent::AnswerCreated(peer_key(1, 1), text("answer")));
    assert!(orders.iter().any(|order| matches!(order, Effect::AddCandidate(..))));
    let sent = signals(&orders);
    assert_eq!((sent.len(), sent[0].kind(), sent[0].seq), (1, SignalKind::Answer, None));
}

#[test]
fn channel_messages_do_not_count_before_the_call_is_answered() {
    type Script = fn(&mut Solo);
    let scripts: [Script; 3] = [Solo::warm_out, Solo::warm_in, Solo::answering];
    for script in scripts {
        let mut solo = Solo::new(CallType::Video);
        script(&mut solo);
        let before = solo.view();
        let offer = solo.signal(&SignalBody::Offer(text("over the channel")), 1, 1);
        for message in
            [PeerMessage::HangUp, sends(SlotState::Off, SlotState::Off), PeerMessage::Signal(Box::new(offer))]
        {
            assert_eq!(solo.peer(PeerEvent::Message(peer_key(1, 1), message)), vec![]);
        }
        assert_eq!(solo.view(), before);
    }
}

#[test]
fn a_device_that_the_server_did_not_choose_answers_no_offer_while_it_rings() {
    let mut solo = Solo::new(CallType::Audio);
    let mut live = solo.live("x", CallRole::Callee, CallStatus::Ringing);
    live.warm_device = Some(DeviceId::new("watch"));
    solo.socket(SocketEvent::Ringing(Box::new(live)));
    for seq in [2, 1, 1, 2] {
        let body = if seq == 1 { SignalBody::Offer(text("offer")) } else { candidate(1) };
        assert_eq!(solo.signal_arrives(&body, 2, seq), vec![], "that would expose this device's address");
    }
    let orders = solo.press(UserEvent::Answer(AnswerWith::Everything));
    assert!(orders.contains(&Effect::SetRemoteOffer(peer_key(1, 2), text("offer"))));
    let orders = solo.peer(PeerEvent::AnswerCreated(peer_key(1, 2), text("answer")));
    assert!(
        orders.iter().any(|order| matches!(order, Effect::AddCandidate(..))),
        "the waiting candidates are not lost"
    );
}

#[test]
fn a_connection_that_was_offered_to_nobody_accepts_no_answer() {
    let mut solo = Solo::new(CallType::Audio);
    solo.placing();
    let mut live = solo.live("x", CallRole::Caller, CallStatus::Ringing);
    live.warm_device = None; // the server chooses no warm device
    solo.reply(ReplyEvent::Initiated(FIRST, Ok(Box::new(live))));
    let orders = solo.signal_arrives(&SignalBody::Answer(text("from nobody's device")), 1, 1);
    assert_eq!(orders, vec![]);
}

#[test]
fn a_connection_that_is_up_is_not_replaced_for_a_device_that_rings_later() {
    let mut solo = Solo::new(CallType::Audio);
    solo.warm_out();
    let rings = |device: &str| SocketEvent::DeviceRinging {
        call_id: CallId::new("x"),
        device_id: DeviceId::new(device),
        offer_known: false,
        also_warm: false,
    };
    assert_eq!(solo.socket(rings("tablet")), vec![]);
    // But the warm device has lost its end when it comes back.
    assert!(solo.socket(rings("phone")).contains(&Effect::ClosePeer(peer_key(1, 1))));
}

#[test]
fn stale_events_of_a_closed_connection_are_ignored() {
    let mut solo = Solo::new(CallType::Audio);
    solo.warm_out();
    let mut live = solo.live("x", CallRole::Caller, CallStatus::Active);
    live.seats = vec![solo.seat("ada", "laptop"), solo.seat("bob", "tablet")];
    let orders = solo.socket(SocketEvent::Answered(Box::new(live)));
    assert!(orders.contains(&Effect::ClosePeer(peer_key(1, 1))));
    let old = peer_key(1, 1);
    for event in [
        PeerEvent::OfferCreated(old, text("old")),
        PeerEvent::AnswerCreated(old, text("old")),
        PeerEvent::RemoteAnswerSet(old),
        PeerEvent::NegotiationFailed(old, Fault::Remote),
        PeerEvent::Link(old, Link::Failed),
        PeerEvent::ChannelOpen(old),
        PeerEvent::Message(old, PeerMessage::HangUp),
        PeerEvent::Received { peer: old, media_bytes: 10_000, transport_bytes: None },
    ] {
        assert_eq!(solo.peer(event.clone()), vec![], "{event:?}");
    }
    let CallView::InCall(view) = solo.view() else { panic!("in the call") };
    assert_eq!((view.stage, view.seconds), (CallStage::Connecting, None));
}

#[test]
fn a_flood_of_signals_costs_bounded_memory_in_every_state() {
    type Script = fn(&mut Solo);
    let scripts: [Script; 8] = [
        |_| {},
        Solo::placing,
        Solo::ringing_out,
        Solo::warm_in,
        Solo::answering,
        Solo::in_call_as_caller,
        Solo::in_call_as_callee,
        |solo| {
            solo.in_call_as_callee();
            solo.press(UserEvent::HangUp);
        },
    ];
    for script in scripts {
        let mut solo = Solo::new(CallType::Video);
        script(&mut solo);
        for number in 0..3000 {
            for connection in [1, 2, number] {
                solo.signal_arrives(&candidate(number), connection, number);
                solo.signal_arrives(&candidate(number), connection, 3001 - number);
                solo.signal_arrives(&SignalBody::Answer(text("x")), connection, number);
            }
            let live = solo.live(&format!("ring {number}"), CallRole::Callee, CallStatus::Ringing);
            solo.socket(SocketEvent::Ringing(Box::new(live)));
            let over = solo.over(&format!("over {number}"), CallRole::Callee, CallStatus::Missed, None);
            solo.socket(SocketEvent::Ended(over));
        }
        let size = format!("{:?}", solo.machine).len();
        assert!(size < 400_000, "{size} characters");
    }
}

#[test]
fn a_call_id_that_the_server_uses_for_somebody_else_is_left_alone() {
    let mut solo = Solo::new(CallType::Audio);
    solo.in_call_as_caller();
    let stranger = solo.over("y", CallRole::Caller, CallStatus::Ended, None);
    assert_eq!(solo.socket(SocketEvent::Ended(stranger)), vec![]);
    let before = solo.view();
    let offer = solo.signal(&SignalBody::Offer(text("of another call")), 9, 1);
    assert_eq!(solo.socket(SocketEvent::Signal(CallId::new("y"), offer)), vec![]);
    assert_eq!(solo.view(), before);
}

#[test]
fn an_acknowledgement_from_the_future_is_harmless() {
    let mut solo = Solo::new(CallType::Audio);
    solo.in_call_as_callee();
    solo.signal_arrives(&SignalBody::Ack { seq: u32::MAX }, 1, 0);
    let orders = solo.peer(PeerEvent::Candidate(
        peer_key(1, 1),
        IceCandidate {
            candidate: "c".to_owned(),
            sdp_mid: None,
            sdp_m_line_index: None,
            username_fragment: None,
        },
    ));
    assert_eq!(signals(&orders).len(), 1);
}

#[test]
fn a_call_taken_over_by_another_device_ends_here() {
    let mut solo = Solo::new(CallType::Audio);
    solo.in_call_as_callee();
    let mut live = solo.live("x", CallRole::Callee, CallStatus::Active);
    live.seats = vec![solo.seat("ada", "watch"), solo.seat("bob", "phone")];
    solo.welcome(vec![live]);
    let CallView::Ended(view) = solo.view() else { panic!("the card is shown") };
    assert_eq!(view.outcome, Outcome::AnsweredElsewhere(None));
}

#[test]
fn a_call_that_does_not_end_is_not_waited_for_forever() {
    let mut solo = Solo::new(CallType::Audio);
    solo.placing();
    solo.press(UserEvent::HangUp);
    let same = || Ok(Box::new(Solo::new(CallType::Audio).live("x", CallRole::Caller, CallStatus::Ringing)));
    solo.reply(ReplyEvent::Initiated(FIRST, same())); // left at once, but the server keeps it alive
    solo.press_call();
    solo.media(MediaEvent::Ready(media_key(2, 1)));
    solo.peer(PeerEvent::OfferCreated(peer_key(2, 2), text("offer 2")));
    for _ in 0..100 {
        if matches!(solo.view(), CallView::Ended(_)) {
            break;
        }
        solo.reply(ReplyEvent::Initiated(Epoch(2), same()));
        solo.reply(ReplyEvent::Ended(CallId::new("x"), Err(RequestError::Unreachable)));
        solo.pass(500);
    }
    let CallView::Ended(view) = solo.view() else { panic!("given up") };
    assert_eq!(view.outcome, Outcome::ServerTrouble);
}

#[test]
fn a_call_placed_while_the_last_one_is_ending_survives_a_moment_without_network() {
    let mut solo = Solo::new(CallType::Audio);
    solo.placing();
    solo.press(UserEvent::HangUp);
    let same = || Ok(Box::new(Solo::new(CallType::Audio).live("x", CallRole::Caller, CallStatus::Ringing)));
    solo.reply(ReplyEvent::Initiated(FIRST, same()));
    solo.press_call();
    solo.media(MediaEvent::Ready(media_key(2, 1)));
    solo.peer(PeerEvent::OfferCreated(peer_key(2, 2), text("offer 2")));
    for _ in 0..6 {
        solo.reply(ReplyEvent::Initiated(Epoch(2), same()));
        solo.pass(500);
    }
    solo.reply(ReplyEvent::Initiated(Epoch(2), Err(RequestError::Unreachable)));
    let CallView::Outgoing(_) = solo.view() else { panic!("it is being retried") };
}

#[test]
fn an_answer_from_a_ringing_device_counts_although_none_was_chosen_for_the_warm_up() {
    let mut solo = Solo::new(CallType::Audio);
    solo.placing();
    let mut live = solo.live("x", CallRole::Caller, CallStatus::Ringing);
    live.warm_device = None;
    solo.reply(ReplyEvent::Initiated(FIRST, Ok(Box::new(live))));
    let (call_id, device_id) = (CallId::new("x"), DeviceId::new("phone"));
    solo.socket(SocketEvent::DeviceRinging { call_id, device_id, offer_known: true, also_warm: false });
    let orders = solo.signal_arrives(&SignalBody::Answer(text("answer")), 1, 1);
    assert!(orders.contains(&Effect::SetRemoteAnswer(peer_key(1, 1), text("answer"))));
}

#[test]
fn a_second_reply_to_the_same_attempt_with_another_call_leaves_that_call() {
    let mut solo = Solo::new(CallType::Audio);
    solo.ringing_out();
    let other = solo.live("y", CallRole::Caller, CallStatus::Ringing);
    let orders = solo.reply(ReplyEvent::Initiated(FIRST, Ok(Box::new(other))));
    assert_eq!(orders, vec![Effect::End(CallId::new("y"), EndCall::default())]);
    let same = solo.live("x", CallRole::Caller, CallStatus::Ringing);
    assert_eq!(solo.reply(ReplyEvent::Initiated(FIRST, Ok(Box::new(same)))), vec![]);
}

#[test]
fn a_microphone_that_ends_after_its_acquisition_was_released_changes_nothing() {
    let mut solo = Solo::new(CallType::Video);
    solo.in_call_as_caller();
    solo.press(UserEvent::ToggleCamera);
    let before = solo.view();
    assert_eq!(solo.handle(Event::Media(MediaEvent::Ended(media_key(1, 1), Slot::Camera))), vec![]);
    assert_eq!(solo.view(), before);
}

/// The number of the first connection of a reloaded page.
const OF_THE_NEXT_PAGE: u32 = (1 << 16) + 1;

#[test]
fn the_first_connection_of_a_reloaded_page_is_new_to_the_other_side() {
    let mut solo = Solo::new(CallType::Audio);
    solo.in_call_as_callee();
    let orders = solo.signal_arrives(&SignalBody::Offer(text("of the next page")), OF_THE_NEXT_PAGE, 1);
    assert!(orders.contains(&Effect::ClosePeer(peer_key(1, 1))), "{orders:?}");
    assert!(
        orders.contains(&Effect::SetRemoteOffer(peer_key(1, OF_THE_NEXT_PAGE), text("of the next page")))
    );
    let late = solo.signal_arrives(&SignalBody::Answer(text("of the page before")), 1, 2);
    assert!(late.is_empty(), "of a connection that is closed");
}

#[test]
fn a_reloaded_page_reuses_no_number_of_the_page_before() {
    let (me, device) = (UserId::new("ada"), DeviceId::new("laptop"));
    let mut page = Machine::new(me, device, 1);
    let call = UserEvent::Call {
        conversation_id: people::conversation("ada", "bob"),
        peer: people::user("bob"),
        call_type: CallType::Audio,
    };
    let orders = page.handle(Event::User(call), Time(0));
    let number = |order: &Effect| if let Effect::OpenPeer(key, ..) = order { Some(key.number) } else { None };
    let opened = orders.iter().find_map(number);
    assert_eq!(opened, Some(OF_THE_NEXT_PAGE));
}

#[test]
fn a_caller_who_continues_on_another_device_is_connected_there() {
    let mut solo = Solo::new(CallType::Audio);
    solo.warm_in();
    let mut live = solo.live("x", CallRole::Callee, CallStatus::Ringing);
    live.seats = vec![solo.seat("bob", "tablet")];
    let orders = solo.welcome(vec![live]);
    assert!(orders.contains(&Effect::ClosePeer(peer_key(1, 1))), "{orders:?}");
    let opened = orders.iter().filter(|order| matches!(order, Effect::OpenPeer(..))).count();
    assert_eq!(opened, 1, "the tablet numbers its own connections: {orders:?}");
}
