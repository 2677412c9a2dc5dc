//! W3C trace context: which trace a request belongs to, and what is told about it.
//! Never sends a request itself, so `tracestate` is of no use here.

use crate::ids;
use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// The header of a request (W3C Trace Context, Recommendation of 2021, section 3.2).
pub const REQUEST: HeaderName = HeaderName::from_static("traceparent");
/// The header of a reply (W3C Trace Context, response headers, working draft): the request's own header is not for
/// replies.
pub const RESPONSE: HeaderName = HeaderName::from_static("traceresponse");

/// The only version that there is.
const VERSION: &str = "00";
const LENGTH: usize = 55;

/// A place in a trace: the request as this server calls it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    id: String,
    span: String,
    flags: u8,
}

impl Trace {
    /// The trace that a request names; a new one when it names none, several, or one that is not well formed.
    pub fn of(headers: &HeaderMap) -> Self {
        let mut named = headers.get_all(REQUEST).iter();
        let only = named.next().filter(|_| named.next().is_none());
        let parent = only.and_then(|value| value.to_str().ok()).and_then(parse);
        let random = ids::secret();
        let (fresh, rest) = random.split_at(32);
        let (id, flags) = parent.unwrap_or((fresh, 0));
        Self { id: id.to_owned(), span: rest[..16].to_owned(), flags }
    }

    /// Names the trace in logs.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What the reply says.
    pub fn response(&self) -> HeaderValue {
        let Self { id, span, flags } = self;
        HeaderValue::from_str(&format!("{VERSION}-{id}-{span}-{flags:02x}"))
            .expect("hexadecimal digits and dashes may stand in a header")
    }
}

/// The trace's id, and of its flags those that are known: sampled, and random.
fn parse(text: &str) -> Option<(&str, u8)> {
    let (known, later) = text.split_at_checked(LENGTH)?;
    let mut parts = known.split('-');
    let [version, id, parent, flags] = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
    let hex = |text: &str, digits| {
        text.len() == digits && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    let named = |text: &str, digits| hex(text, digits) && text.bytes().any(|b| b != b'0');
    let well_formed = hex(version, 2) && named(id, 32) && named(parent, 16) && hex(flags, 2);
    // Later versions may say more, after another dash; ff is none.
    let ends = later.is_empty() || (version != VERSION && later.starts_with('-'));
    if !well_formed || !ends || version == "ff" || parts.next().is_some() {
        return None;
    }
    Some((id, u8::from_str_radix(flags, 16).ok()? & 0b11))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    fn of(values: &[&str]) -> Trace {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(REQUEST, value.parse().unwrap());
        }
        Trace::of(&headers)
    }

    #[test]
    fn a_well_formed_trace_is_taken_up() {
        for (text, flags) in [
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "01"),
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", "00"),
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff", "03"),
            ("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what the future brings", "01"),
        ] {
            let trace = of(&[text]);
            let response = trace.response().to_str().unwrap().to_owned();
            assert_eq!(trace.id(), ID, "{text}");
            assert!(response.starts_with(&format!("00-{ID}-")) && response.ends_with(flags), "{response}");
            assert!(!response.contains("00f067aa0ba902b7"), "the reply names a span of our own: {response}");
            assert_eq!(response.len(), LENGTH);
        }
    }

    #[test]
    fn what_is_not_well_formed_begins_a_new_trace() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        for bad in [
            "",
            "00",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.more",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "0-04bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert_ne!(of(&[bad]).id().to_lowercase(), ID, "{bad}");
            assert_eq!(of(&[bad]).id().len(), 32, "{bad}");
        }
        assert_ne!(of(&[good, good]).id(), ID, "two headers say nothing");
        assert_ne!(of(&[]).id(), of(&[]).id(), "every request without a trace begins its own");
    }
}
