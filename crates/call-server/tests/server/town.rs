//! A real server on a free port with people in it: REST by a plain client, sockets that are real sockets, and a clock
//! that moves only when told. Never reaches into the server to make something happen.

use axum::body::Bytes;
use call_protocol::{DEVICE_HEADER, ServerFrame, UserId};
use call_server::{Server, clock::Clock, config::Config, service::App, service::accounts};
use futures_util::{SinkExt, StreamExt};
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::{sleep, timeout},
};
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest, http};

/// How long a test waits for something that must come.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a test watches for something that must not come.
const QUIET: Duration = Duration::from_millis(150);

static FOLDERS: AtomicU32 = AtomicU32::new(0);

/// A running server.
pub(crate) struct Town {
    pub(crate) address: SocketAddr,
    pub(crate) clock: Clock,
    pub(crate) app: Arc<App>,
    pub(crate) folder: Arc<Folder>,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<std::io::Result<()>>,
}

/// A folder of its own, removed at the end.
pub(crate) struct Folder(pub(crate) PathBuf);

/// Somebody with an account and a token.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) id: UserId,
    pub(crate) name: String,
    pub(crate) token: String,
    address: SocketAddr,
}

/// A reply of the server.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Value,
    pub(crate) text: String,
}

impl Town {
    /// A server with nobody in it.
    pub(crate) async fn new() -> Self {
        Self::with(|_| ()).await
    }

    /// A server configured for a test.
    pub(crate) async fn with(configure: impl FnOnce(&mut Config)) -> Self {
        Self::at(Arc::new(Folder::new()), Clock::manual(), configure).await
    }

    /// A server on a folder that may have been used before.
    pub(crate) async fn at(folder: Arc<Folder>, clock: Clock, configure: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            database: folder.0.join("calls.sqlite"),
            client: folder.0.join("dist"),
            ice_servers: Vec::new(),
            ..Config::default()
        };
        let timings = &mut config.timings;
        timings.sweep = Duration::from_millis(10);
        timings.ping = Duration::from_millis(10);
        timings.presence_grace = Duration::from_millis(100);
        configure(&mut config);
        let server = Server::start(config, clock.clone()).await.expect("the server starts");
        let (address, app) = (server.address(), server.app());
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(server.run(async {
            let _ = stopped.await;
        }));
        Self { address, clock, app, folder, stop: Some(stop), running }
    }

    /// Stops the server as a signal would, and waits until it has.
    pub(crate) async fn stop(mut self) -> (Arc<Folder>, Clock) {
        drop(self.stop.take());
        timeout(PATIENCE, &mut self.running).await.expect("the server stops").unwrap().unwrap();
        (Arc::clone(&self.folder), self.clock.clone())
    }

    /// Stops the server and starts another one on the same file.
    pub(crate) async fn restart(self) -> Self {
        let (folder, clock) = self.stop().await;
        Self::at(folder, clock, |_| ()).await
    }

    /// Lets time pass in small steps, so that those who live can prove it.
    pub(crate) async fn pass(&self, seconds: u64) {
        let mut left = seconds;
        while left > 0 {
            let step = left.min(5);
            self.clock.advance(Duration::from_secs(step));
            sleep(Duration::from_millis(60)).await;
            left -= step;
        }
    }

    /// Somebody new, without the trouble of a password.
    pub(crate) async fn person(&self, name: &str) -> Person {
        let user = accounts::add(&self.app, name, name, "no password".to_owned()).await.unwrap().unwrap();
        self.signed_in(&user.id, name)
    }

    /// Somebody with a fresh token.
    pub(crate) fn signed_in(&self, id: &UserId, name: &str) -> Person {
        let token = self.app.tokens.mint(id, self.clock.now()).unwrap();
        Person { id: id.clone(), name: name.to_owned(), token, address: self.address }
    }

    /// Makes two people contacts; their conversation.
    pub(crate) async fn befriend(&self, one: &Person, two: &Person) -> String {
        assert_eq!(one.post("/api/contacts", json!({ "username": two.name })).await.status, 201);
        let accepted = two.post(&format!("/api/contacts/{}/accept", one.id), json!({})).await;
        assert_eq!(accepted.status, 200, "{accepted:?}");
        accepted.body["conversation_id"].as_str().unwrap().to_owned()
    }

    /// Anna and Ben, contacts, each with one connected device.
    pub(crate) async fn anna_and_ben(&self) -> (Device, Device, String) {
        let (anna, ben) = (self.person("anna").await, self.person("ben").await);
        let conversation = self.befriend(&anna, &ben).await;
        (anna.connect("anna-1").await, ben.connect("ben-1").await, conversation)
    }

    /// Counts rows.
    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        let file = format!("sqlite://{}", self.folder.0.join("calls.sqlite").display());
        let pool = sqlx::SqlitePool::connect(&file).await.unwrap();
        let count = sqlx::query_scalar(sql).fetch_one(&pool).await.unwrap();
        pool.close().await;
        count
    }

    /// A request without any token.
    pub(crate) async fn send(&self, request: http::Request<Full<Bytes>>) -> Reply {
        send(request).await
    }

    /// The beginning of a request.
    pub(crate) fn request(&self, method: &str, path: &str) -> http::request::Builder {
        http::Request::builder().method(method).uri(format!("http://{}{path}", self.address))
    }
}

