//! Sessions: made at a sign-in, renewed by one refresh token after the other, and ended. What ended is written down for as
//! long as its access tokens may be around.
//! Never holds a token: only hashes reach the database. Never decides what a token is worth: see `call-rules`.

use crate::store::{
    Store,
    engine::{query::query, row::Row, session::Session},
    people::accounts::USER,
    tables::{audit, columns},
};
use crate::{
    model::{Ended, Farewell, Fresh, SignIn},
    store::StoreError,
    timestamp,
};
use call_protocol::{DeviceId, OwnSession, SessionId, User, UserId};
use call_rules::{Moment, Shown, Spent, TokenFamily, Verdict};
use std::time::Duration;

/// A session to be made.
#[derive(Clone, Debug)]
pub struct NewSession<'a> {
    /// Whose.
    pub user: &'a UserId,
    /// The hash of their password as it was checked; if it is another one by now, nobody signed in.
    pub password_hash: Option<&'a str>,
    /// The hash of what all tokens of it begin with.
    pub family_hash: String,
    /// The rest.
    pub fresh: Fresh,
}

/// What became of a refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Renewed {
    /// It is of no session here, or of one that is over.
    Unknown,
    /// It may be sent again later.
    Wait(Duration),
    /// It was exchanged.
    Session(SessionId, User),
    /// It was in two hands, and the session is over.
    Reused(Ended),
}

const FAMILY: &str = "SELECT id, user_id, token_hash, spent_hash, spent_at, spent_by, again_at, expires_at \
    FROM sessions WHERE family_hash = $1";

