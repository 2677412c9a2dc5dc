//! Whether the server can do its work right now, as load balancers ask.
//! Never tries to change it.

use super::App;
use std::time::Duration;
use tokio::time::timeout;

/// How long a database that is well may take; probes ask every few seconds.
const PATIENCE: Duration = Duration::from_secs(1);

/// What keeps the server from its work, in one sentence; nothing when it is ready.
pub async fn obstacle(app: &App) -> Option<&'static str> {
    // Not the bus: without it, everything still arrives through the database, and all nodes would leave at once.
    if app.hub.is_closing() {
        return Some("the server stops");
    }
    match timeout(PATIENCE, app.store.answers()).await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready: the database failed");
            Some("the database cannot be used")
        }
        Err(_) => {
            tracing::warn!("not ready: the database is silent");
            Some("the database does not answer within a second")
        }
    }
}
