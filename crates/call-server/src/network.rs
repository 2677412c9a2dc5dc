//! Where somebody is, as far as it is counted: an IPv4 address, or the /64 that one household or one machine has of IPv6.
//! The one place where an address becomes a key; never keeps the address itself.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// The network that an address is counted by. One person has 2^64 addresses of IPv6, so they count as one; an IPv4 address
/// that is written as IPv6 is that IPv4 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Network(IpAddr);

impl Network {
    /// The network of an address.
    pub fn of(address: IpAddr) -> Self {
        Self(match address {
            IpAddr::V4(_) => address,
            IpAddr::V6(v6) => as_v4(v6).map_or_else(|| prefix(v6).into(), IpAddr::V4),
        })
    }
}

/// As operators and their tools write it: `192.0.2.1`, `2001:db8:0:1::/64`.
impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(v4) => v4.fmt(f),
            IpAddr::V6(v6) => write!(f, "{v6}/64"),
        }
    }
}

/// The IPv4 address behind a mapped one (RFC 4291, 2.5.5.2) or behind a translator's well-known prefix (RFC 6052), where one
/// /64 stands for the whole of IPv4.
fn as_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [translated @ .., high, low] = address.segments();
    let behind_translator = (translated == [0x64, 0xff9b, 0, 0, 0, 0])
        .then(|| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)));
    address.to_ipv4_mapped().or(behind_translator)
}

fn prefix(address: Ipv6Addr) -> Ipv6Addr {
    Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(address: &str) -> String {
        Network::of(address.parse().unwrap()).to_string()
    }

    #[test]
    fn a_household_is_one_network_however_many_addresses_it_has() {
        assert_eq!(network("2001:db8:0:1::1"), "2001:db8:0:1::/64");
        assert_eq!(network("2001:db8:0:1:ffff:ffff:ffff:ffff"), network("2001:DB8:0:1::1"));
        assert_ne!(network("2001:db8:0:2::1"), network("2001:db8:0:1::1"));
    }

    #[test]
    fn an_ipv4_address_is_itself_however_it_is_written() {
        assert_eq!(network("192.0.2.1"), "192.0.2.1");
        assert_eq!(network("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(network("::FFFF:c000:201"), "192.0.2.1");
        assert_eq!(network("64:ff9b::192.0.2.1"), "192.0.2.1");
        assert_ne!(network("64:ff9b:1::192.0.2.1"), "192.0.2.1");
        assert_ne!(network("192.0.2.2"), network("192.0.2.1"));
    }
}
