//! Invitations to create an account, as hashes.
//! Never knows a link: it cannot be read back.

use crate::store::StoreError;
use crate::store::{
    Store,
    engine::{query::query, row::Row, session::Session},
};
use call_rules::{Moment, Terms, Uninvited};
use std::time::Duration;

/// How long an invitation that has run out is still known, so that whoever comes with it is told why it is no good.
const REMEMBERED: Duration = Duration::from_secs(90 * 24 * 3600);

/// An invitation to be made.
#[derive(Clone, Debug)]
pub struct NewInvitation {
    /// Its id.
    pub id: String,
    /// The hash of what its link holds.
    pub token_hash: String,
    /// What the operator is called on the machine.
    pub made_by: String,
    /// What they wrote down about it.
    pub note: Option<String>,
    /// For how many accounts it is.
    pub uses: u32,
    /// When.
    pub now: Moment,
    /// How long it is good.
    pub life: Duration,
}

/// An invitation as it stands.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// Its id.
    pub id: String,
    /// What the operator was called on the machine.
    pub made_by: String,
    /// What they wrote down about it.
    pub note: Option<String>,
    /// When it was made.
    pub created_at: Moment,
    /// What it is good for.
    pub terms: Terms,
}

const INVITATION: &str =
    "SELECT id, made_by, note, uses, used, created_at, expires_at FROM account_invitations";

impl Store {
    /// Keeps an invitation, and forgets those that ran out long ago.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_invitation(&self, new: &NewInvitation) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        let forget = query("DELETE FROM account_invitations WHERE expires_at < $1");
        write.run(forget.moment(new.now.minus(REMEMBERED))).await?;
        let insert = query(
            "INSERT INTO account_invitations (id, token_hash, made_by, note, uses, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .id(new.id.as_str())
        .text(new.token_hash.as_str())
        .text(new.made_by.as_str())
        .text(new.note.as_deref())
        .number(new.uses)
        .moment(new.now)
        .moment(new.now.plus(new.life));
        write.run(insert).await?;
        write.commit().await
    }

    /// Every invitation, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn invitations(&self) -> Result<Vec<Invitation>, StoreError> {
        let select = format!("{INVITATION} ORDER BY created_at DESC, id DESC");
        self.read().await?.all(query(select)).await?.iter().map(read).collect()
    }

    /// What the invitation with this hash is good for, if there is one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn invitation(&self, hash: &str) -> Result<Option<Terms>, StoreError> {
        let select = format!("{INVITATION} WHERE token_hash = $1");
        let row = self.read().await?.first(query(select).text(hash)).await?;
        row.map(|row| read(&row).map(|found| found.terms)).transpose()
    }

    /// Takes an invitation back; `false` when there is none of this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_invitation(&self, id: &str) -> Result<bool, StoreError> {
        let mut write = self.write().await?;
        let gone = write.run(query("DELETE FROM account_invitations WHERE id = $1").id(id)).await?;
        write.commit().await?;
        Ok(gone == 1)
    }
}

/// Whether an invitation lets somebody in, as it is before this use of it; nothing when there is none.
pub type Admit = fn(Option<Terms>, Moment) -> Result<(), Uninvited>;

/// Uses an invitation once, if `admit` lets somebody in by it; its id.
pub(in crate::store) async fn take(
    write: &mut Session,
    hash: &str,
    (admit, now): (Admit, Moment),
) -> Result<Result<String, Uninvited>, StoreError> {
    // Changed before it is read: whoever wants the same one at the same time waits here.
    let used = query("UPDATE account_invitations SET used = used + 1 WHERE token_hash = $1 AND used < uses");
    let taken = write.run(used.text(hash)).await? == 1;
    let row = write.first(query(format!("{INVITATION} WHERE token_hash = $1")).text(hash)).await?;
    let found = row.as_ref().map(read).transpose()?;
    let before =
        found.as_ref().map(|found| Terms { used: found.terms.used - i64::from(taken), ..found.terms });
    Ok(admit(before, now).map(|()| found.map(|found| found.id).unwrap_or_default()))
}

fn read(row: &Row) -> Result<Invitation, StoreError> {
    let number = |column| row.number_or_none(column)?.ok_or(StoreError::Unreadable("invitation"));
    Ok(Invitation {
        id: row.id("id")?,
        made_by: row.text("made_by")?,
        note: row.text_or_none("note")?,
        created_at: row.moment("created_at")?,
        terms: Terms { uses: number("uses")?, used: number("used")?, expires_at: row.moment("expires_at")? },
    })
}
