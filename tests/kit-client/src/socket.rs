//! A real WebSocket whose frames are read in the background, so that it answers pings as a browser's does.

use crate::PATIENCE;
use call_protocol::{ServerFrame, Unread};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::timeout,
};
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};

/// How long a test watches for something that must not happen.
const QUIET: Duration = Duration::from_millis(150);

/// An open socket; dropped without a close frame.
pub struct Socket {
    frames: mpsc::UnboundedReceiver<Value>,
    closed: oneshot::Receiver<Option<u16>>,
    out: mpsc::UnboundedSender<Message>,
    reader: JoinHandle<()>,
}

impl Socket {
    /// Opens a socket, which must succeed.
    pub async fn open(address: SocketAddr) -> Self {
        Self::open_from(address, None).await.expect("the socket opens")
    }

    /// Opens a socket as a page of this origin would; returns the status of a refusal.
    pub async fn open_from(address: SocketAddr, origin: Option<&str>) -> Result<Self, u16> {
        Self::open_with(address, origin.map(|origin| ("origin", origin))).await
    }

    /// Opens a socket with an additional header; returns the status of a refusal.
    pub async fn open_with(address: SocketAddr, header: Option<(&'static str, &str)>) -> Result<Self, u16> {
        let mut request = format!("ws://{address}/api/socket").into_client_request().unwrap();
        if let Some((name, value)) = header {
            request.headers_mut().insert(name, value.parse().unwrap());
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

    /// Signs in as a device.
    pub async fn hello(&mut self, token: &str, device: &str) {
        let label = format!("label of {device}");
        self.say(json!({ "type": "hello", "token": token, "protocol": 1, "device_id": device, "device_label": label }))
            .await;
    }

    /// Sends a frame.
    pub async fn say(&mut self, frame: Value) {
        self.send(Message::text(frame.to_string())).await;
    }

    /// Sends a message of any kind.
    pub async fn send(&mut self, message: Message) {
        // Some tests are about closed sockets.
        let _ = self.out.send(message);
        tokio::task::yield_now().await;
    }

    /// The next frame of a type; skips others before it.
    pub async fn until(&mut self, kind: &str) -> Value {
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

    /// All frames that have arrived or arrive within a moment.
    pub async fn all(&mut self) -> Vec<Value> {
        let mut frames = Vec::new();
        while let Ok(Some(frame)) = timeout(QUIET, self.frames.recv()).await {
            readable(&frame);
            frames.push(frame);
        }
        frames
    }

    /// Asserts that no frame of a type arrives.
    pub async fn no(&mut self, kind: &str) {
        let frames = self.all().await;
        assert!(!frames.iter().any(|frame| frame["type"] == kind), "expected no `{kind}`, came {frames:?}");
    }

    /// The code that the server closes with.
    pub async fn close_code(&mut self) -> Option<u16> {
        let closed = timeout(PATIENCE, &mut self.closed).await;
        closed.unwrap_or_else(|_| panic!("expected the server to close the socket, it did not")).unwrap()
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// Asserts that a client of this version can read every frame that the server sends.
fn readable(frame: &Value) {
    let read = serde_json::from_value::<ServerFrame<Unread<Value>, Value>>(frame.clone());
    assert!(read.is_ok(), "expected a frame that clients read, came {frame}: {read:?}");
}

/// A socket that signs in, reads its snapshot and then stops reading.
pub async fn unread(address: SocketAddr, token: &str, device: &str) -> impl Sized {
    let (mut stream, _) = tokio_tungstenite::connect_async(format!("ws://{address}/api/socket"))
        .await
        .expect("the socket opens");
    let hello = json!({ "type": "hello", "token": token, "protocol": 1, "device_id": device });
    stream.send(Message::text(hello.to_string())).await.unwrap();
    stream.next().await.expect("the snapshot").unwrap();
    stream
}
