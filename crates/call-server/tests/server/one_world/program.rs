//! The program itself: what it prints, how it stops, and what it reports when it cannot start.

use axum::body::Bytes;
use call_protocol::close_code;
use http_body_util::Full;
use kit_server::{folder::Folder, rest, socket::Socket};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Output, Stdio},
};

pub(crate) fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_call-server"));
    command.args(arguments).env("CALLS_LOG", "warn").stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The program with a database file, and its address.
pub(crate) fn running(database: &Path) -> (Child, SocketAddr) {
    let database = database.to_str().unwrap();
    let everybody = ["--registration", "open", "--no-ice-servers", "--database", database];
    let mut child = program(&[&["--listen", "127.0.0.1:0"], &everybody[..]].concat()).spawn().unwrap();
    let address = listening(&mut child);
    (child, address)
}

/// A server was started with this database and is over.
pub(crate) fn started_once(database: &Path) {
    let (mut child, _) = running(database);
    child.kill().unwrap();
    child.wait().unwrap();
}

pub(crate) fn listening(child: &mut Child) -> SocketAddr {
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    line.trim_end().strip_prefix("listening on http://").unwrap().parse().unwrap()
}

pub(crate) async fn post_json(address: SocketAddr, path: &str, body: &Value) -> Value {
    let request = tokio_tungstenite::tungstenite::http::Request::builder().method("POST");
    let request = request.uri(format!("http://{address}{path}")).header("content-type", "application/json");
    rest::send(request.body(Full::<Bytes>::from(body.to_string())).unwrap()).await.body
}

pub(crate) fn refused(arguments: &[&str]) -> String {
    let Output { status, stdout, stderr } = program(arguments).output().unwrap();
    let error = String::from_utf8(stderr).unwrap();
    assert_eq!((status.code(), stdout.len()), (Some(1), 0), "{error}");
    assert_eq!(error.lines().count(), 1, "expected one sentence: {error}");
    error
}

