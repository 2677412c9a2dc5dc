//! The program receives SIGTERM: it accepts no new connections, finishes what was started, closes every socket
//! properly, and exits within ten seconds whatever its clients do.

use super::program::{post_json, running};
use call_protocol::close_code;
use kit_server::{
    folder::Folder,
    socket::{Socket, unread},
    test_server::{PATIENCE, eventually},
};
use serde_json::{Value, json};
use sqlx::{Connection, Executor, SqliteConnection};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

/// How long an operator waits for a program to stop.
const LONGEST: Duration = Duration::from_secs(10);

/// The program with a database of its own; stopped with the test, however that ends.
struct Program {
    child: Child,
    address: SocketAddr,
    database: PathBuf,
    _folder: Folder,
}

impl Program {
    fn start() -> Self {
        let folder = Folder::new();
        let database = folder.0.join("calls.sqlite");
        let (child, address) = running(&database);
        Self { child, address, database, _folder: folder }
    }

    /// A new person's access token.
    async fn token(&self, name: &str) -> String {
        let account = json!({ "username": name, "password": "correct horse" });
        let session = post_json(self.address, "/api/auth/register", &account).await;
        session["access_token"].as_str().unwrap().to_owned()
    }

    async fn socket(&self, token: &str, device: &str) -> Socket {
        let mut socket = Socket::open(self.address).await;
        socket.hello(token, device).await;
        socket.until("welcome").await;
        socket
    }

    /// The head of a request whose body is still to come.
    async fn half_a_request(&self, path: &str, token: &str, length: usize) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream
    }

    fn terminate(&self) -> Instant {
        assert!(Command::new("kill").arg(self.child.id().to_string()).status().unwrap().success());
        Instant::now()
    }

    /// Waits for the program's exit, which must be clean and in time.
    fn is_gone_in_time(&mut self, told: Instant) {
        let status = tokio::task::block_in_place(|| self.child.wait()).unwrap();
        assert_eq!(status.code(), Some(0));
        assert!(told.elapsed() < LONGEST, "it took {:?}", told.elapsed());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn reply(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    timeout(PATIENCE, stream.read_to_string(&mut text)).await.expect("the connection is closed").unwrap();
    text
}

async fn one_row(database: &Path, sql: &'static str) -> Value {
    let mut db = SqliteConnection::connect(database.to_str().unwrap()).await.unwrap();
    let found: Option<String> = sqlx::query_scalar(sql).fetch_one(&mut db).await.unwrap();
    found.into()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_started_request_is_finished_and_no_new_connection_is_accepted() {
    let mut program = Program::start();
    let token = program.token("carla").await;
    program.token("dana").await;
    let body = json!({ "username": "dana" }).to_string();
    let (first, rest) = body.split_at(body.len() / 2);
    let mut slow = program.half_a_request("/api/contacts", &token, body.len()).await;
    slow.write_all(first.as_bytes()).await.unwrap();
    let mut socket = program.socket(&token, "d1").await;
    let told = program.terminate();
    assert_eq!(socket.close_code().await, Some(close_code::GOING_AWAY));
    eventually(async || TcpStream::connect(program.address).await.is_err()).await;
    sleep(Duration::from_millis(300)).await;
    slow.write_all(rest.as_bytes()).await.unwrap();
    let reply = reply(&mut slow).await;
    assert!(reply.starts_with("HTTP/1.1 201"), "{reply}");
    assert!(reply.to_ascii_lowercase().contains("connection: close"), "{reply}");
    program.is_gone_in_time(told);
    let asked = one_row(&program.database, "SELECT CAST(count(*) AS TEXT) FROM contacts").await;
    assert_eq!(asked, json!("1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_waits_for_the_database_is_finished_too() {
    let mut program = Program::start();
    let token = program.token("carla").await;
    program.token("dana").await;
    let mut lock = SqliteConnection::connect(program.database.to_str().unwrap()).await.unwrap();
    lock.execute("BEGIN IMMEDIATE").await.unwrap();
    let body = json!({ "username": "dana" }).to_string();
    let mut waits = program.half_a_request("/api/contacts", &token, body.len()).await;
    waits.write_all(body.as_bytes()).await.unwrap();
    // Until it has reached the database; earlier would be right as well.
    sleep(Duration::from_millis(300)).await;
    let told = program.terminate();
    sleep(Duration::from_millis(500)).await;
    lock.execute("ROLLBACK").await.unwrap();
    let reply = reply(&mut waits).await;
    assert!(reply.starts_with("HTTP/1.1 201"), "{reply}");
    program.is_gone_in_time(told);
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_do_not_read_or_never_finish_a_request_delay_nobody() {
    let mut program = Program::start();
    let token = program.token("carla").await;
    let mut sockets = Vec::new();
    for number in 0..5 {
        sockets.push(program.socket(&token, &format!("d{number}")).await);
    }
    let _silent = unread(program.address, &token, "silent").await;
    let _idle = TcpStream::connect(program.address).await.unwrap();
    let _half_a_body = program.half_a_request("/api/contacts", &token, 100).await;
    let mut half_a_head = TcpStream::connect(program.address).await.unwrap();
    half_a_head.write_all(b"GET /healthz HT").await.unwrap();
    let _no_hello = Socket::open(program.address).await;
    let told = program.terminate();
    for socket in &mut sockets {
        assert_eq!(socket.close_code().await, Some(close_code::GOING_AWAY));
    }
    assert!(told.elapsed() < LONGEST);
    program.is_gone_in_time(told);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopping_server_stores_who_was_alive_for_the_next_one() {
    let mut program = Program::start();
    let (carla, dana) = (program.token("carla").await, program.token("dana").await);
    let ask = async |token: &str, path: &str, device: &str, body: Value| -> Value {
        let mut stream = TcpStream::connect(program.address).await.unwrap();
        let body = body.to_string();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
             X-Device-Id: {device}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let text = reply(&mut stream).await;
        serde_json::from_str(text.split_once("\r\n\r\n").unwrap().1).unwrap_or_default()
    };
    ask(&carla, "/api/contacts", "c1", json!({ "username": "dana" })).await;
    let contact = ask(&dana, "/api/contacts", "d1", json!({ "username": "carla" })).await;
    let mut phone = program.socket(&dana, "d1").await;
    let wanted = json!({ "conversation_id": contact["conversation_id"], "call_type": "audio" });
    let live = ask(&carla, "/api/calls/initiate", "c1", wanted).await;
    let call = live["call"]["id"].as_str().unwrap();
    ask(&dana, &format!("/api/calls/{call}/answer"), "d1", json!({})).await;
    phone.say(json!({ "type": "media_flowing", "call_id": call })).await;
    let started = "SELECT started_at FROM calls";
    eventually(async || one_row(&program.database, started).await.is_string()).await;
    // Otherwise it is written every ten seconds.
    let told = program.terminate();
    program.is_gone_in_time(told);
    assert!(one_row(&program.database, "SELECT max(media_seen) FROM call_seats").await.is_string());
}
