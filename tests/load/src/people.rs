//! The people of a measurement: their ids, who calls whom, and their tokens. Numbers only; nobody has a name.
//! Never signs anybody in by a password.

use anyhow::{Context, Result};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use std::time::{SystemTime, UNIX_EPOCH};

/// How long a token lives: longer than any measurement, in seconds.
const LIFE: u64 = 6 * 3600;

/// What ids of people begin with.
pub(crate) const PERSON: &str = "00000000-0000-7000-8000-";
/// What ids of conversations begin with; another half of the id than a person's, which the server locks by.
pub(crate) const CONVERSATION: &str = "00000000-0000-7000-9000-";

/// The id of a person.
pub(crate) fn person(number: u32) -> String {
    format!("{PERSON}{number:012x}")
}

/// The conversation of a pair: of the persons 2 n and 2 n + 1.
pub(crate) fn conversation(pair: u32) -> String {
    format!("{CONVERSATION}{pair:012x}")
}

/// The device of a person.
pub(crate) fn device(number: u32) -> String {
    format!("device-{number}")
}

/// A token for a person.
///
/// # Errors
/// When the clock stands before 1970 or signing fails.
pub(crate) fn token(number: u32, secret: &str) -> Result<String> {
    #[derive(Serialize)]
    struct Claims {
        sub: String,
        exp: u64,
        iat: u64,
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock of this machine is wrong")?;
    let claims = Claims { sub: person(number), exp: now.as_secs() + LIFE, iat: now.as_secs() };
    let key = EncodingKey::from_secret(secret.as_bytes());
    Ok(jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_uuids_and_people_never_share_the_locked_half_with_a_conversation() {
        assert_eq!(person(255), "00000000-0000-7000-8000-0000000000ff");
        assert_eq!(person(1).len(), 36);
        assert_ne!(person(1)[19..], conversation(1)[19..]);
    }

    #[test]
    fn a_token_has_three_parts_and_is_another_one_for_each_person() {
        let one = token(1, "a key of thirty-two bytes or more, here").unwrap();
        assert_eq!(one.split('.').count(), 3);
        assert_ne!(one, token(2, "a key of thirty-two bytes or more, here").unwrap());
    }
}
