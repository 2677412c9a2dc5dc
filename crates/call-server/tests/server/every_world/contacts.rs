//! Contacts, presence, conversations and their messages.

use kit_server::{
    person::Person,
    test_server::{GRACE, TestServer},
};
use serde_json::json;
use tokio::time::sleep;

#[tokio::test]
async fn a_contact_is_requested_by_name_and_both_sides_see_it_accepted() {
    let server = TestServer::new().await;
    let (anna, ben) = (server.person("anna").await, server.person("ben").await);
    let mut laptop = anna.connect("anna-1").await;
    let mut phone = ben.connect("ben-1").await;
    let asked = anna.post("/api/contacts", json!({ "username": "ben" })).await;
    assert_eq!((asked.status, &asked.body["state"]), (201, &json!("outgoing")));
    let heard = phone.socket.until("contact").await;
    assert_eq!(heard["contact"]["state"], "incoming");
    assert_eq!(heard["contact"]["online"], false, "presence is for accepted contacts");
    assert_eq!(anna.post("/api/contacts", json!({ "username": "ben" })).await.status, 200, "asked twice");
    let accepted = ben.post(&format!("/api/contacts/{}/accept", anna.id), json!({})).await;
    assert_eq!((&accepted.body["state"], &accepted.body["online"]), (&json!("accepted"), &json!(true)));
    laptop.socket.until("contact").await;
    let heard = laptop.socket.until("contact").await;
    assert_eq!(heard["contact"]["state"], "accepted");
    assert_eq!(heard["contact"]["conversation_id"], accepted.body["conversation_id"]);
    assert_eq!(anna.get("/api/contacts").await.body, json!([heard["contact"]]));
}

#[tokio::test]
async fn asking_back_accepts() {
    let server = TestServer::new().await;
    let (anna, ben) = (server.person("anna").await, server.person("ben").await);
    anna.post("/api/contacts", json!({ "username": "ben" })).await;
    let back = ben.post("/api/contacts", json!({ "username": "Anna " })).await;
    assert_eq!((back.status, &back.body["state"]), (201, &json!("accepted")));
}

#[tokio::test]
async fn two_people_are_contacts_from_the_moment_both_agreed_until_one_removes_the_other() {
    let server = TestServer::new().await;
    let (anna, ben, carla) =
        (server.person("anna").await, server.person("ben").await, server.person("carla").await);
    let acquainted = async |one: &Person, two: &Person| {
        let there = server.app.store.acquainted(&one.id, &two.id).await.unwrap();
        let back = server.app.store.acquainted(&two.id, &one.id).await.unwrap();
        assert_eq!(there, back, "{} and {}", one.name, two.name);
        there
    };
    anna.post("/api/contacts", json!({ "username": "ben" })).await;
    assert!(!acquainted(&anna, &ben).await, "he has not accepted yet");
    ben.post(&format!("/api/contacts/{}/accept", anna.id), json!({})).await;
    assert!(acquainted(&anna, &ben).await);
    server.befriend(&carla, &anna).await;
    assert!(acquainted(&anna, &carla).await, "however many others are on her list");
    assert!(!acquainted(&ben, &carla).await, "a friend's friend");
    assert!(!acquainted(&anna, &anna).await);
    let nobody = Person { id: "nobody".into(), name: "nobody".to_owned(), ..anna.clone() };
    assert!(!acquainted(&anna, &nobody).await);
    ben.delete(&format!("/api/contacts/{}", anna.id)).await;
    assert!(!acquainted(&anna, &ben).await);
    assert!(acquainted(&anna, &carla).await);
}

#[tokio::test]
async fn nobody_can_add_an_unknown_name_or_accept_a_request_that_was_not_made() {
    let server = TestServer::new().await;
    let (anna, ben) = (server.person("anna").await, server.person("ben").await);
    anna.post("/api/contacts", json!({ "username": "nobody" })).await.is(404, "not_found");
    anna.post("/api/contacts", json!({ "username": "anna" })).await.is(422, "invalid_request");
    anna.post(&format!("/api/contacts/{}/accept", ben.id), json!({})).await.is(404, "not_found");
    anna.post("/api/contacts", json!({ "username": "ben" })).await;
    anna.post(&format!("/api/contacts/{}/accept", ben.id), json!({})).await.is(404, "not_found");
    anna.delete("/api/contacts/nobody").await.is(404, "not_found");
}

#[tokio::test]
async fn a_removed_contact_is_gone_on_both_sides_and_finds_the_old_conversation_again() {
    let server = TestServer::new().await;
    let (anna, mut ben, conversation) = server.anna_and_ben().await;
    assert_eq!(anna.person.delete(&format!("/api/contacts/{}", ben.person.id)).await.status, 204);
    assert_eq!(ben.socket.until("contact_removed").await["user_id"], anna.person.id.as_str());
    assert_eq!(ben.person.get("/api/contacts").await.body, json!([]));
    anna.call(&conversation).await.is(404, "conversation_not_found");
    assert_eq!(server.befriend(&ben.person, &anna.person).await, conversation);
}

