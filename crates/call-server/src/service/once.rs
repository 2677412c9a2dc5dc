//! Requests that are done once, however often they are tried: reads their keys, and forgets those that are old.
//! Never keeps a key or a request as it was sent: only hashes reach the database.

use super::App;
use crate::{error::ApiError, ids, model::Once};
use call_protocol::limits;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::{sync::Arc, time::Duration};
use tokio::time::{MissedTickBehavior, interval};

/// How often old keys are looked for.
const PAUSE: Duration = Duration::from_secs(3600);

/// The key that a client chose for a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// Reads a header's value: a quoted string, as the IETF draft has it, or the same without quotes.
    ///
    /// # Errors
    /// When it is empty, too long, or not visible ASCII.
    pub fn read(value: &[u8]) -> Result<Self, ApiError> {
        let value = value.trim_ascii();
        let inner = value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
        let key = match inner {
            Some(inner) => unescaped(inner),
            None => Some(value.to_vec()).filter(|key| !key.contains(&b'"')),
        };
        let key = key.and_then(|key| String::from_utf8(key).ok()).filter(|key| {
            (1..=limits::IDEMPOTENCY_KEY).contains(&key.len())
                && key.bytes().all(|byte| byte.is_ascii_graphic())
        });
        key.map(Self).ok_or_else(|| {
            let longest = limits::IDEMPOTENCY_KEY;
            ApiError::Invalid(format!(
                "an Idempotency-Key is one string of 1 to {longest} visible ASCII characters"
            ))
        })
    }
}

/// The inside of a quoted string (RFC 9651, section 4.2.5): only quotes and backslashes are escaped, and always.
fn unescaped(inner: &[u8]) -> Option<Vec<u8>> {
    let mut key = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter();
    while let Some(byte) = bytes.next() {
        key.push(match byte {
            b'"' => return None,
            b'\\' => *bytes.next().filter(|next| matches!(next, b'"' | b'\\'))?,
            other => *other,
        });
    }
    Some(key)
}

/// What the store is told of a request with a key: where it went, and what it asked for.
///
/// # Errors
/// When the request cannot be written as JSON, which it was read from.
pub(super) fn once(key: &Key, address: &str, request: &impl Serialize) -> Result<Once, ApiError> {
    let request = serde_json::to_vec(request).map_err(|error| ApiError::Internal(error.to_string()))?;
    // A key has no control character: where it ends is plain.
    let key = Sha256::new().chain_update(&key.0).chain_update("\n").chain_update(address).finalize();
    Ok(Once { key_hash: ids::hex(&key), request_hash: ids::hex(&Sha256::digest(request)) })
}

/// Forgets old keys for as long as the server runs.
pub async fn run(app: Arc<App>) {
    let mut ticks = interval(PAUSE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match app.store.forget_keys_before(app.clock.now().minus(limits::IDEMPOTENCY_TIME)).await {
            Ok(0) => {}
            Ok(keys) => tracing::debug!(keys, "old idempotency keys forgotten"),
            Err(error) => error.log("old idempotency keys could not be forgotten"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Option<String> {
        Key::read(value.as_bytes()).ok().map(|key| key.0)
    }

    #[test]
    fn a_key_may_be_quoted_or_not_and_is_the_same_key() {
        assert_eq!(read("\"8e03978e-40d5\""), read(" 8e03978e-40d5 "));
        assert_eq!(read(r#""a\"b\\c""#).as_deref(), Some(r#"a"b\c"#));
        assert_eq!(read(&"x".repeat(255)).map(|key| key.len()), Some(255));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for bad in ["", "\"\"", "\"open", "open\"", "a b", "\"a\tb\"", "ä", r#""a\b""#, r#""a"b""#, "\""] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
        assert_eq!(read(&"x".repeat(256)), None);
    }
}
