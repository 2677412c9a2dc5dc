//! Requests and the tokens that they carry.

use crate::Line;
use call_client::memory::World;
use call_client::{NoToken, Platform, Session, TokenSource};
use call_core::RequestError;
use call_protocol::ErrorCode;
use core::cell::{Cell, RefCell};
use core::time::Duration;
use serde_json::json;
use std::rc::Rc;

#[test]
fn an_expired_token_is_replaced_once_and_the_request_repeated() {
    let line = Line::open(None);
    let before = line.world.requests().len();
    line.world.answers(|request| {
        let old = request.headers.contains(&("authorization", "Bearer token 1".to_owned()));
        let expired = json!({ "error": { "code": "token_expired", "message": "sign in again" } });
        Some(if old { (401, expired) } else { (200, json!([])) })
    });
    assert_eq!(ask(&line), Some(Ok(0)));
    assert_eq!(ask(&line), Some(Ok(0)));
    assert_eq!(line.world.requests().len() - before, 3, "the second request knows the new token");
}

#[test]
fn a_token_that_is_refused_twice_is_not_tried_for_ever() {
    let line = Line::open(None);
    let before = line.world.requests().len();
    let refused = json!({ "error": { "code": "unauthorized", "message": "sign in" } });
    line.world.answers(move |_| Some((401, refused.clone())));
    let Some(Err(RequestError::Refused(body))) = ask(&line) else { panic!("it is refused") };
    assert_eq!((body.code, line.world.requests().len() - before), (ErrorCode::Unauthorized, 2));
}

#[test]
fn what_is_not_our_servers_answer_is_no_answer() {
    let line = Line::open(None);
    for answer in [None, Some((502, json!("Bad gateway"))), Some((200, json!({}))), Some((500, json!(null)))]
    {
        let said = answer.clone();
        line.world.answers(move |_| said.clone());
        assert_eq!(ask(&line), Some(Err(RequestError::Unreachable)), "{answer:?}");
    }
}

/// How many contacts there are.
fn ask(line: &Line) -> Option<Result<usize, RequestError>> {
    let (api, reply) = (line.session.api().clone(), Rc::new(RefCell::new(None)));
    let told = reply.clone();
    line.world.spawn(async move {
        let contacts = api.contacts().await;
        told.replace(Some(contacts.map(|contacts| contacts.len())));
    });
    line.passes(1.0);
    reply.take()
}

#[test]
fn everybody_who_waits_for_a_token_waits_for_one_question_and_not_for_ever() {
    let asked = Rc::new(Cell::new(0));
    let (count, world) = (asked.clone(), World::new());
    let slow = world.clone();
    let source = TokenSource::new(move || {
        count.set(count.get() + 1);
        let slow = slow.clone();
        async move {
            slow.sleep(Duration::from_secs(30)).await;
            Some("token".to_owned())
        }
    });
    let session = Session::new(world.clone(), "https://calls.test", source);
    let said = Rc::new(RefCell::new(Vec::new()));
    let ask = || {
        let (session, said) = (session.clone(), said.clone());
        world.spawn(async move {
            let token = session.token().await;
            said.borrow_mut().push(token);
        });
    };
    for _ in 0..3 {
        ask();
    }
    world.pass(Duration::from_secs(11));
    assert_eq!((asked.get(), said.take()), (1, vec![None; 3]), "nobody waits for ever");
    world.pass(Duration::from_secs(20));
    ask();
    world.pass(Duration::from_secs(1));
    assert_eq!((asked.get(), said.take()), (1, vec![Some("token".to_owned())]), "the question stood");
}

#[test]
fn a_source_that_fails_is_not_a_person_who_signed_out() {
    let fails = Rc::new(Cell::new(true));
    let failing = fails.clone();
    let source = TokenSource::fallible(move || {
        let said = if failing.get() { Err(NoToken::NotNow) } else { Ok(None) };
        async move { said }
    });
    let line = Line::start(source, Rc::default(), |_, _, _, _| {});
    line.passes(0.1);
    line.has_heard(&["lost"]);
    fails.set(false);
    line.passes(60.0);
    assert_eq!(line.news.borrow().last(), Some(&"signed out"));
    assert_eq!(line.world.sockets().len(), 0, "nothing is asked without a token");
}
