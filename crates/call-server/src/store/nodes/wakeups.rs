//! Notifications of PostgreSQL, by which the nodes hear of each other's notices where there is no faster way. They pass
//! through memory of the database only, and are in no table. PostgreSQL only: several nodes share no file.

use crate::store::{Database, Store, StoreError, engine::query::query};
use sqlx::postgres::PgListener;
use std::time::Duration;
use tokio::time::timeout;

/// How long a connection that says nothing is believed to live.
const SILENCE: Duration = Duration::from_secs(15);
/// How long it may take to prove that it does.
const PATIENCE: Duration = Duration::from_secs(5);
/// What no text of a notice contains: JSON writes control characters differently.
const BETWEEN: &str = "\u{1f}";

/// Where to notify and to listen: notifications belong to a whole database, and several servers, each with a schema of
/// its own, may be in one.
#[derive(Clone, Debug)]
pub struct Channel(String);

/// A connection that listens. It is one more than the pool has.
pub struct Listening(PgListener);

impl Store {
    /// The channel of the nodes of this server.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn channel(&self) -> Result<Channel, StoreError> {
        let select = "SELECT CAST(CAST('nodes' AS regclass) AS oid)::bigint AS number";
        let row = self.read().await?.first(query(select)).await?;
        let number = row.ok_or(StoreError::Unreadable("channel"))?.number_or_none("number")?.unwrap_or(0);
        Ok(Channel(format!("messenger_calls_{number}")))
    }

    /// Tells all nodes these texts, in this order, of fewer than 8,000 bytes each, in one go.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn notify(&self, channel: &Channel, texts: &[String]) -> Result<(), StoreError> {
        let all = texts.join(BETWEEN);
        let notify = "SELECT pg_notify($1, text) FROM unnest(string_to_array($2, chr(31))) AS texts(text)";
        self.read().await?.run(query(notify).text(channel.0.as_str()).text(all.as_str())).await?;
        Ok(())
    }

    /// Begins to listen; `None` where nobody notifies.
    ///
    /// # Errors
    /// When the database fails, or does not answer.
    pub async fn listen(&self, channel: &Channel) -> Result<Option<Listening>, StoreError> {
        let Database::Postgres(postgres) = &self.database else { return Ok(None) };
        let listens = async {
            let mut listener = PgListener::connect_with(&postgres.for_listening()).await?;
            listener.ignore_pool_close_event(true);
            listener.eager_reconnect(false);
            listener.listen(&channel.0).await?;
            Ok(Some(Listening(listener)))
        };
        timeout(PATIENCE, listens).await.unwrap_or(Err(StoreError::Silent))
    }
}

impl Listening {
    /// Waits for the next text; `None` when the connection is lost, or cannot prove that it lives.
    pub async fn next(&mut self) -> Option<String> {
        loop {
            match timeout(SILENCE, self.0.try_recv()).await {
                Ok(Ok(Some(heard))) => return Some(heard.payload().to_owned()),
                Ok(Ok(None) | Err(_)) => return None,
                Err(_) => {
                    let lives = sqlx::Executor::execute(&mut self.0, "SELECT 1");
                    if !matches!(timeout(PATIENCE, lives).await, Ok(Ok(_))) {
                        return None;
                    }
                }
            }
        }
    }
}

impl std::fmt::Debug for Listening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Listening")
    }
}
