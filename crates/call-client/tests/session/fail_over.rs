//! The network may be gone: a second socket is opened beside the first one, and whichever answers is used.

use crate::Line;
use call_client::{Hint, Signaling};
use call_protocol::ClientFrame;

fn hellos(line: &Line) -> usize {
    let said = |end: &call_client::memory::FarEnd| {
        end.sent().iter().filter(|frame| matches!(frame, ClientFrame::Hello(_))).count()
    };
    line.world.sockets().iter().map(said).sum()
}

#[test]
fn a_socket_that_is_dead_is_replaced_as_soon_as_another_is_open() {
    let line = Line::open(Some(20));
    line.dies();
    line.session.doubt();
    line.passes(0.3);
    line.has_heard(&["welcome", "welcome"]);
    assert_eq!((line.world.sockets().len(), hellos(&line)), (2, 2));
    assert!(!line.world.sockets()[0].is_open(), "the first one is given up");
}

#[test]
fn a_socket_that_answers_is_kept_and_the_other_never_says_hello() {
    let line = Line::open(Some(20));
    line.session.doubt();
    line.world.happens(Hint::NetworkChanged);
    line.passes(2.0);
    line.has_heard(&["welcome"]);
    assert_eq!(hellos(&line), 1);
    assert_eq!(line.open_sockets(), 1, "the second one is closed again");
}

#[test]
fn a_second_and_a_third_doubt_are_like_the_first() {
    let line = Line::open(Some(20));
    for _ in 0..3 {
        line.dies();
        line.session.doubt();
        line.session.doubt();
        line.passes(0.3);
    }
    line.has_heard(&["welcome", "welcome", "welcome", "welcome"]);
}

#[test]
fn a_server_that_promises_no_proofs_is_not_left() {
    let line = Line::open(None);
    line.session.doubt();
    line.passes(10.0);
    line.has_heard(&["welcome"]);
    assert_eq!(line.world.sockets().len(), 1);
}
