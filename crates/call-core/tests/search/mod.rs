//! Every order of events within bounds, instead of random ones: one person with a laptop, another with a phone and a
//! tablet, and a network that loses, doubles and reorders. In every state that can be reached:
//! - nothing captured is attached before both people have pressed their buttons, and nothing is held without a call;
//! - a call ends once, and never goes on where it was over;
//! - if nobody presses anything and nothing goes wrong any more, everything comes to an end or to a talk.
//!
//! `CALL_CORE_DEVIATIONS` and `CALL_CORE_REACH` widen the bounds: `CALL_CORE_DEVIATIONS=2 cargo test -p call-core --test
//! machine search::` takes minutes.
//!
//! The machine, the rules of the server, the model browsers and the order checker are those of the other tests, so that
//! what they learn is searched too.

mod choices;
mod explore;
mod fingerprint;
mod pages;
mod rules;
mod under_way;
mod world;

use call_protocol::CallType;
use choices::Bounds;
use explore::{Found, explore};

/// A number from the environment, for a search that goes further than every test run's.
fn asked(name: &str) -> Option<usize> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number"))
}

fn search(bounds: &Bounds) -> Found {
    let deviations = asked("CALL_CORE_DEVIATIONS").and_then(|number| u8::try_from(number).ok());
    let bounds = &Bounds {
        deviations: deviations.unwrap_or(bounds.deviations),
        reach: asked("CALL_CORE_REACH").unwrap_or(bounds.reach),
        ..bounds.clone()
    };
    let found = explore(bounds);
    println!("{found:?} within {bounds:?}");
    assert!(found.talks > 0 && found.ends > 0, "the bounds leave out what matters: {found:?}");
    found
}

#[test]
fn one_call_is_right_in_every_order_of_events() {
    let bounds = Bounds {
        call_type: CallType::Audio,
        granted: true,
        callers: &[0],
        presses: [1, 1],
        deviations: 2,
        reach: 2,
    };
    let found = search(&bounds);
    assert!(found.states >= 1_000_000, "only {} states were searched", found.states);
}

#[test]
fn two_people_who_call_each_other_are_right_in_every_order_of_events() {
    let bounds = Bounds {
        call_type: CallType::Audio,
        granted: false,
        callers: &[0, 1],
        presses: [2, 2],
        deviations: 1,
        reach: 4,
    };
    let found = search(&bounds);
    assert!(found.states >= 1_000_000, "only {} states were searched", found.states);
}