#[tokio::test(flavor = "multi_thread")]
async fn it_prints_its_address_and_stops_cleanly_on_a_signal() {
    let folder = Folder::new();
    let file = folder.0.join("data/calls.sqlite");
    let (mut child, address) = running(&file);
    let mut body = String::new();
    let account = serde_json::json!({ "username": "carla", "password": "correct horse" });
    let session = post_json(address, "/api/auth/register", &account).await;
    let mut socket = Socket::open(address).await;
    socket.hello(session["access_token"].as_str().unwrap(), "d1").await;
    socket.until("welcome").await;
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    assert_eq!(socket.close_code().await, Some(close_code::GOING_AWAY));
    let status = tokio::task::block_in_place(|| child.wait()).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut body).unwrap();
    let said: Vec<_> = body.lines().filter(|line| !line.contains("the web client is not there")).collect();
    assert_eq!((status.code(), said), (Some(0), vec![]), "{body}");
    assert!(file.exists());
    let (mut again, _) = running(&file);
    again.kill().unwrap();
    again.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_names_the_trace_of_the_request_that_a_line_belongs_to() {
    let folder = Folder::new();
    let database = folder.0.join("calls.sqlite");
    let mut command = program(&["--listen", "127.0.0.1:0", "--no-ice-servers", "--database"]);
    command.arg(database).env("CALLS_LOG", "info").env("CALLS_REGISTRATION", "open");
    let mut child = command.spawn().unwrap();
    let address = listening(&mut child);
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let request = tokio_tungstenite::tungstenite::http::Request::builder().method("POST");
    let request = request.uri(format!("http://{address}/api/auth/register"));
    let request = request.header("content-type", "application/json");
    let request = request.header("traceparent", format!("00-{trace}-00f067aa0ba902b7-01"));
    let account = r#"{ "username": "carla", "password": "correct horse" }"#;
    assert_eq!(rest::send(request.body(Full::<Bytes>::from(account)).unwrap()).await.status, 201);
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    let mut log = String::new();
    tokio::task::block_in_place(|| child.wait()).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    let line = log.lines().find(|line| line.contains("account made"));
    assert!(line.is_some_and(|line| line.contains(&format!("trace.id={trace}"))), "{log}");
    assert!(log.lines().any(|line| line.contains("stopping") && !line.contains("trace.id")), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_signed_in_can_fill_the_log_or_forge_a_line() {
    let folder = Folder::new();
    let database = folder.0.join("calls.sqlite");
    let mut command =
        program(&["--listen", "127.0.0.1:0", "--no-ice-servers", "--log-format", "json", "--database"]);
    command.arg(database).env("CALLS_LOG", "info").env("CALLS_REGISTRATION", "open");
    let mut child = command.spawn().unwrap();
    let address = listening(&mut child);
    let account = serde_json::json!({ "username": "carla", "password": "correct horse" });
    let session = post_json(address, "/api/auth/register", &account).await;
    let mut socket = Socket::open(address).await;
    socket.hello(session["access_token"].as_str().unwrap(), "d1").await;
    let nobodys = "0190a2f4-1b7c-7def-8a9b-0c1d2e3f4a5b";
    for id in ["\u{1b}[31mforged\nINFO all is well", nobodys, &"x".repeat(60_000)].repeat(30) {
        socket.say(serde_json::json!({ "type": "media_flowing", "call_id": id })).await;
        assert_eq!(socket.until("error").await["error"]["code"], "call_not_found");
    }
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    let mut log = String::new();
    tokio::task::block_in_place(|| child.wait()).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    let lines: Vec<Value> =
        log.lines().map(|line| serde_json::from_str(line).expect("one object a line")).collect();
    let said = |message: &str| lines.iter().filter(|line| line["message"] == message).count();
    assert_eq!((said("started"), said("refused"), said("device connected")), (1, 1, 1), "{log}");
    let started = lines.iter().find(|line| line["message"] == "started").unwrap();
    assert_eq!(
        (&started["database"], &started["version"]),
        (&"SQLite".into(), &env!("CARGO_PKG_VERSION").into())
    );
    assert!(!log.contains("forged") && !log.contains("xxxx") && log.len() < 10_000, "{log}");
}

#[test]
fn what_prevents_the_start_is_reported_in_one_sentence() {
    let folder = Folder::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let database = folder.0.join("calls.sqlite");
    let database = database.to_str().unwrap();
    assert!(refused(&["--listen", &address, "--database", database]).contains("is in use already"));
    let sentence =
        refused(&["--listen", "127.0.0.1:0", "--metrics-listen", &address, "--database", database]);
    assert!(
        sentence.contains("is in use already") && sentence.contains("with --metrics-listen"),
        "{sentence}"
    );
    // A file in place of the folder: refused even to root.
    std::fs::write(folder.0.join("file"), "no database").unwrap();
    let below = folder.0.join("file/calls.sqlite");
    let sentence = refused(&["--listen", "127.0.0.1:0", "--database", below.to_str().unwrap()]);
    assert!(sentence.contains("cannot make the folder"), "{sentence}");
    let sentence =
        refused(&["--listen", "127.0.0.1:0", "--database", folder.0.join("file").to_str().unwrap()]);
    assert!(sentence.contains("cannot use the database") && sentence.contains("--database"), "{sentence}");
    let sentence = refused(&["--listen", "127.0.0.1:0", "--database", database, "--log", "=="]);
    assert!(sentence.contains("log filter"), "{sentence}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operators_commands_work_without_a_running_server() {
    let folder = Folder::new();
    let file = folder.0.join("calls.sqlite");
    let (mut child, address) = running(&file);
    let account = serde_json::json!({ "username": "carla", "password": "correct horse" });
    let session = post_json(address, "/api/auth/register", &account).await;
    child.kill().unwrap();
    child.wait().unwrap();
    let database = ["--database", file.to_str().unwrap()];
    let ordered = |words: &[&str]| {
        let Output { status, stdout, stderr } = program(&[words, &database].concat()).output().unwrap();
        let said = String::from_utf8([stdout, stderr].concat()).unwrap();
        (status.code(), said)
    };
    let (code, said) = ordered(&["forget", "--older-than-days", "30"]);
    assert_eq!((code, said.as_str()), (Some(0), "forgotten: 0 calls and 0 rows of the audit log\n"));
    let id = session["user"]["id"].as_str().unwrap();
    let (code, said) = ordered(&["delete-user", id]);
    assert_eq!((code, said), (Some(0), format!("deleted: {id}\n")));
    let (code, said) = ordered(&["delete-user", id]);
    assert_eq!((code, said.lines().count()), (Some(1), 1), "{said}");
    assert_eq!(ordered(&["forget"]).0, Some(2), "without a number of days");
}

#[test]
fn an_operator_creates_and_lists_accounts_and_invitations_and_only_generated_passwords_are_printed() {
    let folder = Folder::new();
    let file = folder.0.join("calls.sqlite");
    started_once(&file);
    let database = ["--database", file.to_str().unwrap()];
    let ordered = |words: &[&str], typed: &str| {
        let mut child = program(&[words, &database].concat()).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
        let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
        (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
    };
    let (code, said, _) =
        ordered(&["user", "add", "carla", "--display-name", "Carla Cole"], "correct horse\n");
    assert!(code == Some(0) && said.starts_with("added: carla (") && !said.contains("horse"), "{said}");
    let (code, said, _) = ordered(&["user", "add", "dora", "--generate"], "");
    let made = said.lines().last().unwrap().rsplit(' ').next().unwrap();
    assert!(code == Some(0) && made.len() == 23, "{said}");
    let (code, _, error) = ordered(&["user", "reset-password", "dora"], "");
    assert!(code == Some(1) && error.contains("--generate"), "{error}");
    let (_, said, _) = ordered(&["user", "list"], "");
    assert!(said.starts_with("id\tusername\t") && said.contains("\tcarla\tCarla Cole\t"), "{said}");
    let (_, said, _) = ordered(&["user", "list", "--json"], "");
    let all: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (&all[1]["username"], &all[1]["used_at"], &all[1]["sessions"]),
        (&"dora".into(), &Value::Null, &0.into())
    );

    let home = ["invite", "--public-url", "https://home.example/calls/", "--registration", "invite"];
    let (code, link, error) = ordered(&[&home[..], &["--uses", "3", "--note", "family"]].concat(), "");
    assert!(link.starts_with("https://home.example/calls/#invite=") && link.lines().count() == 1, "{link}");
    assert_eq!((code, error.as_str()), (Some(0), ""));
    let (_, _, error) = ordered(&["invite"], "");
    assert!(error.contains("--public-url") && error.contains("--registration invite"), "{error}");
    let (_, said, _) = ordered(&["invite", "list"], "");
    let line = said.lines().find(|line| line.ends_with("\tfamily")).unwrap();
    let id = line.split('\t').next().unwrap();
    assert_eq!(ordered(&["invite", "revoke", id], "").0, Some(0));
    assert_eq!(ordered(&["invite", "revoke", id], "").0, Some(1));
    assert_eq!(ordered(&["invite", "list"], "").1.lines().count(), 2);
}

#[cfg(unix)]
#[test]
fn it_raises_its_limit_of_open_files_and_says_how_many_connections_that_allows() {
    let folder = Folder::new();
    let limits = "ulimit -Sn 300 && ulimit -Hn 3000 && exec \"$0\" \"$@\"";
    let mut child = Command::new("sh")
        .args(["-c", limits, env!("CARGO_BIN_EXE_call-server"), "--listen", "127.0.0.1:0"])
        .args(["--no-ice-servers", "--database"])
        .arg(folder.0.join("calls.sqlite"))
        .env("CALLS_LOG", "info")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    listening(&mut child);
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let told = lines.map(Result::unwrap).find(|line| line.contains("accepting up to")).unwrap();
    assert!(told.contains("accepting up to 2856 connections") && told.contains("open_files=3000"), "{told}");
    child.kill().unwrap();
    child.wait().unwrap();
}
