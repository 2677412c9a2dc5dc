//! What other roles can see with plain SQL, as the clients of PostgREST and Supabase do: people see their own
//! calls, strangers and anonymous readers nothing, and nobody a password, a session or the signing key.

use kit_server::{test_server::TestServer, world::World};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

/// A role like Supabase's `authenticated`: it may read every table of the server, as far as policies allow.
async fn outsider(server: &TestServer) -> PgConnection {
    let mut db = PgConnection::connect(&server.folder.url()).await.unwrap();
    let role = format!("client_{}", server.folder.schema());
    let schema = server.folder.schema();
    let sql = format!(
        "CREATE ROLE {role} NOLOGIN; GRANT USAGE ON SCHEMA {schema} TO {role}; \
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}; SET ROLE {role};"
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut db).await.unwrap();
    db
}

async fn be(db: &mut PgConnection, setting: &str, value: &str) {
    sqlx::query("SELECT set_config($1, $2, false)").bind(setting).bind(value).execute(db).await.unwrap();
}

async fn count(db: &mut PgConnection, table: &str) -> i64 {
    let select = AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
    sqlx::query_scalar(select).fetch_one(db).await.unwrap()
}

const OF_CALLS: [(&str, i64); 4] =
    [("calls", 1), ("call_participants", 2), ("call_runtime", 1), ("call_seats", 2)];
const OF_THE_SERVER: [&str; 10] = [
    "users",
    "refresh_tokens",
    "sessions",
    "ended_sessions",
    "conversations",
    "conversation_members",
    "contacts",
    "messages",
    "settings",
    "audit_log",
];

#[tokio::test]
async fn a_participant_sees_their_calls_and_a_stranger_sees_nothing() {
    let server = World::Postgres.server().await;
    let (anna, ben, conversation) = server.anna_and_ben().await;
    let carla = server.person("carla").await;
    anna.rings(&conversation).await;
    let db = &mut outsider(&server).await;
    for (id, sees) in [(&anna.person.id, true), (&ben.person.id, true), (&carla.id, false)] {
        be(db, "request.jwt.claims", &format!(r#"{{"sub":"{id}","role":"authenticated"}}"#)).await;
        for (table, rows) in OF_CALLS {
            assert_eq!(count(db, table).await, if sees { rows } else { 0 }, "{table}");
        }
    }
    be(db, "request.jwt.claims", "").await;
    be(db, "request.jwt.claim.sub", anna.person.id.as_str()).await;
    assert_eq!(count(db, "calls").await, 1, "the older way to pass the token");
}

#[tokio::test]
async fn a_table_created_by_the_reader_does_not_replace_the_participants() {
    let server = World::Postgres.server().await;
    let (anna, _ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    let carla = server.person("carla").await;
    let db = &mut outsider(&server).await;
    be(db, "request.jwt.claims", &format!(r#"{{"sub":"{}"}}"#, carla.id)).await;
    let forged = format!(
        "CREATE TEMP TABLE call_participants (call_id uuid, user_id uuid); \
         INSERT INTO call_participants VALUES ('{call}', '{}'); GRANT SELECT ON call_participants TO PUBLIC",
        carla.id
    );
    sqlx::raw_sql(AssertSqlSafe(forged)).execute(&mut *db).await.unwrap();
    assert_eq!(count(db, "calls").await, 0);
}

#[tokio::test]
async fn an_anonymous_reader_sees_nothing_and_gets_no_error() {
    let server = World::Postgres.server().await;
    let (anna, _ben, conversation) = server.anna_and_ben().await;
    anna.rings(&conversation).await;
    let db = &mut outsider(&server).await;
    assert_eq!(count(db, "calls").await, 0, "no claims at all");
    for claims in ["{}", r#"{"role":"anon"}"#, r#"{"sub":"anna"}"#, r#"{"sub":""}"#] {
        be(db, "request.jwt.claims", claims).await;
        for (table, _) in OF_CALLS {
            assert_eq!(count(db, table).await, 0, "{table} with {claims}");
        }
    }
}

#[tokio::test]
async fn nobody_reads_the_servers_own_tables_and_nobody_writes_calls() {
    let server = World::Postgres.server().await;
    let (anna, _ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    let db = &mut outsider(&server).await;
    be(db, "request.jwt.claims", &format!(r#"{{"sub":"{}"}}"#, anna.person.id)).await;
    for table in OF_THE_SERVER {
        assert_eq!(count(db, table).await, 0, "{table}");
    }
    for sql in ["UPDATE calls SET status = 'ended'", "DELETE FROM calls", "DELETE FROM call_seats"] {
        assert_eq!(db.execute(sql).await.unwrap().rows_affected(), 0, "{sql}");
    }
    let forged =
        format!("INSERT INTO call_participants (call_id, user_id) VALUES ('{call}', '{}')", anna.person.id);
    assert!(db.execute(AssertSqlSafe(forged)).await.is_err());
    // The list above is complete: a table without row-level security would be open to every such role.
    let open = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND NOT rowsecurity \
        AND tablename <> '_sqlx_migrations'";
    assert_eq!(server.folder.count(open).await, 0);
}
