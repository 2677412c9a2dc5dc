//! Reads the `Idempotency-Key` of a request.
//! Never decides what a key does: the service does.

use crate::{error::ApiError, service::idempotency::Key};
use axum::{extract::FromRequestParts, http::request::Parts};
use call_protocol::{IDEMPOTENCY_HEADER, limits};

/// The key of a request, if it has one.
#[derive(Debug)]
pub(super) struct IdempotencyKey(pub(super) Option<Key>);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let mut values = parts.headers.get_all(IDEMPOTENCY_HEADER).iter();
        match (values.next(), values.next()) {
            (None, _) => Ok(Self(None)),
            (Some(value), None) => read(value.as_bytes()).map(|key| Self(Some(key))),
            (Some(_), Some(_)) => {
                Err(ApiError::Invalid("a request has one Idempotency-Key; send only one".to_owned()))
            }
        }
    }
}

fn read(value: &[u8]) -> Result<Key, ApiError> {
    unquoted(value).map(Key::new).ok_or_else(|| {
        let longest = limits::IDEMPOTENCY_KEY;
        ApiError::Invalid(format!(
            "an Idempotency-Key is one string of 1 to {longest} visible ASCII characters"
        ))
    })
}

/// The text of a header's value: a quoted string, as the IETF draft has it, or the same without quotes. `None` when it is
/// empty, too long, or not visible ASCII.
fn unquoted(value: &[u8]) -> Option<String> {
    let value = value.trim_ascii();
    let inner = value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
    let key = match inner {
        Some(inner) => unescaped(inner),
        None => Some(value.to_vec()).filter(|key| !key.contains(&b'"')),
    };
    key.and_then(|key| String::from_utf8(key).ok()).filter(|key| {
        (1..=limits::IDEMPOTENCY_KEY).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Option<String> {
        unquoted(value.as_bytes())
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
