//! How far the load may go, and where: this machine only, never more than these numbers.
//! Decides; starts nothing.

use anyhow::{Result, bail};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Sockets at once; a process may open 20,000 files on a usual machine, and the server has others.
pub(crate) const MOST_SOCKETS: u32 = 18_000;
/// Signals a second.
pub(crate) const MOST_SIGNALS: u32 = 20_000;
/// Length of one measurement in seconds.
pub(crate) const LONGEST: u32 = 60;
/// Calls that are written into a database before a measurement.
pub(crate) const MOST_CALLS: u32 = 2_000_000;
/// Sockets from one source address: it has 28,000 ports, and the server lets 64 of an address wait to sign in.
const SOCKETS_OF_A_SOURCE: u32 = 1_000;

/// Refuses every address that is not of this machine alone.
///
/// # Errors
/// One sentence.
pub(crate) fn check_target(target: SocketAddr) -> Result<()> {
    match target.ip() {
        IpAddr::V4(address) if address.is_loopback() => Ok(()),
        address @ (IpAddr::V4(_) | IpAddr::V6(_)) => {
            bail!("{address} is not in 127.0.0.0/8: the load stays on this machine")
        }
    }
}

/// Refuses more than the bounds.
///
/// # Errors
/// One sentence.
pub(crate) fn check(sockets: u32, per_second: u32, seconds: u32) -> Result<()> {
    if sockets > MOST_SOCKETS || per_second > MOST_SIGNALS || seconds > LONGEST {
        bail!(
            "the load is bounded to {MOST_SOCKETS} sockets, {MOST_SIGNALS} signals a second and {LONGEST} s a measurement"
        );
    }
    Ok(())
}

/// The source addresses of a worker that opens so many sockets: 127.0.0.2 and following, no two workers' the same.
pub(crate) fn sources(worker: u32, sockets: u32) -> Vec<Ipv4Addr> {
    let count = sockets.div_ceil(SOCKETS_OF_A_SOURCE).clamp(1, 32);
    (0..count).map(|n| Ipv4Addr::from(u32::from(Ipv4Addr::new(127, 0, 0, 2)) + worker * 32 + n)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_this_machine_are_accepted() {
        for good in ["127.0.0.1:80", "127.3.4.5:8080"] {
            assert!(check_target(good.parse().unwrap()).is_ok(), "{good}");
        }
        for bad in ["192.0.2.1:80", "10.0.0.1:80", "0.0.0.0:80", "[::1]:80", "[2001:db8::1]:80"] {
            assert!(check_target(bad.parse().unwrap()).is_err(), "{bad}");
        }
    }

    #[test]
    fn more_than_the_bounds_is_refused() {
        assert!(check(MOST_SOCKETS, MOST_SIGNALS, LONGEST).is_ok());
        assert!(check(MOST_SOCKETS + 1, 1, 1).is_err());
        assert!(check(1, MOST_SIGNALS + 1, 1).is_err());
        assert!(check(1, 1, LONGEST + 1).is_err());
    }

    #[test]
    fn workers_come_from_addresses_of_their_own() {
        assert_eq!(sources(0, 10), [Ipv4Addr::new(127, 0, 0, 2)]);
        let [one, two] = [0, 1].map(|worker| sources(worker, 5_000));
        assert_eq!(one.len(), 5);
        assert!(one.iter().all(|address| address.is_loopback() && !two.contains(address)));
    }
}
