//! Reads what a client sends and tells apart what is no JSON, what is unknown and what is wrong.
//! Never looks into the payload of a signal.

use crate::error::ApiError;
use call_protocol::{CallId, Hello, Signal};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

/// A frame that can be worked with.
#[derive(Debug)]
pub(super) enum Incoming<'a> {
    Hello(Hello),
    Signal { call_id: CallId, signal: Signal<&'a RawValue> },
    Token { token: String },
    MediaFlowing { call_id: CallId },
    Probe { number: Option<u32> },
    MediaSilent { call_id: CallId },
}

/// A frame that cannot, and the call that it was about, if it says so.
#[derive(Debug)]
pub(super) struct Unusable {
    pub(super) error: ApiError,
    pub(super) call_id: Option<CallId>,
}

#[derive(Deserialize)]
struct Head {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    call_id: Value,
}

/// A signal in one reading: nearly every frame is one.
#[derive(Deserialize)]
struct SignalFrame<'a> {
    #[serde(rename = "type")]
    _kind: SignalWord,
    call_id: CallId,
    #[serde(borrow)]
    signal_data: Signal<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum SignalWord {
    Signal,
}

#[derive(Deserialize)]
struct TokenFrame {
    token: String,
}

#[derive(Deserialize)]
struct MediaFrame {
    call_id: CallId,
}

#[derive(Deserialize)]
struct ProbeFrame {
    #[serde(default)]
    number: Option<u32>,
}

/// Reads one text frame.
pub(super) fn read(text: &str) -> Result<Incoming<'_>, Unusable> {
    if let Ok(SignalFrame { call_id, signal_data, .. }) = serde_json::from_str(text)
        && is_object(signal_data.data).is_ok()
    {
        return Ok(Incoming::Signal { call_id, signal: signal_data });
    }
    read_carefully(text)
}

/// Reads a frame of any kind, and finds out what is wrong with it.
fn read_carefully(text: &str) -> Result<Incoming<'_>, Unusable> {
    let wrong = |error: &serde_json::Error| ApiError::unreadable(error, text.as_bytes());
    let head: Head =
        serde_json::from_str(text).map_err(|error| Unusable { error: wrong(&error), call_id: None })?;
    let call_id = head.call_id.as_str().map(CallId::from);
    let incoming = match head.kind.as_str() {
        "hello" => serde_json::from_str(text).map(Incoming::Hello).map_err(|error| wrong(&error)),
        "signal" => {
            serde_json::from_str(text).map_err(|error| wrong(&error)).and_then(|frame: SignalFrame<'_>| {
                is_object(frame.signal_data.data)?;
                Ok(Incoming::Signal { call_id: frame.call_id, signal: frame.signal_data })
            })
        }
        "token" => serde_json::from_str(text)
            .map(|frame: TokenFrame| Incoming::Token { token: frame.token })
            .map_err(|error| wrong(&error)),
        "media_flowing" => serde_json::from_str(text)
            .map(|frame: MediaFrame| Incoming::MediaFlowing { call_id: frame.call_id })
            .map_err(|error| wrong(&error)),
        "probe" => serde_json::from_str(text)
            .map(|frame: ProbeFrame| Incoming::Probe { number: frame.number })
            .map_err(|error| wrong(&error)),
        "media_silent" => serde_json::from_str(text)
            .map(|frame: MediaFrame| Incoming::MediaSilent { call_id: frame.call_id })
            .map_err(|error| wrong(&error)),
        _ => Err(ApiError::UnknownFrame),
    };
    incoming.map_err(|error| Unusable { error, call_id })
}

/// The browser's own JSON is always an object.
pub(crate) fn is_object(data: &RawValue) -> Result<(), ApiError> {
    if data.get().starts_with('{') {
        return Ok(());
    }
    Err(ApiError::Invalid("`data` is the browser's own JSON object".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use call_protocol::ErrorCode;

    fn code(text: &str) -> (ErrorCode, Option<CallId>) {
        let unusable = read(text).unwrap_err();
        (unusable.error.code().0, unusable.call_id)
    }

    #[test]
    fn a_signal_is_read_and_its_payload_kept_to_the_byte() {
        let text = r#"{"type":"signal","call_id":"c1","later":[1],"signal_data":{"type":"ice_candidate","seq":4,"data":{"sdpMLineIndex":0,"candidate":"x", "a":1.50}}}"#;
        let Ok(Incoming::Signal { call_id, signal }) = read(text) else { panic!("not read") };
        assert_eq!((call_id, signal.seq), (CallId::from("c1"), Some(4)));
        assert_eq!(signal.data.get(), r#"{"sdpMLineIndex":0,"candidate":"x", "a":1.50}"#);
    }

    #[test]
    fn what_cannot_be_used_says_why_and_names_its_call() {
        let call = Some(CallId::from("c1"));
        assert_eq!(code("{"), (ErrorCode::MalformedJson, None));
        assert_eq!(code(&"[".repeat(10_000)), (ErrorCode::InvalidRequest, None));
        assert_eq!(code("[]"), (ErrorCode::InvalidRequest, None));
        assert_eq!(code(r#"{"type":7}"#), (ErrorCode::InvalidRequest, None));
        assert_eq!(code(r#"{"type":"dance","call_id":"c1"}"#), (ErrorCode::UnknownFrame, call.clone()));
        assert_eq!(code(r#"{"type":"media_flowing","call_id":3}"#), (ErrorCode::InvalidRequest, None));
        assert_eq!(code(r#"{"type":"media_flowing"}"#), (ErrorCode::InvalidRequest, None));
        let no_data = r#"{"type":"signal","call_id":"c1","signal_data":{"type":"offer"}}"#;
        assert_eq!(code(no_data), (ErrorCode::InvalidRequest, call.clone()));
        let no_object = r#"{"type":"signal","call_id":"c1","signal_data":{"type":"offer","data":"sdp"}}"#;
        assert_eq!(code(no_object), (ErrorCode::InvalidRequest, call.clone()));
        let no_kind = r#"{"type":"signal","call_id":"c1","signal_data":{"type":"dance","data":{}}}"#;
        assert_eq!(code(no_kind), (ErrorCode::InvalidRequest, call));
    }
}
