//! Rooms with so many places in all and so many for one network, for those who have not shown yet what they are. When no
//! place is left, whoever has been waited for longest yields to somebody new: so a thousand who say nothing keep nobody out.
//! Never knows what the places are for, and closes nothing: whoever is told to go does that.

mod line;

use crate::{clock::Tick, network::Network};
use line::{Guest, Line};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// What a room has place for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Places in all.
    pub places: usize,
    /// Places for one network.
    pub per_network: usize,
    /// How long newcomers are refused before those inside yield: a burst of one who means no harm is over by then, and
    /// who goes on for longer keeps nobody out.
    pub patience: Duration,
    /// How long somebody who works may take before they yield like those who wait.
    pub work: Duration,
}

/// A room; cheap to clone.
#[derive(Clone, Debug)]
pub struct WaitingRoom(Arc<Room>);

#[derive(Debug)]
struct Room {
    bounds: Bounds,
    inside: Mutex<Inside>,
    yielded: AtomicU64,
    refused: AtomicU64,
}

#[derive(Debug, Default)]
struct Inside {
    all: Line,
    shares: HashMap<Network, Line>,
    last: u64,
}

/// A place, free again when dropped.
#[derive(Debug)]
#[must_use = "dropping the place at once lets any number in"]
pub struct Place {
    room: WaitingRoom,
    presence: Presence,
}

/// What the holder of a place does; cheap to clone.
#[derive(Clone, Debug)]
pub struct Presence(Arc<Guest>);

impl WaitingRoom {
    /// A room with nobody inside.
    pub fn new(bounds: Bounds) -> Self {
        Self(Arc::new(Room {
            bounds,
            inside: Mutex::default(),
            yielded: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        }))
    }

    /// What it has place for.
    pub fn bounds(&self) -> Bounds {
        self.0.bounds
    }

    /// How many places are taken.
    pub fn len(&self) -> usize {
        self.lock().all.len()
    }

    /// Whether nobody is inside.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many had to yield so far, and how many were not let in.
    pub fn turned_away(&self) -> (u64, u64) {
        (self.0.yielded.load(Ordering::Relaxed), self.0.refused.load(Ordering::Relaxed))
    }

    /// Takes a place, if there is one or somebody yields theirs; without a network, only the places in all count.
    pub fn enter(&self, network: Option<Network>, now: Tick) -> Option<Place> {
        let bounds = &self.0.bounds;
        let mut inside = self.lock();
        let Inside { all, shares, .. } = &mut *inside;
        let share = network.and_then(|network| shares.get_mut(&network));
        let full = match share.filter(|share| share.len() >= bounds.per_network.max(1)) {
            Some(share) => Some(share.yields(bounds, now)),
            None if all.len() >= bounds.places => Some(all.yields(bounds, now)),
            None => None,
        };
        match full {
            Some(None) => {
                self.0.refused.fetch_add(1, Ordering::Relaxed);
                return None;
            }
            Some(Some(guest)) => self.turn_out(&mut inside, &guest),
            None => {}
        }
        inside.last += 1;
        let guest = Arc::new(Guest::new(inside.last, network, now));
        inside.all.add(&guest);
        if let Some(network) = network {
            inside.shares.entry(network).or_default().add(&guest);
        }
        Some(Place { room: self.clone(), presence: Presence(guest) })
    }

    /// Lets the one go who has been waited for longest, if there is one: for when something else ran out than places.
    pub fn make_room(&self, now: Tick) {
        let mut inside = self.lock();
        if let Some(guest) = inside.all.yields(&Bounds { patience: Duration::ZERO, ..self.0.bounds }, now) {
            self.turn_out(&mut inside, &guest);
        }
    }

