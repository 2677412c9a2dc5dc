//! Whether the database can be written.

use crate::store::{Database, Store, StoreError, engine::query::query};
/// Bytes that a trial writes: what some messages take, so that it needs room that is not there yet.
const TRIAL: usize = 12 * 1024;
const KEY: &str = "trial";

impl Store {
    /// Writes something of the size of a few messages, and takes it away again.
    ///
    /// # Errors
    /// When the database fails, has no room, or can only be read.
    pub async fn can_write(&self) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        write.concerns_nobody();
        let text = "x".repeat(TRIAL);
        let insert = "INSERT INTO settings (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        write.run(query(insert).text(KEY).text(text.as_str())).await?;
        match &self.database {
            // A full disk is noticed at the end only.
            Database::Sqlite(_) => {
                write.run(query("DELETE FROM settings WHERE key = $1").text(KEY)).await?;
                write.commit().await
            }
            // It has written by now; taken back, it leaves nothing that would have to be kept on a disk.
            Database::Postgres(_) => Ok(()),
        }
    }
}
