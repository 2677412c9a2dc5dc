//! How many files the operating system lets the server open, connections included, and how many connections follow from it.
//! Never opens any.

use crate::{admission::Bounds, config::Config};
use std::time::Duration;

/// More are never asked for, nor needed.
#[cfg(unix)]
const MOST_FILES: u64 = 1 << 20;
/// What the server needs besides connections: its log, the database's and the client's files, the bus, the port for operators.
const OWN_FILES: u64 = 128;
/// Connections for which there is always room, and those beyond which a machine has other limits: each takes about 10 KiB.
const CONNECTIONS: std::ops::RangeInclusive<u64> = 16..=100_000;
/// The part of all connections that one network may have.
const SHARE: usize = 4;
/// How long a request may take before its connection yields to another one, when there is no room.
const WORK: Duration = Duration::from_secs(10);

/// Raises the limit of open files as far as it may be; then, how many it allows. Nothing where there is no such limit.
#[cfg(unix)]
pub fn raise() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.unwrap_or(MOST_FILES).min(MOST_FILES);
    if current.is_some_and(|current| current < wanted) {
        let raised = Rlimit { current: Some(wanted), maximum };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            tracing::warn!(%error, "the limit of open files stays as it is");
        }
    }
    allowed()
}

/// How many files may be open.
#[cfg(unix)]
pub fn allowed() -> Option<u64> {
    use rustix::process::{Resource, getrlimit};
    getrlimit(Resource::Nofile).current
}

/// There is no such limit here.
#[cfg(not(unix))]
pub fn raise() -> Option<u64> {
    None
}

/// There is no such limit here.
#[cfg(not(unix))]
pub fn allowed() -> Option<u64> {
    None
}

/// The room for connections that so many open files leave.
pub fn connections(config: &Config, files: Option<u64>) -> Bounds {
    let limits = &config.limits;
    let fitting = files.map_or(*CONNECTIONS.end(), |files| {
        files.saturating_sub(OWN_FILES + u64::from(limits.database_connections))
    });
    let fitting = fitting.clamp(*CONNECTIONS.start(), *CONNECTIONS.end());
    let places = limits.connections.unwrap_or(usize::try_from(fitting).unwrap_or(usize::MAX));
    let per_network = limits.connections_per_network.unwrap_or((places / SHARE).max(1));
    Bounds { places, per_network, patience: Duration::ZERO, work: WORK }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Limits;

    fn places(files: Option<u64>, limits: Limits) -> (usize, usize) {
        let bounds = connections(&Config { limits, ..Config::default() }, files);
        (bounds.places, bounds.per_network)
    }

    #[test]
    fn connections_leave_enough_open_files_to_the_database() {
        assert_eq!(places(Some(1024), Limits::default()), (880, 220));
        assert_eq!(places(Some(20_000), Limits::default()), (19_856, 4_964));
        assert_eq!(places(Some(1 << 20), Limits::default()), (100_000, 25_000));
        assert_eq!(places(None, Limits::default()), (100_000, 25_000));
        assert_eq!(places(Some(10), Limits::default()), (16, 4));
    }

    #[test]
    fn what_the_operator_says_counts() {
        let limits = Limits { connections: Some(2_000), ..Limits::default() };
        assert_eq!(places(Some(1 << 20), limits.clone()), (2_000, 500));
        let limits = Limits { connections_per_network: Some(1_900), ..limits };
        assert_eq!(places(Some(1 << 20), limits), (2_000, 1_900));
    }

    #[cfg(unix)]
    #[test]
    fn the_limit_is_as_high_as_it_may_be() {
        let hard = rustix::process::getrlimit(rustix::process::Resource::Nofile).maximum;
        assert_eq!(raise(), Some(hard.unwrap_or(MOST_FILES).min(MOST_FILES)).max(allowed()));
    }
}
