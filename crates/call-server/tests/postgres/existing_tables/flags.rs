//! The program itself, whose flags describe the tables of an application.

use super::project::Project;

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

fn program(project: &Project, users: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_call-server"));
    let schema = project.tables.schema.to_string();
    command
        .args(["--listen", "127.0.0.1:0", "--no-ice-servers", "--tables-schema", &schema])
        .args(["--users-table", users, "--users-username", "none", "--users-display-name", "full_name"])
        .args(["--users-picture", "avatar_url", "--conversations-table", "conversations"])
        .args(["--members-table", "conversation_participants", "--members-conversation", "conversation"])
        .args(["--members-user", "profile", "--messages-table", "messages", "--messages-sender", "author"])
        .args([
            "--messages-conversation",
            "conversation",
            "--messages-content",
            "body",
            "--messages-type",
            "kind",
        ])
        .args(["--messages-type-text", "plain", "--messages-type-system", "notice"])
        .args(["--messages-metadata", "extra", "--messages-created-at", "sent at"])
        .env("DATABASE_URL", project.folder.url())
        .env("CALLS_LOG", "warn")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

#[tokio::test]
async fn it_starts_with_the_tables_that_its_flags_name_and_reports_what_does_not_fit() {
    let project = Project::new().await;
    let mut child = program(&project, "profiles").spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert!(line.starts_with("listening on http://"), "{line}{}", String::from_utf8_lossy(&output.stderr));

    let refused = program(&project, "people").output().unwrap();
    let error = String::from_utf8(refused.stderr).unwrap();
    assert_eq!((refused.status.code(), error.lines().count()), (Some(1), 2), "{error}");
    assert!(error.contains("\n- there is no table people: name the right one with --users-table"), "{error}");
}
