//! What is old is forgotten when the operator wants it so, and nothing else is.

use call_server::service::retention;
use kit_server::town::Town;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);

#[tokio::test]
async fn calls_and_audit_rows_are_forgotten_after_their_time_and_the_conversation_keeps_its_messages() {
    let town = Town::new().await;
    let (anna, _ben, conversation) = town.anna_and_ben().await;
    let old = anna.rings(&conversation).await;
    anna.act(&old, "end").await;
    town.pass(10).await;
    let between = town.clock.now();
    let rows = town.count("SELECT count(*) FROM audit_log").await;
    town.pass(10).await;
    let recent = anna.rings(&conversation).await;
    anna.act(&recent, "end").await;

    let forgotten = town.app.store.forget_before(between).await.unwrap();
    assert_eq!((forgotten.calls, i64::try_from(forgotten.audit_rows).unwrap()), (1, rows));
    assert_eq!(town.count("SELECT count(*) FROM calls").await, 1);
    assert_eq!(town.count("SELECT count(*) FROM call_participants").await, 2);
    assert_eq!(town.count("SELECT count(*) FROM call_seats").await, 2);
    assert!(town.count("SELECT count(*) FROM audit_log").await >= 2, "what the recent call did");
    assert_eq!(town.count("SELECT count(*) FROM messages").await, 2);

    assert_eq!(retention::forget(&town.app, 30).await.unwrap().calls, 0);
    town.clock.advance(DAY * 31);
    assert_eq!(retention::forget(&town.app, 30).await.unwrap().calls, 1);
    assert_eq!(town.count("SELECT count(*) FROM messages").await, 2);
}

#[tokio::test]
async fn a_call_that_still_rings_is_never_forgotten_however_old() {
    let town = Town::new().await;
    let (anna, _ben, conversation) = town.anna_and_ben().await;
    anna.rings(&conversation).await;
    let later = town.clock.now().plus(DAY * 400);
    assert_eq!(town.app.store.forget_before(later).await.unwrap().calls, 0);
    assert_eq!(town.count("SELECT count(*) FROM calls WHERE status = 'ringing'").await, 1);
}
