//! People with their password hashes, and refresh tokens as hashes.

use super::{SqliteStore, rows};
use crate::{clock::Moment, store::StoreError};
use call_protocol::{User, UserId};
use sqlx::Row;
use std::time::Duration;

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// The person.
    pub user: User,
    /// Their password, hashed.
    pub password_hash: String,
    /// When.
    pub now: Moment,
}

/// The columns of a person.
const USER: &str =
    "SELECT id, username, display_name, display_picture_url AS picture FROM users WHERE id = ?";

impl SqliteStore {
    /// Makes an account; `false` when the name is taken.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_account(&self, account: NewAccount) -> Result<bool, StoreError> {
        let mut write = self.write().await?;
        let added = sqlx::query(
            "INSERT INTO users (id, username, display_name, display_picture_url, password_hash, created_at) \
             VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (username) DO NOTHING",
        )
        .bind(account.user.id.0)
        .bind(account.user.username)
        .bind(account.user.display_name)
        .bind(account.user.display_picture_url)
        .bind(account.password_hash)
        .bind(account.now.timestamp().0)
        .execute(&mut *write)
        .await?;
        write.commit().await?;
        Ok(added.rows_affected() == 1)
    }

    /// A person by id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn user(&self, id: &UserId) -> Result<Option<User>, StoreError> {
        let row = sqlx::query(USER).bind(id.as_str()).fetch_optional(&self.readers).await?;
        row.map(|row| rows::user(&row, "")).transpose()
    }

    /// A person with their password hash, by unique name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn account(&self, username: &str) -> Result<Option<(User, String)>, StoreError> {
        let row = sqlx::query(
            "SELECT id, username, display_name, display_picture_url AS picture, password_hash \
             FROM users WHERE username = ?",
        )
        .bind(username)
        .fetch_optional(&self.readers)
        .await?;
        row.map(|row| Ok((rows::user(&row, "")?, row.try_get("password_hash")?))).transpose()
    }

    /// Keeps the hash of a new refresh token, and forgets those that are no longer good for anything.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_refresh_token(
        &self,
        user: &UserId,
        hash: &str,
        now: Moment,
        life: Duration,
    ) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        insert_token(&mut write, user, hash, now, life).await?;
        write.commit().await?;
        Ok(())
    }

    /// Exchanges a refresh token for a new one; `None` when it is unknown, expired, or was spent longer than `grace` ago.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn exchange_refresh_token(
        &self,
        old: &str,
        new: &str,
        now: Moment,
        (life, grace): (Duration, Duration),
    ) -> Result<Option<User>, StoreError> {
        let mut write = self.write().await?;
        let row =
            sqlx::query("SELECT user_id, expires_at, spent_at FROM refresh_tokens WHERE token_hash = ?")
                .bind(old)
                .fetch_optional(&mut *write)
                .await?;
        let Some(row) = row else { return Ok(None) };
        let expired = rows::moment(&row, "expires_at")?.is_none_or(|end| end <= now);
        let spent = rows::moment(&row, "spent_at")?.is_some_and(|at| now.since(at) >= grace);
        if expired || spent {
            return Ok(None);
        }
        let user = UserId(row.try_get("user_id")?);
        sqlx::query("UPDATE refresh_tokens SET spent_at = ? WHERE token_hash = ? AND spent_at IS NULL")
            .bind(now.timestamp().0)
            .bind(old)
            .execute(&mut *write)
            .await?;
        insert_token(&mut write, &user, new, now, life).await?;
        sqlx::query("DELETE FROM refresh_tokens WHERE user_id = ? AND (expires_at <= ? OR spent_at <= ?)")
            .bind(user.as_str())
            .bind(now.timestamp().0)
            .bind(now.minus(grace).timestamp().0)
            .execute(&mut *write)
            .await?;
        let person = sqlx::query(USER).bind(user.as_str()).fetch_one(&mut *write).await?;
        write.commit().await?;
        rows::user(&person, "").map(Some)
    }

    /// Forgets a refresh token.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_refresh_token(&self, hash: &str) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        sqlx::query("DELETE FROM refresh_tokens WHERE token_hash = ?")
            .bind(hash)
            .execute(&mut *write)
            .await?;
        write.commit().await?;
        Ok(())
    }
}

async fn insert_token(
    write: &mut super::Write,
    user: &UserId,
    hash: &str,
    now: Moment,
    life: Duration,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO refresh_tokens (token_hash, user_id, created_at, expires_at) VALUES (?, ?, ?, ?)",
    )
    .bind(hash)
    .bind(user.as_str())
    .bind(now.timestamp().0)
    .bind(now.plus(life).timestamp().0)
    .execute(&mut **write)
    .await?;
    Ok(())
}
