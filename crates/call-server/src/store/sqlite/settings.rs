//! Single values that a server keeps for itself.

use super::SqliteStore;
use crate::store::StoreError;

impl SqliteStore {
    /// The value kept under a key; `fresh` is kept and returned when there is none yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn setting_or(&self, key: &str, fresh: String) -> Result<String, StoreError> {
        let mut write = self.write().await?;
        sqlx::query("INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING")
            .bind(key)
            .bind(fresh)
            .execute(&mut *write)
            .await?;
        let value = sqlx::query_scalar("SELECT value FROM settings WHERE key = ?")
            .bind(key)
            .fetch_one(&mut *write)
            .await?;
        write.commit().await?;
        Ok(value)
    }
}
