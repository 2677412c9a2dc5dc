//! Random runs: two people press anything at any time on three devices, over a network that delays, loses,
//! repeats and reorders, while sockets, links and the server come and go. The kit's rules hold after every
//! event; afterwards, once the network is good again, both people and the server agree.
//!
//! Every run has a seed. A failing run is shrunk and prints the seed that replays it: `CALL_CORE_SEED=… cargo
//! test -p call-core --test machine random`. `CALL_CORE_RUNS` sets the number of runs of each kind.

mod plan;

use crate::kit::{Fate, Packet, Phone, Quality, Rng, World};
use call_core::{
    CallStage, CallView, Effect, Event, Link, Negotiator, OfferKind, PeerEvent, PeerMessage, ReplyEvent,
    SocketEvent, UserEvent,
};
use call_protocol::{CallRole, CallType, DeviceId};
use core::cell::RefCell;
use plan::{Plan, answered, plans, reloaded, shaken};
use proptest::{
    strategy::Strategy,
    test_runner::{Config, RngSeed, TestRunner},
};

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

/// Long enough for every ring, every connection attempt and every restart to end.
const SETTLES_MS: u64 = 75_000;

/// Runs something for this many plans, or only for the requested seed.
fn for_each<S: Strategy<Value = Plan>>(runs: u64, plans: S, run: impl Fn(&Plan)) {
    let asked = |name: &str| std::env::var(name).ok().map(|text| text.parse().expect("a number"));
    let seeds = match asked("CALL_CORE_SEED") {
        Some(seed) => seed..=seed,
        None => 1..=asked("CALL_CORE_RUNS").unwrap_or(runs),
    };
    for seed in seeds {
        let config = Config {
            cases: 1,
            rng_seed: RngSeed::Fixed(seed),
            failure_persistence: None,
            max_shrink_iters: 3000,
            ..Config::default()
        };
        let outcome = TestRunner::new(config).run(&plans, |plan| {
            run(&plan);
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
    for_each(6000, plans(), |plan| run(plan, &coverage));
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
    for_each(2500, answered(), |plan| {
        let mut world = plan.begin();
        let (longest, mut delays) = (world.network.quality.delay, Rng::new(world.seed));
        // Signals and frames are lost; requests are only delayed, since the person can repeat a lost one.
        world.network.rule = Some(Box::new(move |_, packet| match packet {
            Packet::Request | Packet::Reply(_) => Some(Fate::After(delays.between(longest))),
            Packet::ToDevice(_) | Packet::ToServer(_) => None,
        }));
        for (wait, act) in &plan.acts {
            world.pass(*wait);
            act.happens(&mut world);
        }
        world.pass(12_000);
        world.expect("ada talks to one of bob's devices", world.talk(0, 1) || world.talk(0, 2));
        for other in [1, 2] {
            let idle = matches!(world.view(other), CallView::Idle | CallView::Ended(_));
            world.expect("the other device is quiet", idle || world.talk(0, other));
        }
    });
}

#[test]
fn a_call_that_nobody_hangs_up_outlives_everything_around_it() {
    for_each(1500, shaken(), |plan| outlives(plan, CallType::Video));
}

#[test]
fn a_call_that_nobody_hangs_up_outlives_reloaded_pages() {
    for_each(1500, reloaded(), |plan| {
        outlives(plan, if plan.acts.len() % 2 == 0 { CallType::Video } else { CallType::Audio });
    });
}

/// The two talk, things happen, and once everything works again they still talk.
fn outlives(plan: &Plan, call_type: CallType) {
    let mut world = plan.begin();
    let quality = core::mem::replace(&mut world.network.quality, Quality::GOOD);
    world.call(0, 1, call_type);
    world.until("it rings", |world| world.rings(1));
    world.answer(1);
    world.until_they_talk(0, 1);
    world.network.quality = quality;
    for (wait, act) in &plan.acts {
        world.pass(*wait);
        act.happens(&mut world);
    }
    plan::all_is_well(&mut world);
    world.pass(15_000);
    world.expect("the two still talk", world.talk(0, 1));
    world.expect("by one connection each", world.peers.pcs.len() == 2);
    world.expect("in the call in which they began", world.server.rows.len() == 1);
}

fn run(plan: &Plan, coverage: &RefCell<Coverage>) {
    let mut world = plan.begin();
    for (wait, act) in &plan.acts {
        world.pass(*wait);
        act.happens(&mut world);
    }
    plan::all_is_well(&mut world);
    world.pass(SETTLES_MS);
    all_agree(&world);
    coverage.borrow_mut().add(&world);
    for who in 0..world.phones.len() {
        world.press(who, UserEvent::HangUp);
    }
    world.pass(10_000);
    all_is_over(&mut world);
}

/// Either two phones sit in the same call, connected, and the server agrees, or nobody does.
fn all_agree(world: &World) {
    let mut sitting = 0;
    for who in 0..world.phones.len() {
        match world.view(who) {
            CallView::Idle | CallView::Ended(_) => {}
            CallView::Outgoing(_) | CallView::Incoming(_) => world.fail("it rings forever"),
            CallView::InCall(view) => {
                sitting += 1;
                world.expect("the link is up", view.stage == CallStage::Active);
                let open = world.peers.pcs.keys().filter(|(of, _)| *of == who).count();
                world.expect("one connection is open", open == 1);
                world.expect(
                    "the browser says so",
                    world.peers.pc(who).and_then(|pc| pc.link()) == Some(Link::Connected),
                );
                let id = view.party.call_id.unwrap_or_else(|| world.fail("a call without an id"));
                let row =
                    world.server.row(&id).unwrap_or_else(|| world.fail("the server does not know the call"));
                world.expect("the call is live on the server", row.record.status.is_live());
                let Phone { user, device, .. } = &world.phones[who];
                let seat = row.record.role_of(&user.id).and_then(|role| row.record.seat(role));
                world.expect(
                    "the seat is this device's",
                    seat.is_some_and(|seat| seat.device.as_ref() == Some(device)),
                );
                let with = |other: &usize| {
                    world.in_call(*other).is_some_and(|other| other.party.call_id.as_ref() == Some(&id))
                };
                world
                    .expect("both people sit in the call", (0..world.phones.len()).filter(with).count() == 2);
            }
        }
    }
    world.expect("both people sit in every live call", live_calls(world) * 2 == sitting);
}

/// The calls that run. If both people close their pages while the server is away, it ends their call only minutes later.
fn live_calls(world: &World) -> usize {
    let is_closed =
        |device: &DeviceId| world.phones.iter().any(|phone| phone.device == *device && phone.is_closed);
    let mut live = world.server.rows.iter().filter(|row| row.record.status.is_live()).collect::<Vec<_>>();
    live.retain(|row| !row.record.seats.iter().all(|seat| seat.device.as_ref().is_some_and(is_closed)));
    live.len()
}

/// Nothing is left: no call, soon no card, no deadline, and a small memory.
fn all_is_over(world: &mut World) {
    world.expect("every call is over", live_calls(world) == 0);
    world.pass(130_000);
    for who in 0..world.phones.len() {
        let machine = &world.phones[who].machine;
        world.expect("nothing is shown", world.view(who) == CallView::Idle);
        world.expect("no deadline is pending", machine.next_deadline().is_none());
        world.expect("little is remembered", format!("{machine:?}").len() < 60_000);
    }
}
