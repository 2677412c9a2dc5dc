//! The database file: created from nothing, opened again, and what its constraints refuse even if the code has
//! a bug.

use call_server::store::Store;
use kit_server::{folder::Folder, test_server::TestServer};
use sqlx::{Row, SqlitePool};

async fn opened(folder: &Folder) -> SqlitePool {
    let file = folder.0.join("deep/er/calls.sqlite");
    let store = Store::open(&file, None).await.unwrap();
    store.close().await;
    SqlitePool::connect(&format!("sqlite://{}", file.display())).await.unwrap()
}

const PEOPLE: &str = "INSERT INTO users (id, username, display_name, password_hash) VALUES \
    ('u1', 'anna', 'Anna', ''), ('u2', 'ben', 'Ben', ''); INSERT INTO conversations (id) VALUES ('k1'), ('k2');";

#[tokio::test]
async fn the_schema_is_created_once_and_left_alone_the_second_time() {
    let folder = Folder::new();
    let db = opened(&folder).await;
    sqlx::raw_sql(PEOPLE).execute(&db).await.unwrap();
    sqlx::raw_sql("INSERT INTO calls (id, conversation_id, initiator_id, call_type, status) VALUES ('c1', 'k1', 'u1', 'audio', 'ended')")
        .execute(&db)
        .await
        .unwrap();
    db.close().await;
    let db = opened(&folder).await;
    let row =
        sqlx::query("SELECT created_at, updated_at FROM calls WHERE id = 'c1'").fetch_one(&db).await.unwrap();
    let created: String = row.get("created_at");
    assert_eq!((created.len(), created.ends_with('Z')), (24, true), "RFC 3339 with milliseconds: {created}");
    let applied: i64 = sqlx::query_scalar("SELECT count(*) FROM _sqlx_migrations WHERE success")
        .fetch_one(&db)
        .await
        .unwrap();
    assert_eq!(applied, 7);
}

#[tokio::test]
async fn the_required_columns_and_indexes_all_exist() {
    let folder = Folder::new();
    let db = opened(&folder).await;
    let names =
        async |sql: &'static str| -> Vec<String> { sqlx::query_scalar(sql).fetch_all(&db).await.unwrap() };
    assert_eq!(
        names("SELECT name FROM pragma_table_info('calls')").await,
        [
            "id",
            "conversation_id",
            "initiator_id",
            "call_type",
            "status",
            "started_at",
            "ended_at",
            "error_reason",
            "created_at",
            "updated_at"
        ]
    );
    assert_eq!(
        names("SELECT name FROM pragma_table_info('call_participants')").await,
        ["id", "call_id", "user_id", "joined_at", "left_at", "created_at"]
    );
    let indexes = names("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL").await;
    for index in [
        "idx_calls_conversation",
        "idx_calls_status",
        "idx_call_participants_call",
        "idx_call_participants_user",
    ] {
        assert!(indexes.iter().any(|name| name == index), "{index}");
    }
    assert_eq!(names("PRAGMA journal_mode").await, ["wal"]);
}

#[tokio::test]
async fn the_constraints_refuse_what_two_people_could_do_at_once() {
    let folder = Folder::new();
    let db = opened(&folder).await;
    sqlx::raw_sql(PEOPLE).execute(&db).await.unwrap();
    let call = |id: &str, kind: &str, status: &str| {
        format!(
            "INSERT INTO calls (id, conversation_id, initiator_id, call_type, status) VALUES ('{id}', 'k1', 'u1', '{kind}', '{status}')"
        )
    };
    let run = async |sql: String| sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&db).await;
    for id in ["c1", "c2"] {
        run(call(id, "audio", "ringing")).await.unwrap();
    }
    assert!(run(call("c3", "smoke", "ringing")).await.is_err());
    assert!(run(call("c3", "audio", "lost")).await.is_err());
    let live = |id: &str, conversation: &str, live: i32| {
        format!(
            "INSERT INTO call_runtime (call_id, conversation_id, ring_deadline, live, version) VALUES ('{id}', '{conversation}', '', {live}, 1)"
        )
    };
    run(live("c1", "k1", 1)).await.unwrap();
    assert!(run(live("c2", "k1", 1)).await.is_err(), "two live calls in a conversation");
    run(live("c2", "k1", 0)).await.unwrap();
    run("INSERT INTO call_seats (call_id, user_id, device_id) VALUES ('c1', 'u1', 'd1')".to_owned())
        .await
        .unwrap();
    let second = "INSERT INTO call_seats (call_id, user_id, held, left_at) VALUES ('c2', 'u1',";
    assert!(run(format!("{second} 0, NULL)")).await.is_err(), "one person in two calls");
    run(format!("{second} 0, 'left')")).await.unwrap();
    let participant = "INSERT INTO call_participants (id, call_id, user_id) VALUES";
    run(format!("{participant} ('p1', 'c1', 'u1')")).await.unwrap();
    assert!(run(format!("{participant} ('p2', 'c1', 'u1')")).await.is_err());
    assert!(run(format!("{participant} ('p3', 'c1', 'nobody')")).await.is_err());
}

#[tokio::test]
async fn the_signing_key_is_created_once_and_kept() {
    let server = TestServer::new().await;
    let anna = server.person("anna").await;
    let token = anna.token.clone();
    let server = server.restart().await;
    let mut again = server.signed_in(&anna.id, "anna");
    again.token = token;
    assert_eq!(again.get("/api/me").await.status, 200, "a restart signs nobody out");
}
