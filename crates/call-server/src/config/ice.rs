//! The STUN and TURN servers that browsers are told of, and what lets them use the latter.
//! Never makes credentials: see `service::relay`.

use clap::builder::{FalseyValueParser, NonEmptyStringValueParser};
use std::time::Duration;

pub(super) const DEFAULT_ICE_SERVERS: [&str; 3] =
    ["stun:stun.l.google.com:19302", "stun:stun1.l.google.com:19302", "stun:stun.services.mozilla.com"];

/// Life of credentials that are made from the secret. The less, the less is a leaked one worth: a day is what
/// draft-uberti-behave-turn-rest-00 recommends. But a call of many hours must not end with it. A connection keeps
/// the credentials with which it was opened. coturn and eturnal look at their age only when an allocation is made, so
/// that one which is there lives on; but a server that looks at every request (Pion's handler does) refuses to refresh it,
/// and at all of them a restart of ICE makes a new one. Sockets get fresh credentials after half of this.
const LIFE: Duration = Duration::from_secs(12 * 3600);

/// What lets people use the TURN servers among the ICE servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The name of an account that everybody uses.
    pub username: Option<String>,
    /// The password of that account.
    pub credential: Option<String>,
    /// The secret shared with the TURN server, from which everybody gets credentials of their own.
    pub secret: Option<String>,
    /// Life of the credentials that are made from the secret.
    pub life: Duration,
}

impl Default for Turn {
    fn default() -> Self {
        Self { username: None, credential: None, secret: None, life: LIFE }
    }
}

impl Turn {
    /// What cannot be meant, given the servers.
    pub(super) fn contradictions(&self, servers: &[String]) -> Vec<String> {
        let turn = servers.iter().find(|url| is_turn(url));
        let usable = self.secret.is_some() || (self.username.is_some() && self.credential.is_some());
        let half = self.username.is_some() != self.credential.is_some();
        let any = usable || half;
        let found = [
            half.then(|| "--turn-username and --turn-credential belong together: give both or none".to_owned()),
            turn.filter(|_| !any).map(|url| {
                format!("--ice-server {url} needs credentials: --turn-secret, or --turn-username and --turn-credential")
            }),
            (any && turn.is_none()).then(|| {
                "credentials for TURN are of no use without a TURN server: name it with --ice-server turn:host".to_owned()
            }),
        ];
        found.into_iter().flatten().collect()
    }
}

/// Whether an ICE server is one that relays, and so needs credentials.
pub fn is_turn(url: &str) -> bool {
    url.starts_with("turn:") || url.starts_with("turns:")
}

/// Flags of the ICE servers.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "STUN and TURN")]
pub(super) struct IceArguments {
    /// STUN or TURN server that clients are told of, such as stun:host:port or turns:host:port?transport=tcp; may be given
    /// several times and replaces the public ones. People who have not signed in are not told of TURN servers
    #[arg(long, env = "CALLS_ICE_SERVER", value_name = "URL", value_delimiter = ',', value_parser = ice_server, default_values = DEFAULT_ICE_SERVERS)]
    pub(super) ice_server: Vec<String>,
    /// Tell clients of no STUN or TURN server at all: calls work inside one network only
    #[arg(long, env = "CALLS_NO_ICE_SERVERS", value_parser = FalseyValueParser::new(), conflicts_with = "ice_server")]
    pub(super) no_ice_servers: bool,
    /// Secret shared with the TURN server (coturn: use-auth-secret): everybody gets credentials that expire
    #[arg(long, env = "CALLS_TURN_SECRET", hide_env_values = true, value_name = "SECRET", value_parser = NonEmptyStringValueParser::new(), conflicts_with_all = ["turn_username", "turn_credential"])]
    turn_secret: Option<String>,
    /// How long credentials that are made from --turn-secret can be used; whoever is connected gets others after half of it
    #[arg(long, env = "CALLS_TURN_CREDENTIAL_HOURS", default_value_t = 12, value_name = "HOURS", value_parser = clap::value_parser!(u64).range(1..=720))]
    turn_credential_hours: u64,
    /// Name of an account of the TURN server that everybody uses; --turn-secret is safer
    #[arg(long, env = "CALLS_TURN_USERNAME", value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    turn_username: Option<String>,
    /// Password of the account --turn-username
    #[arg(long, env = "CALLS_TURN_CREDENTIAL", hide_env_values = true, value_name = "PASSWORD", value_parser = NonEmptyStringValueParser::new())]
    turn_credential: Option<String>,
}

impl IceArguments {
    /// The servers, and what lets people use them.
    pub(super) fn parts(self) -> (Vec<String>, Turn) {
        let servers = if self.no_ice_servers { Vec::new() } else { self.ice_server };
        let turn = Turn {
            username: self.turn_username,
            credential: self.turn_credential,
            secret: self.turn_secret,
            life: Duration::from_secs(self.turn_credential_hours * 3600),
        };
        (servers, turn)
    }
}

fn ice_server(text: &str) -> Result<String, String> {
    let plain = |host: &str| !host.is_empty() && !host.starts_with('/') && !host.contains(['@', ' ']);
    match text.split_once(':') {
        Some(("stun" | "stuns" | "turn" | "turns", host)) if plain(host) => Ok(text.to_owned()),
        Some((_, _)) | None => {
            Err("an ICE server is written stun:host, stun:host:port, turn:host:port or turns:host:port"
                .to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(servers: &[&str], turn: &Turn) -> String {
        let servers: Vec<_> = servers.iter().map(|url| (*url).to_owned()).collect();
        turn.contradictions(&servers).join("; ")
    }

    #[test]
    fn a_turn_server_and_its_credentials_come_together() {
        let name = |username: Option<&str>, credential: Option<&str>| Turn {
            username: username.map(str::to_owned),
            credential: credential.map(str::to_owned),
            ..Turn::default()
        };
        let secret = Turn { secret: Some("s".to_owned()), ..Turn::default() };
        let servers = ["stun:a.test", "turns:b.test:5349?transport=tcp"];
        for usable in [&secret, &name(Some("n"), Some("p"))] {
            assert_eq!(said(&servers, usable), "");
            assert!(said(&servers[..1], usable).contains("name it with --ice-server turn:host"));
        }
        assert_eq!(said(&servers[..1], &Turn::default()), "");
        let bare = said(&servers, &Turn::default());
        assert!(bare.starts_with("--ice-server turns:b.test:5349?transport=tcp needs credentials"), "{bare}");
        assert!(said(&servers, &name(Some("n"), None)).contains("belong together"));
    }

    #[test]
    fn an_ice_server_is_an_address_without_slashes_or_accounts() {
        for good in
            ["stun:a.test", "stuns:a.test:5349", "turn:10.0.0.1:3478?transport=udp", "turns:[::1]:5349"]
        {
            assert_eq!(ice_server(good).as_deref(), Ok(good));
        }
        for bad in ["http://a.test", "stun:", "turn://a.test", "turn:me@a.test", "a.test", ""] {
            assert!(ice_server(bad).is_err(), "{bad}");
        }
    }
}
