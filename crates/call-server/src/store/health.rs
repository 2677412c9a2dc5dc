//! Whether the database answers.

use super::{Store, StoreError, query::query};

impl Store {
    /// Begins a transaction that could write, asks for nothing, and takes it back.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn answers(&self) -> Result<(), StoreError> {
        self.write().await?.first(query("SELECT 1")).await?;
        Ok(())
    }
}
