//! Counts, per network, the sockets that have not signed in yet.
//! Never counts those that have.

use crate::network::Network;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// The places of sockets that wait to sign in.
#[derive(Clone, Debug)]
pub struct WaitingRoom {
    counts: Arc<Mutex<HashMap<Network, usize>>>,
    per_network: usize,
}

/// A place that is free again when dropped.
#[derive(Debug)]
#[must_use = "dropping the place at once lets any number of sockets wait"]
pub struct Place {
    room: WaitingRoom,
    network: Network,
}

impl WaitingRoom {
    /// A room with this many places for each network.
    pub fn new(per_network: usize) -> Self {
        Self { counts: Arc::default(), per_network }
    }

    /// How many places are taken.
    pub fn len(&self) -> usize {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes a place, if the network has one left.
    pub fn enter(&self, network: Network) -> Option<Place> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(network).or_default();
        if *count >= self.per_network {
            return None;
        }
        *count += 1;
        Some(Place { room: self.clone(), network })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.room.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_so_many_places_and_gets_them_back() {
        let room = WaitingRoom::new(2);
        let [here, there] = [1, 2].map(|last| Network::of([127, 0, 0, last].into()));
        let first = room.enter(here);
        let _second = room.enter(here);
        assert!(first.is_some() && room.enter(here).is_none());
        assert!(room.enter(there).is_some(), "another network is not affected");
        drop(first);
        assert!(room.enter(here).is_some());
    }
}
