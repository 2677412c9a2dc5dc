//! Access tokens of somebody else: an identity provider's, or a project's of Supabase. Each key works with one algorithm,
//! and only with that; keys come from the configuration, never from a token (RFC 8725, 3.1 and 3.5).
//! Never makes anybody an account.

use super::{
    Bearer,
    keys::{Key, Keys},
};
use crate::{clock::Clock, config, error::ApiError};
use call_protocol::UserId;
use call_rules::Moment;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use std::sync::Arc;

/// How far an issuer's clock may be ahead of ours, in seconds.
const CLOCKS_DIFFER: u64 = 5;
/// Roles of Supabase that are no person: the keys of its applications and of its servers.
const NOBODIES: [&str; 2] = ["anon", "service_role"];

/// Whose tokens are taken, and how they are checked.
#[derive(Debug)]
pub(super) struct Issuer {
    name: Option<String>,
    audience: Option<String>,
    source: Source,
}

enum Source {
    /// One secret that both sides know.
    Secret(DecodingKey),
    /// Public keys that the issuer publishes.
    Published(Arc<Keys>),
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    /// Seconds since 1970; RFC 7519 allows fractions.
    exp: f64,
    nbf: Option<f64>,
    iss: Option<String>,
    aud: Option<Audience>,
    role: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Issuer {
    pub(super) fn new(config: &config::Issuer) -> Self {
        let source = match &config.keys {
            config::IssuerKeys::Secret(secret) => Source::Secret(DecodingKey::from_secret(secret.as_bytes())),
            config::IssuerKeys::Published(url) => Source::Published(Keys::new(url)),
        };
        Self { name: config.name.clone(), audience: config.audience.clone(), source }
    }

    pub(super) async fn prepare(&self, clock: &Clock) {
        match &self.source {
            Source::Secret(_) => {}
            Source::Published(keys) => keys.prepare(clock.tick()).await,
        }
    }

    pub(super) async fn verify(&self, token: &str, clock: &Clock) -> Result<Bearer, ApiError> {
        let key = match &self.source {
            Source::Secret(secret) => Key { decoding: secret.clone(), algorithm: Algorithm::HS256 },
            Source::Published(keys) => {
                let header = jsonwebtoken::decode_header(token).map_err(|_| ApiError::Unauthorized)?;
                keys.find(header.kid.as_deref(), clock.tick()).await?.ok_or(ApiError::Unauthorized)?
            }
        };
        // The issuer dates its tokens by the wall clock, and the socket is watched by the server's own.
        let bearer = self.check(read(token, &key)?, clock.wall())?;
        Ok(Bearer { expires: clock.of_wall(bearer.expires), ..bearer })
    }

    fn check(&self, claims: Claims, now: Moment) -> Result<Bearer, ApiError> {
        let begun = claims.nbf.is_none_or(|begins| seconds(begins) <= now.seconds() + CLOCKS_DIFFER);
        let named = self.name.is_none() || self.name == claims.iss;
        let person = claims.role.is_none_or(|role| !NOBODIES.contains(&role.as_str()));
        if !begun || !named || !person || !self.is_for_us(claims.aud.as_ref()) || claims.sub.is_empty() {
            return Err(ApiError::Unauthorized);
        }
        let expires = seconds(claims.exp);
        if expires <= now.seconds() {
            return Err(ApiError::TokenExpired);
        }
        // People are named by UUIDs here: anything else is nobody, whoever signed it.
        let user = UserId::parse(&claims.sub).ok_or(ApiError::UnknownUser)?;
        Ok(Bearer { user, session: None, issued: Moment(0), expires: Moment::of_seconds(expires) })
    }

    /// RFC 7519, 4.1.3: whoever does not find itself in an audience that is there refuses the token.
    fn is_for_us(&self, audience: Option<&Audience>) -> bool {
        match (&self.audience, audience) {
            (None, None) => true,
            (None, Some(_)) | (Some(_), None) => false,
            (Some(us), Some(Audience::One(one))) => one == us,
            (Some(us), Some(Audience::Many(many))) => many.contains(us),
        }
    }
}

/// Checks the signature, by the key's own algorithm and no other.
fn read(token: &str, key: &Key) -> Result<Claims, ApiError> {
    let mut validation = Validation::new(key.algorithm);
    validation.set_required_spec_claims(&["exp", "sub"]);
    // Checked by us, against the server's clock.
    (validation.validate_exp, validation.validate_nbf, validation.validate_aud) = (false, false, false);
    let read = jsonwebtoken::decode::<Claims>(token, &key.decoding, &validation);
    read.map(|data| data.claims).map_err(|_| ApiError::Unauthorized)
}

/// Whole seconds of a moment that a token names; what is no moment is the beginning of time.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates, which is meant")]
fn seconds(moment: f64) -> u64 {
    moment as u64
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Secret(_) => f.write_str("Secret"),
            Self::Published(keys) => f.debug_tuple("Published").field(keys).finish(),
        }
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}