impl Store {
    /// Makes a session; nothing when there is no such person any more, or their password changed. Of more than `most` of
    /// one person those end that were unused for longest.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_session(
        &self,
        new: &NewSession<'_>,
        most: u32,
    ) -> Result<Option<Vec<Ended>>, StoreError> {
        let (user, fresh) = (new.user.as_str(), &new.fresh);
        let mut write = self.write_holding([user]).await?;
        let select = "SELECT password_hash FROM users WHERE id = $1 AND password_hash <> ''";
        let Some(row) = write.first(query(select).id(user)).await? else { return Ok(None) };
        let now_hash = row.text("password_hash")?;
        if new.password_hash.is_some_and(|checked| checked != now_hash) {
            return Ok(None);
        }
        let crowd =
            "SELECT id FROM sessions WHERE user_id = $1 ORDER BY used_at DESC, id LIMIT 1000 OFFSET $2";
        let crowd = write.all(query(crowd).id(user).number(most.saturating_sub(1))).await?;
        let crowd = ids(&crowd)?;
        let ended = end(&mut write, new.user, &crowd, (Farewell::Crowded, fresh.now)).await?;
        let insert = "INSERT INTO sessions \
            (id, user_id, family_hash, token_hash, device, network, created_at, used_at, expires_at) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)";
        let insert = query(insert)
            .id(fresh.id.as_str())
            .id(user)
            .text(new.family_hash.as_str())
            .text(fresh.token_hash.as_str())
            .text(fresh.sign_in.device.as_deref())
            .text(fresh.sign_in.network.as_deref())
            .moment(fresh.now)
            .moment(fresh.expires_at);
        write.run(insert).await?;
        write.commit().await?;
        Ok(Some(ended))
    }

    /// Exchanges a refresh token for the next one, or not, as is decided.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn renew_session(
        &self,
        shown: &Shown,
        fresh: &Fresh,
        decide: &(dyn Fn(&TokenFamily) -> Verdict + Sync),
    ) -> Result<Renewed, StoreError> {
        let mut write = self.write().await?;
        let family_hash = shown.family_hash.as_str();
        // From before there were sessions, or written by a server of then that runs beside this one.
        let may_be_old = shown.family_hash == shown.token_hash;
        let owner = "SELECT user_id FROM sessions WHERE family_hash = $1 \
            UNION ALL SELECT user_id FROM refresh_tokens WHERE token_hash = $1";
        let Some(owner) = write.first(query(owner).text(family_hash)).await? else {
            return Ok(Renewed::Unknown);
        };
        let user = UserId(owner.id("user_id")?);
        write.lock(&[user.as_str()]).await?;
        if may_be_old {
            adopt(&mut write, family_hash, &fresh.id).await?;
        }
        let Some(row) = write.first(query(FAMILY).text(family_hash)).await? else {
            return Ok(Renewed::Unknown);
        };
        let family = family(&row)?;
        let renewed = match decide(&family) {
            Verdict::Expired => return Ok(Renewed::Unknown),
            Verdict::Wait(wait) => return Ok(Renewed::Wait(wait)),
            Verdict::Reused => {
                let why = (Farewell::Reused, fresh.now);
                let ended = end(&mut write, &user, std::slice::from_ref(&family.id), why).await?;
                ended.into_iter().next().map_or(Renewed::Unknown, Renewed::Reused)
            }
            verdict @ (Verdict::Next | Verdict::Again) => {
                renew(&mut write, &family, (shown, fresh), verdict == Verdict::Again).await?;
                let Some(row) = write.first(query(USER).id(user.as_str())).await? else {
                    return Ok(Renewed::Unknown);
                };
                Renewed::Session(family.id, columns::user(&row, "")?)
            }
        };
        write.commit().await?;
        Ok(renewed)
    }

    /// A person's sessions, those first that were used last.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sessions(
        &self,
        user: &UserId,
        own: Option<&SessionId>,
        now: Moment,
    ) -> Result<Vec<OwnSession>, StoreError> {
        let select = "SELECT id, device, network, created_at, used_at FROM sessions \
            WHERE user_id = $1 AND expires_at > $2 ORDER BY used_at DESC, id";
        let rows = self.read().await?.all(query(select).id(user.as_str()).moment(now)).await?;
        rows.iter().map(|row| own_session(row, own)).collect()
    }

    /// Ends one session of a person; nothing when it is not theirs, or over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_session(
        &self,
        user: &UserId,
        session: &SessionId,
        why: (Farewell, Moment),
    ) -> Result<Option<Ended>, StoreError> {
        let mut write = self.write_holding([user.as_str()]).await?;
        let select = "SELECT id FROM sessions WHERE user_id = $1 AND id = $2";
        let rows = write.all(query(select).id(user.as_str()).id(session.as_str())).await?;
        let ended = end(&mut write, user, &ids(&rows)?, why).await?;
        write.commit().await?;
        Ok(ended.into_iter().next())
    }

    /// Ends the session that a refresh token belongs to, spent or not; nothing when there is none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_family(
        &self,
        family_hash: &str,
        why: (Farewell, Moment),
    ) -> Result<Option<Ended>, StoreError> {
        let mut write = self.write().await?;
        let old = "DELETE FROM refresh_tokens WHERE token_hash = $1";
        write.run(query(old).text(family_hash)).await?;
        let row = write.first(query(FAMILY).text(family_hash)).await?;
        let ended = match row.as_ref().map(family).transpose()? {
            None => Vec::new(),
            Some(family) => end(&mut write, &family.user, &[family.id], why).await?,
        };
        write.commit().await?;
        Ok(ended.into_iter().next())
    }

    /// Ends all sessions of a person but one, and the access tokens that belong to none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_sessions(
        &self,
        user: &UserId,
        keep: Option<&SessionId>,
        why: (Farewell, Moment),
    ) -> Result<Vec<Ended>, StoreError> {
        let mut write = self.write_holding([user.as_str()]).await?;
        let ended = end_all(&mut write, user, keep, why).await?;
        write.commit().await?;
        Ok(ended)
    }

    /// Gives somebody another password, if it is `old` until now, and ends all of their sessions but one; nothing when it is
    /// not, or there is no such person.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_password(
        &self,
        user: &UserId,
        (old, new): (Option<&str>, &str),
        keep: Option<&SessionId>,
        why: (Farewell, Moment),
    ) -> Result<Option<Vec<Ended>>, StoreError> {
        let mut write = self.write_holding([user.as_str()]).await?;
        let update = "UPDATE users SET password_hash = $1 WHERE id = $2 AND password_hash <> '' \
            AND password_hash = coalesce($3, password_hash)";
        let update = query(update).text(new).id(user.as_str()).text(old);
        if write.run(update).await? == 0 {
            return Ok(None);
        }
        audit::write_of_person(&mut write, user, "password changed", None, why.1).await?;
        let ended = end_all(&mut write, user, keep, why).await?;
        write.commit().await?;
        Ok(Some(ended))
    }

    /// What ended at or after a moment.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ended_since(&self, moment: Moment) -> Result<Vec<Ended>, StoreError> {
        let select = "SELECT id, user_id, why, ended_at FROM ended_sessions WHERE ended_at >= $1";
        let rows = self.read().await?.all(query(select).moment(moment)).await?;
        let ended = |row: &Row| {
            let why = Farewell::from_wire(&row.text("why")?);
            let user = UserId(row.id("user_id")?);
            Ok(Ended { id: row.id("id")?, user, why, at: row.moment("ended_at")? })
        };
        rows.iter().map(ended).collect()
    }

    /// Forgets sessions that were not used for too long, and what ended before a moment; how many rows it were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_sessions(&self, now: Moment, ended_before: Moment) -> Result<u64, StoreError> {
        let unused =
            "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at <= $1 LIMIT $2)";
        let old = "DELETE FROM refresh_tokens \
            WHERE token_hash IN (SELECT token_hash FROM refresh_tokens WHERE expires_at <= $1 LIMIT $2)";
        let ended = "DELETE FROM ended_sessions WHERE id IN (SELECT id FROM ended_sessions WHERE ended_at < $1 LIMIT $2)";
        Ok(self.delete(unused, now).await?
            + self.delete(old, now).await?
            + self.delete(ended, ended_before).await?)
    }
}

