//! Every account as operators see it, and which of them are those of the demo.
//! Never holds a password.

use crate::store::{
    Store, StoreError,
    engine::{query::query, row::Row},
    people::accounts::Account,
    tables::columns,
};
use call_protocol::{User, UserId};
use call_rules::Moment;

impl Store {
    /// Every account, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn accounts(&self, now: Moment) -> Result<Vec<Account>, StoreError> {
        let select = query(
            "SELECT u.id, u.username, u.display_name, u.display_picture_url AS picture, u.created_at, \
               (SELECT max(s.used_at) FROM sessions s WHERE s.user_id = u.id) AS used_at, \
               (SELECT count(*) FROM sessions s WHERE s.user_id = u.id AND s.expires_at > $1) AS sessions, \
               (SELECT count(*) FROM demo_accounts d WHERE d.user_id = u.id) AS demo \
             FROM users u WHERE u.password_hash <> '' ORDER BY u.username",
        );
        self.read().await?.all(select.moment(now)).await?.iter().map(account).collect()
    }

    /// Whether anybody has an account.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_accounts(&self) -> Result<bool, StoreError> {
        let select = "SELECT id FROM users WHERE password_hash <> '' LIMIT 1";
        Ok(self.read().await?.first(query(select)).await?.is_some())
    }

    /// The accounts of the demo.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn demo_accounts(&self) -> Result<Vec<User>, StoreError> {
        let select = "SELECT u.id, u.username, u.display_name, u.display_picture_url AS picture \
            FROM users u JOIN demo_accounts d ON d.user_id = u.id WHERE u.password_hash <> '' ORDER BY u.username";
        self.read().await?.all(query(select)).await?.iter().map(|row| columns::user(row, "")).collect()
    }

    /// Whether an account is one of the demo.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_of_demo(&self, user: &UserId) -> Result<bool, StoreError> {
        let select = query("SELECT user_id FROM demo_accounts WHERE user_id = $1").id(user.as_str());
        Ok(self.read().await?.first(select).await?.is_some())
    }

    /// An account is one of the demo no longer: the operator gave it a password that not everybody knows.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn leave_demo(&self, user: &UserId) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        write.run(query("DELETE FROM demo_accounts WHERE user_id = $1").id(user.as_str())).await?;
        write.commit().await
    }
}

fn account(row: &Row) -> Result<Account, StoreError> {
    let number = |column| Ok::<_, StoreError>(row.number_or_none(column)?.unwrap_or_default());
    Ok(Account {
        user: columns::user(row, "")?,
        created_at: row.moment("created_at")?,
        used_at: row.moment_or_none("used_at")?,
        sessions: number("sessions")?,
        demo: number("demo")? > 0,
    })
}
