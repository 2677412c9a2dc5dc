//! One request: method, path, body and key, and what is sent with it.
//! Never retries and never looks at what is transported.

use crate::network::{HttpRequest, Lifetime};
use call_protocol::{DEVICE_HEADER, DeviceId, IDEMPOTENCY_HEADER};
use core::fmt::Write;
use core::time::Duration;

/// Longer than any answer takes on a working network.
const TIME_OUT: Duration = Duration::from_secs(10);

/// What to ask.
pub(crate) struct Request {
    method: &'static str,
    path: String,
    body: Option<String>,
    lifetime: Lifetime,
    /// What makes a second try of the same request harmless.
    key: Option<String>,
}

impl Request {
    pub(super) fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    pub(super) fn post(path: &str) -> Self {
        Self::new("POST", path)
    }

    pub(super) fn put(path: &str) -> Self {
        Self::new("PUT", path)
    }

    pub(super) fn delete(path: &str) -> Self {
        Self::new("DELETE", path)
    }

    pub(super) fn body(self, body: Option<String>) -> Self {
        Self { body, ..self }
    }

    /// Reaches the server even if the program ends meanwhile.
    pub(super) fn lasting(self) -> Self {
        Self { lifetime: Lifetime::BeyondProgram, ..self }
    }

    /// However often it is sent with this key, the server does it once.
    pub(super) fn once(self, key: &str) -> Self {
        Self { key: Some(key.to_owned()), ..self }
    }

    fn new(method: &'static str, path: &str) -> Self {
        Self { method, path: path.to_owned(), body: None, lifetime: Lifetime::Program, key: None }
    }

    /// As it goes out to a server, from somebody.
    pub(super) fn sent(&self, server: &str, token: Option<&str>, device: Option<&DeviceId>) -> HttpRequest {
        let mut headers = Vec::new();
        if self.body.is_some() {
            headers.push(("content-type", "application/json".to_owned()));
        }
        headers.extend(token.map(|token| ("authorization", ["Bearer ", token].concat())));
        headers.extend(device.map(|device| (DEVICE_HEADER, device.as_str().to_owned())));
        headers.extend(self.key.clone().map(|key| (IDEMPOTENCY_HEADER, key)));
        HttpRequest {
            method: self.method,
            url: [server, &self.path].concat(),
            headers,
            body: self.body.clone(),
            lifetime: self.lifetime,
            time_out: TIME_OUT,
        }
    }
}

/// A text as part of a path or a query (RFC 3986, section 2.1).
pub(super) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing into a text cannot fail.
            let _written = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// The path of a page of a longer list.
pub(super) fn paged(path: &str, before: Option<&str>) -> String {
    match before {
        Some(before) => [path, "?before=", &encode(before)].concat(),
        None => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::encode;

    #[test]
    fn whatever_an_id_contains_is_one_segment_of_a_path() {
        for (text, encoded) in
            [("c1", "c1"), ("c/1?a=b", "c%2F1%3Fa%3Db"), ("\u{e9}", "%C3%A9"), ("-._~", "-._~")]
        {
            assert_eq!(encode(text), encoded);
        }
    }
}
