//! What joins several servers into one.

use super::values;
use clap::Args;
use std::net::IpAddr;

/// Several nodes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Several nodes")]
pub(super) struct NodeArguments {
    /// NATS server that joins several nodes on one PostgreSQL database, such as nats://user:password@10.0.0.5:4222 or, encrypted,
    /// tls://bus.example:4222; commas between several
    #[arg(long, env = "NATS_URL", hide_env_values = true, value_name = "URL", value_parser = values::bus)]
    pub(super) nats_url: Option<String>,
    /// Key by which nodes know each other's notices, at least 32 bytes and the same on all of them; made from the database when
    /// left out. To change it, give the old and the new one with a comma between them: the first one signs, both are believed
    #[arg(long, env = "CALLS_BUS_KEY", hide_env_values = true, value_name = "SECRET", value_delimiter = ',', value_parser = values::secret)]
    pub(super) bus_key: Vec<String>,
}

impl NodeArguments {
    /// The keys, the one that signs first; a file that holds them is one value.
    pub(super) fn keys(&self) -> Vec<String> {
        self.bus_key.iter().flat_map(|keys| keys.split(',')).map(|key| key.trim().to_owned()).collect()
    }
}

/// What is missing for a bus that others may reach.
pub(super) fn contradiction(nats_url: Option<&str>, bus_keys: &[String]) -> Option<String> {
    let open = nats_url?.split(',').map(str::trim).find(|url| !is_local(url))?;
    let host = host(open);
    bus_keys.is_empty().then(|| {
        format!(
            "the bus at {host} is not on this machine, and whoever reaches it could speak as a node: give all nodes the same \
             secret in CALLS_BUS_KEY (made by: openssl rand -hex 32)"
        )
    })
}

/// Whether only programs on this machine reach an address.
fn is_local(url: &str) -> bool {
    let host = host(url);
    let address = host.parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost")
        || address.is_ok_and(|address| address.to_canonical().is_loopback())
}

fn host(url: &str) -> &str {
    values::host(url.split_once("://").map_or(url, |(_, rest)| rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bus_that_others_reach_needs_a_key_and_one_on_this_machine_does_not() {
        let key = ["0123456789abcdef0123456789abcdef".to_owned()];
        for local in
            ["nats://127.0.0.1:4222", "localhost", "nats://a:b@[::1]:4222", "tls://127.1.2.3, LOCALHOST:4222"]
        {
            assert_eq!(contradiction(Some(local), &[]), None, "{local}");
        }
        for open in [
            "nats://10.0.0.5:4222",
            "nats://127.0.0.1:4222,nats://bus.example",
            "nats://127.0.0.1@evil.example",
            "nats://localhost.example:4222",
            "nats://calls:localhost@[2001:db8::1]:4222",
        ] {
            let sentence = contradiction(Some(open), &[]).unwrap();
            assert!(sentence.contains("CALLS_BUS_KEY") && !sentence.contains('@'), "{sentence}");
            assert_eq!(contradiction(Some(open), &key), None, "{open}");
        }
        assert_eq!(contradiction(None, &[]), None);
    }
}
