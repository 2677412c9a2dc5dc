//! What peer connections are configured with: STUN servers for everybody, TURN servers with credentials for those who
//! have signed in. Never contacts one of them: a TURN server checks the credentials by the secret that it shares.

use crate::{
    clock::Clock,
    config::{Config, is_turn},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use call_protocol::{IceServer, UserId};
use hmac::{Hmac, Mac};
use sha1::Sha1;
use std::time::Duration;

/// What anybody may know.
pub fn open_servers(config: &Config) -> Vec<IceServer> {
    let stun = config.ice_servers.iter().filter(|url| !is_turn(url));
    stun.map(|url| IceServer { urls: vec![url.clone()], username: None, credential: None }).collect()
}

/// Whether there is one that relays.
pub fn exists(config: &Config) -> bool {
    config.ice_servers.iter().any(|url| is_turn(url))
}

/// All of them, with credentials made for this person now.
pub fn servers_for(config: &Config, clock: &Clock, user: &UserId) -> Vec<IceServer> {
    let mut servers = open_servers(config);
    let turn: Vec<_> = config.ice_servers.iter().filter(|url| is_turn(url)).cloned().collect();
    if !turn.is_empty() {
        let (username, credential) = match &config.turn.secret {
            Some(secret) => {
                let expires = clock.wall().plus(config.turn.life).seconds();
                let (username, credential) = mint(secret, user, expires);
                (Some(username), Some(credential))
            }
            None => (config.turn.username.clone(), config.turn.credential.clone()),
        };
        servers.push(IceServer { urls: turn, username, credential });
    }
    servers
}

/// What a welcome says: nothing when the open configuration said it all.
pub fn told_on_welcome(config: &Config, clock: &Clock, user: &UserId) -> Vec<IceServer> {
    if exists(config) { servers_for(config, clock, user) } else { Vec::new() }
}

/// How long credentials that are made now can be used; nothing when there are none, or they never expire.
pub fn life(config: &Config) -> Option<Duration> {
    let made = config.turn.secret.is_some() && exists(config);
    made.then_some(config.turn.life)
}

/// Username and credential that a TURN server believes until a moment in seconds since 1970
/// (draft-uberti-behave-turn-rest-00, as coturn's `use-auth-secret` reads it).
pub fn mint(secret: &str, user: &UserId, expires: u64) -> (String, String) {
    let username = format!("{expires}:{user}");
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(username.as_bytes());
    let credential = BASE64_STANDARD.encode(mac.finalize().into_bytes());
    (username, credential)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_those_that_a_turn_server_with_the_same_secret_computes() {
        // By `printf %s 1767268800:anna | openssl dgst -sha1 -hmac north -binary | base64`.
        let (username, credential) = mint("north", &UserId::from("anna"), 1_767_268_800);
        assert_eq!(
            (username.as_str(), credential.as_str()),
            ("1767268800:anna", "uUg7KVIFp4xtyosEkcI6UBq4Iso=")
        );
    }
}
