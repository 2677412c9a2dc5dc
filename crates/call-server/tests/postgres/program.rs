//! The program itself with PostgreSQL: it starts, keeps its data over a restart, and reports what prevents the
//! start.

use kit_server::{test_server::PATIENCE, world::World};
use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::Instant,
};

fn program(url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_call-server"));
    command.args(["--listen", "127.0.0.1:0", "--no-ice-servers", "--demo"]).env("DATABASE_URL", url);
    command.env("CALLS_LOG", "warn").stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[tokio::test]
async fn it_uses_the_database_that_its_variable_names_and_finds_everything_again() {
    let folder = World::Postgres.folder();
    drop(folder.database());
    for _ in 0..2 {
        let mut child = program(&folder.url()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert!(line.starts_with("listening on http://"), "{line}");
        assert_eq!(folder.count("SELECT count(*) FROM users").await, 2);
        assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn an_unreachable_database_is_reported_in_one_sentence_without_its_password() {
    let begun = Instant::now();
    let output = program("postgres://calls:secret@127.0.0.1:1/calls").output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), error.lines().count()), (Some(1), 1), "{error}");
    assert!(error.contains("cannot use the database postgres://127.0.0.1:1/calls"), "{error}");
    assert!(!error.contains("secret") && begun.elapsed() < PATIENCE, "{error}");
}

#[tokio::test]
async fn a_missing_database_and_a_missing_right_are_reported_with_what_helps() {
    let refused = |url: &str| {
        let output = program(url).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), error.lines().count()), (Some(1), 1), "{error}");
        assert!(!error.contains("choose another one"), "{error}");
        error
    };
    let url = kit_services::postgres::url();
    let error = refused(&url.replace("/postgres?", "/nosuch?"));
    assert!(error.contains("does not exist") && error.contains("createdb"), "{error}");
    let error = refused(&url.replace("calls@", "nobody_here@"));
    assert!(error.contains("correct the user and the password"), "{error}");

    let folder = World::Postgres.folder();
    drop(folder.database());
    let db = sqlx::PgPool::connect(&folder.url()).await.unwrap();
    let role = "CREATE ROLE without_rights LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC";
    sqlx::raw_sql(role).execute(&db).await.unwrap();
    db.close().await;
    let error = refused(&folder.url().replace("calls@", "without_rights@"));
    assert!(error.contains("permission denied for schema public;") || error.contains("no schema"), "{error}");
    assert!(error.contains("GRANT CREATE ON SCHEMA public TO"), "{error}");
}