/// Makes a session of a refresh token from before there were any.
async fn adopt(write: &mut Session, token_hash: &str, id: &SessionId) -> Result<(), StoreError> {
    let insert = "INSERT INTO sessions \
        (id, user_id, family_hash, token_hash, spent_hash, spent_at, created_at, used_at, expires_at) \
        SELECT $2, user_id, token_hash, CASE WHEN spent_at IS NULL THEN token_hash ELSE '' END, \
          CASE WHEN spent_at IS NULL THEN NULL ELSE token_hash END, spent_at, created_at, created_at, expires_at \
        FROM refresh_tokens WHERE token_hash = $1 ON CONFLICT DO NOTHING";
    // SQLite takes what follows a SELECT for a join unless it has a WHERE, which this one has.
    write.run(query(insert).text(token_hash).id(id.as_str())).await?;
    write.run(query("DELETE FROM refresh_tokens WHERE token_hash = $1").text(token_hash)).await?;
    Ok(())
}

/// The next token takes the place of the one that lives; its parent is the one that was shown.
async fn renew(
    write: &mut Session,
    family: &TokenFamily,
    (shown, fresh): (&Shown, &Fresh),
    again: bool,
) -> Result<(), StoreError> {
    let spent = family.spent.as_ref().filter(|_| again);
    let (spent_at, spent_by) = match spent {
        // The span in which it may be sent again began when it was first.
        Some(spent) => (spent.at, spent.by.as_ref()),
        None => (fresh.now, shown.device.as_ref()),
    };
    let update = "UPDATE sessions SET token_hash = $1, spent_hash = $2, spent_at = $3, spent_by = $4, again_at = $5, \
        device = coalesce($6, device), network = coalesce($7, network), used_at = $8, expires_at = $9 WHERE id = $10";
    let update = query(update)
        .text(fresh.token_hash.as_str())
        .text(shown.token_hash.as_str())
        .moment(spent_at)
        .text(spent_by.map(DeviceId::as_str))
        .moment(again.then_some(fresh.now))
        .text(fresh.sign_in.device.as_deref())
        .text(fresh.sign_in.network.as_deref())
        .moment(fresh.now)
        .moment(fresh.expires_at)
        .id(family.id.as_str());
    write.run(update).await?;
    Ok(())
}