impl Drop for Town {
    fn drop(&mut self) {
        self.running.abort();
    }
}

impl Folder {
    pub(crate) fn new() -> Self {
        let name = format!("call-server-{}-{}", std::process::id(), FOLDERS.fetch_add(1, Ordering::SeqCst));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Person {
    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, None, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.ask("POST", path, None, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.ask("DELETE", path, None, None).await
    }

    pub(crate) async fn ask(
        &self,
        method: &str,
        path: &str,
        device: Option<&str>,
        body: Option<Value>,
    ) -> Reply {
        let mut request = http::Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json");
        if let Some(device) = device {
            request = request.header(DEVICE_HEADER, device);
        }
        send(request.body(Full::from(body.map(|body| body.to_string()).unwrap_or_default())).unwrap()).await
    }

    /// Connects a device and reads its snapshot.
    pub(crate) async fn connect(&self, device: &str) -> Device {
        let mut socket = Socket::open(self.address).await;
        socket.hello(&self.token, device).await;
        let welcome = socket.until("welcome").await;
        Device { person: self.clone(), id: device.to_owned(), socket, welcome }
    }
}

async fn send(request: http::Request<Full<Bytes>>) -> Reply {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let reply = timeout(PATIENCE, client.request(request)).await.expect("the server replies").unwrap();
    let (parts, body) = reply.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    Reply { status: parts.status.as_u16(), headers: parts.headers, body, text }
}

impl Reply {
    /// The stable code of an error.
    pub(crate) fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    pub(crate) fn is(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.code()), (status, code), "{}", self.text);
        assert!(self.body["error"]["message"].as_str().is_some_and(|text| !text.is_empty()), "{}", self.text);
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

/// A connected device of somebody.
pub(crate) struct Device {
    pub(crate) person: Person,
    pub(crate) id: String,
    pub(crate) socket: Socket,
    pub(crate) welcome: Value,
}

impl Device {
    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.person.ask("POST", path, Some(&self.id), Some(body)).await
    }

    pub(crate) async fn call(&self, conversation: &str) -> Reply {
        let offer =
            json!({ "generation": 1, "data": { "type": "offer", "sdp": format!("sdp by {}", self.id) } });
        let body = json!({ "conversation_id": conversation, "call_type": "video", "offer": offer });
        self.post("/api/calls/initiate", body).await
    }

    /// Calls and expects it to ring; the call's id.
    pub(crate) async fn rings(&self, conversation: &str) -> String {
        let reply = self.call(conversation).await;
        assert_eq!(reply.status, 201, "{}", reply.text);
        reply.body["call"]["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn act(&self, call: &str, verb: &str) -> Reply {
        self.post(&format!("/api/calls/{call}/{verb}"), json!({})).await
    }

    pub(crate) async fn signal(&mut self, call: &str, signal: Value) {
        self.socket.say(json!({ "type": "signal", "call_id": call, "signal_data": signal })).await;
    }

    pub(crate) async fn media_flows(&mut self, call: &str) {
        self.socket.say(json!({ "type": "media_flowing", "call_id": call })).await;
    }

    /// Goes away without a word, as a closed laptop does.
    pub(crate) fn vanish(self) -> Person {
        self.person
    }
}

/// A socket whose frames are read in the background, so that it answers pings like a browser.
pub(crate) struct Socket {
    frames: mpsc::UnboundedReceiver<Value>,
    closed: oneshot::Receiver<Option<u16>>,
    out: mpsc::UnboundedSender<Message>,
    reader: JoinHandle<()>,
}

impl Socket {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        Self::open_from(address, None).await.expect("the socket opens")
    }

    /// Opens a socket as a page of some origin would; the refusal's status otherwise.
    pub(crate) async fn open_from(address: SocketAddr, origin: Option<&str>) -> Result<Self, u16> {
        let mut request = format!("ws://{address}/api/socket").into_client_request().unwrap();
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", origin.parse().unwrap());
        }
        let (stream, _) = match tokio_tungstenite::connect_async(request).await {
            Ok(opened) => opened,
            Err(tokio_tungstenite::tungstenite::Error::Http(reply)) => return Err(reply.status().as_u16()),
            Err(error) => panic!("{error}"),
        };
        let (mut sink, mut stream) = stream.split();
        let (frame_in, frames) = mpsc::unbounded_channel();
        let (closed_in, closed) = oneshot::channel();
        let (out, mut to_send) = mpsc::unbounded_channel();
        let reader = tokio::spawn(async move {
            let code = loop {
                tokio::select! {
                    message = stream.next() => match message {
                        Some(Ok(Message::Text(text))) => {
                            let _ = frame_in.send(serde_json::from_str(&text).expect("frames are JSON"));
                        }
                        Some(Ok(Message::Close(frame))) => break frame.map(|frame| u16::from(frame.code)),
                        Some(Ok(_)) => {}
                        Some(Err(_)) | None => break None,
                    },
                    message = to_send.recv() => match message {
                        Some(message) => if sink.send(message).await.is_err() { break None },
                        None => break None,
                    },
                }
            };
            let _ = closed_in.send(code);
        });
        Ok(Self { frames, closed, out, reader })
    }

