//! The languages of the servers: how one signs in to each, what a signal looks like, and what their frames mean.
//! Never sends anything.

use super::payload;
use crate::{orders::Dialect, people};
use serde_json::{Value, json};

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
                let hello = json!({ "type": "hello", "token": token, "protocol": 1,
                    "device_id": people::device(person), "device_label": "Chromium on Linux" });
                Some(hello.to_string())
            }
            Self::PeerServer => None,
            Self::SocketIo => Some(format!("40{}", json!({ "token": token }))),
        }
    }

    /// A signal from somebody to the person they are paired with. `kind` is one of the protocol's.
    pub(super) fn signal(self, call: &str, kind: &str, to: u32, (n, data): (u32, &str)) -> String {
        match self {
            Self::PeerServer => {
                format!("{{\"type\":\"CANDIDATE\",\"dst\":\"{}\",\"payload\":{data}}}", people::person(to))
            }
            // Fifty candidates are many for one connection: then the next one begins.
            Self::Calls | Self::Echo | Self::SocketIo => format!(
                "{{\"type\":\"signal\",\"call_id\":\"{call}\",\"signal_data\":{{\"type\":\"{kind}\",\"data\":{data},\
                 \"generation\":{},\"seq\":{},\"to_device\":\"{}\"}}}}",
                1 + n / 50,
                1 + n % 50,
                people::device(to)
            ),
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

fn read_ours(text: &str) -> Heard {
    let kind = text.strip_prefix("{\"type\":\"").and_then(|rest| rest.split('"').next());
    match kind {
        Some("signal") => payload::moment(text).map_or(Heard::Nothing, |intended| Heard::Signal { intended }),
        Some("welcome") => {
            let welcome: Value = serde_json::from_str(text).unwrap_or_default();
            let live_calls = welcome["live_calls"].as_array().map_or(0, |calls| calls.len() as u64);
            Heard::Welcome { live_calls }
        }
        Some("call_ringing") => Heard::Ringing,
        Some("call_answered") => Heard::Answered,
        Some("call_ended" | "call_declined") => Heard::Ended,
        Some("error") => Heard::Refused(text.to_owned()),
        Some(_) | None => Heard::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_signal_that_comes_back_is_understood_in_every_language() {
        let data = payload::candidate(Duration::from_nanos(77));
        for dialect in [Dialect::Calls, Dialect::Echo, Dialect::PeerServer] {
            let text = dialect.signal("c", "ice_candidate", 3, (51, &data));
            assert!(serde_json::from_str::<Value>(&text).is_ok(), "{text}");
            assert_eq!(dialect.read(&text), Heard::Signal { intended: 77 });
        }
    }

    #[test]
    fn a_new_generation_begins_after_fifty_candidates() {
        let text = Dialect::Calls.signal("c", "ice_candidate", 3, (50, "{}"));
        let frame: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (&frame["signal_data"]["generation"], &frame["signal_data"]["seq"]),
            (&json!(2), &json!(1))
        );
        assert_eq!(frame["signal_data"]["to_device"], "device-3");
    }

    #[test]
    fn welcomes_are_recognised_with_their_live_calls() {
        let text = r#"{"type":"welcome","user":{},"live_calls":[{},{}],"ended_calls":[]}"#;
        assert_eq!(Dialect::Calls.read(text), Heard::Welcome { live_calls: 2 });
        assert_eq!(Dialect::PeerServer.read(r#"{"type":"OPEN"}"#), Heard::Welcome { live_calls: 0 });
        assert_eq!(Dialect::SocketIo.read("40{\"sid\":\"x\"}"), Heard::Welcome { live_calls: 0 });
        assert!(matches!(Dialect::SocketIo.read("44{}"), Heard::Refused(_)));
    }
}
