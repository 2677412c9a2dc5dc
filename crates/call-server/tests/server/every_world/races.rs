//! Two people, or two devices, at the same moment: there is exactly one outcome, and both know it.

use kit_server::test_server::TestServer;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_pairs_who_call_each_other_at_once_each_get_one_call_with_both_in_it() {
    let server = TestServer::new().await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    for round in 0..100 {
        let (one, two) = if round % 2 == 0 {
            tokio::join!(anna.call(&conversation), ben.call(&conversation))
        } else {
            let (two, one) = tokio::join!(ben.call(&conversation), anna.call(&conversation));
            (one, two)
        };
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 201], "{} / {}", one.text, two.text);
        let call = one.body["call"]["id"].as_str().unwrap().to_owned();
        assert_eq!(two.body["call"]["id"], json!(call));
        let joiner = if one.status == 200 { &one } else { &two };
        assert_eq!(
            (&joiner.body["role"], &joiner.body["call"]["status"]),
            (&json!("callee"), &json!("active"))
        );
        // At another node it may still be under way; the caller's machine resends it until it arrives.
        let offer_is_here = joiner.body["offer"].is_object() || server.twin.is_some();
        assert!(offer_is_here, "the device that joins gets the offer: {}", joiner.text);
        let seats = joiner.body["seats"].as_array().unwrap();
        assert_eq!(seats.len(), 2, "{seats:?}");
        anna.act(&call, "end").await;
        for device in [&mut anna, &mut ben] {
            let ended = device.socket.until("call_ended").await;
            assert_eq!(ended["call"]["id"], json!(call));
            device.socket.until("message").await;
        }
    }
    assert_eq!(server.count("SELECT count(*) FROM calls").await, 100);
    assert_eq!(server.count("SELECT count(*) FROM call_participants WHERE joined_at IS NOT NULL").await, 200);
    assert_eq!(server.count("SELECT count(*) FROM messages").await, 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_devices_that_answer_at_once_exactly_one_gets_the_call() {
    let server = TestServer::new().await;
    let (anna, ben, conversation) = server.anna_and_ben().await;
    let mut tablet = ben.person.connect("ben-2").await;
    for _ in 0..100 {
        let call = anna.rings(&conversation).await;
        let (one, two) = tokio::join!(ben.act(&call, "answer"), tablet.act(&call, "answer"));
        let (winner, loser) = if one.status == 200 { (one, two) } else { (two, one) };
        assert_eq!(winner.status, 200, "{}", winner.text);
        loser.is(409, "answered_elsewhere");
        let seated = winner.body["seats"][1]["device_id"].clone();
        assert_eq!(tablet.socket.until("call_answered").await["seats"][1]["device_id"], seated);
        anna.act(&call, "end").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_and_a_cancel_at_once_agree_on_what_happened() {
    let server = TestServer::new().await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    for _ in 0..50 {
        let call = anna.rings(&conversation).await;
        let (answer, end) = tokio::join!(ben.act(&call, "answer"), anna.act(&call, "end"));
        assert_eq!(end.status, 200);
        let status = end.body["status"].as_str().unwrap();
        match answer.status {
            200 => assert_eq!(status, "failed"),
            409 => assert_eq!(status, "missed"),
            other => panic!("{other}: {}", answer.text),
        }
        for device in [&mut anna, &mut ben] {
            assert_eq!(device.socket.until("call_ended").await["call"]["status"], json!(status));
            // What arrives after the end is never older than the end.
            let after = device.socket.until("message").await;
            assert_eq!(after["message"]["metadata"]["call_id"], json!(call));
        }
    }
    assert_eq!(server.count("SELECT count(*) FROM messages").await, 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_people_who_call_somebody_at_once_one_rings_and_one_gets_busy() {
    let server = TestServer::new().await;
    let (anna, ben, conversation) = server.anna_and_ben().await;
    let carla = server.person("carla").await.connect("carla-1").await;
    let with_carla = server.befriend(&carla.person, &ben.person).await;
    for _ in 0..30 {
        let (one, two) = tokio::join!(anna.call(&conversation), carla.call(&with_carla));
        let (rings, busy) = if one.status == 201 { (one, two) } else { (two, one) };
        assert_eq!(rings.status, 201, "{}", rings.text);
        busy.is(409, "busy");
        let call = rings.body["call"]["id"].as_str().unwrap();
        ben.act(call, "decline").await;
    }
}
