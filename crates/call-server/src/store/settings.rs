//! Single values that a server keeps for itself.

use super::{Store, query::query};
use crate::store::StoreError;

impl Store {
    /// The value kept under a key; `fresh` is kept and returned when there is none yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn setting_or(&self, key: &str, fresh: String) -> Result<String, StoreError> {
        let mut write = self.write().await?;
        let insert = "INSERT INTO settings (key, value) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        write.run(query(insert).text(key).text(fresh.as_str())).await?;
        let row = write.first(query("SELECT value FROM settings WHERE key = $1").text(key)).await?;
        write.commit().await?;
        row.ok_or(StoreError::Unreadable("setting"))?.text("value")
    }
}
