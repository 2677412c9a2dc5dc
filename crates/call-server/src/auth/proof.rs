//! What proves by itself that this server made it: a device's proof that it has signed in before, and the seal on a refresh
//! token. Never asks the database, and proves nothing about a person: whoever signs in still needs the password.

use crate::ids;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::fmt;

/// Hexadecimal characters of a random part.
const RANDOM: usize = 64;
/// Hexadecimal characters of a seal: 128 bits.
const SEAL: usize = 32;

/// Makes and checks proofs.
pub struct Proofs(Hmac<Sha256>);

impl Proofs {
    /// Proofs by a secret; other things that are signed by it cannot be taken for them.
    pub fn new(secret: &str) -> Self {
        Self(keyed(secret))
    }

    /// A proof that a device has signed in by this name: the one it has, if it is good, so that a device stays one.
    pub fn of_device(&self, name: &str, known: Option<&str>) -> String {
        known
            .filter(|known| self.is_of_device(name, known))
            .map_or_else(|| self.make("device", name), str::to_owned)
    }

    /// Whether a proof says that a device has signed in by this name.
    pub fn is_of_device(&self, name: &str, proof: &str) -> bool {
        self.is_good("device", name, proof)
    }

    /// A new refresh token of a session: what all of its tokens begin with, and what this one is.
    pub fn refresh_token(&self, family: &str) -> String {
        format!("{family}.{}", self.make("refresh", family))
    }

    /// Whether a server of this secret made a refresh token. Those of older servers do not tell.
    pub fn made(&self, refresh_token: &str) -> bool {
        refresh_token.split_once('.').is_some_and(|(family, proof)| self.is_good("refresh", family, proof))
    }

    fn make(&self, what: &str, name: &str) -> String {
        let mut random = ids::secret();
        let seal = ids::hex(&self.mac(what, name, &random).finalize().into_bytes()[..SEAL / 2]);
        random.push_str(&seal);
        random
    }

    fn is_good(&self, what: &str, name: &str, proof: &str) -> bool {
        if proof.len() != RANDOM + SEAL || !proof.is_ascii() {
            return false;
        }
        let (random, seal) = proof.split_at(RANDOM);
        let seal = unhex(seal);
        seal.is_some_and(|seal| self.mac(what, name, random).verify_truncated_left(&seal).is_ok())
    }

    fn mac(&self, what: &str, name: &str, random: &str) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        // The first has no line break, and the last has always the same length.
        for part in [what, "\n", name, "\n", random] {
            mac.update(part.as_bytes());
        }
        mac
    }
}

fn keyed(secret: &str) -> Hmac<Sha256> {
    Hmac::new_from_slice(["proofs of ", secret].concat().as_bytes()).expect("HMAC takes a key of any length")
}

fn unhex(text: &str) -> Option<[u8; SEAL / 2]> {
    let mut bytes = [0; SEAL / 2];
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        let digit = |digit: &u8| char::from(*digit).to_digit(16).filter(|_| !digit.is_ascii_uppercase());
        let [high, low] = digits else { return None };
        *byte = u8::try_from(digit(high)? * 16 + digit(low)?).ok()?;
    }
    Some(bytes)
}

impl fmt::Debug for Proofs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proofs").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_known_again_by_the_name_that_it_signed_in_with_and_by_no_other() {
        let proofs = Proofs::new("a secret of this server, long enough");
        let proof = proofs.of_device("anna", None);
        assert!(proofs.is_of_device("anna", &proof));
        assert_eq!(proofs.of_device("anna", Some(&proof)), proof, "it stays the same device");
        assert_ne!(proofs.of_device("ben", Some(&proof)), proof);
        assert!(!proofs.is_of_device("ben", &proof));
        assert!(!Proofs::new("another secret of another server").is_of_device("anna", &proof));
        assert!(!proofs.made(&proof), "it is no refresh token");
    }

    #[test]
    fn nobody_makes_up_a_proof_or_spells_one_in_two_ways() {
        let proofs = Proofs::new("a secret of this server, long enough");
        let token = proofs.refresh_token("family");
        assert!(proofs.made(&token));
        let (family, proof) = token.split_once('.').unwrap();
        let (random, seal) = proof.split_at(RANDOM);
        let bad = [
            String::new(),
            "x".repeat(RANDOM + SEAL),
            "ä".repeat((RANDOM + SEAL) / 2),
            random.to_owned(),
            format!("{family}.{random}{}", "0".repeat(SEAL)),
            format!("{family}.{}{seal}", "0".repeat(RANDOM)),
            format!("{family}.{random}{}", seal.to_ascii_uppercase().replace(char::is_numeric, "A")),
            format!("{token}0"),
            // Of another session.
            format!("another.{proof}"),
            proof.to_owned(),
        ];
        assert!(bad.iter().all(|bad| !proofs.made(bad)));
        assert!(!proofs.is_of_device("family", proof));
    }
}
