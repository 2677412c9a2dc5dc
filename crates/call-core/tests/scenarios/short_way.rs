//! The answer travels between the two, too, and the caller sends as soon as it comes; the server alone decides who talks.

use crate::kit::solo::{Solo, answered, media_key, peer_key, text};
use crate::kit::{Access, Fate, Packet, Who, World};
use call_core::{
    AnswerWith, Effect, Event, Link, PeerEvent, PeerMessage, Slot, Slots, SocketEvent, UserEvent,
};
use call_protocol::{CallId, CallRole, CallStatus, CallType, DeviceId};

/// Ada's call rings at Bob's phone, which is warm; no word of the server's reaches her any more.
fn ringing_without_the_server() -> (World, Who, Who) {
    let mut world = World::new(11);
    let (ada, bob) = (world.phone("ada", "laptop"), world.phone("bob", "phone"));
    world.call(ada, bob, CallType::Video);
    world.until("it rings", |world| world.rings(bob));
    world.pass(1500);
    world.network.rule = Some(Box::new(move |who, packet| {
        (who == ada && matches!(packet, Packet::ToDevice(_))).then_some(Fate::Lost)
    }));
    (world, ada, bob)
}

fn sends(world: &World, who: Who) -> bool {
    world.peers.pc(who).is_some_and(|pc| !pc.tracks.is_empty())
}

#[test]
fn the_caller_sends_before_the_server_says_that_it_was_answered() {
    let (mut world, ada, bob) = ringing_without_the_server();
    world.answer(bob);
    world.pass(100);
    world.expect("ada sends", sends(&world, ada));
    world.expect("the call has not begun for her", world.hears_ringback(ada));
    world.until("bob hears her", |world| world.peers.hears(bob));
    world.network.rule = None;
    world.drop_socket(ada, 100);
    world.until_they_talk(ada, bob);
}

#[test]
fn what_the_caller_switches_meanwhile_is_sent_or_not_sent() {
    let (mut world, ada, bob) = ringing_without_the_server();
    world.answer(bob);
    world.pass(100);
    world.press(ada, UserEvent::ToggleCamera);
    assert_eq!(world.peers.pc(ada).unwrap().tracks[Slot::Camera], None);
    world.press(ada, UserEvent::ToggleCamera);
    world.pass(200);
    assert!(world.peers.pc(ada).unwrap().tracks[Slot::Camera].is_some());
}

#[test]
fn nothing_is_said_before_the_person_can_speak() {
    let (mut world, ada, bob) = ringing_without_the_server();
    world.permission_unknown(bob);
    world.phones[bob].devices.microphone = Access::Asks(4000);
    world.answer(bob);
    world.pass(3000);
    world.expect("ada sends nothing yet", !sends(&world, ada));
    world.pass(1500);
    world.expect("ada sends", sends(&world, ada));
}

#[test]
fn a_callee_who_gives_up_before_the_seat_is_sent_nothing_any_more() {
    let (mut world, ada, bob) = ringing_without_the_server();
    world.network.server_away = true;
    world.answer(bob);
    world.pass(100);
    world.expect("ada sends", sends(&world, ada));
    world.press(bob, UserEvent::HangUp);
    world.pass(50);
    world.expect("ada sends nothing", !sends(&world, ada));
    world.expect("it is the server who ends a ring", world.hears_ringback(ada));
}

#[test]
fn the_device_that_the_server_did_not_choose_is_sent_nothing_any_more() {
    let mut world = World::new(12);
    let (ada, tablet) = (world.phone("ada", "laptop"), world.phone("bob", "tablet"));
    let phone = world.phone("bob", "phone"); // the newest, so the warm one
    world.call(ada, phone, CallType::Audio);
    world.until("it rings at both", |world| world.rings(phone) && world.rings(tablet));
    world.pass(1500);
    world.network.rule = Some(Box::new(move |who, packet| {
        (who == phone && matches!(packet, Packet::Request)).then_some(Fate::After(1000))
    }));
    world.answer(phone);
    world.pass(50);
    world.expect("ada sends to the phone", sends(&world, ada) && world.peers.hears(phone));
    world.answer(tablet);
    world.until_they_talk(ada, tablet);
    world.expect("the phone has no connection any more", world.peers.pc(phone).is_none());
}

