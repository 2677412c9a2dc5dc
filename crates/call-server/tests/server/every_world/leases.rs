//! Devices that die, callers that disappear, servers that restart: who is still in a call, and what keeps
//! ringing.

use kit_server::test_server::{TestServer, eventually};
use serde_json::json;

#[tokio::test]
async fn when_the_caller_disappears_it_stops_ringing() {
    let server = TestServer::new().await;
    let (anna, mut ben, conversation) = server.anna_and_ben().await;
    anna.rings(&conversation).await;
    anna.vanish().await;
    server.pass(2).await;
    ben.socket.no("call_ended").await;
    server.pass(1).await;
    let ended = ben.socket.until("call_ended").await;
    assert_eq!(
        (&ended["call"]["status"], &ended["call"]["error_reason"]),
        (&json!("missed"), &json!("caller_gone"))
    );
}

#[tokio::test]
async fn a_caller_whose_socket_breaks_and_comes_back_keeps_ringing() {
    let server = TestServer::new().await;
    let (anna, mut ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    let anna = anna.vanish().await;
    server.pass(2).await;
    let anna = anna.connect("anna-1").await;
    assert_eq!(anna.welcome["live_calls"][0]["call"]["id"], call);
    assert_eq!(anna.welcome["live_calls"][0]["role"], "caller");
    server.pass(10).await;
    ben.socket.no("call_ended").await;
}

#[tokio::test]
async fn a_call_that_both_sides_abandoned_ends_at_the_last_proof_of_life() {
    let server = TestServer::new().await;
    let (mut anna, ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    ben.act(&call, "answer").await;
    anna.media_flows(&call).await;
    anna.socket.all().await;
    server.pass(60).await;
    let (anna, ben) = (anna.vanish().await, ben.vanish().await);
    server.pass(110).await;
    assert_eq!(anna.get(&format!("/api/calls/active/{conversation}")).await.body["call"]["status"], "active");
    server.pass(15).await;
    eventually(async || server.count("SELECT count(*) FROM calls WHERE status = 'ended'").await == 1).await;
    let ended = ben.get("/api/calls/history").await.body["calls"][0]["call"].clone();
    assert_eq!((&ended["status"], &ended["error_reason"]), (&json!("ended"), &json!("lease_expired")));
    let seconds = ended["duration_seconds"].as_i64().unwrap();
    assert!((50..=60).contains(&seconds), "{seconds}: the two minutes of silence do not count as talking");
}

#[tokio::test]
async fn a_call_lives_on_while_one_side_reports_media() {
    let server = TestServer::new().await;
    let (mut anna, ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    ben.act(&call, "answer").await;
    let ben = ben.vanish().await;
    for _ in 0..30 {
        anna.media_flows(&call).await;
        server.pass(10).await;
    }
    let active = ben.get(&format!("/api/calls/active/{conversation}")).await.body;
    assert_eq!(active["call"]["status"], "active");
    // Media arrives from his device, so it is alive, whatever happened to its socket: he is busy.
    let _tablet = ben.connect("ben-2").await;
    let carla = server.person("carla").await.connect("carla-1").await;
    let with_carla = server.befriend(&carla.person, &ben).await;
    carla.call(&with_carla).await.is(409, "busy");
}

#[tokio::test]
async fn somebody_whose_device_died_can_call_again_from_another_one() {
    let server = TestServer::new().await;
    let (anna, mut ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    ben.act(&call, "answer").await;
    let anna = anna.vanish().await;
    let tablet = anna.connect("anna-2").await;
    let again = tablet.call(&conversation).await;
    assert_eq!(again.status, 201, "{}", again.text);
    let ended = ben.socket.until("call_ended").await;
    assert_eq!((&ended["call"]["id"], &ended["call"]["error_reason"]), (&json!(call), &json!("replaced")));
    assert_eq!(ben.socket.until("call_ringing").await["call"]["id"], again.body["call"]["id"]);
    assert_eq!(server.count("SELECT count(*) FROM call_runtime WHERE live = 1").await, 1);
}

#[tokio::test]
async fn a_dead_device_does_not_make_its_person_busy() {
    let server = TestServer::new().await;
    let (mut anna, ben, conversation) = server.anna_and_ben().await;
    let carla = server.person("carla").await.connect("carla-1").await;
    let with_carla = server.befriend(&carla.person, &ben.person).await;
    let call = anna.rings(&conversation).await;
    ben.act(&call, "answer").await;
    let ben = ben.vanish().await;
    let _tablet = ben.connect("ben-2").await;
    carla.call(&with_carla).await.is(409, "busy");
    server.pass(31).await;
    assert_eq!(carla.call(&with_carla).await.status, 201);
    assert_eq!(anna.socket.until("call_ended").await["call"]["error_reason"], "lease_expired");
}

#[tokio::test]
async fn a_socket_that_stops_answering_pings_is_closed() {
    let server = TestServer::new().await;
    let (mut anna, ben, _) = server.anna_and_ben().await;
    let ben = ben.vanish().await;
    // It signs in, and then neither reads nor answers.
    let _silent = kit_server::socket::unread(server.address, &ben.token, "ben-1").await;
    anna.socket.all().await;
    server.pass(25).await;
    anna.socket.no("presence").await;
    server.pass(5).await;
    let gone = anna.socket.until("presence").await;
    assert_eq!((&gone["user_id"], &gone["online"]), (&json!(ben.id), &json!(false)));
}

#[tokio::test]
async fn a_ringing_call_survives_a_restart_and_is_missed_on_time() {
    let server = TestServer::new().await;
    let (anna, ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    let server = server.restart().await;
    let mut anna = server.signed_in(&anna.person.id, "anna").connect("anna-1").await;
    let mut ben = server.signed_in(&ben.person.id, "ben").connect("ben-1").await;
    let rings = &ben.welcome["live_calls"][0];
    assert_eq!((&rings["call"]["id"], &rings["call"]["status"]), (&json!(call), &json!("ringing")));
    assert_eq!(rings["offer"], json!(null), "offers are kept in memory only");
    server.pass(44).await;
    ben.socket.no("call_ended").await;
    server.pass(1).await;
    assert_eq!(ben.socket.until("call_ended").await["call"]["error_reason"], "no_answer");
    anna.socket.until("call_ended").await;
    assert_eq!(server.count("SELECT count(*) FROM messages").await, 1);
}

#[tokio::test]
async fn a_deadline_that_passed_while_the_server_was_down_takes_effect_when_it_is_up() {
    let server = TestServer::new().await;
    let (anna, ben, conversation) = server.anna_and_ben().await;
    anna.rings(&conversation).await;
    let (folder, clock) = server.stop().await;
    clock.advance(std::time::Duration::from_secs(100));
    let server = TestServer::at(folder, clock, |_| ()).await;
    eventually(async || server.count("SELECT count(*) FROM calls WHERE status = 'missed'").await == 1).await;
    let ben = server.signed_in(&ben.person.id, "ben").connect("ben-1").await;
    assert_eq!(ben.welcome["ended_calls"][0]["error_reason"], "no_answer");
    assert_eq!(server.count("SELECT count(*) FROM messages").await, 1);
    let server = server.restart().await;
    assert_eq!(server.count("SELECT count(*) FROM messages").await, 1);
}

#[tokio::test]
async fn an_active_call_survives_a_restart_and_its_leases_start_over() {
    let server = TestServer::new().await;
    let (mut anna, ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    ben.act(&call, "answer").await;
    anna.media_flows(&call).await;
    anna.socket.all().await;
    let (folder, clock) = server.stop().await;
    clock.advance(std::time::Duration::from_secs(3600));
    let server = TestServer::at(folder, clock, |_| ()).await;
    server.pass(20).await;
    let mut anna = server.signed_in(&anna.person.id, "anna").connect("anna-1").await;
    assert_eq!(anna.welcome["live_calls"][0]["call"]["status"], "active");
    server.pass(200).await;
    anna.socket.no("call_ended").await;
    assert_eq!(anna.act(&call, "end").await.body["status"], "ended");
}

#[tokio::test]
async fn proofs_of_life_are_stored_for_the_next_server() {
    let server = TestServer::with(|config| config.timings.lease_writes = std::time::Duration::ZERO).await;
    let (mut anna, ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    ben.act(&call, "answer").await;
    anna.media_flows(&call).await;
    anna.socket.all().await;
    server.pass(50).await;
    let (folder, clock) = server.stop().await;
    clock.advance(std::time::Duration::from_secs(1000));
    // Nobody comes back.
    let server = TestServer::at(folder, clock, |_| ()).await;
    server.pass(125).await;
    eventually(async || server.count("SELECT count(*) FROM calls WHERE status = 'ended'").await == 1).await;
    let ended = server.signed_in(&anna.person.id, "anna").get("/api/calls/history").await.body;
    let seconds = ended["calls"][0]["call"]["duration_seconds"].as_i64().unwrap();
    assert!(
        (40..=50).contains(&seconds),
        "{seconds}: until the last proof of life, not until the end of the wait"
    );
}