    pub(crate) async fn hello(&mut self, token: &str, device: &str) {
        let label = format!("label of {device}");
        self.say(json!({ "type": "hello", "token": token, "protocol": 1, "device_id": device, "device_label": label }))
            .await;
    }

    pub(crate) async fn say(&mut self, frame: Value) {
        self.send(Message::text(frame.to_string())).await;
    }

    pub(crate) async fn send(&mut self, message: Message) {
        // A closed socket is what some tests are about.
        let _ = self.out.send(message);
        tokio::task::yield_now().await;
    }

    /// The next frame of a type; others before it are passed over.
    pub(crate) async fn until(&mut self, kind: &str) -> Value {
        let mut passed = Vec::new();
        let found = timeout(PATIENCE, async {
            while let Some(frame) = self.frames.recv().await {
                readable(&frame);
                if frame["type"] == kind {
                    return Some(frame);
                }
                passed.push(frame["type"].to_string());
            }
            None
        });
        match found.await {
            Ok(Some(frame)) => frame,
            Ok(None) => panic!("closed before `{kind}` came; before it: {passed:?}"),
            Err(_) => panic!("no `{kind}` came; but: {passed:?}"),
        }
    }

    /// Every frame that is there or comes within a moment.
    pub(crate) async fn all(&mut self) -> Vec<Value> {
        let mut frames = Vec::new();
        while let Ok(Some(frame)) = timeout(QUIET, self.frames.recv()).await {
            readable(&frame);
            frames.push(frame);
        }
        frames
    }

    /// Nothing of a type comes.
    pub(crate) async fn no(&mut self, kind: &str) {
        let frames = self.all().await;
        assert!(!frames.iter().any(|frame| frame["type"] == kind), "{kind} came: {frames:?}");
    }

    /// The code that the server closes with.
    pub(crate) async fn close_code(&mut self) -> Option<u16> {
        timeout(PATIENCE, &mut self.closed).await.expect("the server closes the socket").unwrap()
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// Every frame that the server sends is one that a client of this version can read.
fn readable(frame: &Value) {
    let read = serde_json::from_value::<ServerFrame<Value>>(frame.clone());
    assert!(read.is_ok(), "{frame}: {read:?}");
}

/// A socket that signs in, reads its snapshot and then never reads again.
pub(crate) async fn unread(address: SocketAddr, token: &str, device: &str) -> impl Sized {
    let (mut stream, _) = tokio_tungstenite::connect_async(format!("ws://{address}/api/socket"))
        .await
        .expect("the socket opens");
    let hello = json!({ "type": "hello", "token": token, "protocol": 1, "device_id": device });
    stream.send(Message::text(hello.to_string())).await.unwrap();
    stream.next().await.expect("the snapshot").unwrap();
    stream
}
