//! The bus only speeds things up: what happens while it is dead, paused, or comes and goes.

use call_protocol::close_code;
use call_server::service::deletion;
use kit_server::{
    person::Device,
    test_server::{TestServer, eventually},
    world::World,
};
use kit_services::nats::Nats;
use serde_json::{Value, json};
use std::{collections::HashSet, time::Duration};
use tokio::{
    task::{LocalSet, spawn_blocking},
    time::sleep,
};

async fn server_with(nats: &Nats) -> TestServer {
    let url = nats.url();
    World::Nodes.server_with(move |config| config.nats_url = Some(url)).await
}

#[tokio::test]
async fn without_nats_a_call_rings_is_answered_and_ends() {
    let nats = Nats::start();
    let server = server_with(&nats).await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let _dead = nats.kill();
    let call = anna.rings(&conversation).await;
    let ringing = ben.socket.until("call_ringing").await;
    assert_eq!(ringing["call"]["id"], json!(call));
    assert_eq!(ben.act(&call, "answer").await.status, 200);
    assert_eq!(anna.socket.until("call_answered").await["seats"][1]["device_id"], "ben-1");
    assert_eq!(anna.act(&call, "end").await.status, 200);
    assert_eq!(ben.socket.until("call_ended").await["call"]["id"], json!(call));
    ben.socket.until("message").await;
    assert_eq!(server.count("SELECT count(*) FROM messages").await, 1);
}

#[tokio::test]
async fn what_is_written_while_nats_is_away_arrives_and_everybody_reads_again_afterwards() {
    let nats = Nats::start();
    let server = server_with(&nats).await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let dead = nats.kill();
    let path = format!("/api/conversations/{conversation}/messages");
    eventually(async || !anna.person.app.calls.nodes.as_ref().unwrap().is_joined()).await;
    assert_eq!(anna.post(&path, json!({ "content": "through the database" })).await.status, 201);
    assert_eq!(ben.socket.until("message").await["message"]["content"], "through the database");
    let nats = spawn_blocking(|| dead.start()).await.unwrap();
    ben.socket.until("welcome").await;
    anna.socket.until("welcome").await;
    eventually(async || {
        anna.post(&path, json!({ "content": "and this?" })).await;
        let heard = ben.socket.all().await;
        heard.iter().any(|frame| frame["message"]["content"] == "and this?")
    })
    .await;
    drop(nats);
}

#[tokio::test]
async fn without_a_bus_deleting_an_account_at_one_node_signs_it_out_of_the_others_too() {
    let nats = Nats::start();
    let server = server_with(&nats).await;
    let (anna, mut ben, _) = server.anna_and_ben().await;
    let _dead = nats.kill();
    deletion::delete(&anna.person.app.accounts, &ben.person.id).await.unwrap();
    assert_eq!(ben.socket.close_code().await, Some(close_code::UNAUTHORIZED));
}

#[tokio::test]
async fn a_notice_that_arrives_too_late_is_ignored() {
    let server = World::Nodes.server_with(|config| config.timings.notice_stale = Duration::ZERO).await;
    let (anna, ben) = (server.person("anna").await, server.person("ben").await);
    let conversation = server.befriend(&anna, &ben).await;
    let (anna, mut ben) = (anna.connect("anna-1").await, ben.connect("ben-1").await);
    let path = format!("/api/conversations/{conversation}/messages");
    assert_eq!(anna.post(&path, json!({ "content": "late" })).await.status, 201);
    ben.socket.until("welcome").await;
    ben.socket.no("message").await;
}

/// The next number of a fixed pseudo-random sequence (a linear congruential generator).
fn next(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *seed >> 33
}

