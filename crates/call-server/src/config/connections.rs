//! How many connections are held.

use clap::Args;

/// The flags about connections.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(super) struct ConnectionArguments {
    /// How many connections are held at once; when left out, what the limit of open files has room for, up to 100000
    #[arg(long, env = "CALLS_CONNECTIONS", value_name = "COUNT", value_parser = clap::value_parser!(u32).range(16..=10_000_000))]
    pub(super) connections: Option<u32>,
    /// How many of them may come from one network (an IPv4 address, or a /64 of IPv6), this machine and proxies excepted;
    /// a quarter of all when left out
    #[arg(long, env = "CALLS_CONNECTIONS_PER_NETWORK", value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub(super) connections_per_network: Option<u32>,
    /// How many devices of one person (tabs count as such) are connected at once; with one more, the one that was not used
    /// for longest is disconnected
    #[arg(long, env = "CALLS_DEVICES_PER_PERSON", default_value_t = 32, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(super) devices_per_person: u32,
}
