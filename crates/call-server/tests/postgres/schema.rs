//! The schema in PostgreSQL, and what its constraints refuse even if the code has a bug.

use call_server::store::Store;
use kit_server::{folder::Folder, world::World};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

const ANNA: &str = "00000000-0000-7000-8000-000000000001";
const BEN: &str = "00000000-0000-7000-8000-000000000002";

async fn opened(folder: &Folder) -> PgConnection {
    drop(folder.database());
    Store::connect(&folder.url(), 2).await.unwrap().close().await;
    PgConnection::connect(&folder.url()).await.unwrap()
}

async fn names(db: &mut PgConnection, sql: &'static str) -> Vec<String> {
    sqlx::query_scalar(sql).fetch_all(db).await.unwrap()
}

#[tokio::test]
async fn the_required_columns_and_indexes_exist_exactly_as_required() {
    let folder = World::Postgres.folder();
    let db = &mut opened(&folder).await;
    let columns = "SELECT column_name || ' ' || udt_name || CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END \
        FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $TABLE ORDER BY ordinal_position";
    let of = |table: &str| AssertSqlSafe(columns.replace("$TABLE", &format!("'{table}'")));
    let calls: Vec<String> = sqlx::query_scalar(of("calls")).fetch_all(&mut *db).await.unwrap();
    assert_eq!(
        calls,
        [
            "id uuid not null",
            "conversation_id uuid not null",
            "initiator_id uuid not null",
            "call_type text not null",
            "status text not null",
            "started_at timestamp",
            "ended_at timestamp",
            "error_reason text",
            "created_at timestamp",
            "updated_at timestamp"
        ]
    );
    let participants: Vec<String> =
        sqlx::query_scalar(of("call_participants")).fetch_all(&mut *db).await.unwrap();
    assert_eq!(
        participants,
        [
            "id uuid not null",
            "call_id uuid not null",
            "user_id uuid not null",
            "joined_at timestamp",
            "left_at timestamp",
            "created_at timestamp"
        ]
    );
    let indexes =
        names(db, "SELECT indexname::text FROM pg_indexes WHERE schemaname = current_schema()").await;
    for index in [
        "idx_calls_conversation",
        "idx_calls_status",
        "idx_call_participants_call",
        "idx_call_participants_user",
    ] {
        assert!(indexes.iter().any(|name| name == index), "{index}");
    }
}

#[tokio::test]
async fn the_constraints_refuse_what_two_people_could_do_at_once() {
    let folder = World::Postgres.folder();
    let db = &mut opened(&folder).await;
    let people = format!(
        "INSERT INTO users (id, username, display_name, password_hash) VALUES ('{ANNA}', 'anna', 'Anna', ''), \
         ('{BEN}', 'ben', 'Ben', ''); INSERT INTO conversations (id) VALUES ('{ANNA}'), ('{BEN}');"
    );
    sqlx::raw_sql(AssertSqlSafe(people)).execute(&mut *db).await.unwrap();
    let mut run = async |sql: String| (&mut *db).execute(AssertSqlSafe(sql)).await;
    let call = |id: u8, kind: &str, status: &str| {
        format!(
            "INSERT INTO calls (id, conversation_id, initiator_id, call_type, status) \
             VALUES ('00000000-0000-7000-8000-0000000000c{id}', '{ANNA}', '{ANNA}', '{kind}', '{status}')"
        )
    };
    for id in [1, 2] {
        run(call(id, "audio", "ringing")).await.unwrap();
    }
    assert!(run(call(3, "smoke", "ringing")).await.is_err());
    assert!(run(call(3, "audio", "lost")).await.is_err());
    let live = |id: u8, live: u8| {
        format!(
            "INSERT INTO call_runtime (call_id, conversation_id, ring_deadline, live, version) \
             VALUES ('00000000-0000-7000-8000-0000000000c{id}', '{ANNA}', now(), {live}, 1)"
        )
    };
    run(live(1, 1)).await.unwrap();
    assert!(run(live(2, 1)).await.is_err(), "two live calls in a conversation");
    run(live(2, 0)).await.unwrap();
    let seat = |id: u8, left: &str| {
        format!(
            "INSERT INTO call_seats (call_id, user_id, left_at) \
             VALUES ('00000000-0000-7000-8000-0000000000c{id}', '{ANNA}', {left})"
        )
    };
    run(seat(1, "NULL")).await.unwrap();
    assert!(run(seat(2, "NULL")).await.is_err(), "one person in two calls");
    run(seat(2, "now()")).await.unwrap();
}

#[tokio::test]
async fn times_mean_the_same_whatever_the_databases_time_zone_is() {
    let server = World::Postgres.server().await;
    let (anna, _ben, conversation) = server.anna_and_ben().await;
    let call = anna.call(&conversation).await;
    let told = call.body["call"]["created_at"].as_str().unwrap();
    let mut db = PgConnection::connect(&server.folder.url()).await.unwrap();
    let zone: String = sqlx::query_scalar("SHOW timezone").fetch_one(&mut db).await.unwrap();
    assert_eq!(zone, "UTC", "sqlx asks for it");
    let written = "SELECT to_char(created_at, 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') FROM calls";
    assert_eq!(names(&mut db, written).await, [told]);
}
