//! What can be used and is hardly meant, one sentence each: a server starts with it, and says so.
//! Never refuses: see `check` for what contradicts itself. Pure.

use super::{Config, Database, IssuerKeys, Rates, values};
use std::net::SocketAddr;

/// A secret with fewer different characters was typed, not made.
const FEW: usize = 10;
/// Bytes of a secret that nobody tries out.
const SHORT: usize = 16;

impl Config {
    /// What is hardly meant.
    pub fn warnings(&self) -> Vec<String> {
        let encrypts = self.tls.certificate.is_some() || self.tls.self_signed;
        let is_open = |address: SocketAddr| !address.ip().to_canonical().is_loopback();
        let open = is_open(self.listen);
        let found = [
            (
                encrypts && self.behind_proxy,
                "the server encrypts itself, and believes X-Forwarded-For of whoever connects: leave --behind-proxy out unless a \
                 proxy in front speaks HTTPS to it",
            ),
            (
                open && !encrypts && !self.behind_proxy,
                "browsers give no microphone to pages that come over plain http from another machine: give the server a \
                 certificate with --tls-certificate, or put a proxy with one in front and add --behind-proxy",
            ),
            (
                self.metrics.listen.is_some_and(is_open),
                "--metrics-listen shows the measurements to everybody who reaches that address: listen on 127.0.0.1, or keep the \
                 port closed to others",
            ),
            (
                open && self.limits.rates == Rates::default().scaled(0),
                "--rate-factor 0 lets everybody who reaches the server guess passwords and ring as often as they like",
            ),
            (
                self.turn.secret.as_ref().is_some_and(|secret| secret.len() < SHORT),
                "the secret of the TURN server is short enough to be found by trying: make one of 32 random characters",
            ),
            (
                self.jwt_secret.is_some() && self.issuer.is_some(),
                "--jwt-secret is of no use while an issuer's tokens are taken: leave it out",
            ),
            (
                self.limits.database_connections != super::Limits::default().database_connections
                    && matches!(self.database, Database::File(_)),
                "--database-connections has no effect without --database-url: a file has one connection that writes",
            ),
        ];
        let mut sentences: Vec<String> =
            found.into_iter().filter(|(so, _)| *so).map(|(_, sentence)| sentence.to_owned()).collect();
        sentences.extend(self.typed_secrets());
        let plain = self.allow_origins.iter().filter_map(|origin| origin.strip_prefix("http://"));
        sentences.extend(plain.filter(|rest| !is_this_machine(values::host(rest))).map(|rest| {
            format!("pages of http://{rest} get no microphone from browsers: let them come over https, and allow https://{rest}")
        }));
        sentences.extend(self.logging.warning());
        sentences
    }

    fn typed_secrets(&self) -> impl Iterator<Item = String> {
        let issuer = self.issuer.as_ref().and_then(|issuer| match &issuer.keys {
            IssuerKeys::Secret(secret) => Some(secret),
            IssuerKeys::Published(_) => None,
        });
        let secrets = [("jwt-secret", self.jwt_secret.as_ref()), ("issuer-secret", issuer)];
        secrets.into_iter().filter(|(_, secret)| secret.is_some_and(|secret| is_typed(secret))).map(|(name, _)| {
            format!("{name} is easy to guess, and whoever does is everybody here: make one with `openssl rand -hex 32`")
        })
    }
}

fn is_this_machine(host: &str) -> bool {
    let numbered = host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    numbered || host == "localhost" || host.ends_with(".localhost")
}

fn is_typed(secret: &str) -> bool {
    let mut bytes = secret.as_bytes().to_vec();
    bytes.sort_unstable();
    bytes.dedup();
    bytes.len() < FEW
}

/// The known name that a misspelt one may stand for.
pub(super) fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A letter in three may be wrong; of what has fewer, one.
    let most = (wrong.len() / 3).clamp(1, 4);
    let near = known.into_iter().map(|name| (strsim::osa_distance(wrong, name), name));
    near.filter(|(distance, _)| *distance <= most).min().map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Measuring, Tls, Turn};

    fn said(config: &Config) -> String {
        config.warnings().join("\n")
    }

    fn open() -> Config {
        Config { listen: SocketAddr::from(([0, 0, 0, 0], 8080)), behind_proxy: true, ..Config::default() }
    }

    #[test]
    fn what_is_usual_is_no_mistake() {
        assert_eq!(Config::default().warnings(), Vec::<String>::new());
        assert_eq!(open().warnings(), Vec::<String>::new());
        let secret = Some("f2c1e0a4b7d93568f2c1e0a4b7d93568".to_owned());
        let origins = ["https://chat.example", "http://localhost:3000"].map(str::to_owned).to_vec();
        let usual = Config { jwt_secret: secret, allow_origins: origins, ..open() };
        assert_eq!(usual.warnings(), Vec::<String>::new());
    }

    #[test]
    fn what_is_hardly_meant_is_one_sentence_each() {
        let tls = Tls { self_signed: true, ..Tls::default() };
        assert!(said(&Config { tls, ..open() }).contains("leave --behind-proxy out"));
        assert!(said(&Config { behind_proxy: false, ..open() }).contains("no microphone"));
        let metrics = Measuring { listen: Some(SocketAddr::from(([0, 0, 0, 0], 9464))) };
        assert!(said(&Config { metrics, ..Config::default() }).contains("--metrics-listen"));
        let mut unlimited = open();
        unlimited.limits.rates = Rates::default().scaled(0);
        assert!(said(&unlimited).contains("--rate-factor 0"));
        let turn = Turn { secret: Some("sesame".to_owned()), ..Turn::default() };
        assert!(said(&Config { turn, ..Config::default() }).contains("TURN server is short"));
        let typed = Config { jwt_secret: Some("a".repeat(40)), ..Config::default() };
        assert!(said(&typed).contains("jwt-secret is easy to guess") && !said(&typed).contains("aaaa"));
        let plain = Config { allow_origins: vec!["http://chat.example".to_owned()], ..Config::default() };
        assert!(said(&plain).contains("allow https://chat.example"));
    }

    #[test]
    fn what_was_meant_is_found_when_it_is_near() {
        let known = ["listen", "database", "allow-origin"];
        assert_eq!(nearest("listem", known), Some("listen"));
        assert_eq!(nearest("allow-origins", known), Some("allow-origin"));
        assert_eq!(nearest("colour", known), None);
    }
}
