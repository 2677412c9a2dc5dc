//! The labels of what is measured, each with few values.

use crate::bus::Rejected;
use call_protocol::SignalKind;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use std::fmt::{self, Write};

/// The server's version.
pub(super) type Build = [(&'static str, &'static str); 1];

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Outcome {
    pub(super) status: &'static str,
    pub(super) reason: &'static str,
}

/// The type of a signal.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Kind {
    r#type: &'static str,
}

impl Kind {
    /// In the word of the wire.
    pub fn of(kind: SignalKind) -> Self {
        Self { r#type: kind.as_str() }
    }
}

/// Why something was refused.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Code {
    pub(super) code: &'static str,
}

/// The code that a socket was closed with.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Closed {
    pub(super) code: u16,
}

/// What was wrong with what came by the bus.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Notice {
    reason: &'static str,
}

impl Notice {
    pub(super) fn of(rejected: Rejected) -> Self {
        let reason = match rejected {
            Rejected::Unsigned => "unsigned",
            Rejected::Forged => "forged",
            Rejected::Repeated => "repeated",
            Rejected::TooLarge => "too_large",
        };
        Self { reason }
    }
}

/// Why the relay lost a packet.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Loss {
    pub(super) reason: &'static str,
}

/// The error with which the relay refused something.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Refused {
    pub(super) code: u16,
}

/// How a packet left the relay.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Transport {
    pub(super) transport: &'static str,
}

/// What was asked for, as the template of the address, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) route: String,
    pub(super) status: u16,
}

/// A part of the store, and whether it wrote.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Statement {
    pub(super) part: &'static str,
    pub(super) kind: &'static str,
}

/// A method that the server knows; a client may make up any number of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Method(&'static str);

impl From<&axum::http::Method> for Method {
    fn from(method: &axum::http::Method) -> Self {
        let known = ["GET", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS"];
        Self(known.into_iter().find(|known| *known == method.as_str()).unwrap_or("other"))
    }
}

impl EncodeLabelValue for Method {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        encoder.write_str(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_that_somebody_made_up_are_counted_as_one() {
        let made_up = axum::http::Method::from_bytes(b"BREW").unwrap();
        assert_eq!(Method::from(&made_up), Method("other"));
        assert_eq!(Method::from(&axum::http::Method::PUT), Method("PUT"));
    }
}
