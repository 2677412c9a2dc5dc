//! The public keys that an issuer publishes (JWKS, RFC 7517): fetched, kept, fetched again for a key that is not known, and
//! kept when the issuer cannot be reached, or publishes none. Nobody whose key is known waits for the issuer.
//! Never fetched more often than every few seconds, whoever asks.

use crate::{clock::Tick, error::ApiError};
use axum::body::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse},
};
use serde::Deserialize;
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};
use tokio::{sync::Mutex, time::timeout};

/// The shortest time between two fetches: a made-up key id must not make us hammer the issuer.
const PAUSE: Duration = Duration::from_secs(10);
/// The age at which keys are fetched again although all are known, so that one that was withdrawn goes.
const AGE: Duration = Duration::from_secs(600);
/// How often it is told that they could not be fetched.
const TOLD: Duration = Duration::from_secs(60);
/// How long the issuer has to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// The largest answer that is read, in bytes.
const MOST_BYTES: usize = 256 * 1024;
/// The shortest RSA modulus that is taken, in bits (NIST SP 800-131A).
const SHORTEST_RSA: usize = 2048;

/// A key and the one algorithm that it is for.
#[derive(Clone)]
pub(super) struct Key {
    pub(super) decoding: DecodingKey,
    pub(super) algorithm: Algorithm,
}

/// An issuer's keys by their ids.
pub(super) struct Keys {
    url: String,
    /// None on a machine that trusts no certificates.
    client: Option<Client<HttpsConnector<HttpConnector>, Empty<Bytes>>>,
    known: RwLock<Known>,
    /// Held while a fetch is under way, so that all who wait share it.
    fetching: Mutex<Fetches>,
}

/// What was fetched so far.
#[derive(Debug, Default)]
struct Fetches {
    /// When the last fetch was begun.
    begun: Option<Tick>,
    /// When a failed one was last told of.
    told: Option<Tick>,
}

#[derive(Clone, Debug, Default)]
struct Known {
    keys: Arc<HashMap<String, Key>>,
    fetched: Option<Tick>,
}

#[derive(Deserialize)]
struct Published {
    /// Read one by one: a key of a kind that nobody here knows spoils none of the others.
    keys: Vec<serde_json::Value>,
}

/// Why keys could not be fetched.
#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error("its address cannot be read")]
    Address,
    #[error("this machine has no list of trusted certificates; install ca-certificates")]
    NoTrust,
    #[error("it took longer than {} s", PATIENCE.as_secs())]
    Late,
    #[error("it could not be reached: {0}")]
    Unreachable(String),
    #[error("it answered with {0}")]
    Status(u16),
    #[error("its answer is no set of keys")]
    NoKeys,
    #[error(
        "there is no key in its answer that can check a signature (ES256, or RS256 with at least {SHORTEST_RSA} bits)"
    )]
    Unusable,
}

impl Keys {
    pub(super) fn new(url: &str) -> Arc<Self> {
        if is_open_to_others(url) {
            tracing::warn!(
                "the issuer's keys are fetched without encryption: whoever is on the way can be anybody here; use https"
            );
        }
        let connector = HttpsConnectorBuilder::new().with_native_roots();
        let connector = connector.map(|connector| connector.https_or_http().enable_http1().build());
        let client = connector.map(|connector| Client::builder(TokioExecutor::new()).build(connector));
        Arc::new(Self {
            url: url.to_owned(),
            client: client.ok(),
            known: RwLock::default(),
            fetching: Mutex::default(),
        })
    }

    pub(super) async fn prepare(self: &Arc<Self>, now: Tick) {
        self.refreshed(now).await;
    }

    /// The key of an id; without an id, the only key there is. Only who brings a key that is not known waits for the issuer.
    ///
    /// # Errors
    /// When no keys were ever to be had.
    pub(super) async fn find(self: &Arc<Self>, id: Option<&str>, now: Tick) -> Result<Option<Key>, ApiError> {
        let (known, key) = self.look_up(id);
        if key.is_none() {
            self.refreshed(now).await;
            let (known, key) = self.look_up(id);
            return known.map(|_| key).ok_or(ApiError::Unavailable);
        }
        // Nobody else is fetching them.
        let old = known.is_none_or(|fetched| now.0.saturating_sub(fetched.0) >= AGE);
        if old && self.fetching.try_lock().is_ok_and(|fetches| fetches.may_begin(now)) {
            let keys = Arc::clone(self);
            tokio::spawn(async move { keys.refresh(now).await });
        }
        Ok(key)
    }

