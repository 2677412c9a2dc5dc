//! Whether the user of a valid token exists here and is still signed in. Where the token alone does not prove it, the database
//! is asked and the answer cached for a while, since every request needs it.
//! Never creates users: the application that keeps them does.

use super::Accounts;
use crate::{
    auth::{Bearer, Tokens},
    clock::Tick,
    error::ApiError,
};
use call_protocol::{UserId, close_code};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// The size of the cache; it is cleared when it is full.
const MOST: usize = 100_000;

/// People who were found in the database, and when.
#[derive(Debug, Default)]
pub struct KnownPeople(Mutex<HashMap<UserId, Tick>>);

impl KnownPeople {
    fn knows(&self, user: &UserId, now: Tick, memory: Duration) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(user).is_some_and(|found| now.0.saturating_sub(found.0) < memory)
    }

    fn remember(&self, user: &UserId, now: Tick) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(user.clone(), now);
    }

    /// The user was deleted: the next request asks the database.
    pub(super) fn forget(&self, user: &UserId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(user);
    }
}

/// The close code for sockets of a user who no longer exists. A server that issues the tokens itself refuses the next
/// token with the same code.
pub fn gone(tokens: &Tokens) -> u16 {
    if tokens.are_foreign() { close_code::UNKNOWN_USER } else { close_code::UNAUTHORIZED }
}

/// Accepts a token whose person exists here and whose session has not ended. A token of a session needs no look at the
/// database: its person existed when it was issued, and `ended_sessions` knows what has ended since.
///
/// # Errors
/// [`ApiError::UnknownUser`], [`ApiError::SessionOver`], or when the database fails.
pub async fn require(accounts: &Accounts, bearer: &Bearer) -> Result<(), ApiError> {
    let nobody = || if accounts.tokens.are_foreign() { ApiError::UnknownUser } else { ApiError::SessionOver };
    if accounts.ended.of(bearer).is_some() {
        return Err(nobody());
    }
    let now = accounts.clock.tick();
    if bearer.session.is_some()
        || accounts.people.knows(&bearer.user, now, accounts.config.timings.person_known)
    {
        return Ok(());
    }
    accounts.store.user(&bearer.user).await?.ok_or_else(nobody)?;
    accounts.people.remember(&bearer.user, now);
    Ok(())
}
