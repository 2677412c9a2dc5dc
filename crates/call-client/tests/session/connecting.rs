//! A session connects, comes back, renews its token, and stays away when it is over.

use crate::{Line, counting};
use call_client::Hint;
use call_protocol::{ClientFrame, PROTOCOL_VERSION, ServerFrame, close_code};
use serde_json::json;

#[test]
fn the_first_frame_says_who_connects_and_in_which_version() {
    let line = Line::open(None);
    assert_eq!(line.newest().url(), "wss://calls.test/api/socket");
    let sent = line.newest().sent();
    let [ClientFrame::Hello(hello)] = sent.as_slice() else { panic!("a hello and nothing else: {sent:?}") };
    assert_eq!((hello.token.as_str(), hello.protocol), ("token 1", PROTOCOL_VERSION));
    assert_eq!(Some(&hello.device_id), line.session.device().map(|device| device.id.clone()).as_ref());
}

#[test]
fn a_lost_socket_comes_back_and_what_was_sent_meanwhile_is_not_kept() {
    let line = Line::open(None);
    line.newest().shut(1006);
    line.passes(0.1);
    let frame = ClientFrame::MediaFlowing { call_id: "c1".into() };
    line.session.send(&frame);
    line.passes(1.0);
    line.has_heard(&["welcome", "lost", "welcome"]);
    assert_eq!(line.newest().sent().len(), 1, "only the hello");
    line.session.send(&frame);
    assert_eq!(line.newest().sent()[1], frame);
}

#[test]
fn a_network_that_came_back_is_tried_at_once_even_with_an_open_socket() {
    let line = Line::open(None);
    line.world.happens(Hint::NetworkBack);
    line.passes(0.1);
    line.has_heard(&["welcome", "welcome"]);
    assert_eq!((line.world.sockets().len(), line.open_sockets()), (2, 1));
}

#[test]
fn whoever_leaves_says_so_and_is_connected_again_when_they_come_back() {
    let line = Line::open(None);
    line.world.happens(Hint::Left);
    assert_eq!((line.newest().code(), line.open_sockets()), (Some(close_code::LEFT), 0));
    line.world.happens(Hint::LookAgain);
    line.passes(0.1);
    line.has_heard(&["welcome", "lost", "welcome"]);
    line.session.close();
    assert_eq!((line.newest().code(), line.open_sockets()), (Some(close_code::LEFT), 0));
}

#[test]
fn a_session_whose_token_was_refused_renews_it_once_and_goes_on() {
    let line = Line::open(None);
    line.newest().shut(close_code::UNAUTHORIZED);
    line.passes(1.0);
    line.has_heard(&["welcome", "welcome"]);
    assert_eq!(line.asked.get(), 2);
}

#[test]
fn a_fresh_token_that_is_refused_before_any_welcome_means_signed_out() {
    let (asked, source) = counting();
    let line = Line::start(source, asked, |socket, _, _, _| socket.shut(close_code::UNAUTHORIZED));
    line.passes(60.0);
    line.has_heard(&["signed out"]);
    assert_eq!((line.asked.get(), line.world.sockets().len(), line.open_sockets()), (2, 2, 0));
}

#[test]
fn a_token_that_is_about_to_expire_is_renewed_on_the_open_socket() {
    let line = Line::open(None);
    line.newest().say(ServerFrame::TokenExpiring { seconds: 60 });
    line.passes(1.0);
    assert_eq!(line.newest().sent()[1], ClientFrame::Token { token: "token 2".into() });
    assert_eq!((line.asked.get(), line.world.sockets().len()), (2, 1));
    line.has_heard(&["welcome"]);
}

#[test]
fn a_session_that_the_server_ended_does_not_come_back() {
    for (code, news) in [
        (close_code::UNKNOWN_USER, "unknown"),
        (close_code::UNSUPPORTED_VERSION, "outdated"),
        (close_code::REPLACED, "replaced"),
        (close_code::SIGNED_OUT, "signed out"),
    ] {
        let line = Line::open(None);
        line.newest().shut(code);
        line.passes(60.0);
        line.session.start();
        line.world.happens(Hint::NetworkBack);
        line.passes(60.0);
        line.has_heard(&["welcome", news]);
        assert_eq!((line.world.sockets().len(), line.open_sockets(), line.asked.get()), (1, 0, 1), "{news}");
    }
}

#[test]
fn a_session_that_is_closed_before_it_was_connected_stays_closed() {
    let (asked, source) = counting();
    let line = Line::start(source, asked, |_, _, _, _| {});
    // Closed while the server cannot be reached, which is there again later.
    line.world.answers(|_| None);
    line.passes(2.0);
    line.session.close();
    let over = line.session.status();
    line.news.borrow_mut().clear();
    let config = json!({ "calls_enabled": true, "ring_seconds": 45, "ice_servers": [] });
    line.passes(15.0);
    line.world.answers(move |_| Some((200, config.clone())));
    line.passes(60.0);
    assert_eq!((line.session.status(), line.world.sockets().len()), (over, 0));
    line.has_heard(&[]);
}
