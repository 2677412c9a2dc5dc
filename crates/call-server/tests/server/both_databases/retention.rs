//! Old records are deleted if the operator wants that, and nothing else is.

use call_server::service::retention;
use kit_server::test_server::TestServer;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);

#[tokio::test]
async fn calls_and_audit_rows_are_deleted_after_their_retention_and_messages_are_kept() {
    let server = TestServer::new().await;
    let (anna, _ben, conversation) = server.anna_and_ben().await;
    let old = anna.rings(&conversation).await;
    anna.act(&old, "end").await;
    server.pass(10).await;
    let between = server.clock.now();
    let rows = server.count("SELECT count(*) FROM audit_log").await;
    server.pass(10).await;
    let recent = anna.rings(&conversation).await;
    anna.act(&recent, "end").await;

    let forgotten = server.app.store.forget_before(between).await.unwrap();
    assert_eq!((forgotten.calls, i64::try_from(forgotten.audit_rows).unwrap()), (1, rows));
    assert_eq!(server.count("SELECT count(*) FROM calls").await, 1);
    assert_eq!(server.count("SELECT count(*) FROM call_participants").await, 2);
    assert_eq!(server.count("SELECT count(*) FROM call_seats").await, 2);
    assert!(server.count("SELECT count(*) FROM audit_log").await >= 2, "what the recent call did");
    assert_eq!(server.count("SELECT count(*) FROM messages").await, 2);

    assert_eq!(retention::forget(&server.app.store, server.clock.now(), 30).await.unwrap().calls, 0);
    server.clock.advance(DAY * 31);
    assert_eq!(retention::forget(&server.app.store, server.clock.now(), 30).await.unwrap().calls, 1);
    assert_eq!(server.count("SELECT count(*) FROM messages").await, 2);
}

#[tokio::test]
async fn a_ringing_call_is_never_deleted_however_old_it_is() {
    let server = TestServer::new().await;
    let (anna, _ben, conversation) = server.anna_and_ben().await;
    anna.rings(&conversation).await;
    let later = server.clock.now().plus(DAY * 400);
    assert_eq!(server.app.store.forget_before(later).await.unwrap().calls, 0);
    assert_eq!(server.count("SELECT count(*) FROM calls WHERE status = 'ringing'").await, 1);
}
