//! The machine's clock is changed while people ring and talk, on a server that has no other clock.

use call_server::config::Config;
use kit_server::test_server::{TestServer, eventually};
use serde_json::json;
use std::time::Duration;

const HOUR: i64 = 3600;
/// Shorter than a token lives, and longer than a ring.
const MINUTES: i64 = 300;

/// The clock is checked all the time.
fn often(config: &mut Config) {
    config.timings.lease_writes = Duration::ZERO;
}

async fn quick() -> TestServer {
    TestServer::with(often).await
}

#[tokio::test]
async fn setting_the_clock_forward_ends_no_ring_and_lengthens_no_call() {
    let server = quick().await;
    let (anna, mut ben, conversation) = server.anna_and_ben().await;
    let (mut carla, dora) =
        (server.person("carla").await.connect("c").await, server.person("dora").await.connect("d").await);
    let talk = server.befriend(&carla.person, &dora.person).await;
    let call = carla.rings(&talk).await;
    dora.act(&call, "answer").await;
    carla.media_flows(&call).await;
    carla.socket.all().await;
    anna.rings(&conversation).await;
    server.clock.set_wall(HOUR);
    server.pass(3).await;
    ben.socket.no("call_ended").await;
    let rings = ben.person.get(&format!("/api/calls/active/{conversation}")).await.body;
    assert_eq!(rings["call"]["status"], "ringing");
    let left = rings["ring_ms_left"].as_u64().unwrap();
    assert!((30_000..=45_000).contains(&left), "{left}");
    let ended = dora.act(&call, "end").await;
    assert_eq!(ended.body["duration_seconds"], json!(3), "{}", ended.text);
}

#[tokio::test]
async fn setting_the_clock_back_delays_no_ring_and_ends_no_call_before_it_began() {
    let server = quick().await;
    let (mut anna, ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    ben.act(&call, "answer").await;
    anna.media_flows(&call).await;
    anna.socket.all().await;
    server.clock.set_wall(-HOUR);
    server.pass(5).await;
    let ended = ben.act(&call, "end").await.body;
    let text = |name: &str| ended[name].as_str().unwrap().to_owned();
    assert!(text("started_at") <= text("ended_at"), "{ended}");
    assert_eq!(ended["duration_seconds"], json!(5), "{ended}");
    anna.rings(&conversation).await;
    server.clock.set_wall(-HOUR);
    for _ in 0..5 {
        anna.socket.all().await;
        server.pass(10).await;
    }
    assert_eq!(anna.socket.until("call_ended").await["call"]["error_reason"], "no_answer");
}

#[tokio::test]
async fn the_time_is_set_right_once_nobody_is_in_a_call() {
    let server = quick().await;
    let (anna, _ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    server.clock.set_wall(MINUTES);
    server.pass(1).await;
    assert!(server.clock.differs_from(server.clock.wall()), "it rings");
    anna.act(&call, "end").await;
    eventually(async || !server.clock.differs_from(server.clock.wall())).await;
    let dated = anna.person.get("/api/calls/history").await.body["calls"][0]["call"]["ended_at"].clone();
    let again = anna.rings(&conversation).await;
    let begun = anna.person.get(&format!("/api/calls/active/{conversation}")).await.body["call"].clone();
    assert_eq!(begun["id"], again);
    assert!(begun["created_at"].as_str() > dated.as_str(), "{begun} after {dated}");
}

#[tokio::test]
async fn a_ring_ends_although_the_clock_was_set_back_while_no_server_ran() {
    let server = quick().await;
    let (anna, _ben, conversation) = server.anna_and_ben().await;
    server.clock.set_wall(MINUTES);
    eventually(async || !server.clock.differs_from(server.clock.wall())).await;
    let call = anna.rings(&conversation).await;
    let (folder, clock) = server.stop().await;
    clock.set_wall(-MINUTES);
    clock.follow(clock.wall());
    let server = TestServer::at(folder, clock, often).await;
    eventually(async || server.count("SELECT count(*) FROM calls WHERE status = 'missed'").await == 1).await;
    assert_eq!(server.count("SELECT count(*) FROM calls WHERE ended_at < created_at").await, 0);
    drop(call);
}