#[tokio::test(flavor = "multi_thread")]
async fn no_call_ends_wrongly_while_the_bus_is_killed_paused_and_restarted_at_random() {
    let nats = Nats::start();
    let server = server_with(&nats).await;
    let mut pairs = Vec::new();
    for number in 0..5 {
        let caller = server.person(&format!("caller{number}")).await;
        let callee = server.person(&format!("callee{number}")).await;
        let conversation = server.befriend(&caller, &callee).await;
        pairs.push((caller.connect("c").await, callee.connect("d").await, conversation));
    }
    let bus = spawn_blocking(move || {
        let (mut nats, mut seed) = (nats, 7);
        for _ in 0..8 {
            std::thread::sleep(Duration::from_millis(200 + next(&mut seed) % 600));
            match next(&mut seed) % 3 {
                0 => {
                    let dead = nats.kill();
                    std::thread::sleep(Duration::from_millis(next(&mut seed) % 1500));
                    nats = dead.start();
                }
                1 => {
                    nats.pause();
                    std::thread::sleep(Duration::from_millis(next(&mut seed) % 1500));
                    nats.resume();
                }
                _ => nats = nats.kill().start(),
            }
        }
        nats
    });
    let side_by_side = LocalSet::new();
    let callers = pairs.into_iter().zip(0..).map(|((caller, callee, conversation), seed)| {
        side_by_side.spawn_local(calls_one_after_the_other(caller, callee, conversation, seed))
    });
    let callers: Vec<_> = callers.collect();
    side_by_side.await;
    let mut people = Vec::new();
    for caller in callers {
        people.push(caller.await.unwrap());
    }
    let nats = bus.await.unwrap();
    let calls: usize = people.iter().map(|(_, _, calls)| calls.len()).sum();
    assert_eq!(
        server.count("SELECT count(*) FROM calls WHERE status = 'ended' AND error_reason IS NULL").await,
        calls as i64
    );
    assert_eq!(server.count("SELECT count(*) FROM calls").await, calls as i64);
    assert_eq!(server.count("SELECT count(*) FROM messages").await, calls as i64, "one message each");
    // A moment after the bus is back, everybody knows that every call is over.
    for (caller, callee, calls) in &mut people {
        for person in [caller, callee] {
            eventually(async || {
                person.listens().await;
                calls.iter().all(|call| !person.live.contains(call))
            })
            .await;
        }
    }
    drop(nats);
}

/// A person who remembers which calls are live, as their client does.
struct Listener {
    device: Device,
    live: HashSet<String>,
    rings: HashSet<String>,
    runs: HashSet<String>,
}

impl Listener {
    fn new(device: Device) -> Self {
        Self { device, live: HashSet::new(), rings: HashSet::new(), runs: HashSet::new() }
    }

    async fn listens(&mut self) {
        for frame in self.device.socket.all().await {
            match frame["type"].as_str().unwrap() {
                "call_ringing" | "call_answered" => self.hears_of(&frame),
                "call_ended" => {
                    self.live.remove(frame["call"]["id"].as_str().unwrap());
                }
                "welcome" => {
                    self.live.clear();
                    frame["live_calls"].as_array().unwrap().iter().for_each(|live| self.hears_of(live));
                }
                _ => {}
            }
        }
    }

    fn hears_of(&mut self, told: &Value) {
        let call = told["call"]["id"].as_str().unwrap().to_owned();
        let stage = if told["call"]["status"] == "ringing" { &mut self.rings } else { &mut self.runs };
        stage.insert(call.clone());
        self.live.insert(call);
    }
}

/// Both sides act as people do, as soon as they know that they can, and remember every call.
async fn calls_one_after_the_other(
    caller: Device,
    callee: Device,
    conversation: String,
    mut seed: u64,
) -> (Listener, Listener, Vec<String>) {
    let (mut caller, mut callee) = (Listener::new(caller), Listener::new(callee));
    let mut calls = Vec::new();
    for _ in 0..6 {
        let call = caller.device.rings(&conversation).await;
        eventually(async || {
            callee.listens().await;
            callee.rings.contains(&call)
        })
        .await;
        assert_eq!(callee.device.act(&call, "answer").await.status, 200);
        eventually(async || {
            caller.listens().await;
            caller.runs.contains(&call)
        })
        .await;
        caller.device.media_flows(&call).await;
        callee.device.media_flows(&call).await;
        let path = format!("/api/calls/active/{conversation}");
        let started = async || caller.device.person.get(&path).await.body["call"]["started_at"].is_string();
        eventually(started).await;
        sleep(Duration::from_millis(next(&mut seed) % 300)).await;
        let who = if next(&mut seed).is_multiple_of(2) { &caller } else { &callee };
        assert_eq!(who.device.act(&call, "end").await.status, 200);
        calls.push(call);
    }
    (caller, callee, calls)
}
