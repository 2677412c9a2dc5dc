//! People with their password hashes. An account without a password hash was deleted: its
//! row stays for the other people's calls and messages, and it is nobody's.

use crate::store::StoreError;
use crate::store::{
    Store,
    engine::query::query,
    people::invitations::{self, Admit},
    tables::{
        audit::{self, Now},
        columns,
    },
};
use call_protocol::{User, UserId};
use call_rules::{Moment, Uninvited};

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

/// By what right an account is made.
#[derive(Clone, Copy, Debug)]
pub enum Door<'d> {
    /// Anybody may have one.
    Open,
    /// By one use of the invitation of this hash, if it lets somebody in.
    Invitation(&'d str, Admit),
    /// The operator wants it.
    Operator,
    /// It is one of the demo.
    Demo,
}

/// An account as operators see it.
#[derive(Clone, Debug)]
pub struct Account {
    /// The person.
    pub user: User,
    /// When it was made.
    pub created_at: Moment,
    /// When a session was last used, of those that there are.
    pub used_at: Option<Moment>,
    /// How many sessions there are.
    pub sessions: i64,
    /// Whether it is one of the demo.
    pub demo: bool,
}

/// What became of the wish to create an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// It is there.
    Account,
    /// Somebody has its name.
    NameTaken,
    /// The invitation cannot be used any more.
    Uninvited(Uninvited),
}

/// A person, unless they deleted their account.
pub(in crate::store) const USER: &str = "SELECT id, username, display_name, display_picture_url AS picture FROM users WHERE id = $1 AND password_hash <> ''";

impl Store {
    /// Creates an account by some right, and uses that up (an invitation): both or neither.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_account(&self, account: NewAccount, door: Door<'_>) -> Result<Added, StoreError> {
        let mut write = self.write().await?;
        let now = Now { asker: None, at: account.now };
        match door {
            Door::Open | Door::Demo => {}
            Door::Operator => {
                let id = Some(account.user.id.as_str());
                audit::write(&mut write, None, now, "account made by the operator", id).await?;
            }
            Door::Invitation(hash, admit) => {
                match invitations::take(&mut write, hash, (admit, account.now)).await? {
                    Ok(id) => {
                        audit::write(&mut write, None, now, "account made by invitation", Some(&id)).await?;
                    }
                    Err(uninvited) => return Ok(Added::Uninvited(uninvited)),
                }
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
        if matches!(door, Door::Demo) {
            let mark = "INSERT INTO demo_accounts (user_id) VALUES ($1)";
            write.run(query(mark).id(account.user.id.as_str())).await?;
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
        row.map(|row| columns::user(&row, "")).transpose()
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
        row.map(|row| Ok((columns::user(&row, "")?, row.text("password_hash")?))).transpose()
    }
}
