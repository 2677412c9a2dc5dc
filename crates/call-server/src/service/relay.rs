//! What peer connections are configured with: STUN servers for everybody, TURN servers with credentials for those who
//! have signed in; and whether two people may reach each other through the server's own. Never contacts a TURN server: one
//! elsewhere checks the credentials by the secret that it shares.

use crate::{
    clock::Clock,
    config::{Config, Turn, is_turn},
    live::LiveCalls,
    store::{Store, StoreError},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use call_protocol::{CallId, IceServer, UserId};
use call_rules::{CallRecord, common_call, is_probe_of, may_keep};
use hmac::{Hmac, Mac};
use sha1::Sha1;
use sha2::Sha256;
use std::{collections::HashSet, time::Duration};

/// Life of credentials for the server's own relay. They open allocations only; one that is there is kept for as long as its
/// person is in a live call.
const OWN_LIFE: Duration = Duration::from_secs(3600);

/// What browsers are told, and with which secrets.
#[derive(Debug)]
pub struct IceServers {
    clock: Clock,
    stun: Vec<String>,
    /// Those elsewhere.
    turn: Vec<String>,
    access: Turn,
    own: Option<Own>,
}

#[derive(Debug)]
struct Own {
    turn: Vec<String>,
    secret: String,
}

impl IceServers {
    /// As configured; `secret` is the one from which others are derived.
    pub fn new(config: &Config, clock: &Clock, secret: &str) -> Self {
        let (turn, mut stun): (Vec<_>, Vec<_>) =
            config.ice_servers.iter().cloned().partition(|url| is_turn(url));
        let own = config.relay.as_ref().map(|relay| {
            stun.splice(0..0, relay.stun());
            Own { turn: relay.turn(), secret: own_secret(secret) }
        });
        Self { clock: clock.clone(), stun, turn, access: config.turn.clone(), own }
    }

    /// What anybody may know.
    pub fn open(&self) -> Vec<IceServer> {
        let server = |url: &String| IceServer { urls: vec![url.clone()], username: None, credential: None };
        self.stun.iter().map(server).collect()
    }

    /// Whether there is one that relays.
    pub fn has_relay(&self) -> bool {
        self.own.is_some() || !self.turn.is_empty()
    }

    /// The secret of the server's own relay; empty without one.
    pub fn own_secret(&self) -> &str {
        self.own.as_ref().map_or("", |own| &own.secret)
    }

    /// All of them, with credentials made for this person now.
    pub fn for_person(&self, user: &UserId) -> Vec<IceServer> {
        let mut servers = self.open();
        let expires = |life| self.clock.wall().plus(life).seconds();
        if let Some(Own { turn, secret }) = &self.own {
            let (username, credential) = mint(secret, user, expires(OWN_LIFE));
            let (username, credential) = (Some(username), Some(credential));
            servers.push(IceServer { urls: turn.clone(), username, credential });
        }
        if !self.turn.is_empty() {
            let (username, credential) = match &self.access.secret {
                Some(secret) => {
                    let (username, credential) = mint(secret, user, expires(self.access.life));
                    (Some(username), Some(credential))
                }
                None => (self.access.username.clone(), self.access.credential.clone()),
            };
            servers.push(IceServer { urls: self.turn.clone(), username, credential });
        }
        servers
    }

    /// What a welcome says: nothing when the open configuration said it all.
    pub fn on_welcome(&self, user: &UserId) -> Vec<IceServer> {
        if self.has_relay() { self.for_person(user) } else { Vec::new() }
    }

    /// How long credentials that are made now can be used; nothing when there are none, or they never expire.
    pub fn life(&self) -> Option<Duration> {
        let elsewhere = (self.access.secret.is_some() && !self.turn.is_empty()).then_some(self.access.life);
        self.own.as_ref().map(|_| OWN_LIFE).into_iter().chain(elsewhere).min()
    }
}

/// The secret of the relays of all nodes that share a secret.
pub fn own_secret(secret: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(b"relay");
    crate::ids::hex(&mac.finalize().into_bytes())
}

/// Username and credential that a TURN server believes until a moment in seconds since 1970
/// (draft-uberti-behave-turn-rest-00, as coturn's `use-auth-secret` reads it).
pub fn mint(secret: &str, user: &UserId, expires: u64) -> (String, String) {
    let username = format!("{expires}:{user}");
    let credential = password(secret, &username);
    (username, credential)
}

/// The credential of a username.
pub fn password(secret: &str, username: &str) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(username.as_bytes());
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

/// What is known of the calls that people are in.
#[derive(Clone, Copy, Debug)]
pub struct InCalls<'a> {
    /// Where the time comes from.
    pub clock: &'a Clock,
    /// Those that this node knows.
    pub live: &'a LiveCalls,
    /// The truth, for calls whose people are all connected to other nodes.
    pub store: &'a Store,
    /// Whether there are other nodes.
    pub several_nodes: bool,
}

impl InCalls<'_> {
    /// The call in which two people may reach each other: `Some(None)` for the two ends of a check.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn together(&self, one: &UserId, other: &UserId) -> Result<Option<Option<CallId>>, StoreError> {
        if is_probe_of(one, other) {
            return Ok(Some(None));
        }
        let known = self.known(one, |calls| common_call(calls, one, other).cloned());
        let found = match known {
            None if self.several_nodes => {
                common_call(&self.store.current_calls_of(one, self.clock.now()).await?, one, other).cloned()
            }
            known => known,
        };
        Ok(found.map(Some))
    }

    /// Whether somebody is in a live call, and so may keep what they have at the relay.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn may_keep(&self, person: &UserId) -> Result<bool, StoreError> {
        let known = self.known(person, |calls| may_keep(calls, person).then_some(()));
        if known.is_some() || !self.several_nodes {
            return Ok(known.is_some());
        }
        Ok(may_keep(&self.store.current_calls_of(person, self.clock.now()).await?, person))
    }

    /// Those of these calls that are over. What the database does not say is not over.
    pub async fn over(&self, calls: HashSet<CallId>) -> HashSet<CallId> {
        let mut over = HashSet::new();
        for id in calls {
            let known = self.live.lock().get(&id).map(|entry| entry.record.status.is_live());
            let is_live = match known {
                Some(is_live) => is_live,
                None if self.several_nodes => match self.store.call(&id).await {
                    Ok(record) => record.is_some_and(|record| record.status.is_live()),
                    Err(_) => true,
                },
                None => false,
            };
            if !is_live {
                over.insert(id);
            }
        }
        over
    }

    fn known<T>(&self, person: &UserId, find: impl FnOnce(Vec<&CallRecord>) -> Option<T>) -> Option<T> {
        let book = self.live.lock();
        let ids = book.ids_of(person);
        find(ids.iter().filter_map(|id| book.get(id)).map(|entry| &*entry.record).collect())
    }
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
