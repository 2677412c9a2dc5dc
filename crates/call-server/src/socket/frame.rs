//! Reads what a client sends, tells apart what is no JSON, unknown or wrong, and writes the error frame about it.
//! Never looks into the payload of a signal.

use crate::{
    app::App,
    error::ApiError,
    hub::encode,
    model::{Frame, Passed},
};
use axum::extract::ws::Utf8Bytes;
use call_protocol::{CallId, ClientFrame, Unread, limits};
use call_rules::Refusal;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Value, value::RawValue};

/// A frame that was read.
pub(super) type Incoming<'a> = ClientFrame<Unread<&'a RawValue>>;

/// A frame that could not be read, and the call that it names, if any.
#[derive(Debug)]
pub(super) struct Unusable {
    pub(super) error: ApiError,
    pub(super) call_id: Option<CallId>,
}

/// The frame that tells a client of an error, counted.
pub(super) fn refusal(app: &App, error: &ApiError, call_id: Option<CallId>) -> Utf8Bytes {
    app.metrics.refused(error.code());
    encode(&Frame::Error { error: error.body(), call_id })
}

/// What every frame has, and many have.
#[derive(Deserialize)]
struct Head {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    call_id: Value,
}

/// [`ClientFrame::Signal`], for which serde's reader of tagged enums would copy the payload.
#[derive(Deserialize)]
struct SignalFrame<'a> {
    #[serde(rename = "type")]
    _kind: SignalWord,
    call_id: CallId,
    #[serde(borrow)]
    signal_data: Passed<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum SignalWord {
    Signal,
}

/// Reads one text frame. Nearly every frame is a signal: it is read in one pass, its payload borrowed.
pub(super) fn read(text: &str) -> Result<Incoming<'_>, Unusable> {
    if let Ok(SignalFrame { call_id, signal_data, .. }) = serde_json::from_str(text)
        && payload(signal_data.body.data).is_ok()
    {
        return Ok(ClientFrame::Signal { call_id, signal_data });
    }
    read_other(text).map_err(|error| {
        let head = serde_json::from_str::<Head>(text).ok();
        let named = head.as_ref().and_then(|head| head.call_id.as_str());
        let call_id = named.and_then(CallId::parse);
        let is_nobodys = named.is_some() && call_id.is_none();
        match head {
            Some(head) if !<ClientFrame>::TYPES.contains(&head.kind.as_str()) => {
                Unusable { error: ApiError::UnknownFrame, call_id }
            }
            Some(_) if is_nobodys => Unusable { error: ApiError::refused(Refusal::NoCall), call_id },
            Some(_) | None => Unusable { error, call_id },
        }
    })
}

/// Reads a frame of any kind, and finds out what is wrong with it.
fn read_other(text: &str) -> Result<Incoming<'_>, ApiError> {
    let wrong = |error: serde_json::Error| ApiError::unreadable(&error, text.as_bytes());
    Ok(match serde_json::from_str::<ClientFrame<Unread<IgnoredAny>>>(text).map_err(wrong)? {
        ClientFrame::Signal { .. } => {
            let SignalFrame { call_id, signal_data, .. } = serde_json::from_str(text).map_err(wrong)?;
            payload(signal_data.body.data)?;
            ClientFrame::Signal { call_id, signal_data }
        }
        ClientFrame::Hello(hello) => ClientFrame::Hello(hello),
        ClientFrame::Token { token } => ClientFrame::Token { token },
        ClientFrame::MediaFlowing { call_id } => ClientFrame::MediaFlowing { call_id },
        ClientFrame::Probe { number } => ClientFrame::Probe { number },
        ClientFrame::MediaSilent { call_id } => ClientFrame::MediaSilent { call_id },
    })
}

/// The payload of a signal, which is passed on unread: the browser's own JSON, an object of limited depth. Deep nesting
/// would overflow the stack of clients that read by recursion.
pub(crate) fn payload(data: &RawValue) -> Result<(), ApiError> {
    let text = data.get();
    if !text.starts_with('{') {
        return Err(ApiError::Invalid("`data` is the browser's own JSON object".to_owned()));
    }
    if is_deep(text) {
        return Err(ApiError::Invalid(format!(
            "`data` nests deeper than {} levels; send the browser's own JSON object as it is",
            limits::SIGNAL_DEPTH
        )));
    }
    Ok(())
}