/// Ends these sessions of a person, with a row of the audit log for each.
async fn end(
    write: &mut Session,
    user: &UserId,
    sessions: &[SessionId],
    (why, at): (Farewell, Moment),
) -> Result<Vec<Ended>, StoreError> {
    let mut all = Vec::new();
    for session in sessions {
        let ended = Ended { id: session.0.clone(), user: user.clone(), why, at };
        write.run(query("DELETE FROM sessions WHERE id = $1").id(session.as_str())).await?;
        write_down(write, &ended).await?;
        // What an operator wants to be woken for has a word of its own.
        let (what, detail) = match why {
            Farewell::Reused => (why.as_str(), None),
            Farewell::Left
            | Farewell::Ended
            | Farewell::PasswordChanged
            | Farewell::Crowded
            | Farewell::Operator
            | Farewell::Deleted => ("session ended", Some(why.as_str())),
        };
        audit::write_of_person(write, user, what, detail, at).await?;
        all.push(ended);
    }
    Ok(all)
}

async fn end_all(
    write: &mut Session,
    user: &UserId,
    keep: Option<&SessionId>,
    (why, at): (Farewell, Moment),
) -> Result<Vec<Ended>, StoreError> {
    let rows = write.all(query("SELECT id FROM sessions WHERE user_id = $1").id(user.as_str())).await?;
    let others: Vec<_> = ids(&rows)?.into_iter().filter(|id| Some(id) != keep).collect();
    let mut all = end(write, user, &others, (why, at)).await?;
    write.run(query("DELETE FROM refresh_tokens WHERE user_id = $1").id(user.as_str())).await?;
    let nameless = Ended { id: user.0.clone(), user: user.clone(), why, at };
    write_down(write, &nameless).await?;
    all.push(nameless);
    Ok(all)
}

/// Writes down that access tokens are good for nothing any more.
pub(in crate::store) async fn write_down(write: &mut Session, ended: &Ended) -> Result<(), StoreError> {
    let insert = "INSERT INTO ended_sessions (id, user_id, why, ended_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (id) DO UPDATE SET why = excluded.why, ended_at = excluded.ended_at";
    let insert =
        query(insert).id(ended.id.as_str()).id(ended.user.as_str()).text(ended.why.as_str()).moment(ended.at);
    write.run(insert).await?;
    Ok(())
}

fn ids(rows: &[Row]) -> Result<Vec<SessionId>, StoreError> {
    rows.iter().map(|row| row.id("id").map(SessionId)).collect()
}

fn family(row: &Row) -> Result<TokenFamily, StoreError> {
    let spent = match (row.text_or_none("spent_hash")?, row.moment_or_none("spent_at")?) {
        (Some(hash), Some(at)) => Some(Spent { hash, at, by: row.text_or_none("spent_by")?.map(DeviceId) }),
        (_, _) => None,
    };
    Ok(TokenFamily {
        id: SessionId(row.id("id")?),
        user: UserId(row.id("user_id")?),
        token_hash: row.text("token_hash")?,
        spent,
        again_at: row.moment_or_none("again_at")?,
        expires_at: row.moment("expires_at")?,
    })
}

fn own_session(row: &Row, own: Option<&SessionId>) -> Result<OwnSession, StoreError> {
    let id = SessionId(row.id("id")?);
    let SignIn { device, network } =
        SignIn { device: row.text_or_none("device")?, network: row.text_or_none("network")? };
    Ok(OwnSession {
        current: own == Some(&id),
        id,
        device,
        network,
        created_at: timestamp::format(row.moment("created_at")?),
        used_at: timestamp::format(row.moment("used_at")?),
    })
}
