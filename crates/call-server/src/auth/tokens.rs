//! The access tokens that this server takes: its own, or those of one issuer; never both.
//! Never asks whether the person exists: see `known_people`.

use super::{Bearer, issuer::Issuer, own::OwnTokens};
use crate::{clock::Clock, config, error::ApiError};
use call_protocol::{SessionId, UserId};
use call_rules::Moment;
use std::time::Duration;

/// Checks access tokens, and mints the server's own.
#[derive(Debug)]
pub struct Tokens {
    own: OwnTokens,
    issuer: Option<Issuer>,
}

impl Tokens {
    /// Tokens signed with this secret that live this long, or those of an issuer.
    pub fn new(secret: &str, life: Duration, issuer: Option<&config::Issuer>) -> Self {
        Self { own: OwnTokens::new(secret, life), issuer: issuer.map(Issuer::new) }
    }

    /// Whether somebody else says who people are.
    pub fn are_foreign(&self) -> bool {
        self.issuer.is_some()
    }

    /// A token of this server's own for a session of a person; refused while an issuer's are accepted.
    ///
    /// # Errors
    /// When signing fails.
    pub fn mint(&self, user: &UserId, session: Option<&SessionId>, now: Moment) -> Result<String, ApiError> {
        self.own.mint(user, session, now)
    }

    /// Whose token this is, and for how long.
    ///
    /// # Errors
    /// When it is not of whom we trust, not whole, or expired; or when the issuer's keys were never to be had.
    pub async fn verify(&self, token: &str, clock: &Clock) -> Result<Bearer, ApiError> {
        match &self.issuer {
            None => self.own.verify(token, clock.now()),
            Some(issuer) => issuer.verify(token, clock).await,
        }
    }

    /// Fetches an issuer's keys before anybody needs them.
    pub async fn prepare(&self, clock: &Clock) {
        if let Some(issuer) = &self.issuer {
            issuer.prepare(clock).await;
        }
    }
}
