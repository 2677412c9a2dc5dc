//! Synchronises the server's clock: with PostgreSQL's, which other servers use as well, or else with the machine's wall clock,
//! which may be set at any moment.
//! Never moves the clock of a server that runs alone during a call: a call is measured by one clock.

use crate::clock::Clock;
use crate::store::{Database, Store, StoreError, engine::query::query};

impl Store {
    /// Sets the count right if it is off and may be set now; whether it was set.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_right(&self, clock: &Clock) -> Result<bool, StoreError> {
        match &self.database {
            Database::Sqlite(_) => {
                if !clock.differs_from(clock.wall()) {
                    return Ok(false);
                }
                // Holds the one writer, so that no call begins meanwhile.
                let mut write = self.write().await?;
                let live = query("SELECT call_id FROM call_runtime WHERE live = 1 LIMIT 1");
                if write.first(live).await?.is_some() {
                    return Ok(false);
                }
                clock.follow(clock.wall());
            }
            Database::Postgres(_) => {
                let row = self.read().await?.first(query("SELECT clock_timestamp() AS now")).await?;
                let now = row.ok_or(StoreError::Unreadable("clock"))?.moment("now")?;
                if !clock.differs_from(now) {
                    return Ok(false);
                }
                // Rows are judged by it anyway; what is only sent to people should agree with them.
                clock.follow(now);
            }
        }
        Ok(true)
    }
}
