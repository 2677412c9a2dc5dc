//! The kinds of random runs, and what each of them claims. Never chooses a seed, and counts nothing.

use super::plan::{self, Plan, answered, plans, reloaded, shaken};
use crate::kit::{Fate, Packet, Phone, Quality, Rng, World};
use call_core::{CallStage, CallView, Link, UserEvent};
use call_protocol::{CallType, DeviceId};
use proptest::strategy::{BoxedStrategy, Strategy};

/// Long enough for every ring, every connection attempt and every restart to end.
const SETTLES_MS: u64 = 75_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Anybody presses anything, and everything fails: in the end both people and the server agree.
    Anything,
    /// Somebody answers, and nobody hangs up: the two talk.
    Answered,
    /// The two talk, and all around them fails for a while: they still talk.
    Shaken,
    /// The two talk and reload their pages: they still talk.
    Reloaded,
}

impl Kind {
    pub(crate) fn plans(self) -> BoxedStrategy<Plan> {
        match self {
            Self::Anything => plans().boxed(),
            Self::Answered => answered().boxed(),
            Self::Shaken => shaken().boxed(),
            Self::Reloaded => reloaded().boxed(),
        }
    }

    /// Carries out a plan and fails at the first broken rule. Returns the world as it is in the end; `look` sees it
    /// once everything has settled, before everybody hangs up.
    pub(crate) fn run(self, plan: &Plan, look: impl FnOnce(&World)) -> World {
        match self {
            Self::Anything => anything(plan, look),
            Self::Answered => they_talk(plan),
            Self::Shaken => outlives(plan, CallType::Video),
            Self::Reloaded => outlives(
                plan,
                if plan.acts.len().is_multiple_of(2) { CallType::Video } else { CallType::Audio },
            ),
        }
    }
}

fn they_talk(plan: &Plan) -> World {
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
    world
}

/// The two talk, things happen, and once everything works again they still talk.
fn outlives(plan: &Plan, call_type: CallType) -> World {
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
    world
}

fn anything(plan: &Plan, look: impl FnOnce(&World)) -> World {
    let mut world = plan.begin();
    for (wait, act) in &plan.acts {
        world.pass(*wait);
        act.happens(&mut world);
    }
    plan::all_is_well(&mut world);
    world.pass(SETTLES_MS);
    all_agree(&world);
    look(&world);
    for who in 0..world.phones.len() {
        world.press(who, UserEvent::HangUp);
    }
    world.pass(10_000);
    all_is_over(&mut world);
    world
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
