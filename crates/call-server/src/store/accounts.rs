//! People with their password hashes, and refresh tokens as hashes. An account without a password hash was deleted: its
//! row stays for the other people's calls and messages, and it is nobody's.

use super::{Store, apply::Now, audit, invitations, query::query, rows, session::Session};
use crate::{clock::Moment, policy::Uninvited, store::StoreError};
use call_protocol::{User, UserId};
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

/// What became of the wish to make an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// It is there.
    Account,
    /// Somebody has its name.
    NameTaken,
    /// The invitation is good for nothing any more.
    Uninvited(Uninvited),
}

/// A person, unless they deleted their account.
const USER: &str = "SELECT id, username, display_name, display_picture_url AS picture FROM users WHERE id = $1 AND password_hash <> ''";

impl Store {
    /// Makes an account, with one use of the invitation of this hash if there has to be one: both or neither.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_account(
        &self,
        account: NewAccount,
        invitation: Option<&str>,
    ) -> Result<Added, StoreError> {
        let mut write = self.write().await?;
        if let Some(hash) = invitation {
            match invitations::take(&mut write, hash, account.now).await? {
                Ok(id) => {
                    let now = Now { asker: None, at: account.now };
                    audit::write(&mut write, None, now, "account made by invitation", Some(&id)).await?;
                }
                Err(uninvited) => return Ok(Added::Uninvited(uninvited)),
            }
        }
        let insert = query(
            "INSERT INTO users (id, username, display_name, display_picture_url, password_hash, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (username) DO NOTHING",
        )
        .id(account.user.id.as_str())
        .text(account.user.username.as_str())
        .text(account.user.display_name.as_str())
        .text(account.user.display_picture_url.as_deref())
        .text(account.password_hash.as_str())
        .moment(account.now);
        if write.run(insert).await? == 0 {
            // The invitation stays as it was.
            return Ok(Added::NameTaken);
        }
        write.commit().await?;
        Ok(Added::Account)
    }

    /// A person by id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn user(&self, id: &UserId) -> Result<Option<User>, StoreError> {
        let row = self.read().await?.first(query(USER).id(id.as_str())).await?;
        row.map(|row| rows::user(&row, "")).transpose()
    }

    /// A person with their password hash, by unique name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn account(&self, username: &str) -> Result<Option<(User, String)>, StoreError> {
        let select = query(
            "SELECT id, username, display_name, display_picture_url AS picture, password_hash \
             FROM users WHERE username = $1 AND password_hash <> ''",
        );
        let row = self.read().await?.first(select.text(username)).await?;
        row.map(|row| Ok((rows::user(&row, "")?, row.text("password_hash")?))).transpose()
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
        write.commit().await
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
        let select = "SELECT user_id, expires_at, spent_at FROM refresh_tokens WHERE token_hash = $1";
        let Some(row) = write.first(query(select).text(old)).await? else { return Ok(None) };
        let expired = row.moment("expires_at")? <= now;
        let spent = row.moment_or_none("spent_at")?.is_some_and(|at| now.since(at) >= grace);
        if expired || spent {
            return Ok(None);
        }
        let user = UserId(row.id("user_id")?);
        let spend = "UPDATE refresh_tokens SET spent_at = $1 WHERE token_hash = $2 AND spent_at IS NULL";
        write.run(query(spend).moment(now).text(old)).await?;
        insert_token(&mut write, &user, new, now, life).await?;
        let forget = "DELETE FROM refresh_tokens WHERE user_id = $1 AND (expires_at <= $2 OR spent_at <= $3)";
        write.run(query(forget).id(user.as_str()).moment(now).moment(now.minus(grace))).await?;
        let person = write.first(query(USER).id(user.as_str())).await?;
        write.commit().await?;
        person.map(|row| rows::user(&row, "")).transpose()
    }

    /// Forgets a refresh token.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_refresh_token(&self, hash: &str) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        write.run(query("DELETE FROM refresh_tokens WHERE token_hash = $1").text(hash)).await?;
        write.commit().await
    }
}

async fn insert_token(
    write: &mut Session,
    user: &UserId,
    hash: &str,
    now: Moment,
    life: Duration,
) -> Result<(), StoreError> {
    let insert = query(
        "INSERT INTO refresh_tokens (token_hash, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4)",
    )
    .text(hash)
    .id(user.as_str())
    .moment(now)
    .moment(now.plus(life));
    write.run(insert).await?;
    Ok(())
}
