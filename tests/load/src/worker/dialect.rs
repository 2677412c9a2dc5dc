//! The languages of the servers: how one signs in to each, what a signal looks like, and what their frames mean.
//! Never sends anything.

use super::payload;
use crate::{orders::Dialect, people};
use call_protocol::{
    ClientFrame, DeviceId, Hello, PROTOCOL_VERSION, ServerFrame, Signal, SignalBody, Unread,
};
use serde::{Deserialize, Serialize, de::IgnoredAny};
use serde_json::{json, value::RawValue};

/// What a frame means to the load generator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// The socket is open, and the server waits for the hello now.
    Opened,
    /// Signed in, with so many live calls.
    Welcome { live_calls: u64 },
    /// A ping in a frame of its own.
    Ping,
    /// A signal that should have been sent at this moment.
    Signal { intended: u64 },
    /// Somebody calls.
    Ringing,
    /// The call was answered.
    Answered,
    /// The call is over.
    Ended,
    /// The server refused something.
    Refused(String),
    /// Nothing that matters here.
    Nothing,
}

impl Dialect {
    /// The address of the socket.
    pub(super) fn path(self, person: u32) -> String {
        match self {
            Self::Calls => "/api/socket".to_owned(),
            Self::Echo => "/".to_owned(),
            Self::PeerServer => format!("/peerjs?key=peerjs&id={}&token=t{person}", people::person(person)),
            Self::SocketIo => "/socket.io/?EIO=4&transport=websocket".to_owned(),
        }
    }

    /// Whether the hello goes out before anything was heard.
    pub(super) fn speaks_first(self) -> bool {
        match self {
            Self::Calls | Self::Echo => true,
            Self::PeerServer | Self::SocketIo => false,
        }
    }

    /// The first frame, if there is one.
    pub(super) fn hello(self, person: u32, token: &str) -> Option<String> {
        match self {
            Self::Calls | Self::Echo => {
                let hello: ClientFrame = ClientFrame::Hello(Hello {
                    token: token.to_owned(),
                    protocol: PROTOCOL_VERSION,
                    device_id: DeviceId(people::device(person)),
                    device_label: Some("Chromium on Linux".to_owned()),
                    proofs: false,
                });
                Some(text(&hello))
            }
            Self::PeerServer => None,
            Self::SocketIo => Some(format!("40{}", json!({ "token": token }))),
        }
    }

    /// A signal from somebody to the person they are paired with: the `n`th that they send.
    pub(super) fn signal(self, call: &str, body: SignalBody, to: u32, n: u32) -> String {
        match self {
            Self::PeerServer => {
                let payload = match &body {
                    SignalBody::IceCandidate(candidate) => candidate,
                    SignalBody::Offer(_) | SignalBody::Answer(_) | SignalBody::Ack { .. } => {
                        return text(
                            &json!({ "type": "CANDIDATE", "dst": people::person(to), "payload": body }),
                        );
                    }
                };
                text(&PeerServerSignal { kind: "CANDIDATE", dst: people::person(to), payload })
            }
            Self::Calls | Self::Echo | Self::SocketIo => text(&ClientFrame::Signal {
                call_id: call.into(),
                signal_data: Signal {
                    body,
                    // Fifty candidates are many for one connection: then the next one begins.
                    peer_connection: Some(1 + n / 50),
                    seq: Some(1 + n % 50),
                    from_device: None,
                    to_device: Some(DeviceId(people::device(to))),
                },
            }),
        }
    }

    /// Understands a frame.
    pub(super) fn read(self, text: &str) -> Heard {
        match self {
            Self::Calls | Self::Echo => read_ours(text),
            Self::PeerServer => match payload::moment(text) {
                Some(intended) => Heard::Signal { intended },
                None if text.contains("\"OPEN\"") => Heard::Welcome { live_calls: 0 },
                None => Heard::Refused(text.to_owned()),
            },
            Self::SocketIo => match text.as_bytes() {
                [b'0', ..] => Heard::Opened,
                [b'2', ..] => Heard::Ping,
                [b'4', b'0', ..] => Heard::Welcome { live_calls: 0 },
                _ => Heard::Refused(text.to_owned()),
            },
        }
    }
}

