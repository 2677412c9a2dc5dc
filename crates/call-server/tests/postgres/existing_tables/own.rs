//! Tables with the default names, in the shape that this server would create, that existed before; several
//! servers that start at the same time; and a server that is switched to other names.

use super::project::{ANNA, BEN, Project, TALK, user};
use call_server::{clock::Clock, store::Store};
use kit_server::{test_server::TestServer, world::World};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::sync::Arc;

const MESSENGER: &str = include_str!("../../../migrations/postgres/0001_messenger.sql");

#[tokio::test]
async fn the_migrations_apply_to_tables_of_the_default_names_and_lose_no_row() {
    let folder = Arc::new(World::Postgres.folder());
    drop(folder.database());
    let mut db = PgConnection::connect(&folder.url()).await.unwrap();
    let rows = format!(
        "INSERT INTO users (id, username, display_name, password_hash) VALUES ('{ANNA}', 'anna', 'Anna', 'x'), \
           ('{BEN}', 'ben', 'Ben', 'x'); INSERT INTO conversations (id) VALUES ('{TALK}'); \
         INSERT INTO conversation_members VALUES ('{TALK}', '{ANNA}'), ('{TALK}', '{BEN}'); \
         INSERT INTO messages (conversation_id, sender_id, content, message_type) VALUES ('{TALK}', '{ANNA}', 'hello', 'text');"
    );
    sqlx::raw_sql(AssertSqlSafe(format!("{MESSENGER}{rows}"))).execute(&mut db).await.unwrap();
    for _ in 0..2 {
        let server = TestServer::at(Arc::clone(&folder), Clock::manual(), |_| ()).await;
        assert_eq!(server.count("SELECT count(*) FROM messages").await, 1);
        let anna = server.signed_in(&user(ANNA), "anna").connect("anna-1").await;
        assert_ne!(anna.call(TALK).await.status, 500);
        let (_, _) = server.stop().await;
        // As if no migration had ever been recorded.
        sqlx::raw_sql("DROP TABLE _sqlx_migrations; DELETE FROM calls").execute(&mut db).await.unwrap();
    }
    assert_eq!(folder.count("SELECT count(*) FROM users").await, 2);
}

#[tokio::test]
async fn servers_that_start_at_the_same_time_do_not_disturb_each_other() {
    let project = Project::new().await;
    let url = project.folder.url();
    let connect = || Store::connect_beside(&url, 2, &project.tables);
    let (one, two, three) = tokio::join!(connect(), connect(), connect());
    for store in [one, two, three] {
        store.unwrap().close().await;
    }
}

#[tokio::test]
async fn after_a_column_is_renamed_and_configured_earlier_calls_are_still_there() {
    let mut project = Project::new().await;
    let server = project.server().await;
    let anna = server.signed_in(&user(ANNA), "anna").connect("anna-1").await;
    let ben = server.signed_in(&user(BEN), "ben").connect("ben-1").await;
    let call = anna.rings(TALK).await;
    assert_eq!(ben.act(&call, "decline").await.status, 200);
    let (_, _) = server.stop().await;
    project
        .run("ALTER TABLE profiles RENAME COLUMN full_name TO name; ALTER TABLE messages RENAME TO posts")
        .await;
    project.tables.users.display_name = "name".parse().unwrap();
    project.tables.messages.table = format!("{}.posts", project.app).parse().unwrap();
    // Its trigger still refers to the old name; that is the application's own business.
    project.run("DROP TRIGGER mark ON posts").await;
    let server = project.server().await;
    let history = server.signed_in(&user(BEN), "ben").get("/api/calls/history").await.body;
    assert_eq!(history["calls"][0]["call"]["id"], call);
    assert_eq!(history["calls"][0]["peer"]["display_name"], "Anna Abel");
}
