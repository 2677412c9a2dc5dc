//! Random runs: people who press anything at any time on three or four devices, over a network that delays, loses,
//! repeats and reorders, with sockets, links and the server going and coming back. While it runs the rules of the
//! kit hold after every event; afterwards, once the network is good again, all parties agree.
//!
//! A failing plan is shrunk and remembered in `regressions.txt`. `PROPTEST_CASES` asks for more of them, and
//! `PROPTEST_RNG_SEED` for other ones; by default every run tries the same.

mod plan;

use crate::kit::{Fate, Parcel, Phone, Quality, Rng, World};
use call_core::{
    CallStage, CallView, Effect, Event, Link, Negotiator, OfferKind, ReplyEvent, SocketEvent, UserEvent,
};
use call_protocol::{CallRole, CallType};
use core::cell::RefCell;
use plan::{Plan, answered, plans, shaken};
use proptest::test_runner::{Config, FileFailurePersistence, RngSeed, TestRunner};

/// How many of the runs had what makes them worth running.
#[derive(Clone, Copy, Debug, Default)]
struct Harvest {
    runs: u32,
    talked: u32,
    restarted: u32,
    joined_by_glare: u32,
    another_generation: u32,
    answered_elsewhere: u32,
    still_talking: u32,
}

impl Harvest {
    fn add(&mut self, world: &World) {
        let orders = || world.diary.iter().flat_map(|(_, _, _, orders)| orders);
        let told = |wanted: fn(&Event) -> bool| world.diary.iter().any(|(_, _, event, _)| wanted(event));
        let ordered = |wanted: fn(&Effect) -> bool| orders().any(wanted);
        self.runs += 1;
        self.talked += u32::from(ordered(|order| matches!(order, Effect::ReportMedia(_))));
        self.restarted +=
            u32::from(ordered(|order| matches!(order, Effect::MakeOffer(_, OfferKind::IceRestart))));
        self.joined_by_glare += u32::from(told(
            |event| matches!(event, Event::Reply(ReplyEvent::Initiated(_, Ok(live))) if live.role == CallRole::Callee),
        ));
        self.another_generation += u32::from(ordered(
            |order| matches!(order, Effect::OpenPeer(key, Negotiator::Answerer, _) if key.generation > 1),
        ));
        self.answered_elsewhere += u32::from(told(
            |event| matches!(event, Event::Socket(SocketEvent::Answered(live)) if live.role == CallRole::Callee),
        ));
        self.still_talking += u32::from((0..world.phones.len()).any(|who| world.in_call(who).is_some()));
    }
}

/// Long enough for every ring, every attempt to connect and every hope of a link to end.
const SETTLES_MS: u64 = 75_000;

fn config(cases: u32) -> Config {
    let asked = std::env::var_os("PROPTEST_CASES").is_some();
    let seeded = std::env::var_os("PROPTEST_RNG_SEED").is_some();
    let given = Config::default();
    Config {
        cases: if asked { given.cases } else { cases },
        rng_seed: if seeded { given.rng_seed } else { RngSeed::Fixed(2006) },
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct("tests/random/regressions.txt"))),
        max_shrink_iters: 3000,
        ..given
    }
}

