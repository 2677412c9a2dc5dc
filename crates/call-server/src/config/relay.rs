//! The STUN and TURN server inside this program: whether it is there, where it listens, and what browsers are told of it.
//! Never opens a socket: see `relay`.

use clap::builder::FalseyValueParser;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The port of STUN and TURN (RFC 8656, section 19).
const PORT: u16 = 3478;

/// The server's own relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relay {
    /// Where it listens, for UDP and TCP; port 0 picks a free one.
    pub listen: SocketAddr,
    /// The names or addresses by which browsers reach it, each with a port if it is another one than that.
    pub hosts: Vec<String>,
    /// The port of HTTPS, if the server encrypts itself: TURN over TLS is spoken there, too.
    pub https: Option<u16>,
}

impl Relay {
    /// What browsers are told of STUN.
    pub fn stun(&self) -> Vec<String> {
        self.hosts.iter().map(|host| format!("stun:{}", self.authority(host))).collect()
    }

    /// What browsers are told of TURN, the best way first.
    pub fn turn(&self) -> Vec<String> {
        let of = |host: &String| {
            let plain = ["udp", "tcp"].map(|by| format!("turn:{}?transport={by}", self.authority(host)));
            let encrypted = self.https.map(|port| format!("turns:{}:{port}?transport=tcp", name(host)));
            plain.into_iter().chain(encrypted)
        };
        self.hosts.iter().flat_map(of).collect()
    }

    /// A host with the port of the relay.
    fn authority(&self, host: &str) -> String {
        if name(host).len() < host.len() { host.to_owned() } else { format!("{host}:{}", self.listen.port()) }
    }

    /// What cannot be meant.
    pub(super) fn contradiction(&self) -> Option<String> {
        self.hosts.is_empty().then(|| {
            "--relay needs the name or address by which browsers reach this server: add --relay-address calls.example, or --public-url"
                .to_owned()
        })
    }
}

/// A host without its port.
fn name(host: &str) -> &str {
    match host.rfind(']').map_or_else(
        || host.split_once(':'),
        |end| host[end..].split_once(':').map(|_| host.split_at(end + 1)),
    ) {
        Some((name, _)) => name,
        None => host,
    }
}

/// Flags of the relay.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "STUN and TURN")]
pub(super) struct RelayArguments {
    /// Be a STUN and TURN server, too: people behind any two networks reach each other with nothing else installed. It relays
    /// only between the two people of a call. Its port, for UDP and TCP, has to be let through to this machine
    #[arg(long, env = "CALLS_RELAY", value_parser = FalseyValueParser::new())]
    relay: bool,
    /// Address and port of the relay; when left out, port 3478 at the address of --listen, or everywhere with --behind-proxy
    #[arg(long, env = "CALLS_RELAY_LISTEN", value_name = "ADDRESS:PORT", value_parser = super::values::address)]
    relay_listen: Option<SocketAddr>,
    /// Name or address by which browsers reach the relay, with a port if it is another one for them, such as calls.example or
    /// 203.0.113.7:3478; when left out, the host of --public-url, or the address of --listen. Of several nodes, each
    /// names the relays of all: the two people of a call have to meet at one of them
    #[arg(long, env = "CALLS_RELAY_ADDRESS", value_name = "HOST", value_delimiter = ',', value_parser = host)]
    relay_address: Vec<String>,
}

impl RelayArguments {
    /// The relay, if there is one, of a server that listens there.
    pub(super) fn relay(
        self,
        listen: SocketAddr,
        public_url: Option<&str>,
        (behind_proxy, encrypts): (bool, bool),
    ) -> Option<Relay> {
        let own =
            SocketAddr::new(if behind_proxy { Ipv4Addr::UNSPECIFIED.into() } else { listen.ip() }, PORT);
        let at = self.relay_listen.unwrap_or(own);
        let mut hosts = self.relay_address;
        if hosts.is_empty() {
            let public = public_url
                .and_then(|url| url.split_once("://"))
                .map(|(_, rest)| name(rest.split('/').next().unwrap_or_default()).to_owned());
            let literal = (!at.ip().is_unspecified()).then(|| match at.ip() {
                IpAddr::V4(ip) => ip.to_string(),
                IpAddr::V6(ip) => format!("[{ip}]"),
            });
            hosts.extend(public.or(literal));
        }
        self.relay.then_some(Relay { listen: at, hosts, https: encrypts.then_some(listen.port()) })
    }
}

fn host(text: &str) -> Result<String, String> {
    let plain = !text.is_empty() && !text.contains(['/', '@', ' ', '?']) && !text.starts_with(':');
    let bare = text.parse::<std::net::Ipv6Addr>().is_ok();
    match (plain, bare) {
        (true, false) => Ok(text.to_owned()),
        (true, true) => Ok(format!("[{text}]")),
        (false, _) => Err("it is a name or an address, such as calls.example or 203.0.113.7:3478".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(relay: bool, listen: Option<&str>, address: &[&str]) -> RelayArguments {
        RelayArguments {
            relay,
            relay_listen: listen.map(|text| text.parse().unwrap()),
            relay_address: address.iter().map(|text| host(text).unwrap()).collect(),
        }
    }

    #[test]
    fn browsers_are_told_of_every_way_to_the_relay() {
        let listen = "203.0.113.7:443".parse().unwrap();
        let relay = |arguments: RelayArguments, url, how| arguments.relay(listen, url, how).unwrap();
        let own = relay(arguments(true, None, &[]), None, (false, true));
        assert_eq!(own.stun(), ["stun:203.0.113.7:3478"]);
        let ways = [
            "turn:203.0.113.7:3478?transport=udp",
            "turn:203.0.113.7:3478?transport=tcp",
            "turns:203.0.113.7:443?transport=tcp",
        ];
        assert_eq!(own.turn(), ways);
        let public = relay(arguments(true, None, &[]), Some("https://calls.example:8443/a"), (true, false));
        assert_eq!(public.listen, "0.0.0.0:3478".parse().unwrap());
        assert_eq!(public.turn()[0], "turn:calls.example:3478?transport=udp");
        let both = relay(arguments(true, None, &["a.test:7000", "2001:db8::1"]), None, (false, true));
        assert_eq!(both.stun(), ["stun:a.test:7000", "stun:[2001:db8::1]:3478"]);
        assert_eq!(both.turn()[2], "turns:a.test:443?transport=tcp");
        assert_eq!(both.turn()[5], "turns:[2001:db8::1]:443?transport=tcp");
        assert_eq!(arguments(false, None, &["a.test"]).relay(listen, None, (false, false)), None);
    }

    #[test]
    fn a_relay_that_nobody_could_find_is_a_contradiction() {
        let everywhere = "0.0.0.0:8080".parse().unwrap();
        let of = |addresses: &[&str]| {
            arguments(true, None, addresses).relay(everywhere, None, (false, false)).unwrap()
        };
        assert!(of(&[]).contradiction().is_some_and(|said| said.contains("--relay-address")));
        assert_eq!(of(&["calls.example"]).contradiction(), None);
        for bad in ["", "http://a.test", "me@a.test", ":3478", "a b"] {
            assert!(host(bad).is_err(), "{bad}");
        }
    }
}
