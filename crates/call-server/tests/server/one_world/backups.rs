//! Backups of the database: made while people call, restored while they are connected, on the same machine or a
//! new one.

use call_protocol::close_code;
use call_server::{
    clock::Clock,
    config::{Config, Database},
    operator_commands,
    store::{Content, Restored},
};
use kit_server::{
    person::Person,
    test_server::{TestServer, eventually},
};
use serde_json::json;
use std::path::{Path, PathBuf};

fn on(file: &Path) -> Config {
    Config { database: Database::File(file.to_owned()), ..Config::default() }
}

fn file_of(server: &TestServer) -> PathBuf {
    server.folder.0.join("calls.sqlite")
}

async fn restore(copy: &Path, file: &Path) -> Result<Restored, String> {
    operator_commands::restore(&on(file), &Clock::system(), copy).await.map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_backup_restored_while_people_are_connected_is_what_they_see_next() {
    let server = TestServer::new().await;
    let (mut anna, ben, conversation) = server.anna_and_ben().await;
    let path = format!("/api/conversations/{conversation}/messages");
    assert_eq!(anna.person.post(&path, json!({ "content": "before" })).await.status, 201);
    let copy = server.folder.0.join("copy.sqlite");
    let content = operator_commands::back_up(&on(&file_of(&server)), &copy).await.unwrap();
    assert_eq!(content, Content { people: 2, messages: 1, calls: 0 });
    assert_eq!(ben.person.post(&path, json!({ "content": "after" })).await.status, 201);
    let late = server.person("carla").await;
    let call = ben.rings(&conversation).await;
    let restored = restore(&copy, &file_of(&server)).await.unwrap();
    assert_eq!(restored.content, content);
    assert_eq!(anna.socket.close_code().await, Some(close_code::GOING_AWAY), "everybody has to reconnect");
    let anna = anna.person.connect("anna-1").await;
    assert_eq!(anna.welcome["live_calls"], json!([]), "a call that the copy does not know is over");
    ben.act(&call, "end").await.is(404, "call_not_found");
    let messages = anna.person.get(&path).await.body["messages"].clone();
    assert_eq!(messages.as_array().unwrap().len(), 1, "{messages}");
    assert_eq!(late.get("/api/me").await.status, 401, "nobody here");
    assert_eq!(anna.call(&conversation).await.status, 409, "ben has not come back yet");
    // The previous data is kept, in case somebody meant another backup.
    let before =
        operator_commands::restore(&on(&file_of(&server)), &Clock::system(), &restored.before.unwrap()).await;
    assert_eq!(before.unwrap().content, Content { people: 3, messages: 2, calls: 1 });
}

#[tokio::test]
async fn a_backup_can_be_moved_to_a_new_machine_and_people_stay_signed_in() {
    let server = TestServer::new().await;
    let (anna, _ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    let copy = server.folder.0.join("copy.sqlite");
    operator_commands::back_up(&on(&file_of(&server)), &copy).await.unwrap();
    anna.act(&call, "end").await;
    let (folder, clock) = server.stop().await;
    let moved = folder.0.join("elsewhere/calls.sqlite");
    let restored = restore(&copy, &moved).await.unwrap();
    assert!(restored.before.is_none());
    clock.advance(std::time::Duration::from_secs(120));
    let server = TestServer::at(folder, clock, |config| config.database = Database::File(moved)).await;
    // What was ringing when the backup was made ends by itself.
    eventually(async || anna_sees_no_call(&server, &anna.person, &conversation).await).await;
}

async fn anna_sees_no_call(server: &TestServer, anna: &Person, conversation: &str) -> bool {
    let path = format!("/api/calls/active/{conversation}");
    let anna = Person { address: server.address, app: server.app.clone(), ..anna.clone() };
    anna.get(&path).await.body.is_null()
}

#[tokio::test]
async fn an_unusable_backup_changes_nothing() {
    let server = TestServer::new().await;
    let anna = server.person("anna").await;
    let file = file_of(&server);
    let (good, torn, text) =
        (server.folder.0.join("a"), server.folder.0.join("b"), server.folder.0.join("c"));
    operator_commands::back_up(&on(&file), &good).await.unwrap();
    let bytes = std::fs::read(&good).unwrap();
    std::fs::write(&torn, &bytes[..bytes.len() / 2]).unwrap();
    std::fs::write(&text, "these are not tables, only text").unwrap();
    let newer = server.folder.0.join("d");
    std::fs::write(&newer, &bytes).unwrap();
    make_newer(&newer).await;
    let (empty, bare) = (server.folder.0.join("e"), server.folder.0.join("f"));
    std::fs::write(&empty, "").unwrap();
    with(&bare, "CREATE TABLE t (x); DROP TABLE t").await;
    for (copy, reason) in [
        (&torn, "malformed"),
        (&text, "no SQLite database"),
        (&newer, "newer version"),
        (&empty, "no copy of a call server's database"),
        (&bare, "no copy of a call server's database"),
        (&file, "the database itself"),
    ] {
        let said = restore(copy, &file).await.unwrap_err();
        assert!(said.contains(reason) && said.contains(&*copy.to_string_lossy()), "{said}");
        assert_eq!(anna.get("/api/me").await.status, 200);
    }
    let again = operator_commands::back_up(&on(&file), &good).await.unwrap_err().to_string();
    assert!(again.contains("is there already"), "{again}");
    let left: Vec<_> =
        std::fs::read_dir(&server.folder.0).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    let left: Vec<_> = left
        .iter()
        .filter_map(|name| name.to_str())
        .filter(|name| name.contains("rest") || name.contains("part"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

async fn with(file: &Path, statements: &'static str) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file).create_if_missing(true);
    let db = sqlx::SqlitePool::connect_with(options).await.unwrap();
    sqlx::raw_sql(statements).execute(&db).await.unwrap();
    db.close().await;
}

/// Makes a database one that a later version brought up to date.
async fn make_newer(file: &Path) {
    with(
        file,
        "INSERT INTO _sqlx_migrations SELECT 99, 'later', installed_on, success, checksum, execution_time \
        FROM _sqlx_migrations WHERE version = 1",
    )
    .await;
}

#[tokio::test]
async fn an_operator_who_goes_back_is_told_that_the_database_is_in_the_way_and_not_that_the_backup_is_bad() {
    let server = TestServer::new().await;
    server.person("anna").await;
    let file = file_of(&server);
    let copy = server.folder.0.join("before-upgrade.sqlite");
    operator_commands::back_up(&on(&file), &copy).await.unwrap();
    let (folder, _clock) = server.stop().await;
    make_newer(&file).await;
    let foreign = folder.0.join("foreign.sqlite");
    with(&foreign, "CREATE TABLE t (x)").await;
    for (present, reason) in [(&file, "newer version"), (&foreign, "tables of another program (t)")] {
        let said = restore(&copy, present).await.unwrap_err();
        let about = format!("the database that is there now, {}: ", present.display());
        assert!(said.starts_with(&about) && said.contains(reason) && said.contains("move it away"), "{said}");
        assert!(!said.contains("before-upgrade"), "{said}");
    }
    let left = std::fs::read_dir(&folder.0).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = left.filter(|name| name.to_string_lossy().contains("-before-")).collect();
    assert!(left.is_empty(), "{left:?}");
    // As the page on upgrades says.
    for ending in ["", "-wal", "-shm"] {
        let of = |name: &str| folder.0.join(format!("{name}{ending}"));
        let _ = std::fs::rename(of("calls.sqlite"), of("moved.sqlite"));
    }
    assert_eq!(restore(&copy, &file).await.unwrap().content.people, 1);
    // A file without anything in it is in nobody's way.
    let fresh = folder.0.join("fresh.sqlite");
    std::fs::write(&fresh, "").unwrap();
    let restored = restore(&copy, &fresh).await.unwrap();
    assert_eq!((restored.content.people, restored.before), (1, None));
}