#[test]
fn whatever_people_and_networks_do_all_parties_agree_in_the_end() {
    let mut runner = TestRunner::new(config(300));
    let harvest = RefCell::new(Harvest::default());
    let result = runner.run(&plans(), |plan| {
        run(&plan, &harvest);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    let harvest = *harvest.borrow();
    println!("{harvest:?}");
    let Harvest { runs, talked, restarted, joined_by_glare, another_generation, answered_elsewhere, .. } =
        harvest;
    for rare in [restarted, joined_by_glare, another_generation, answered_elsewhere] {
        assert!(rare * 20 > runs && talked * 4 > runs, "these runs are not worth much: {harvest:?}");
    }
}

#[test]
fn a_call_that_somebody_answers_is_one_in_which_the_two_talk() {
    let mut runner = TestRunner::new(config(150));
    let result = runner.run(&answered(), |plan| {
        let mut world = plan.begin();
        let (longest, mut delays) = (world.post.quality.delay, Rng::new(world.seed));
        // Signals and frames are lost; requests are only late, since a person can do something about a lost one.
        world.post.rule = Some(Box::new(move |_, parcel| match parcel {
            Parcel::Ask | Parcel::Reply(_) => Some(Fate::After(delays.between(longest))),
            Parcel::Down(_) | Parcel::Up(_) => None,
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
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
fn a_call_that_nobody_hangs_up_outlives_all_that_happens_around_it() {
    let mut runner = TestRunner::new(config(100));
    let result = runner.run(&shaken(), |plan| {
        let mut world = plan.begin();
        let quality = core::mem::replace(&mut world.post.quality, Quality::GOOD);
        world.call(0, 1, CallType::Video);
        world.until("it rings", |world| world.rings(1));
        world.answer(1);
        world.until_they_talk(0, 1);
        world.post.quality = quality;
        for (wait, act) in &plan.acts {
            world.pass(*wait);
            act.happens(&mut world);
        }
        plan::all_is_well(&mut world);
        world.pass(15_000);
        world.expect("the two still talk", world.talk(0, 1));
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

fn run(plan: &Plan, harvest: &RefCell<Harvest>) {
    let mut world = plan.begin();
    for (wait, act) in &plan.acts {
        world.pass(*wait);
        act.happens(&mut world);
    }
    plan::all_is_well(&mut world);
    world.pass(SETTLES_MS);
    all_agree(&world);
    harvest.borrow_mut().add(&world);
    for who in 0..world.phones.len() {
        world.press(who, UserEvent::HangUp);
    }
    world.pass(10_000);
    all_is_over(&mut world);
}

/// Either two phones sit in the same call, connected, and the server says so, or nobody does.
fn all_agree(world: &World) {
    let mut sitting = 0;
    for who in 0..world.phones.len() {
        match world.view(who) {
            CallView::Idle | CallView::Ended(_) => {}
            CallView::Outgoing(_) | CallView::Incoming(_) => world.fail("it rings without end"),
            CallView::InCall(view) => {
                sitting += 1;
                world.expect("the link is up", view.stage == CallStage::Active);
                world.expect(
                    "the browser says so",
                    world.air.pc(who).and_then(|pc| pc.link()) == Some(Link::Connected),
                );
                let id = view.party.call_id.unwrap_or_else(|| world.fail("a call without an id"));
                let row =
                    world.server.row(&id).unwrap_or_else(|| world.fail("the server does not know the call"));
                world.expect("the call is live on the server", row.call.status.is_live());
                let Phone { user, device, .. } = &world.phones[who];
                let seat = row.seat(&user.id);
                world.expect("the seat is this device's", seat.is_some_and(|seat| seat.is_of(device)));
                let with = |other: &usize| {
                    world.in_call(*other).is_some_and(|other| other.party.call_id.as_ref() == Some(&id))
                };
                world.expect("two sit in the call", (0..world.phones.len()).filter(with).count() == 2);
            }
        }
    }
    let live = world.server.rows.iter().filter(|row| row.call.status.is_live()).count();
    world.expect("both people sit in every live call", live * 2 == sitting);
}

/// Nothing is left: no call, no card after a while, nothing that waits, and little that is remembered.
fn all_is_over(world: &mut World) {
    let live = world.server.rows.iter().filter(|row| row.call.status.is_live()).count();
    world.expect("every call is over", live == 0);
    world.pass(130_000);
    for who in 0..world.phones.len() {
        let machine = &world.phones[who].machine;
        world.expect("nothing is shown", world.view(who) == CallView::Idle);
        world.expect("nothing waits", machine.next_deadline().is_none());
        world.expect("little is remembered", format!("{machine:?}").len() < 60_000);
    }
}