#[test]
fn without_the_servers_word_what_was_attached_is_taken_back_and_its_word_attaches_it_again() {
    let mut solo = Solo::new(CallType::Audio);
    solo.warm_out();
    let attached = Slots::default().with(Slot::Microphone, Some(media_key(1, 1)));
    let word = Event::Peer(PeerEvent::Message(peer_key(1, 1), answered("x", 1)));
    let replaced = |tracks| vec![Effect::ReplaceTracks(peer_key(1, 1), tracks)];
    assert_eq!(solo.handle(word), replaced(attached));
    assert_eq!(solo.pass(6000), replaced(Slots::default()));
    let live = solo.live("x", CallRole::Caller, CallStatus::Active);
    let orders = solo.socket(SocketEvent::Answered(Box::new(live)));
    assert!(orders.contains(&Effect::ReplaceTracks(peer_key(1, 1), attached)), "{orders:?}");
}

#[test]
fn a_device_that_says_it_again_and_again_is_not_sent_more_than_once_without_the_server() {
    let mut solo = Solo::new(CallType::Audio);
    solo.answered_there();
    solo.pass(4000);
    let again = Event::Peer(PeerEvent::Message(peer_key(1, 1), answered("x", 1)));
    assert_eq!(solo.handle(again.clone()), [], "the time goes on from the first word");
    let taken_back = [Effect::ReplaceTracks(peer_key(1, 1), Slots::default())];
    assert_eq!(solo.pass(1500), taken_back);
    assert_eq!(solo.handle(again), [], "it has been believed once");
    // A connection of its own is no second chance.
    let remote = DeviceId::new("phone");
    solo.socket(SocketEvent::DeviceRinging {
        call_id: CallId::new("x"),
        device_id: remote,
        offer_known: false,
        also_warm: false,
    });
    solo.peer(PeerEvent::OfferCreated(peer_key(1, 2), text("offer 2")));
    assert_eq!(solo.peer(PeerEvent::Message(peer_key(1, 2), answered("x", 2))), []);
}

#[test]
fn of_two_devices_that_say_it_one_is_sent_anything_until_the_server_names_the_other() {
    let mut solo = Solo::new(CallType::Audio);
    solo.two_devices_out();
    let attached = Slots::default().with(Slot::Microphone, Some(media_key(1, 1)));
    let says = |number| PeerEvent::Message(peer_key(1, number), answered("x", number));
    assert_eq!(solo.peer(says(2)), [Effect::ReplaceTracks(peer_key(1, 2), attached)]);
    assert_eq!(solo.peer(says(1)), [], "one has been believed");
    let live = solo.live("x", CallRole::Caller, CallStatus::Active);
    let orders = solo.socket(SocketEvent::Answered(Box::new(live)));
    let at = |wanted: Effect| orders.iter().position(|order| *order == wanted);
    let taken_back = at(Effect::ReplaceTracks(peer_key(1, 2), Slots::default()));
    let sent = at(Effect::ReplaceTracks(peer_key(1, 1), attached));
    assert!(taken_back.is_some() && taken_back < sent, "{orders:?}");
    assert!(at(Effect::ClosePeer(peer_key(1, 2))).is_some(), "{orders:?}");
}

#[test]
fn a_link_that_breaks_after_the_word_has_nothing_attached() {
    for event in [
        PeerEvent::Link(peer_key(1, 1), Link::Failed),
        PeerEvent::Link(peer_key(1, 1), Link::Disconnected),
        PeerEvent::Message(peer_key(1, 1), PeerMessage::HangUp),
        PeerEvent::Message(peer_key(1, 1), PeerMessage::Left),
    ] {
        let mut solo = Solo::new(CallType::Audio);
        solo.answered_there();
        assert_eq!(
            solo.peer(event.clone()),
            [Effect::ReplaceTracks(peer_key(1, 1), Slots::default())],
            "{event:?}"
        );
    }
}

#[test]
fn words_of_other_calls_and_connections_attach_nothing() {
    let mut solo = Solo::new(CallType::Audio);
    solo.warm_out();
    for (key, word) in [
        (peer_key(1, 1), answered("y", 1)),
        (peer_key(1, 1), answered("x", 2)),
        (peer_key(1, 2), answered("x", 2)),
    ] {
        assert_eq!(solo.peer(PeerEvent::Message(key, word.clone())), [], "{word:?}");
    }
}

#[test]
fn the_callee_says_it_also_on_a_channel_that_opens_after_the_click() {
    let mut solo = Solo::new(CallType::Audio);
    solo.grant();
    solo.ringing_in();
    solo.peer(PeerEvent::AnswerCreated(peer_key(1, 1), text("answer 1")));
    let word = Effect::SendMessage(peer_key(1, 1), answered("x", 1));
    let clicked = solo.press(UserEvent::Answer(AnswerWith::Everything));
    assert!(!clicked.contains(&word), "there is no channel yet");
    assert_eq!(solo.peer(PeerEvent::ChannelOpen(peer_key(1, 1))), [word]);
}
