//! What the server can do, one file per verb or small group.
//! Never speaks HTTP or SQL: routes and the socket call it, and it calls the rules, store and hub.

pub mod accounts;
pub mod answer;
pub mod blocks;
pub mod contacts;
pub mod deleted_people;
pub mod deletion;
mod delivery;
pub mod doubt;
pub mod end;
pub mod ended_sessions;
pub mod heartbeat;
pub mod history;
pub mod idempotency;
pub mod initiate;
pub mod invitations;
pub mod journal;
pub mod known_people;
pub mod media;
pub mod messages;
pub mod nodes;
pub mod operator;
pub mod presence;
mod publish;
pub mod readiness;
pub mod relay;
pub mod restored;
pub mod retention;
mod seat_life;
pub mod sessions;
pub mod settings;
pub mod signal;
pub mod snapshot;
pub mod sweep;

use crate::{
    auth::{Passwords, Proofs, Tokens},
    clock::Clock,
    config::Config,
    error::ApiError,
    hub::Hub,
    ids,
    live::LiveCalls,
    metrics::Metrics,
    rates::RateLimits,
    store::{Applied, Store, StoreError},
    timestamp,
};
use call_protocol::CallId;
use call_rules::{Asker, Denial, Refusal};
use ended_sessions::EndedSessions;
use journal::Journal;
use known_people::KnownPeople;
use nodes::Nodes;
use relay::IceServers;
use seat_life::Lives;
use std::sync::Arc;
use tracing::Instrument;

/// What everything about calls, contacts and messages works with. It knows nothing of how people sign in.
#[derive(Debug)]
pub struct Calls {
    /// The configuration.
    pub config: Arc<Config>,
    /// Where the time comes from.
    pub clock: Clock,
    /// The database.
    pub store: Arc<Store>,
    /// The connected devices.
    pub hub: Hub,
    /// The calls that ring or run.
    pub live: LiveCalls,
    /// What browsers are told of STUN and TURN servers.
    pub ice: IceServers,
    /// The rate limits.
    pub rates: Arc<RateLimits>,
    /// This node among others; nothing for a server that runs alone.
    pub nodes: Option<Nodes>,
    /// The metrics.
    pub metrics: Arc<Metrics>,
}

/// What everything about accounts and sessions works with. It stands on the calls: whoever is signed out is disconnected,
/// and the calls of an account that is deleted are ended.
#[derive(Debug)]
pub struct Accounts {
    /// The configuration.
    pub config: Arc<Config>,
    /// Where the time comes from.
    pub clock: Clock,
    /// The database.
    pub store: Arc<Store>,
    /// The rate limits.
    pub rates: Arc<RateLimits>,
    /// The calls and the connected devices.
    pub calls: Arc<Calls>,
    /// Access tokens.
    pub tokens: Tokens,
    /// Proofs that a token was issued by this server.
    pub proofs: Proofs,
    /// Hashes passwords, with a bounded queue.
    pub passwords: Passwords,
    /// The people whom an issuer's tokens name, as found in the database.
    pub people: KnownPeople,
    /// The sessions that ended lately.
    pub ended: EndedSessions,
    /// Who signed in, and who was refused, as operators read it.
    pub journal: Arc<Journal>,
}

impl Calls {
    /// Where signs of life of devices come from.
    fn lives(&self) -> Lives<'_> {
        Lives { clock: &self.clock, hub: &self.hub, live: &self.live, nodes: self.other_nodes() }
    }
}

/// The key of the access tokens: the configured one, or one that was generated once and stored.
///
/// # Errors
/// When the database fails.
pub(crate) async fn token_secret(config: &Config, store: &Store) -> Result<String, StoreError> {
    match &config.jwt_secret {
        Some(secret) => Ok(secret.clone()),
        None => store.setting_or("jwt_secret", ids::secret()).await,
    }
}

/// Runs work to its end even if the client disconnects, so that what is committed is also published.
///
/// # Errors
/// Those of the work.
pub async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, ApiError>> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::spawn(work.in_current_span()).await.map_err(|error| {
        tracing::error!(%error, "a request was cut off");
        ApiError::Internal(error.to_string())
    })?
}

/// A refusal as the client is told it, and a line in the log.
fn denied(asker: &Asker, call: Option<&CallId>, denial: Denial) -> ApiError {
    tracing::info!(
        call.id = call.map(display),
        user.id = %asker.user,
        device.id = %asker.device,
        refusal = %denial.refusal.as_str(),
        "refused"
    );
    ApiError::Refused(denial.refusal, denial.call.map(|record| Box::new(record.shown(timestamp::format))))
}

/// Turns a missing call, or a refusal, into an error.
fn allowed(
    asker: &Asker,
    id: &CallId,
    outcome: Option<Result<Applied, Denial>>,
) -> Result<Applied, ApiError> {
    let decided = outcome.unwrap_or_else(|| Err(Refusal::NoCall.into()));
    decided.map_err(|denial| denied(asker, Some(id), denial))
}