#[tokio::test]
async fn a_former_contact_can_read_the_old_conversation_but_not_write() {
    let server = TestServer::new().await;
    let (anna, mut ben, conversation) = server.anna_and_ben().await;
    let path = format!("/api/conversations/{conversation}/messages");
    let written = anna.post(&path, json!({ "content": "Hello" })).await.body;
    ben.person.delete(&format!("/api/contacts/{}", anna.person.id)).await;
    ben.socket.all().await;
    for device in [&anna, &ben] {
        let refused = device.post(&path, json!({ "content": "Still me" })).await;
        refused.is(404, "conversation_not_found");
        assert!(refused.text.contains("no longer contacts"), "{}", refused.text);
        assert_eq!(device.person.get(&path).await.body["messages"], json!([written]));
    }
    ben.socket.no("message").await;
    // Another request is not enough: the other person has to accept.
    anna.post("/api/contacts", json!({ "username": "ben" })).await;
    anna.post(&path, json!({ "content": "Please" })).await.is(404, "conversation_not_found");
    ben.post(&format!("/api/contacts/{}/accept", anna.person.id), json!({})).await;
    assert_eq!(anna.post(&path, json!({ "content": "Here I am" })).await.status, 201);
    assert_eq!(ben.socket.until("message").await["message"]["content"], "Here I am");
}

#[tokio::test]
async fn contacts_come_and_go_but_a_reload_does_not_show() {
    let server = TestServer::new().await;
    let (mut anna, ben, _) = server.anna_and_ben().await;
    let stranger = server.person("carla").await.connect("carla-1").await;
    anna.socket.all().await;
    let ben = ben.vanish().await;
    let ben = ben.connect("ben-1").await;
    sleep(2 * GRACE).await;
    anna.socket.no("presence").await;
    let tablet = ben.person.connect("ben-2").await;
    ben.vanish().await;
    sleep(2 * GRACE).await;
    anna.socket.no("presence").await;
    let ben = tablet.vanish().await;
    assert_eq!(
        anna.socket.until("presence").await,
        json!({ "type": "presence", "user_id": ben.id, "online": false })
    );
    assert_eq!(anna.person.get("/api/contacts").await.body[0]["online"], false);
    let _back = ben.connect("ben-1").await;
    assert_eq!(anna.socket.until("presence").await["online"], true);
    let mut stranger = stranger;
    stranger.socket.no("presence").await;
}

#[tokio::test]
async fn a_message_reaches_every_device_of_both_and_stays() {
    let server = TestServer::new().await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let mut tablet = anna.person.connect("anna-2").await;
    let path = format!("/api/conversations/{conversation}/messages");
    let sent = anna.post(&path, json!({ "content": "Hello, Ben ✓" })).await;
    assert_eq!(sent.status, 201);
    for device in [&mut anna, &mut ben, &mut tablet] {
        assert_eq!(device.socket.until("message").await["message"], sent.body);
    }
    let server = server.restart().await;
    let ben = server.signed_in(&ben.person.id, "ben");
    let page = ben.get(&path).await;
    assert_eq!(page.body, json!({ "messages": [sent.body] }));
}

#[tokio::test]
async fn messages_are_read_page_by_page_none_twice_and_none_missing() {
    let server = TestServer::new().await;
    let (anna, _ben, conversation) = server.anna_and_ben().await;
    let path = format!("/api/conversations/{conversation}/messages");
    // The clock stands still, so all are written in the same millisecond.
    for number in 0..120 {
        anna.post(&path, json!({ "content": number.to_string() })).await;
    }
    let (mut seen, mut page) = (Vec::new(), anna.person.get(&path).await.body);
    loop {
        let messages = page["messages"].as_array().unwrap();
        assert!(messages.len() <= 50);
        seen.splice(0..0, messages.iter().map(|message| message["content"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        page = anna.person.get(&format!("{path}?before={next}")).await.body;
    }
    assert_eq!(seen, (0..120).map(|number| number.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn other_peoples_conversations_do_not_exist_and_empty_or_huge_messages_are_refused() {
    let server = TestServer::new().await;
    let (anna, mut ben, conversation) = server.anna_and_ben().await;
    let stranger = server.person("carla").await;
    let path = format!("/api/conversations/{conversation}/messages");
    stranger.get(&path).await.is(404, "conversation_not_found");
    stranger.post(&path, json!({ "content": "hi" })).await.is(404, "conversation_not_found");
    for content in ["", " \n ", "a\0b", &"x".repeat(4_001)] {
        anna.post(&path, json!({ "content": content })).await.is(422, "invalid_request");
    }
    assert_eq!(anna.post(&path, json!({ "content": "é".repeat(4_000) })).await.status, 201);
    anna.person.get(&format!("{path}?before=yesterday")).await.is(422, "invalid_request");
    assert_eq!(ben.socket.all().await.iter().filter(|frame| frame["type"] == "message").count(), 1);
}