    fn turn_out(&self, inside: &mut Inside, guest: &Guest) {
        inside.forget(guest);
        guest.is_told();
        self.0.yielded.fetch_add(1, Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.0.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    fn forget(&mut self, guest: &Guest) {
        self.all.remove(guest);
        if let Some(network) = guest.network
            && let Some(share) = self.shares.get_mut(&network)
        {
            share.remove(guest);
            if share.len() == 0 {
                self.shares.remove(&network);
            }
        }
    }
}

impl Place {
    /// What its holder does.
    pub fn presence(&self) -> &Presence {
        &self.presence
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.room.lock().forget(&self.presence.0);
    }
}

impl Presence {
    /// The other side has to do something now. A place is taken by somebody who is waited for.
    pub fn waits(&self, now: Tick) {
        self.0.waits(now);
    }

    /// Something is done for them now.
    pub fn works(&self, now: Tick) {
        self.0.works(now);
    }

    /// They have shown who they are: they need not yield any more.
    pub fn stays(&self) {
        self.0.stays();
    }

    /// Done when the place was given to somebody else.
    pub async fn told_to_go(&self) {
        self.0.told().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    const BOUNDS: Bounds =
        Bounds { places: 4, per_network: 2, patience: Duration::ZERO, work: Duration::from_secs(10) };

    fn network(number: u8) -> Option<Network> {
        Some(Network::of(IpAddr::from([192, 0, 2, number])))
    }

    fn at(seconds: u64) -> Tick {
        Tick(Duration::from_secs(seconds))
    }

    fn has_to_go(place: &Place) -> bool {
        use futures_util::FutureExt;
        place.presence().told_to_go().now_or_never().is_some()
    }

    #[test]
    fn whoever_was_waited_for_longest_yields_to_somebody_new_of_the_same_network() {
        let room = WaitingRoom::new(BOUNDS);
        let enter = |number, second| room.enter(network(number), at(second)).unwrap();
        let (stranger, first, second) = (enter(2, 0), enter(1, 1), enter(1, 2));
        first.presence().waits(at(3)); // it did something meanwhile
        let third = enter(1, 4);
        assert_eq!([&stranger, &first, &second, &third].map(has_to_go), [false, false, true, false]);
        assert_eq!((room.len(), room.turned_away()), (3, (1, 0)));
        drop(second);
        assert_eq!(room.len(), 3, "its place was another's already");
    }

    #[test]
    fn when_all_places_are_taken_anybody_who_is_waited_for_yields() {
        let room = WaitingRoom::new(BOUNDS);
        let held: Vec<_> = [1, 1, 2, 3].map(|number| room.enter(network(number), at(0)).unwrap()).into();
        let unknown = room.enter(None, at(1)).unwrap();
        assert_eq!(held.iter().map(has_to_go).collect::<Vec<_>>(), [true, false, false, false]);
        drop((held, unknown));
        assert!(room.is_empty() && room.lock().shares.is_empty(), "nobody is remembered");
    }

    #[test]
    fn whoever_is_served_or_has_shown_who_they_are_stays_and_a_newcomer_is_refused() {
        let room = WaitingRoom::new(BOUNDS);
        let (served, known) =
            (room.enter(network(1), at(0)).unwrap(), room.enter(network(1), at(0)).unwrap());
        served.presence().works(at(1));
        known.presence().stays();
        known.presence().waits(at(1));
        assert!(room.enter(network(1), at(5)).is_none());
        assert_eq!(room.turned_away(), (0, 1));
        let newer = room.enter(network(1), at(11)).unwrap();
        assert_eq!([&served, &known, &newer].map(has_to_go), [true, false, false], "it took too long");
    }

    #[test]
    fn a_burst_is_refused_and_one_who_goes_on_keeps_nobody_out() {
        let room = WaitingRoom::new(Bounds { patience: Duration::from_secs(2), ..BOUNDS });
        let enter = |second| room.enter(network(1), at(second));
        let _held = (enter(0).unwrap(), enter(0).unwrap());
        assert!(enter(0).is_none() && enter(1).is_none());
        let _newer = (enter(2).expect("it has lasted"), enter(3).expect("it goes on"));
        assert!(enter(30).is_none(), "another burst");
    }

    #[test]
    fn many_newcomers_are_let_in_one_by_one_in_the_order_of_those_before_them() {
        let bounds = Bounds { places: 1_000, per_network: 1_000, ..BOUNDS };
        let room = WaitingRoom::new(bounds);
        let held: Vec<_> = (0..1_000).map(|second| room.enter(network(1), at(second)).unwrap()).collect();
        let newer: Vec<_> = (0..700).map(|_| room.enter(network(1), at(2_000)).unwrap()).collect();
        let gone: Vec<_> = held.iter().map(has_to_go).collect();
        assert!(gone[..700].iter().all(|gone| *gone) && !gone[700..].iter().any(|gone| *gone));
        assert!(!newer.iter().any(has_to_go));
        assert_eq!(room.len(), 1_000);
    }
}
