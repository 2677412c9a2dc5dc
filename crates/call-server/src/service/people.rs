//! Whether somebody with a good token of another issuer is somebody here; remembered for a while, since every request asks.
//! Never makes anybody: people are added by the application that keeps them.

use super::App;
use crate::{clock::Tick, error::ApiError};
use call_protocol::{UserId, close_code};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// People that are remembered; when there are more, it begins anew.
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
}

/// The code that closes the sockets of somebody who is nobody here any more. Where the server gives the tokens itself,
/// it refuses the next one, and so says the same.
pub fn gone(app: &App) -> u16 {
    if app.tokens.are_foreign() { close_code::UNKNOWN_USER } else { close_code::UNAUTHORIZED }
}

/// Lets only those pass who are somebody here. The server's own tokens need no such question: it gave them to somebody.
///
/// # Errors
/// [`ApiError::UnknownUser`], or when the database fails.
pub async fn require(app: &App, user: &UserId) -> Result<(), ApiError> {
    let now = app.clock.tick();
    if !app.tokens.are_foreign() || app.people.knows(user, now, app.config.timings.person_known) {
        return Ok(());
    }
    app.store.user(user).await?.ok_or(ApiError::UnknownUser)?;
    app.people.remember(user, now);
    Ok(())
}