/// A frame as JSON.
fn text(frame: &impl Serialize) -> String {
    // Frames have no keys but texts, so that nothing can go wrong.
    serde_json::to_string(frame).unwrap_or_default()
}

/// What PeerServer passes on.
#[derive(Serialize)]
struct PeerServerSignal<'a, P> {
    #[serde(rename = "type")]
    kind: &'static str,
    dst: String,
    payload: &'a P,
}

/// A signal, whether the server has passed it on or has sent it back as it came; its payload is not parsed.
#[derive(Deserialize)]
struct SignalFrame<'a> {
    #[serde(borrow)]
    signal_data: Signal<Unread<&'a RawValue>>,
}

/// Nearly every frame is a signal. What cannot be read is a refusal, too: the measurement would be of something else.
fn read_ours(text: &str) -> Heard {
    if let Ok(frame) = serde_json::from_str::<SignalFrame<'_>>(text) {
        let moment = payload::moment(frame.signal_data.body.data.get());
        return moment.map_or(Heard::Nothing, |intended| Heard::Signal { intended });
    }
    match serde_json::from_str::<ServerFrame<Unread<IgnoredAny>, IgnoredAny>>(text) {
        Ok(ServerFrame::Welcome(welcome)) => Heard::Welcome { live_calls: welcome.live_calls.len() as u64 },
        Ok(ServerFrame::CallRinging(_)) => Heard::Ringing,
        Ok(ServerFrame::CallAnswered(_)) => Heard::Answered,
        Ok(ServerFrame::CallEnded { .. } | ServerFrame::CallDeclined { .. }) => Heard::Ended,
        Ok(ServerFrame::Error { .. }) | Err(_) => Heard::Refused(text.to_owned()),
        Ok(
            ServerFrame::Signal { .. }
            | ServerFrame::DeviceRinging { .. }
            | ServerFrame::Presence { .. }
            | ServerFrame::Message { .. }
            | ServerFrame::Contact { .. }
            | ServerFrame::ContactRemoved { .. }
            | ServerFrame::TokenExpiring { .. }
            | ServerFrame::IceServers { .. }
            | ServerFrame::Alive { .. },
        ) => Heard::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::time::Duration;

    #[test]
    fn a_signal_that_comes_back_is_understood_in_every_language() {
        let candidate = || payload::candidate(Duration::from_nanos(77));
        for dialect in [Dialect::Calls, Dialect::Echo, Dialect::PeerServer] {
            let text = dialect.signal("c", candidate(), 3, 51);
            assert!(serde_json::from_str::<Value>(&text).is_ok(), "{text}");
            assert_eq!(dialect.read(&text), Heard::Signal { intended: 77 });
        }
    }

    #[test]
    fn a_new_generation_begins_after_fifty_candidates() {
        let text = Dialect::Calls.signal("c", payload::candidate(Duration::ZERO), 3, 50);
        let frame: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (&frame["signal_data"]["generation"], &frame["signal_data"]["seq"]),
            (&json!(2), &json!(1))
        );
        assert_eq!(frame["signal_data"]["to_device"], "device-3");
    }

    #[test]
    fn welcomes_are_recognised_with_their_live_calls() {
        let (person, id) = (people::person(1), people::conversation(1));
        let user = format!(r#"{{"id":"{person}","username":"anna","display_name":"Anna"}}"#);
        let call = format!(
            r#"{{"id":"{id}","conversation_id":"{id}","initiator_id":"{person}","call_type":"audio","status":"active","created_at":"t","updated_at":"t"}}"#
        );
        let live = format!(r#"{{"call":{call},"peer":{user},"role":"caller","seats":[]}}"#);
        let text =
            format!(r#"{{"type":"welcome","user":{user},"live_calls":[{live},{live}],"ended_calls":[]}}"#);
        assert_eq!(Dialect::Calls.read(&text), Heard::Welcome { live_calls: 2 });
        assert_eq!(Dialect::PeerServer.read(r#"{"type":"OPEN"}"#), Heard::Welcome { live_calls: 0 });
        assert_eq!(Dialect::SocketIo.read("40{\"sid\":\"x\"}"), Heard::Welcome { live_calls: 0 });
        assert!(matches!(Dialect::SocketIo.read("44{}"), Heard::Refused(_)));
    }
}
