//! Random runs: two people press anything at any time on three devices, over a network that delays, loses,
//! repeats and reorders, while sockets, links and the server come and go. The kit's rules hold after every
//! event; afterwards, once the network is good again, both people and the server agree.
//!
//! Every run has a seed. A failing run is shrunk and prints the seed that replays it: `CALL_CORE_SEED=… cargo
//! test -p call-core --test machine random`. `CALL_CORE_RUNS` sets the number of runs of each kind. Many more runs:
//! `cargo xtask simulate`.

mod plan;
mod runs;

use crate::kit::World;
use call_core::{Effect, Event, Negotiator, OfferKind, PeerEvent, PeerMessage, ReplyEvent, SocketEvent};
use call_protocol::CallRole;
use core::cell::RefCell;
pub(crate) use plan::{Plan, runner};
pub(crate) use runs::Kind;

/// How many of the runs contained the cases that they are made for.
#[derive(Clone, Copy, Debug, Default)]
struct Coverage {
    runs: u32,
    talked: u32,
    restarted: u32,
    handed_over: u32,
    joined_by_glare: u32,
    another_connection: u32,
    answered_elsewhere: u32,
    still_talking: u32,
}

impl Coverage {
    fn add(&mut self, world: &World) {
        let orders = || world.diary.iter().flat_map(|(_, _, _, orders)| orders);
        let told = |wanted: fn(&Event) -> bool| world.diary.iter().any(|(_, _, event, _)| wanted(event));
        let ordered = |wanted: fn(&Effect) -> bool| orders().any(wanted);
        self.runs += 1;
        self.talked += u32::from(ordered(|order| matches!(order, Effect::ReportMedia(_))));
        self.restarted +=
            u32::from(ordered(|order| matches!(order, Effect::CreateOffer(_, OfferKind::IceRestart))));
        self.handed_over += u32::from(
            world.diary.iter().any(|(_, _, event, _)| {
                matches!(event, Event::Peer(PeerEvent::Message(_, PeerMessage::HandsOver)))
            }) && ordered(|order| matches!(order, Effect::DoubtServer)),
        );
        self.joined_by_glare += u32::from(told(
            |event| matches!(event, Event::Reply(ReplyEvent::Initiated(_, Ok(live))) if live.role == CallRole::Callee),
        ));
        self.another_connection += u32::from(ordered(
            |order| matches!(order, Effect::OpenPeer(key, Negotiator::Answerer, _) if key.number > 1),
        ));
        self.answered_elsewhere += u32::from(told(
            |event| matches!(event, Event::Socket(SocketEvent::Answered(live)) if live.role == CallRole::Callee),
        ));
        self.still_talking += u32::from((0..world.phones.len()).any(|who| world.in_call(who).is_some()));
    }
}

/// Carries out this many plans of a kind, or only the one of the requested seed.
fn for_each(runs: u64, kind: Kind, look: impl Fn(&World)) {
    let asked = |name: &str| std::env::var(name).ok().map(|text| text.parse().expect("a number"));
    let seeds = match asked("CALL_CORE_SEED") {
        Some(seed) => seed..=seed,
        None => 1..=asked("CALL_CORE_RUNS").unwrap_or(runs),
    };
    let plans = kind.plans();
    for seed in seeds {
        let outcome = runner(seed).run(&plans, |plan: Plan| {
            kind.run(&plan, &look);
            Ok(())
        });
        if let Err(error) = outcome {
            panic!("CALL_CORE_SEED={seed} replays this: {error}");
        }
    }
}

#[test]
fn whatever_people_and_networks_do_both_people_and_the_server_agree_in_the_end() {
    let coverage = RefCell::new(Coverage::default());
    for_each(6000, Kind::Anything, |world| coverage.borrow_mut().add(world));
    let coverage = *coverage.borrow();
    println!("{coverage:?}");
    let Coverage { runs, talked, restarted, joined_by_glare, another_connection, answered_elsewhere, .. } =
        coverage;
    if runs < 100 {
        return;
    }
    for rare in [restarted, joined_by_glare, another_connection, answered_elsewhere] {
        assert!(
            rare * 20 > runs && talked * 4 > runs,
            "the runs cover too few of the rare cases: {coverage:?}"
        );
    }
}

#[test]
fn in_every_answered_call_the_two_talk() {
    for_each(2500, Kind::Answered, |_| {});
}

#[test]
fn a_call_that_nobody_hangs_up_outlives_everything_around_it() {
    for_each(1500, Kind::Shaken, |_| {});
}

#[test]
fn a_call_that_nobody_hangs_up_outlives_reloaded_pages() {
    for_each(1500, Kind::Reloaded, |_| {});
}
