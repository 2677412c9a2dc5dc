//! Attackers who reach the bus without being a node: nothing that they send or replay is believed.

use async_nats::Client;
use futures_util::StreamExt;
use kit_server::{
    person::Device,
    test_server::{TestServer, eventually},
    world::World,
};
use kit_services::nats::Nats;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::time::Duration;
use tokio::time::timeout;

const SUBJECT: &str = "messenger-calls.notices";

/// A notice by somebody without the key who knows everything else.
fn forged(to: &Device) -> String {
    let frame = json!({ "type": "message", "message": { "id": "x", "conversation_id": "x", "sender_id": to.person.id,
        "content": "forged", "message_type": "text", "created_at": "2026-01-01T00:00:00.000Z" } });
    let notice = json!({ "Frame": { "device": null, "frame": frame } });
    let at = to.person.app.clock.now().0;
    json!({ "at": at, "to": [to.person.id], "notice": notice }).to_string()
}

fn refused(server: &TestServer, reason: &str) -> u64 {
    let text = server.app.metrics.text(call_server::metrics::Load::default());
    let label = format!("calls_notices_refused_total{{reason=\"{reason}\"}} ");
    text.lines().find_map(|line| line.strip_prefix(&label)).map_or(0, |count| count.parse().unwrap())
}

async fn say(stranger: &Client, notice: impl Into<Vec<u8>>) {
    stranger.publish(SUBJECT, notice.into().into()).await.unwrap();
    stranger.flush().await.unwrap();
}

#[tokio::test]
async fn only_what_a_node_wrote_reaches_people() {
    let nats = Nats::start();
    let url = nats.url();
    let server = World::Nodes.server_with(move |config| config.nats_url = Some(url)).await;
    let (mut anna, mut ben, _) = server.anna_and_ben().await;
    let stranger = async_nats::connect(nats.url()).await.unwrap();
    let wrong =
        format!("mc1 {} 01890a5d-ac96-774b-bcce-b302099a8057 1 0/1 {}", "A".repeat(43), forged(&anna));
    say(&stranger, forged(&anna)).await;
    say(&stranger, wrong.as_str()).await;
    say(&stranger, &wrong[..60]).await;
    say(&stranger, "mc1 ").await;
    say(&stranger, vec![b'x'; 900_000]).await;
    say(&stranger, json!({ "at": 0, "to": [ben.person.id], "notice": "Deleted" }).to_string()).await;
    say(&stranger, json!({ "at": 0, "to": [], "notice": "Lost" }).to_string()).await;
    let all = || (refused(&server, "unsigned"), refused(&server, "forged"), refused(&server, "too_large"));
    eventually(async || all() == (3, 3, 1)).await;
    for device in [&mut anna, &mut ben] {
        let mut frames = device.socket.all().await;
        // The nodes themselves may still tell each other who is there.
        frames.retain(|frame| frame["type"] != "presence");
        assert_eq!(frames, Vec::<serde_json::Value>::new());
    }
}

#[tokio::test]
async fn a_recorded_notice_that_is_replayed_does_nothing() {
    let nats = Nats::start();
    let url = nats.url();
    let server = World::Nodes.server_with(move |config| config.nats_url = Some(url)).await;
    let (anna, mut ben, conversation) = server.anna_and_ben().await;
    let stranger = async_nats::connect(nats.url()).await.unwrap();
    let mut overheard = stranger.subscribe(SUBJECT).await.unwrap();
    stranger.flush().await.unwrap();
    let call = anna.rings(&conversation).await;
    ben.socket.until("call_ringing").await;
    assert_eq!(anna.act(&call, "end").await.status, 200);
    ben.socket.until("call_ended").await;
    let path = format!("/api/conversations/{conversation}/messages");
    assert_eq!(anna.post(&path, json!({ "content": "once" })).await.status, 201);
    eventually(async || ben.socket.all().await.iter().any(|frame| frame["message"]["content"] == "once"))
        .await;
    let mut recorded = Vec::new();
    while let Ok(Some(notice)) = timeout(Duration::from_millis(300), overheard.next()).await {
        recorded.push(notice.payload);
    }
    assert!(recorded.len() > 2, "{recorded:?}");
    drop(overheard);
    for notice in &recorded {
        say(&stranger, notice.to_vec()).await;
    }
    let twin = server.twin.as_deref().unwrap();
    let enough = recorded.len() as u64;
    eventually(async || refused(&server, "repeated") + refused(twin, "repeated") >= enough).await;
    assert_eq!(ben.socket.all().await, Vec::<serde_json::Value>::new());
}

#[tokio::test]
async fn another_role_of_the_same_database_cannot_speak_for_a_node() {
    let server = World::Nodes.server_with(|config| config.nats_url = None).await;
    let (mut anna, _ben, _) = server.anna_and_ben().await;
    let mut owner = PgConnection::connect(&server.folder.url()).await.unwrap();
    let role = format!("stranger_{}", std::process::id());
    owner.execute(AssertSqlSafe(format!("CREATE ROLE {role}"))).await.unwrap();
    let channel: String = sqlx::query_scalar("SELECT 'messenger_calls_' || CAST('nodes' AS regclass)::oid")
        .fetch_one(&mut owner)
        .await
        .unwrap();
    owner.execute(AssertSqlSafe(format!("SET ROLE {role}"))).await.unwrap();
    for text in [forged(&anna), "mc1 ".to_owned(), "x".repeat(7_999)] {
        sqlx::query("SELECT pg_notify($1, $2)").bind(&channel).bind(text).execute(&mut owner).await.unwrap();
    }
    eventually(async || (refused(&server, "unsigned"), refused(&server, "forged")) == (2, 1)).await;
    assert_eq!(anna.socket.all().await, Vec::<serde_json::Value>::new());
    owner.execute("RESET ROLE").await.unwrap();
    owner.execute(AssertSqlSafe(format!("DROP ROLE {role}"))).await.unwrap();
}

#[tokio::test]
async fn nodes_with_different_keys_ignore_each_other_and_calls_ring_all_the_same() {
    let nats = Nats::start();
    let with = |key: &str| {
        let (url, key) = (nats.url(), key.repeat(32));
        move |config: &mut call_server::config::Config| {
            (config.nats_url, config.bus_keys) = (Some(url), vec![key]);
        }
    };
    let server = World::Nodes.server_with(with("a")).await;
    let other = TestServer::at(std::sync::Arc::clone(&server.folder), server.clock.clone(), with("b")).await;
    let (anna, ben) = (server.person("anna").await, other.person("ben").await);
    let conversation = server.befriend(&anna, &ben).await;
    let (anna, mut ben) = (anna.connect("anna-1").await, ben.connect("ben-1").await);
    anna.rings(&conversation).await;
    ben.socket.until("call_ringing").await;
    eventually(async || refused(&other, "forged") > 0).await;
}

#[tokio::test]
async fn nodes_sign_in_to_a_bus_that_requires_it() {
    let ours = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/nats.conf");
    for (more, who) in [
        (vec!["--user", "calls", "--pass", "no/rth@"], "calls:no%2Frth%40@"),
        (vec!["--auth", "north"], "north@"),
        (vec!["-c", ours], "calls:0123abc@"),
    ] {
        let nats = Nats::start_with(&more);
        let url = nats.url_of(who);
        let server = World::Nodes.server_with(move |config| config.nats_url = Some(url)).await;
        let (anna, mut ben, conversation) = server.anna_and_ben().await;
        anna.rings(&conversation).await;
        ben.socket.until("call_ringing").await;
    }
}
