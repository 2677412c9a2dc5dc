//! Whether the server at the other end lives: a session finds out when it does not, and says "connected" no longer than it
//! knows.

use crate::Line;
use call_client::Hint;
use call_protocol::ServerFrame;
use core::time::Duration;

#[test]
fn a_server_that_falls_silent_is_doubted_and_replaced_within_45_seconds() {
    let line = Line::open(Some(20));
    line.dies();
    line.passes(27.5);
    line.has_heard(&["welcome"]);
    line.passes(2.0);
    line.has_heard(&["welcome", "doubted"]);
    line.passes(6.0);
    line.has_heard(&["welcome", "doubted", "lost", "welcome"]);
    assert_eq!(line.world.sockets().len(), 2);
}

#[test]
fn a_server_that_is_heard_of_is_asked_nothing() {
    let line = Line::open(Some(20));
    for _ in 0..30 {
        line.passes(20.0);
        line.newest().say(ServerFrame::Alive { answers: None });
    }
    line.has_heard(&["welcome"]);
    assert_eq!(line.probes(), 0);
}

#[test]
fn a_socket_that_may_be_dead_is_asked_at_once_and_replaced_after_four_seconds() {
    let line = Line::open(Some(20));
    line.world.happens(Hint::LookAgain);
    line.passes(5.0);
    line.has_heard(&["welcome"]);
    assert_eq!(line.probes(), 1, "answered in time: nobody hears of it");
    line.dies();
    line.world.happens(Hint::LookAgain);
    line.world.happens(Hint::LookAgain);
    assert_eq!(line.probes(), 2, "one question at a time");
    line.passes(1.1);
    line.has_heard(&["welcome", "doubted"]);
    line.passes(2.8);
    line.has_heard(&["welcome", "doubted"]);
    line.passes(1.0);
    line.has_heard(&["welcome", "doubted", "lost", "welcome"]);
}

#[test]
fn a_machine_that_wakes_up_asks_at_once_and_says_that_it_is_not_sure() {
    let line = Line::open(Some(20));
    line.dies();
    line.world.sleep_through(Duration::from_secs(3600));
    line.passes(5.0);
    line.has_heard(&["welcome", "doubted"]);
    line.passes(4.5);
    line.has_heard(&["welcome", "doubted", "lost", "welcome"]);
}

#[test]
fn what_dies_right_after_an_answer_is_found_out_too() {
    let line = Line::open(Some(20));
    line.world.happens(Hint::LookAgain);
    line.passes(0.1);
    line.dies();
    line.world.happens(Hint::LookAgain);
    assert_eq!(line.probes(), 1, "not one for each reason");
    line.passes(7.0);
    line.has_heard(&["welcome", "doubted", "lost", "welcome"]);
}

#[test]
fn a_late_answer_is_an_answer_and_what_was_on_its_way_before_is_none() {
    let line = Line::open(Some(20));
    line.dies();
    line.world.happens(Hint::LookAgain);
    line.newest().say(ServerFrame::Alive { answers: None });
    line.passes(2.0);
    line.has_heard(&["welcome", "doubted"]);
    line.newest().say(ServerFrame::Alive { answers: Some(1) });
    line.passes(10.0);
    line.has_heard(&["welcome", "doubted", "trusted"]);
    assert_eq!(line.world.sockets().len(), 1);
}

#[test]
fn of_a_server_that_promised_nothing_nothing_is_expected() {
    let line = Line::open(None);
    line.dies();
    line.world.happens(Hint::LookAgain);
    line.world.sleep_through(Duration::from_secs(3600));
    line.passes(600.0);
    line.has_heard(&["welcome"]);
    assert_eq!(line.newest().sent().len(), 1);
}
