//! Who a request of TURN comes from: the long-term credentials of RFC 8489, section 9.2, whose passwords are made from
//! their usernames, and nonces that the relay does not need to remember. Never knows calls.

use super::stun::{Key, Message, attribute};
use crate::service::relay::password;
use call_protocol::UserId;
use call_rules::Moment;
use hmac::{Hmac, Mac};
use md5::{Digest, Md5};
use sha2::Sha256;
use std::{net::IpAddr, time::Duration};

/// What the credentials are for, as browsers send it back.
pub(super) const REALM: &str = "calls";
/// How long a nonce can be used, so that requests which somebody recorded are of no use later.
const NONCE_LIFE: Duration = Duration::from_secs(600);

/// Who sent a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sender {
    pub(super) person: UserId,
    /// Until when their credentials open allocations.
    pub(super) expires: Moment,
    pub(super) key: Key,
}

/// Why it is not known who sent a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unknown {
    /// It says nothing about it, as the first one does, or something that is not true.
    Unauthorized,
    /// It is too late for the nonce.
    StaleNonce,
}

impl Unknown {
    pub(super) fn error(self) -> (u16, &'static str) {
        match self {
            Self::Unauthorized => (401, "Unauthorized"),
            Self::StaleNonce => (438, "Stale Nonce"),
        }
    }
}

/// Who sent a request from an address.
pub(super) fn sender(
    secret: &str,
    message: &Message<'_>,
    from: IpAddr,
    now: Moment,
) -> Result<Sender, Unknown> {
    let parts =
        (message.text(attribute::USERNAME), message.text(attribute::REALM), message.text(attribute::NONCE));
    let (Some(username), Some(REALM), Some(nonce)) = parts else { return Err(Unknown::Unauthorized) };
    let (expires, person) = username.split_once(':').ok_or(Unknown::Unauthorized)?;
    let expires = expires.parse::<i64>().map_err(|_| Unknown::Unauthorized)?;
    let key = key(username, REALM, &password(secret, username));
    if !message.is_signed_by(&key) {
        return Err(Unknown::Unauthorized);
    }
    if !is_fresh(secret, nonce, from, now) {
        return Err(Unknown::StaleNonce);
    }
    let expires = Moment(expires.saturating_mul(1000));
    Ok(Sender { person: UserId::from(person), expires, key })
}

/// The key that signs the messages of a username with a password.
pub(super) fn key(username: &str, realm: &str, password: &str) -> Key {
    Md5::digest(format!("{username}:{realm}:{password}")).into()
}

/// A nonce for somebody at an address: until when it can be used, and a proof that it was made here.
pub(super) fn nonce(secret: &str, from: IpAddr, now: Moment) -> String {
    let until = now.plus(NONCE_LIFE).seconds();
    format!("{until:x}-{}", crate::ids::hex(&proof(secret, from, until).finalize().into_bytes()[..12]))
}

fn is_fresh(secret: &str, nonce: &str, from: IpAddr, now: Moment) -> bool {
    let until = nonce.split_once('-').and_then(|(until, _)| u64::from_str_radix(until, 16).ok());
    let Some(until) = until.filter(|until| *until > now.seconds()) else { return false };
    let made =
        format!("{until:x}-{}", crate::ids::hex(&proof(secret, from, until).finalize().into_bytes()[..12]));
    made == nonce
}

fn proof(secret: &str, from: IpAddr, until: u64) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(format!("nonce {from} {until}").as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_good_for_ten_minutes_at_the_address_that_it_was_made_for() {
        let (here, there) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let now = Moment(1_767_225_600_000);
        let made = nonce("secret", here, now);
        assert!(is_fresh("secret", &made, here, now.plus(NONCE_LIFE - Duration::from_secs(1))));
        assert!(!is_fresh("secret", &made, here, now.plus(NONCE_LIFE)));
        assert!(!is_fresh("secret", &made, there, now) && !is_fresh("other", &made, here, now));
        for forged in ["", "-", "ffffffffff-00", &made[1..]] {
            assert!(!is_fresh("secret", forged, here, now), "{forged}");
        }
    }
}
