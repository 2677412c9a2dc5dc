//! Single values that a server keeps for itself.

use crate::store::StoreError;
use crate::store::{
    Store,
    engine::{backup::RESTORED, query::query},
};

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

    /// Which copy was put back last; another answer than before says that one was.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_restored(&self) -> Result<Option<String>, StoreError> {
        let select = query("SELECT value FROM settings WHERE key = $1").text(RESTORED);
        let row = self.read().await?.first(select).await?;
        row.map(|row| row.text("value")).transpose()
    }
}
