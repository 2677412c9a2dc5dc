//! Idempotency keys: what the store keeps of a request that must take effect once, and for how long.
//! Never keeps a key or a request as it was sent: only hashes reach the database.

use crate::{clock::Clock, error::ApiError, ids, model::Once, store::Store};
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
    /// The key as the client chose it, without the quotes of the header.
    pub fn new(key: String) -> Self {
        Self(key)
    }
}

/// What the store is told of a request with a key: where it went, and what it asked for.
///
/// # Errors
/// When the request cannot be written as JSON, which it was read from.
pub(super) fn once(key: &Key, address: &str, request: &impl Serialize) -> Result<Once, ApiError> {
    let request = serde_json::to_vec(request).map_err(|error| ApiError::Internal(error.to_string()))?;
    // A key has no control characters, so the line break separates it unambiguously.
    let key = Sha256::new().chain_update(&key.0).chain_update("\n").chain_update(address).finalize();
    Ok(Once { key_hash: ids::hex(&key), request_hash: ids::hex(&Sha256::digest(request)) })
}

/// Forgets old keys for as long as the server runs.
pub async fn run(store: Arc<Store>, clock: Clock) {
    let mut ticks = interval(PAUSE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match store.forget_keys_before(clock.now().minus(limits::IDEMPOTENCY_TIME)).await {
            Ok(0) => {}
            Ok(keys) => tracing::debug!(keys, "old idempotency keys forgotten"),
            Err(error) => error.log("old idempotency keys could not be forgotten"),
        }
    }
}
