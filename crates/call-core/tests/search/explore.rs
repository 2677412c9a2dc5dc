//! Visits every state that can be reached within bounds, once, and tells how a state was reached in which a rule is
//! broken. Knows nothing about calls.

use super::choices::{Bounds, Choice};
use super::fingerprint::fingerprint;
use super::world::World;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// In place of the state that usually comes next: none does until somebody presses a button.
const SETTLED: u32 = u32::MAX;
/// The same, while it is not known yet.
const UNKNOWN: u32 = u32::MAX - 1;
/// How much of what led to a broken rule is printed.
const DIARY: usize = 120;

/// What a search has found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) states: usize,
    pub(super) steps: u64,
    /// States in which two people talk, and in which no call is left.
    pub(super) talks: u32,
    pub(super) ends: u32,
}

struct Visit {
    world: World,
    state: u32,
    open: Vec<Choice>,
}

struct Search<'a> {
    bounds: &'a Bounds,
    known: HashMap<u128, u32>,
    /// From which state, and by which choice, each state was reached first.
    from: Vec<(u32, Choice)>,
    /// The state that usually comes next.
    usually: Vec<u32>,
    found: Found,
}

/// Visits everything; fails at the first broken rule, and if there is a state from which, when nobody presses anything
/// and nothing goes wrong any more, neither an end nor a talk is reached.
pub(super) fn explore(bounds: &Bounds) -> Found {
    let known = HashMap::new();
    let mut search = Search { bounds, known, from: Vec::new(), usually: Vec::new(), found: Found::default() };
    let mut visits = vec![];
    search.reach(World::begin(bounds), (0, Choice::Next), &mut visits);
    while let Some(Visit { world, state, open }) = visits.last_mut() {
        let state = *state;
        let Some(choice) = open.pop() else {
            visits.pop();
            continue;
        };
        let mut world = if open.is_empty() {
            visits.pop().expect("it was seen a moment ago").world
        } else {
            world.clone()
        };
        search.found.steps += 1;
        match catch_unwind(AssertUnwindSafe(|| world.choose(choice, bounds))) {
            Ok(true) => {
                let next = search.reach(world, (state, choice), &mut visits);
                if choice == Choice::Next {
                    search.usually[state as usize] = next;
                }
            }
            Ok(false) => {
                let kind = if world.is_talk() { &mut search.found.talks } else { &mut search.found.ends };
                *kind += 1;
                search.usually[state as usize] = SETTLED;
            }
            Err(_) => search.fail(state, choice, "a rule is broken"),
        }
    }
    search.every_wait_ends();
    search.found.states = search.from.len();
    search.found
}

impl Search<'_> {
    /// The number of a state, which is visited if it is new.
    fn reach(&mut self, world: World, from: (u32, Choice), visits: &mut Vec<Visit>) -> u32 {
        let number = u32::try_from(self.from.len()).expect("fewer than four thousand million states");
        let state = *self.known.entry(fingerprint(&world, world.now)).or_insert(number);
        if state == number {
            self.from.push(from);
            self.usually.push(UNKNOWN);
            let mut open = world.choices(self.bounds);
            open.reverse();
            visits.push(Visit { world, state, open });
        }
        state
    }

    fn every_wait_ends(&self) {
        // By which walk a state was passed; those that an earlier walk passed are known to end.
        let mut passed = vec![u32::MAX; self.usually.len()];
        for start in 0..self.usually.len() {
            let walk = u32::try_from(start).expect("as many as states");
            let mut at = walk;
            while at != SETTLED && passed[at as usize] == u32::MAX {
                passed[at as usize] = walk;
                at = self.usually[at as usize];
            }
            if at != SETTLED && passed[at as usize] == walk {
                self.fail(at, Choice::Next, "people wait without an end");
            }
        }
    }

    /// Repeats what led to a state, prints it, and fails.
    fn fail(&self, state: u32, last: Choice, rule: &str) -> ! {
        let mut path = vec![last];
        let mut at = state;
        while at != 0 {
            let (before, choice) = self.from[at as usize];
            path.push(choice);
            at = before;
        }
        let mut world = World::begin(self.bounds);
        world.diary = Some(Vec::new());
        for choice in path.iter().rev() {
            if catch_unwind(AssertUnwindSafe(|| world.choose(*choice, self.bounds))).is_err() {
                break;
            }
        }
        let diary = world.diary.unwrap_or_default();
        for line in &diary[diary.len().saturating_sub(DIARY)..] {
            eprintln!("{line}");
        }
        let deviations: Vec<_> = path.iter().rev().filter(|choice| **choice != Choice::Next).collect();
        panic!("{rule}: after {} steps, with {deviations:?}", path.len());
    }
}
