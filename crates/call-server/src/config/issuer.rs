//! Whose access tokens are taken, if not the server's own.

use clap::{Args, builder::NonEmptyStringValueParser};

/// Somebody else who says who people are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// How their signatures are checked.
    pub keys: IssuerKeys,
    /// What `aud` must be, or contain; tokens with an audience are refused without it (RFC 7519, 4.1.3).
    pub audience: Option<String>,
    /// What `iss` must be; not looked at without it.
    pub name: Option<String>,
}

/// How an issuer's signatures are checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IssuerKeys {
    /// HS256 with a secret that both know.
    Secret(String),
    /// ES256 or RS256 with the public keys that are published at this address (JWKS).
    Published(String),
}

/// Tokens of others.
#[derive(Debug, Args)]
#[command(next_help_heading = "Accounts of others")]
pub(super) struct IssuerArguments {
    /// Take access tokens signed with the keys published here (JWKS; ES256, RS256) instead of built-in accounts
    #[arg(long, env = "CALLS_ISSUER_JWKS", value_name = "URL", value_parser = super::values::jwks)]
    issuer_jwks: Option<String>,
    /// Take access tokens signed with this secret (HS256) instead of built-in accounts, at least 32 bytes
    #[arg(long, env = "CALLS_ISSUER_SECRET", hide_env_values = true, value_name = "SECRET", value_parser = super::values::secret, conflicts_with = "issuer_jwks")]
    issuer_secret: Option<String>,
    /// What the `aud` of such a token must be or contain, such as authenticated (Supabase)
    #[arg(long, env = "CALLS_ISSUER_AUDIENCE", value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    issuer_audience: Option<String>,
    /// What the `iss` of such a token must be
    #[arg(long, env = "CALLS_ISSUER_NAME", value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    issuer_name: Option<String>,
}

impl IssuerArguments {
    /// The issuer, if there is one.
    pub(super) fn issuer(self) -> Option<Issuer> {
        let keys = match (self.issuer_jwks, self.issuer_secret) {
            (Some(url), _) => IssuerKeys::Published(url),
            (None, Some(secret)) => IssuerKeys::Secret(secret),
            (None, None) => return None,
        };
        Some(Issuer { keys, audience: self.issuer_audience, name: self.issuer_name })
    }
}
