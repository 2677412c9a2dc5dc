//! What the server can do, one file per verb or small group.
//! Never speaks HTTP or SQL: routes and the socket call it, and it calls policy, store and hub.

pub mod accounts;
pub mod contacts;
pub mod messages;
pub mod presence;
pub mod snapshot;

use crate::{
    auth::{Passwords, Tokens},
    clock::Clock,
    config::Config,
    error::ApiError,
    hub::Hub,
    ids,
    socket::WaitingRoom,
    store::{Store, StoreError},
};

/// The running server's parts, shared by every request and socket.
#[derive(Debug)]
pub struct App {
    /// What it was started with.
    pub config: Config,
    /// Where the time comes from.
    pub clock: Clock,
    /// What outlives the process.
    pub store: Store,
    /// The connected devices.
    pub hub: Hub,
    /// Access tokens.
    pub tokens: Tokens,
    /// The hash function's door.
    pub passwords: Passwords,
    /// The sockets that have not signed in yet.
    pub waiting: WaitingRoom,
}

impl App {
    /// Puts the parts together.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn new(config: Config, clock: Clock, store: Store) -> Result<Self, StoreError> {
        let secret = match config.jwt_secret.clone() {
            Some(secret) => secret,
            None => store.setting_or("jwt_secret", ids::secret()).await?,
        };
        let tokens = Tokens::new(&secret, config.timings.access_token);
        let waiting = WaitingRoom::new(config.limits.waiting_sockets_per_address);
        let passwords = Passwords::new(config.limits.password_hashes);
        Ok(Self { config, clock, store, hub: Hub::default(), tokens, passwords, waiting })
    }
}

/// Does work to its end, also when the client hangs up: what is committed is published too.
///
/// # Errors
/// Those of the work.
pub async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, ApiError>> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::spawn(work).await.map_err(|error| {
        tracing::error!(%error, "a request was cut off");
        ApiError::Internal(error.to_string())
    })?
}
