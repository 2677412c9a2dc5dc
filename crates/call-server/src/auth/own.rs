//! The server's own access tokens, for its built-in accounts: short-lived JWTs, signed with one key by one algorithm.
//! Never asks the database: a token that is signed and not expired is good, unless its session ended; see `known_people`.

use super::Bearer;
use crate::error::ApiError;
use call_protocol::{SessionId, UserId};
use call_rules::Moment;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use std::{fmt, time::Duration};

/// Mints and checks the server's own access tokens.
pub(super) struct OwnTokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    life: Duration,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: UserId,
    exp: u64,
    iat: u64,
    /// The session; tokens from before there were sessions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
}

impl OwnTokens {
    /// Tokens signed with this secret that live this long.
    pub(super) fn new(secret: &str, life: Duration) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_required_spec_claims(&["exp", "sub"]);
        // Checked below, against the server's clock and with an error of its own.
        validation.validate_exp = false;
        validation.validate_aud = false;
        Self {
            encoding: EncodingKey::from_secret(secret.as_bytes()),
            decoding: DecodingKey::from_secret(secret.as_bytes()),
            validation,
            life,
        }
    }

    /// A token for a session of a person.
    ///
    /// # Errors
    /// When signing fails.
    pub(super) fn mint(
        &self,
        user: &UserId,
        session: Option<&SessionId>,
        now: Moment,
    ) -> Result<String, ApiError> {
        let (exp, iat) = (now.plus(self.life).seconds(), now.seconds());
        let claims = Claims { sub: user.clone(), exp, iat, sid: session.map(|id| id.0.clone()) };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding)
            .map_err(|error| ApiError::Internal(error.to_string()))
    }

    /// Whose token this is.
    ///
    /// # Errors
    /// When it is not ours, not whole, or expired.
    pub(super) fn verify(&self, token: &str, now: Moment) -> Result<Bearer, ApiError> {
        let claims = jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation)
            .map_err(|_| ApiError::Unauthorized)?
            .claims;
        if claims.exp <= now.seconds() {
            return Err(ApiError::TokenExpired);
        }
        Ok(Bearer {
            user: claims.sub,
            session: claims.sid.as_deref().and_then(SessionId::parse),
            issued: Moment::of_seconds(claims.iat),
            expires: Moment::of_seconds(claims.exp),
        })
    }
}

impl fmt::Debug for OwnTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnTokens").field("life", &self.life).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

    const NOW: Moment = Moment(1_767_225_600_000);
    const ID: &str = "0190a2f4-1b7c-7def-8a9b-0c1d2e3f4a5b";

    fn tokens(secret: &str) -> OwnTokens {
        OwnTokens::new(secret, Duration::from_secs(900))
    }

    fn part(json: &str) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(json)
    }

    #[test]
    fn a_token_is_good_until_its_last_second_and_then_says_that_it_expired() {
        let tokens = tokens("a secret of this server, long enough");
        let token = tokens.mint(&UserId::from(ID), None, NOW).unwrap();
        assert_eq!(tokens.verify(&token, NOW.plus(Duration::from_secs(899))).unwrap().user, UserId::from(ID));
        let late = tokens.verify(&token, NOW.plus(Duration::from_secs(900)));
        assert!(matches!(late, Err(ApiError::TokenExpired)));
    }

    #[test]
    fn a_token_names_its_session_and_one_from_before_there_were_sessions_is_good_without() {
        let tokens = tokens("a secret of this server, long enough");
        let session = SessionId::from(ID);
        let bearer = |token: &str| tokens.verify(token, NOW).unwrap();
        let token = tokens.mint(&UserId::from(ID), Some(&session), NOW).unwrap();
        assert_eq!(bearer(&token).session, Some(session));
        let old = serde_json::json!({ "sub": ID, "exp": NOW.seconds() + 60, "iat": NOW.seconds() });
        let old = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &old, &tokens.encoding).unwrap();
        assert_eq!((bearer(&old).session, bearer(&old).issued), (None, NOW));
    }

    #[test]
    fn a_forged_token_is_refused() {
        let tokens = tokens("a secret of this server, long enough");
        let foreign =
            self::tokens("somebody else's secret, long enough").mint(&UserId::from(ID), None, NOW).unwrap();
        let own = tokens.mint(&UserId::from(ID), None, NOW).unwrap();
        let (_, signature) = own.rsplit_once('.').unwrap();
        let claims = part(r#"{"sub":"0190a2f4-1b7c-7def-8a9b-0c1d2e3f4a5c","exp":99999999999,"iat":0}"#);
        let other_claims = format!("{}.{claims}.{signature}", part(r#"{"typ":"JWT","alg":"HS256"}"#));
        let unsigned = format!("{}.{claims}.", part(r#"{"typ":"JWT","alg":"none"}"#));
        let other_algorithm = jsonwebtoken::encode(
            &Header::new(Algorithm::HS512),
            &Claims { sub: UserId::from(ID), exp: 99_999_999_999, iat: 0, sid: None },
            &tokens.encoding,
        )
        .unwrap();
        for bad in [foreign, other_claims, unsigned, other_algorithm, String::new(), "a.b.c".to_owned()] {
            assert!(matches!(tokens.verify(&bad, NOW), Err(ApiError::Unauthorized)), "{bad}");
        }
    }
}
