//! Makes ids and secrets. Never parses them.

use call_rules::Moment;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use uuid::Builder;

/// A new UUID (version 7), which sorts by the moment it was made in.
pub fn fresh(now: Moment) -> String {
    let mut random = [0; 10];
    fill(&mut random);
    let millis = u64::try_from(now.0).unwrap_or(0);
    Builder::from_unix_timestamp_millis(millis, &random).into_uuid().to_string()
}

/// 256 random bits as text.
pub fn secret() -> String {
    let mut random = [0; 32];
    fill(&mut random);
    hex(&random)
}

/// A password that nobody guesses and everybody can type: 100 random bits.
pub fn password() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789-";
    // No dash inside a group: it keeps the groups apart.
    let mut random = [0; 64];
    fill(&mut random);
    let letters: Vec<char> = random
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(byte & 31)]))
        .filter(|letter| *letter != '-')
        .take(20)
        .collect();
    letters.chunks(5).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// What the database keeps of a secret with as many random bits as a token has: its SHA-256, in hexadecimal.
pub fn digest(secret: &str) -> String {
    hex(&Sha256::digest(secret))
}

/// Bytes as lower-case hexadecimal text.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn fill(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the operating system gives random bytes");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_uuids_that_differ_and_sort_by_time() {
        let (early, late) = (fresh(Moment(1_000)), fresh(Moment(2_000)));
        assert_eq!(early.len(), 36);
        assert!(early < late);
        assert_ne!(fresh(Moment(1_000)), fresh(Moment(1_000)));
        assert_eq!(secret().len(), 64);
    }

    #[test]
    fn a_password_is_four_groups_of_five_that_nobody_mistakes() {
        let one = password();
        assert!(one.split('-').count() == 4 && one.split('-').all(|group| group.len() == 5), "{one}");
        assert!(!one.contains(['0', '1', 'i', 'l', 'o']) && one != password(), "{one}");
    }
}
