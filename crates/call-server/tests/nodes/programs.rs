//! Two real server processes, as an operator runs them: what a killed or paused node means for the people
//! connected to it.

use axum::body::Bytes;
use http_body_util::Full;
use kit_server::{folder::Folder, rest, socket::Socket, test_server::eventually, world::World};
use kit_services::nats::Nats;
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::Duration,
};
use tokio::time::sleep;
use tokio_tungstenite::tungstenite::http;

/// A running program; killed when it is dropped.
struct Program {
    child: Child,
    address: SocketAddr,
}

impl Program {
    fn start(folder: &Folder, nats: &Nats) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_call-server"))
            .args(["--listen", "127.0.0.1:0", "--no-ice-servers", "--demo", "--rate-factor", "0"])
            .env("DATABASE_URL", folder.url())
            .env("NATS_URL", nats.url())
            .env("CALLS_LOG", "warn")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening on http://").unwrap().parse().unwrap();
        Self { child, address }
    }

    fn signal(&self, name: &str) {
        let kill = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(kill.unwrap().success());
    }

    async fn ask(&self, method: &str, path: &str, (token, device): (&str, &str), body: Value) -> rest::Reply {
        let request = http::Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        let request = request.header("content-type", "application/json").header("x-device-id", device);
        let request = request.header("authorization", format!("Bearer {token}"));
        rest::send(request.body(Full::<Bytes>::from(body.to_string())).unwrap()).await
    }

    async fn token_of(&self, name: &str) -> String {
        let body = json!({ "username": name, "password": "messenger" });
        let session = self.ask("POST", "/api/auth/login", ("", "d"), body).await;
        session.body["access_token"].as_str().unwrap().to_owned()
    }

    async fn connect(&self, token: &str, device: &str) -> (Socket, Value) {
        let mut socket = Socket::open(self.address).await;
        socket.hello(token, device).await;
        let welcome = socket.until("welcome").await;
        (socket, welcome)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Scene {
    folder: Folder,
    one: Program,
    two: Program,
    anna: String,
    ben: String,
    annas: Socket,
    bens: Socket,
    call: String,
    _nats: Nats,
}

/// Anna at the first node and Ben at the second are in a call.
async fn in_a_call() -> Scene {
    let (folder, nats) = (World::Nodes.folder(), Nats::start());
    drop(folder.database());
    let (one, two) = (Program::start(&folder, &nats), Program::start(&folder, &nats));
    let (anna, ben) = (one.token_of("anna").await, two.token_of("ben").await);
    let (mut annas, _) = one.connect(&anna, "anna-1").await;
    let (mut bens, _) = two.connect(&ben, "ben-1").await;
    let contacts = one.ask("GET", "/api/contacts", (&anna, "anna-1"), json!({})).await;
    assert_eq!(contacts.body[0]["online"], true, "seen from another node");
    let wanted = json!({ "conversation_id": contacts.body[0]["conversation_id"], "call_type": "audio" });
    let ringing = one.ask("POST", "/api/calls/initiate", (&anna, "anna-1"), wanted).await;
    assert_eq!(ringing.status, 201, "{}", ringing.text);
    let call = ringing.body["call"]["id"].as_str().unwrap().to_owned();
    bens.until("call_ringing").await;
    let answered = two.ask("POST", &format!("/api/calls/{call}/answer"), (&ben, "ben-1"), json!({})).await;
    assert_eq!(answered.status, 200, "{}", answered.text);
    annas.until("call_answered").await;
    for socket in [&mut annas, &mut bens] {
        socket.say(json!({ "type": "media_flowing", "call_id": call })).await;
    }
    eventually(async || folder.count("SELECT count(*) FROM calls WHERE started_at IS NOT NULL").await == 1)
        .await;
    Scene { folder, one, two, anna, ben, annas, bens, call, _nats: nats }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_survives_the_death_of_a_node() {
    let mut scene = in_a_call().await;
    scene.one.signal("KILL");
    assert_eq!(scene.annas.close_code().await, None, "without a message");
    let (mut annas, welcome) = scene.two.connect(&scene.anna, "anna-1").await;
    assert_eq!(welcome["live_calls"][0]["call"]["id"], json!(scene.call));
    assert_eq!(welcome["live_calls"][0]["call"]["status"], "active");
    annas
        .say(json!({ "type": "signal", "call_id": scene.call,
        "signal_data": { "type": "offer", "generation": 1, "seq": 9, "data": { "sdp": "restart" } } }))
        .await;
    assert_eq!(scene.bens.until("signal").await["signal_data"]["seq"], 9);
    // Longer than the time after which a node counts as dead.
    sleep(Duration::from_secs(9)).await;
    let end = format!("/api/calls/{}/end", scene.call);
    assert_eq!(scene.two.ask("POST", &end, (&scene.ben, "ben-1"), json!({})).await.status, 200);
    assert_eq!(annas.until("call_ended").await["call"]["status"], "ended");
    assert_eq!(scene.folder.count("SELECT count(*) FROM calls WHERE status = 'ended'").await, 1);
    assert_eq!(scene.folder.count("SELECT count(*) FROM messages").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_of_a_dead_node_who_do_not_come_back_go_offline_for_the_others() {
    let mut scene = in_a_call().await;
    scene.one.signal("KILL");
    let heard = scene.bens.until("presence").await;
    assert_eq!(heard["online"], false);
    assert_eq!(scene.folder.count("SELECT count(*) FROM nodes").await, 1);
    assert_eq!(
        scene.folder.count("SELECT count(*) FROM calls WHERE status = 'active'").await,
        1,
        "the call waits for her"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_was_paused_rejoins_and_ends_nothing() {
    let mut scene = in_a_call().await;
    scene.one.signal("STOP");
    let (mut annas, welcome) = scene.two.connect(&scene.anna, "anna-1").await;
    assert_eq!(welcome["live_calls"][0]["call"]["status"], "active");
    eventually(async || scene.folder.count("SELECT count(*) FROM nodes").await == 1).await;
    scene.one.signal("CONT");
    eventually(async || scene.folder.count("SELECT count(*) FROM nodes").await == 2).await;
    assert_eq!(scene.annas.close_code().await, Some(4009), "she is at the other node by now");
    sleep(Duration::from_secs(3)).await;
    annas.no("call_ended").await;
    let active = "SELECT count(*) FROM calls WHERE status = 'active'";
    assert_eq!(scene.folder.count(active).await, 1);
    // Both nodes serve both people.
    let end = format!("/api/calls/{}/end", scene.call);
    assert_eq!(scene.one.ask("POST", &end, (&scene.anna, "anna-1"), json!({})).await.status, 200);
    assert_eq!(scene.bens.until("call_ended").await["call"]["status"], "ended");
    annas.until("call_ended").await;
    assert_eq!(scene.folder.count("SELECT count(*) FROM messages").await, 1);
}
