//! The disk is full: what has to be written is refused in words, what lives goes on, and once there is room everything
//! heals by itself.

use crate::{
    person::Device,
    town::{Town, eventually},
};
use serde_json::json;
use sqlx::{Connection, Executor, SqliteConnection};

/// Room for the schema and some people.
const ROOM: u64 = 512 * 1024;

async fn crowded() -> Town {
    Town::with(|config| config.limits.database_bytes = Some(ROOM)).await
}

/// Writes until not even the shortest message finds a place.
async fn fill(device: &Device, conversation: &str) {
    let path = format!("/api/conversations/{conversation}/messages");
    for length in [4_000, 200, 1] {
        let text = "x".repeat(length);
        loop {
            let reply = device.post(&path, json!({ "content": text })).await;
            if reply.status != 201 {
                reply.is(507, "storage_full");
                break;
            }
        }
    }
}

/// What an operator does about it.
async fn make_room(town: &Town) {
    let file = town.folder.0.join("calls.sqlite");
    let mut db = SqliteConnection::connect(file.to_str().unwrap()).await.unwrap();
    db.execute("DELETE FROM messages WHERE message_type = 'text'").await.unwrap();
    db.close().await.unwrap();
}

const ACTIVE: &str = "SELECT count(*) FROM calls WHERE status = 'active'";
const ENDINGS: &str = "SELECT count(*) FROM messages WHERE message_type = 'system'";

#[tokio::test]
async fn a_call_outlives_a_full_disk_and_is_ended_once_there_is_room() {
    let town = crowded().await;
    let (mut anna, mut ben, conversation) = town.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    ben.act(&call, "answer").await;
    fill(&anna, &conversation).await;

    anna.act(&call, "end").await.is(507, "storage_full");
    assert_eq!((town.count(ACTIVE).await, town.count(ENDINGS).await), (1, 0), "nothing was half done");
    let path = format!("/api/conversations/{conversation}/messages");
    assert_eq!(ben.person.get(&path).await.status, 200, "reading goes on");
    let signal = json!({ "type": "ice_candidate", "generation": 1, "data": { "candidate": "after" } });
    anna.signal(&call, signal).await;
    let arrived = ben.socket.until("signal").await;
    assert_eq!(arrived["signal_data"]["data"]["candidate"], "after");

    make_room(&town).await;
    assert_eq!(anna.act(&call, "end").await.status, 200);
    for device in [&mut anna, &mut ben] {
        assert_eq!(device.socket.until("call_ended").await["call"]["id"], json!(call));
    }
    assert_eq!((town.count(ACTIVE).await, town.count(ENDINGS).await), (0, 1));
    assert_eq!(anna.post(&path, json!({ "content": "again" })).await.status, 201);
}

#[tokio::test]
async fn what_ends_by_itself_ends_as_soon_as_there_is_room() {
    let town = crowded().await;
    let (anna, mut ben, conversation) = town.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    fill(&anna, &conversation).await;
    town.pass(50).await;
    assert_eq!(town.count("SELECT count(*) FROM calls WHERE status = 'ringing'").await, 1);
    ben.socket.no("call_ended").await;
    make_room(&town).await;
    let ended = ben.socket.until("call_ended").await;
    assert_eq!((&ended["call"]["id"], &ended["call"]["status"]), (&json!(call), &json!("missed")));
    eventually(async || town.count(ENDINGS).await == 1).await;
    anna.rings(&conversation).await;
}

#[tokio::test]
async fn a_server_that_is_full_stops_in_peace_and_starts_again_with_more_room() {
    let town = crowded().await;
    let (anna, _ben, conversation) = town.anna_and_ben().await;
    fill(&anna, &conversation).await;
    let (folder, clock) = town.stop().await;
    let again = Town::at(folder, clock, |config| config.limits.database_bytes = Some(2 * ROOM)).await;
    let anna = again.signed_in(&anna.person.id, "anna");
    let path = format!("/api/conversations/{conversation}/messages");
    assert_eq!(anna.post(&path, json!({ "content": "there is room now" })).await.status, 201);
}
