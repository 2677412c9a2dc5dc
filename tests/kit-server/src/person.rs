//! People and their devices, as they use the server.

use crate::test_server::eventually;
use call_protocol::{DEVICE_HEADER, DeviceId, UserId};
use call_server::app::App;
use http_body_util::Full;
use kit_client::{
    rest::{Reply, send},
    socket::Socket,
};
use serde_json::{Value, json};
use std::{net::SocketAddr, sync::Arc};
use tokio_tungstenite::tungstenite::{Message, http, protocol::CloseFrame};

/// A person with an account and a token.
#[derive(Clone)]
pub struct Person {
    /// The account's id.
    pub id: UserId,
    /// The unique name.
    pub name: String,
    /// The access token.
    pub token: String,
    /// The server that the person uses.
    pub address: SocketAddr,
    /// The internals of that server, to inspect.
    pub app: Arc<App>,
}

impl Person {
    /// GET with the token.
    pub async fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, None, None).await
    }

    /// POST with the token.
    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.ask("POST", path, None, Some(body)).await
    }

    /// DELETE with the token.
    pub async fn delete(&self, path: &str) -> Reply {
        self.ask("DELETE", path, None, None).await
    }

    /// Any request with the token, from a device or from none.
    pub async fn ask(&self, method: &str, path: &str, device: Option<&str>, body: Option<Value>) -> Reply {
        let device: Vec<_> = device.map(|device| (DEVICE_HEADER, device)).into_iter().collect();
        self.ask_with(method, path, &device, body).await
    }

    /// Any request with the token and additional headers.
    pub async fn ask_with(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Reply {
        let request = http::Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        send(request.body(Full::from(body.map(|body| body.to_string()).unwrap_or_default())).unwrap()).await
    }

    /// Connects a device and reads its snapshot.
    pub async fn connect(&self, device: &str) -> Device {
        let mut socket = Socket::open(self.address).await;
        socket.hello(&self.token, device).await;
        let welcome = socket.until("welcome").await;
        Device { person: self.clone(), id: device.to_owned(), socket, welcome }
    }
}

/// A connected device of a person.
pub struct Device {
    /// Its person.
    pub person: Person,
    /// The device's id.
    pub id: String,
    /// Its socket.
    pub socket: Socket,
    /// The snapshot in its welcome.
    pub welcome: Value,
}

impl Device {
    /// POST as this device.
    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.person.ask("POST", path, Some(&self.id), Some(body)).await
    }

    /// Places a call, with an offer.
    pub async fn call(&self, conversation: &str) -> Reply {
        let offer =
            json!({ "generation": 1, "data": { "type": "offer", "sdp": format!("sdp by {}", self.id) } });
        let body = json!({ "conversation_id": conversation, "call_type": "video", "offer": offer });
        self.post("/api/calls/initiate", body).await
    }

    /// Places a call and expects it to ring; returns the call's id.
    pub async fn rings(&self, conversation: &str) -> String {
        let reply = self.call(conversation).await;
        assert_eq!(reply.status, 201, "(left came, right was expected) calling: {}", reply.text);
        reply.body["call"]["id"].as_str().unwrap().to_owned()
    }

    /// Answers, declines or ends a call.
    pub async fn act(&self, call: &str, verb: &str) -> Reply {
        self.post(&format!("/api/calls/{call}/{verb}"), json!({})).await
    }

    /// Sends a signal over the socket.
    pub async fn signal(&mut self, call: &str, signal: Value) {
        self.socket.say(json!({ "type": "signal", "call_id": call, "signal_data": signal })).await;
    }

    /// Reports that media flows.
    pub async fn media_flows(&mut self, call: &str) {
        self.socket.say(json!({ "type": "media_flowing", "call_id": call })).await;
    }

    /// Closes the socket with a close code; returns once the server has noticed.
    pub async fn leave(mut self, code: u16) -> Person {
        let frame = CloseFrame { code: code.into(), reason: "".into() };
        self.socket.send(Message::Close(Some(frame))).await;
        let device = DeviceId(self.id.clone());
        eventually(async || !self.person.app.calls.hub.is_connected(&self.person.id, &device)).await;
        self.person
    }

    /// Drops the connection without a close frame, as a laptop does when it is closed; returns once the server
    /// has noticed.
    pub async fn vanish(self) -> Person {
        let Self { person, id, socket, .. } = self;
        drop(socket);
        let device = DeviceId(id);
        eventually(async || !person.app.calls.hub.is_connected(&person.id, &device)).await;
        person
    }
}
