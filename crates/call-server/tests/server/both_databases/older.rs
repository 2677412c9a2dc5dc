//! A call between two clients of an older build: exactly what they sent, and what they expect in return.

use kit_server::{
    person::Person,
    socket::Socket,
    test_server::{TestServer, eventually},
};
use serde_json::Value;
use std::collections::BTreeMap;

/// Recorded in two browsers: requests with their replies, and the frames of both sockets.
const RECORDED: &str = include_str!("../../../../call-protocol/tests/recorded/older.json");

/// What differs with every call: ids, times, and what depends on them.
const CHANGING: [&str; 7] =
    ["display_name", "created_at", "updated_at", "started_at", "ended_at", "ring_ms_left", "content"];

/// The present id for each recorded one.
#[derive(Default)]
struct Ids(BTreeMap<String, String>);

impl Ids {
    fn learn(&mut self, then: &str, now: &str) {
        self.0.insert(then.to_owned(), now.to_owned());
    }

    /// A recorded text with the present ids.
    fn today(&self, then: &str) -> String {
        self.0.iter().fold(then.to_owned(), |text, (then, now)| text.replace(then, now))
    }

    fn frame(&self, then: &Value) -> Value {
        serde_json::from_str(&self.today(&then.to_string())).unwrap()
    }

    /// Whether everything that was sent then is sent now; there may be more.
    fn is_said(&mut self, then: &Value, now: &Value) -> bool {
        match (then, now) {
            (Value::Object(then), Value::Object(now)) => then.iter().all(|(name, then)| {
                let changes = CHANGING.contains(&name.as_str()) || name == "duration_seconds";
                now.get(name).is_some_and(|now| changes || self.is_said(then, now))
            }),
            (Value::Array(then), Value::Array(now)) => {
                then.len() == now.len() && then.iter().zip(now).all(|(then, now)| self.is_said(then, now))
            }
            (Value::String(then), Value::String(now)) => {
                let is_id = then.len() == 36 && then.split('-').count() == 5;
                if is_id && !self.0.contains_key(then) {
                    self.learn(then, now);
                }
                self.today(then) == *now
            }
            (then, now) => then == now,
        }
    }
}

struct Client {
    person: Person,
    socket: Socket,
}

#[tokio::test]
async fn clients_of_an_older_build_complete_a_call() {
    let server = TestServer::new().await;
    let (anna, ben) = (server.person("anna").await, server.person("ben").await);
    server.befriend(&anna, &ben).await;
    let mut ids = Ids::default();
    let mut clients = BTreeMap::new();
    for person in [anna, ben] {
        let socket = Socket::open(server.address).await;
        clients.insert(person.name.clone(), Client { person, socket });
    }
    let recorded: Vec<Value> = serde_json::from_str(RECORDED).unwrap();
    for step in &recorded {
        let client = clients.get_mut(step["who"].as_str().unwrap()).unwrap();
        if let Some(frame) = step.get("sent") {
            let mut frame = ids.frame(frame);
            if frame["type"] == "hello" {
                frame["token"] = Value::from(client.person.token.clone());
            }
            client.socket.say(frame).await;
        } else if let Some(then) = step.get("received") {
            let now = client.socket.until(then["type"].as_str().unwrap()).await;
            assert!(ids.is_said(then, &now), "then: {then}\nnow: {now}");
        } else {
            let (method, path) =
                (step["method"].as_str().unwrap(), ids.today(step["path"].as_str().unwrap()));
            let headers = step["headers"].as_object().unwrap().iter();
            let headers: Vec<_> =
                headers.map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect();
            if path.ends_with("/end") {
                has_started(&client.person, &ids.today(step["reply"]["conversation_id"].as_str().unwrap()))
                    .await;
            }
            let body = step.get("body").map(|body| ids.frame(body));
            let reply = client.person.ask_with(method, &path, &headers, body).await;
            assert_eq!(
                u64::from(reply.status),
                step["status"].as_u64().unwrap(),
                "{method} {path}: {}",
                reply.text
            );
            assert!(ids.is_said(&step["reply"], &reply.body), "then: {}\nnow: {}", step["reply"], reply.text);
        }
    }
}

/// Waits until the media reports of the sockets have reached the call, unless it is over.
async fn has_started(person: &Person, conversation: &str) {
    let path = format!("/api/calls/active/{conversation}");
    eventually(async || {
        let live = person.get(&path).await.body;
        live.is_null() || !live["started_at"].is_null()
    })
    .await;
}