/// Whether well-formed JSON nests deeper than the limit. With no more brackets than that it cannot, wherever they stand, and
/// brackets are counted many bytes at a time.
fn is_deep(text: &str) -> bool {
    // Sums in single bytes are added up many at a time, and 255 of them cannot overflow.
    let opens = |part: &[u8]| part.iter().map(|byte| u8::from(matches!(byte, b'{' | b'['))).sum::<u8>();
    let all: usize = text.as_bytes().chunks(255).map(|part| usize::from(opens(part))).sum();
    if all <= limits::SIGNAL_DEPTH {
        return false;
    }
    let (mut depth, mut in_text) = (0_usize, false);
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => in_text = !in_text,
            // An escaped quote does not end the string.
            b'\\' if in_text => drop(bytes.next()),
            _ if in_text => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > limits::SIGNAL_DEPTH {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use call_protocol::ErrorCode;

    const ID: &str = "0190a2f4-1b7c-7def-8a9b-0c1d2e3f4a5b";

    fn code(text: &str) -> (ErrorCode, Option<CallId>) {
        let unusable = read(text).unwrap_err();
        (unusable.error.code(), unusable.call_id)
    }

    #[test]
    fn a_signal_is_read_and_its_payload_kept_to_the_byte() {
        let text = r#"{"type":"signal","call_id":"0190a2f4-1b7c-7def-8a9b-0c1d2e3f4a5b","later":[1],"signal_data":{"type":"ice_candidate","seq":4,"data":{"sdpMLineIndex":0,"candidate":"x", "a":1.50}}}"#;
        let Ok(ClientFrame::Signal { call_id, signal_data }) = read(text) else { panic!("not read") };
        assert_eq!((call_id, signal_data.seq), (CallId::from(ID), Some(4)));
        assert_eq!(signal_data.body.data.get(), r#"{"sdpMLineIndex":0,"candidate":"x", "a":1.50}"#);
    }

    #[test]
    fn what_cannot_be_used_says_why_and_names_its_call() {
        let call = Some(CallId::from(ID));
        assert_eq!(code("{"), (ErrorCode::MalformedJson, None));
        assert_eq!(code(&"[".repeat(10_000)), (ErrorCode::InvalidRequest, None));
        assert_eq!(code("[]"), (ErrorCode::InvalidRequest, None));
        assert_eq!(code(r#"{"type":7}"#), (ErrorCode::InvalidRequest, None));
        assert_eq!(
            code(r#"{"type":"dance","call_id":"0190a2f4-1b7c-7def-8a9b-0c1d2e3f4a5b"}"#),
            (ErrorCode::UnknownFrame, call.clone())
        );
        assert_eq!(code(r#"{"type":"media_flowing","call_id":3}"#), (ErrorCode::InvalidRequest, None));
        assert_eq!(code(r#"{"type":"media_flowing"}"#), (ErrorCode::InvalidRequest, None));
        assert_eq!(code(r#"{"type":"media_flowing","call_id":"c1"}"#), (ErrorCode::CallNotFound, None));
        let no_data = r#"{"type":"signal","call_id":"0190a2f4-1b7c-7def-8a9b-0c1d2e3f4a5b","signal_data":{"type":"offer"}}"#;
        assert_eq!(code(no_data), (ErrorCode::InvalidRequest, call.clone()));
        let no_object = r#"{"type":"signal","call_id":"0190a2f4-1b7c-7def-8a9b-0c1d2e3f4a5b","signal_data":{"type":"offer","data":"sdp"}}"#;
        assert_eq!(code(no_object), (ErrorCode::InvalidRequest, call.clone()));
        let no_kind = r#"{"type":"signal","call_id":"0190a2f4-1b7c-7def-8a9b-0c1d2e3f4a5b","signal_data":{"type":"dance","data":{}}}"#;
        assert_eq!(code(no_kind), (ErrorCode::InvalidRequest, call));
    }

    #[test]
    fn every_frame_of_the_protocol_is_known() {
        for kind in <ClientFrame>::TYPES {
            let bare = format!(r#"{{"type":"{kind}"}}"#);
            let known = read(&bare).map_err(|unusable| unusable.error.code());
            assert_ne!(known.err(), Some(ErrorCode::UnknownFrame), "{kind}");
        }
        assert!(matches!(read(r#"{"type":"probe"}"#), Ok(ClientFrame::Probe { number: None })));
    }

    fn nested(levels: usize, open: &str, close: &str, inside: &str) -> String {
        format!("{{\"a\":{}{inside}{}}}", open.repeat(levels - 1), close.repeat(levels - 1))
    }

    fn is_passed_on(text: &str) -> bool {
        payload(&RawValue::from_string(text.to_owned()).unwrap()).is_ok()
    }

    #[test]
    fn what_is_passed_on_is_never_deep_and_brackets_in_a_text_are_no_depth() {
        let most = limits::SIGNAL_DEPTH;
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}"), ("[[],", "]")] {
            assert!(is_passed_on(&nested(most - 1, open, close, "[]")), "{open}");
            assert!(!is_passed_on(&nested(most, open, close, "[]")), "{open}");
            assert!(!is_passed_on(&nested(5_000, open, close, "1")), "{open}");
        }
        assert!(is_passed_on(&format!(r#"{{"sdp":"{}"}}"#, "[{".repeat(1_000))));
        assert!(is_passed_on(&format!(
            r#"{{"sdp":"\\\"{}\\\\","b":[{}]}}"#,
            "[{".repeat(1_000),
            "[],".repeat(999) + "[]"
        )));
        assert!(!is_passed_on(&format!(
            r#"{{"sdp":"\\\"]}}","b":{}1{}}}"#,
            "[".repeat(most),
            "]".repeat(most)
        )));
    }
}
