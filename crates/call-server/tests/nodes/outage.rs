//! The bus is only a wake-up: what people do while it is dead, stands still or comes and goes.

use crate::{
    nats::Nats,
    person::Device,
    town::{Town, eventually},
};
use call_protocol::close_code;
use call_server::service::deletion;
use serde_json::json;
use std::{collections::HashMap, time::Duration};
use tokio::{
    task::{LocalSet, spawn_blocking},
    time::sleep,
};

async fn town_with(nats: &Nats) -> Town {
    let url = nats.url();
    Town::with(move |config| config.nats_url = Some(url)).await
}

#[tokio::test]
async fn without_a_bus_a_call_rings_is_answered_and_ends_through_the_database_alone() {
    let nats = Nats::start();
    let town = town_with(&nats).await;
    let (mut anna, mut ben, conversation) = town.anna_and_ben().await;
    let _dead = nats.kill();
    let call = anna.rings(&conversation).await;
    let ringing = ben.socket.until("call_ringing").await;
    assert_eq!(ringing["call"]["id"], json!(call));
    assert_eq!(ben.act(&call, "answer").await.status, 200);
    assert_eq!(anna.socket.until("call_answered").await["seats"][1]["device_id"], "ben-1");
    assert_eq!(anna.act(&call, "end").await.status, 200);
    assert_eq!(ben.socket.until("call_ended").await["call"]["id"], json!(call));
    // The message about the end went with a notice that nobody heard: Ben is told to look again.
    assert_eq!(ben.socket.until("welcome").await["ended_calls"][0]["id"], json!(call));
    assert_eq!(town.count("SELECT count(*) FROM messages").await, 1);
}

#[tokio::test]
async fn whatever_was_lost_with_the_bus_is_told_anew_when_it_is_back() {
    let nats = Nats::start();
    let town = town_with(&nats).await;
    let (mut anna, mut ben, conversation) = town.anna_and_ben().await;
    let dead = nats.kill();
    let path = format!("/api/conversations/{conversation}/messages");
    assert_eq!(anna.post(&path, json!({ "content": "nobody hears this" })).await.status, 201);
    ben.socket.no("message").await;
    let nats = spawn_blocking(|| dead.start()).await.unwrap();
    ben.socket.until("welcome").await;
    anna.socket.until("welcome").await;
    let read = ben.person.get(&path).await;
    assert_eq!(read.body["messages"][0]["content"], "nobody hears this");
    eventually(async || {
        anna.post(&path, json!({ "content": "and this?" })).await;
        let heard = ben.socket.all().await;
        heard.iter().any(|frame| frame["message"]["content"] == "and this?")
    })
    .await;
    drop(nats);
}

#[tokio::test]
async fn without_a_bus_whoever_deletes_their_account_at_one_node_is_signed_out_of_the_others_too() {
    let nats = Nats::start();
    let town = town_with(&nats).await;
    let (anna, mut ben, _) = town.anna_and_ben().await;
    let _dead = nats.kill();
    deletion::delete(&anna.person.app, &ben.person.id).await.unwrap();
    assert_eq!(ben.socket.close_code().await, Some(close_code::UNAUTHORIZED));
}

#[tokio::test]
async fn a_notice_that_comes_too_late_is_not_believed() {
    let town = Town::with(|config| config.timings.notice_stale = Duration::ZERO).await;
    let (anna, ben) = (town.person("anna").await, town.person("ben").await);
    let conversation = town.befriend(&anna, &ben).await;
    let (anna, mut ben) = (anna.connect("anna-1").await, ben.connect("ben-1").await);
    let path = format!("/api/conversations/{conversation}/messages");
    assert_eq!(anna.post(&path, json!({ "content": "late" })).await.status, 201);
    ben.socket.until("welcome").await;
    ben.socket.no("message").await;
}

/// The next of a fixed sequence that looks like chance (a linear congruential generator).
fn next(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *seed >> 33
}

#[tokio::test(flavor = "multi_thread")]
async fn no_call_ends_wrong_while_the_bus_is_killed_paused_and_started_at_random() {
    let nats = Nats::start();
    let town = town_with(&nats).await;
    let mut pairs = Vec::new();
    for number in 0..5 {
        let caller = town.person(&format!("caller{number}")).await;
        let callee = town.person(&format!("callee{number}")).await;
        let conversation = town.befriend(&caller, &callee).await;
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
        town.count("SELECT count(*) FROM calls WHERE status = 'ended' AND error_reason IS NULL").await,
        calls as i64
    );
    assert_eq!(town.count("SELECT count(*) FROM calls").await, calls as i64);
    assert_eq!(town.count("SELECT count(*) FROM messages").await, calls as i64, "one message each");
    // A moment after the bus is whole, everybody knows of every call that it is over.
    for (caller, callee, calls) in &mut people {
        for device in [caller, callee] {
            let mut live: HashMap<String, bool> = calls.iter().map(|id| (id.clone(), true)).collect();
            eventually(async || {
                for frame in device.socket.all().await {
                    match frame["type"].as_str().unwrap() {
                        "call_ended" => {
                            live.insert(frame["call"]["id"].as_str().unwrap().to_owned(), false);
                        }
                        "welcome" => {
                            let said: Vec<_> = frame["live_calls"].as_array().unwrap().iter().collect();
                            for (id, live) in &mut live {
                                *live = said.iter().any(|said| said["call"]["id"] == id.as_str());
                            }
                        }
                        _ => {}
                    }
                }
                !live.values().any(|live| *live)
            })
            .await;
        }
    }
    drop(nats);
}

/// Both sides do what people do, as soon as they know that they can, and remember every call.
async fn calls_one_after_the_other(
    mut caller: Device,
    mut callee: Device,
    conversation: String,
    mut seed: u64,
) -> (Device, Device, Vec<String>) {
    let mut calls = Vec::new();
    for _ in 0..6 {
        let call = caller.rings(&conversation).await;
        hears(&mut callee, &call, "call_ringing").await;
        assert_eq!(callee.act(&call, "answer").await.status, 200);
        hears(&mut caller, &call, "call_answered").await;
        caller.media_flows(&call).await;
        callee.media_flows(&call).await;
        let path = format!("/api/calls/active/{conversation}");
        eventually(async || caller.person.get(&path).await.body["call"]["started_at"].is_string()).await;
        sleep(Duration::from_millis(next(&mut seed) % 300)).await;
        let who = if next(&mut seed).is_multiple_of(2) { &caller } else { &callee };
        assert_eq!(who.act(&call, "end").await.status, 200);
        calls.push(call);
    }
    (caller, callee, calls)
}

/// Learns that a call has come so far: by the frame, or by a snapshot that says so.
async fn hears(device: &mut Device, call: &str, kind: &str) {
    let status = if kind == "call_ringing" { "ringing" } else { "active" };
    eventually(async || {
        device.socket.all().await.iter().any(|frame| {
            let by_frame = frame["type"] == kind && frame["call"]["id"] == call;
            let live = frame["live_calls"].as_array().into_iter().flatten();
            by_frame
                || live.into_iter().any(|live| live["call"]["id"] == call && live["call"]["status"] == status)
        })
    })
    .await;
}