    fn look_up(&self, id: Option<&str>) -> (Option<Tick>, Option<Key>) {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).clone();
        let key = match id {
            Some(id) => known.keys.get(id),
            None => known.keys.values().next().filter(|_| known.keys.len() == 1),
        };
        (known.fetched, key.cloned())
    }

    /// Waits for a fetch, which goes on when whoever waits is gone: others wait for it, too.
    async fn refreshed(self: &Arc<Self>, now: Tick) {
        let keys = Arc::clone(self);
        // It does not panic; if it did, there would be no keys.
        let _ = tokio::spawn(async move { keys.refresh(now).await }).await;
    }

    async fn refresh(&self, now: Tick) {
        let mut fetches = self.fetching.lock().await;
        if !fetches.may_begin(now) {
            return;
        }
        fetches.begun = Some(now);
        match timeout(PATIENCE, self.fetch()).await.unwrap_or(Err(FetchError::Late)) {
            Ok(keys) => {
                tracing::info!(keys = keys.len(), "the issuer's keys are fetched");
                fetches.told = None;
                let known = Known { keys: Arc::new(keys), fetched: Some(now) };
                *self.known.write().unwrap_or_else(PoisonError::into_inner) = known;
            }
            // Known keys stay valid while the issuer cannot be reached, so that its people can go on.
            Err(error) => {
                if fetches.told.is_none_or(|told| now.0.saturating_sub(told.0) >= TOLD) {
                    fetches.told = Some(now);
                    tracing::warn!(%error, "the issuer's keys could not be fetched; those that are known stay");
                }
            }
        }
    }

    async fn fetch(&self) -> Result<HashMap<String, Key>, FetchError> {
        let address = self.url.parse().map_err(|_| FetchError::Address)?;
        let unreachable = |error: &dyn std::error::Error| FetchError::Unreachable(error.to_string());
        let client = self.client.as_ref().ok_or(FetchError::NoTrust)?;
        let reply = client.get(address).await.map_err(|error| unreachable(&error))?;
        if !reply.status().is_success() {
            return Err(FetchError::Status(reply.status().as_u16()));
        }
        let body = Limited::new(reply.into_body(), MOST_BYTES).collect().await;
        let body = body.map_err(|error| unreachable(&*error))?.to_bytes();
        let keys = read(&body).ok_or(FetchError::NoKeys)?;
        if keys.is_empty() { Err(FetchError::Unusable) } else { Ok(keys) }
    }
}

impl Fetches {
    fn may_begin(&self, now: Tick) -> bool {
        self.begun.is_none_or(|begun| now.0.saturating_sub(begun.0) >= PAUSE)
    }
}

/// Whether what is fetched from this address passes machines of others, who could change it.
fn is_open_to_others(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match host.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let this_machine = host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    !this_machine && host != "localhost" && !host.ends_with(".localhost")
}

/// The keys that can check a signature, by id; those without one, and those of other kinds, are left out.
fn read(text: &[u8]) -> Option<HashMap<String, Key>> {
    let published: Published = serde_json::from_slice(text).ok()?;
    let keys = published.keys.into_iter().filter_map(|key| {
        let key: Jwk = serde_json::from_value(key).ok()?;
        let id = key.common.key_id.clone().unwrap_or_default();
        Some((id, usable(&key)?))
    });
    Some(keys.collect())
}

/// A key with the one algorithm that it is for. A secret (`oct`) that somebody publishes is none.
fn usable(key: &Jwk) -> Option<Key> {
    let signs = !matches!(key.common.public_key_use, Some(PublicKeyUse::Encryption));
    let (algorithm, named) = if let AlgorithmParameters::EllipticCurve(parameters) = &key.algorithm
        && parameters.curve == EllipticCurve::P256
    {
        (Algorithm::ES256, KeyAlgorithm::ES256)
    } else if let AlgorithmParameters::RSA(parameters) = &key.algorithm
        && bits(&parameters.n) >= SHORTEST_RSA
    {
        (Algorithm::RS256, KeyAlgorithm::RS256)
    } else {
        return None;
    };
    let agrees = key.common.key_algorithm.is_none_or(|said| said == named);
    let decoding = DecodingKey::from_jwk(key).ok()?;
    (signs && agrees).then_some(Key { decoding, algorithm })
}

/// The length of a number in base64, rounded up to whole bytes.
fn bits(number: &str) -> usize {
    number.trim_end_matches('=').len() * 6 / 8 * 8
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("url", &self.url).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_pass_other_machines_in_the_open_are_warned_of() {
        for safe in [
            "https://id.example/keys",
            "http://localhost:9999/keys",
            "http://127.0.0.1/keys",
            "http://[::1]:80/keys",
            "http://auth.localhost/keys",
        ] {
            assert!(!is_open_to_others(safe), "{safe}");
        }
        for open in [
            "http://id.example/keys",
            "http://10.0.0.7:9999",
            "http://localhost@id.example/",
            "http://[fd00::1]/",
        ] {
            assert!(is_open_to_others(open), "{open}");
        }
    }
}
