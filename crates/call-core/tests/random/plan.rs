//! What can happen in a random run, and how often. Never checks anything.

use crate::kit::{Access, Quality, WarmUp, Who, World};
use call_core::{AnswerWith, MediaError, Slot, UserEvent};
use call_protocol::CallType;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};

/// Ada's laptop, Bob's phone and tablet.
const CAST: [(&str, &str); 3] = [("ada", "laptop"), ("bob", "phone"), ("bob", "tablet")];

/// Makes the one plan of this seed, and shrinks it if it fails.
pub(crate) fn runner(seed: u64) -> TestRunner {
    TestRunner::new(Config {
        cases: 1,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        max_shrink_iters: 3000,
        ..Config::default()
    })
}

#[derive(Clone, Debug)]
pub(crate) struct Plan {
    seed: u64,
    longest_delay: u64,
    lost_percent: u32,
    twice_percent: u32,
    warm_up: WarmUp,
    /// Whether a client of the first person takes one connection only.
    older: bool,
    /// How the browser of each phone treats microphone and camera.
    access: Vec<(Access, Access)>,
    /// What happens, each after some milliseconds.
    pub(super) acts: Vec<(u64, Act)>,
    /// Whether a failure prints all that led to it.
    prints_diary: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Act {
    Call(Who, Who, CallType),
    /// Two people call each other, the second some milliseconds after the first.
    BothCall(Who, Who, u64),
    Answer(Who, AnswerWith),
    /// The first or the last of the ringing phones answers.
    FirstAnswers,
    LastAnswers,
    Press(Who, UserEvent),
    DropSocket(Who, u64),
    Cut(Who),
    Heal,
    Moves(Who),
    LosesLink(Who),
    ServerGoes,
    ServerReturns,
    Unplug(Who, Slot),
    Grant(Who),
    Crash(Who),
    /// The page is reloaded, which takes so many milliseconds, or closed.
    Reload(Who, Option<u64>),
    OffersForgotten,
}

pub(super) fn plans() -> impl Strategy<Value = Plan> {
    let network = (0..400_u64, prop_oneof![Just(0), 0..30_u32], prop_oneof![Just(0), 0..30_u32]);
    let warm_up = prop_oneof![4 => Just(WarmUp::LastUsed), 1 => Just(WarmUp::Nobody)];
    let gap = prop_oneof![4 => 0..150_u64, 4 => 150..1500_u64, 2 => 1500..8000_u64];
    let begin = (0..3000_u64, calls());
    let acts = (begin, vec((gap, act()), 1..24)).prop_map(|(begin, mut acts)| {
        acts.insert(0, begin);
        acts
    });
    let parts = (any::<u64>(), network, warm_up, vec((access(), access()), CAST.len()), acts);
    parts.prop_map(|(seed, (longest_delay, lost_percent, twice_percent), warm_up, access, acts)| Plan {
        seed,
        longest_delay,
        lost_percent,
        twice_percent,
        warm_up,
        older: seed % 2 == 0,
        access,
        acts,
        prints_diary: false,
    })
}

/// Ada and Bob's phone are in a call; then everything around it fails, but nobody hangs up and no outage is
/// long.
pub(super) fn shaken() -> impl Strategy<Value = Plan> {
    let network = (0..200_u64, 0..20_u32, 0..20_u32);
    let who = 0..2_usize;
    let shake = prop_oneof![
        3 => (who.clone(), 0..5000_u64).prop_map(|(who, ms)| Act::DropSocket(who, ms)),
        3 => who.clone().prop_map(Act::Moves),
        3 => who.clone().prop_map(Act::LosesLink),
        2 => who.clone().prop_map(Act::Cut),
        5 => Just(Act::Heal),
        1 => Just(Act::ServerGoes),
        5 => Just(Act::ServerReturns),
        1 => (who.clone(), prop_oneof![Just(UserEvent::ToggleMute), Just(UserEvent::ToggleCamera)])
            .prop_map(|(who, event)| Act::Press(who, event)),
    ];
    // Each outage ends before a lost link would be given up.
    let round = (vec((0..1500_u64, shake), 1..7), 0..3000_u64).prop_map(|(mut acts, calm)| {
        acts.extend([(calm, Act::Heal), (0, Act::ServerReturns), (15_000, Act::Heal)]);
        acts
    });
    let parts = (any::<u64>(), network, vec(round, 1..5));
    parts.prop_map(|(seed, (longest_delay, lost_percent, twice_percent), rounds)| Plan {
        seed,
        longest_delay,
        lost_percent,
        twice_percent,
        warm_up: WarmUp::LastUsed,
        older: seed % 3 == 0,
        access: vec![(Access::Granted, Access::Granted); 2],
        acts: rounds.into_iter().flatten().collect(),
        prints_diary: false,
    })
}

/// Ada and Bob call each other or not, and Bob answers on one device or on both, while sockets drop; nobody
/// hangs up.
pub(super) fn answered() -> impl Strategy<Value = Plan> {
    let network = (0..400_u64, 0..6_u32, 0..30_u32);
    let begin = prop_oneof![
        Just(Act::Call(0, 1, CallType::Video)),
        (1..3_usize, 0..2500_u64).prop_map(|(whom, ms)| Act::BothCall(0, whom, ms)),
        (1..3_usize, 0..2500_u64).prop_map(|(who, ms)| Act::BothCall(who, 0, ms)),
    ];
    // One device of Bob's stays connected, or he would be offline.
    let act = prop_oneof![
        2 => (prop_oneof![Just(0_usize), Just(2)], 0..2000_u64).prop_map(|(who, ms)| Act::DropSocket(who, ms)),
        2 => Just(Act::OffersForgotten),
        2 => (0..3_usize).prop_map(|who| Act::Press(who, UserEvent::ToggleMute)),
        3 => Just(Act::FirstAnswers),
        3 => Just(Act::LastAnswers),
    ];
    let access = (0..1500_u64).prop_map(|ms| if ms % 2 == 0 { Access::Granted } else { Access::Asks(ms) });
    let access = vec((access.clone(), access), CAST.len());
    let warm_up = prop_oneof![4 => Just(WarmUp::LastUsed), 1 => Just(WarmUp::Nobody)];
    let parts = (any::<u64>(), network, warm_up, begin, access, vec((0..1200_u64, act), 0..10));
    parts.prop_map(
        |(seed, (longest_delay, lost_percent, twice_percent), warm_up, begin, access, mut acts)| {
            acts.insert(0, (0, begin));
            // Finally somebody answers, if nobody has, once everything has had time to ring.
            acts.extend([(9000, Act::LastAnswers), (1000, Act::FirstAnswers)]);
            Plan {
                seed,
                longest_delay,
                lost_percent,
                twice_percent,
                warm_up,
                older: false,
                access,
                acts,
                prints_diary: false,
            }
        },
    )
}

/// Ada and Bob's phone are in a call; then they reload their pages, one or both, while signals are lost.
pub(super) fn reloaded() -> impl Strategy<Value = Plan> {
    let network = (0..150_u64, 0..10_u32, 0..20_u32);
    let who = 0..2_usize;
    let toggles = prop_oneof![Just(UserEvent::ToggleMute), Just(UserEvent::ToggleCamera)];
    let act = prop_oneof![
        6 => (who.clone(), 50..3000_u64).prop_map(|(who, ms)| Act::Reload(who, Some(ms))),
        2 => (who.clone(), toggles).prop_map(|(who, event)| Act::Press(who, event)),
        1 => who.prop_map(Act::LosesLink),
    ];
    let gap = prop_oneof![1 => 0..500_u64, 2 => 500..5000_u64];
    let parts = (any::<u64>(), network, vec((gap, act), 1..10));
    parts.prop_map(|(seed, (longest_delay, lost_percent, twice_percent), acts)| Plan {
        seed,
        longest_delay,
        lost_percent,
        twice_percent,
        warm_up: WarmUp::LastUsed,
        older: seed % 3 == 0,
        access: vec![(Access::Granted, Access::Granted); 2],
        acts,
        prints_diary: false,
    })
}

fn calls() -> impl Strategy<Value = Act> {
    let who = 0..CAST.len();
    let call_type = prop_oneof![Just(CallType::Audio), Just(CallType::Video)];
    prop_oneof![
        3 => (who.clone(), who.clone(), call_type).prop_map(|(who, whom, kind)| Act::Call(who, whom, kind)),
        2 => (1..3_usize, 0..400_u64).prop_map(|(whom, ms)| Act::BothCall(0, whom, ms)),
        1 => (1..3_usize, 0..400_u64).prop_map(|(who, ms)| Act::BothCall(who, 0, ms)),
    ]
}

fn access() -> impl Strategy<Value = Access> {
    prop_oneof![
        12 => Just(Access::Granted),
        4 => (0..4000_u64).prop_map(Access::Asks),
        1 => Just(Access::Refused(MediaError::Denied)),
        1 => Just(Access::Refused(MediaError::NotFound)),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    let who = 0..CAST.len();
    let kind = prop_oneof![Just(Slot::Microphone), Just(Slot::Camera)];
    let with = prop_oneof![3 => Just(AnswerWith::Everything), 1 => Just(AnswerWith::VoiceOnly)];
    let press = prop_oneof![
        2 => Just(UserEvent::Decline),
        4 => Just(UserEvent::HangUp),
        2 => Just(UserEvent::ToggleMute),
        3 => Just(UserEvent::ToggleCamera),
        1 => Just(UserEvent::RetryMedia),
        2 => Just(UserEvent::Dismiss),
    ];
    prop_oneof![
        9 => calls(),
        4 => (who.clone(), with).prop_map(|(who, with)| Act::Answer(who, with)),
        8 => Just(Act::FirstAnswers),
        8 => Just(Act::LastAnswers),
        9 => (who.clone(), press).prop_map(|(who, event)| Act::Press(who, event)),
        6 => (who.clone(), 0..6000_u64).prop_map(|(who, ms)| Act::DropSocket(who, ms)),
        2 => who.clone().prop_map(Act::Cut),
        2 => Just(Act::Heal),
        2 => who.clone().prop_map(Act::Moves),
        2 => who.clone().prop_map(Act::LosesLink),
        1 => Just(Act::ServerGoes),
        2 => Just(Act::ServerReturns),
        2 => (who.clone(), kind).prop_map(|(who, kind)| Act::Unplug(who, kind)),
        2 => who.clone().prop_map(Act::Grant),
        1 => who.clone().prop_map(Act::Crash),
        2 => (who, option::weighted(0.9, 50..4000_u64)).prop_map(|(who, ms)| Act::Reload(who, ms)),
        1 => Just(Act::OffersForgotten),
    ]
}

impl Plan {
    /// The same; a failure prints all that led to it.
    pub(crate) fn with_diary(self) -> Self {
        Self { prints_diary: true, ..self }
    }

    pub(super) fn begin(&self) -> World {
        let mut world = World::new(self.seed);
        world.prints_diary = self.prints_diary || std::env::var_os("CALL_CORE_DIARY").is_some();
        world.server.warm_up = self.warm_up;
        world.peers.older.extend(self.older.then_some(0));
        for ((person, device), (microphone, camera)) in CAST.iter().zip(&self.access) {
            let who = world.phone(person, device);
            world.phones[who].devices.microphone = *microphone;
            world.phones[who].devices.camera = *camera;
            if [microphone, camera].iter().any(|access| **access != Access::Granted) {
                world.permission_unknown(who);
            }
        }
        world.network.quality = Quality {
            delay: (1, 1 + self.longest_delay),
            lost_percent: self.lost_percent,
            twice_percent: self.twice_percent,
        };
        world
    }
}

impl Act {
    pub(super) fn happens(&self, world: &mut World) {
        match self {
            Self::Call(who, whom, call_type) => {
                if world.phones[*who].user != world.phones[*whom].user {
                    world.call(*who, *whom, *call_type);
                }
            }
            Self::Answer(who, with) => world.press(*who, UserEvent::Answer(*with)),
            Self::BothCall(one, other, ms) => {
                world.call(*one, *other, CallType::Video);
                world.pass(*ms);
                world.call(*other, *one, CallType::Audio);
            }
            Self::FirstAnswers => {
                if let Some(who) = (0..world.phones.len()).find(|who| world.rings(*who)) {
                    world.answer(who);
                }
            }
            Self::LastAnswers => {
                if let Some(who) = (0..world.phones.len()).rfind(|who| world.rings(*who)) {
                    world.answer(who);
                }
            }
            Self::Press(who, event) => world.press(*who, event.clone()),
            Self::DropSocket(who, ms) => world.drop_socket(*who, *ms),
            Self::Cut(who) => {
                world.peers.cut.insert(*who);
            }
            Self::Heal => world.peers.cut.clear(),
            Self::Moves(who) => world.peers.move_to_another_network(*who),
            Self::LosesLink(who) => world.peers.lose_link(*who),
            Self::ServerGoes => world.server_goes_away(),
            Self::ServerReturns => world.server_comes_back(),
            Self::Unplug(who, kind) => world.unplug(*who, *kind),
            Self::Grant(who) => {
                let devices = &mut world.phones[*who].devices;
                (devices.microphone, devices.camera) = (Access::Granted, Access::Granted);
            }
            Self::Crash(who) => world.crash(*who),
            Self::Reload(who, takes_ms) => world.reload(*who, *takes_ms),
            Self::OffersForgotten => world.server.forget_offers(),
        }
    }
}

/// The network is good, the server is reachable, and no path is cut any more.
pub(super) fn all_is_well(world: &mut World) {
    world.network.quality = Quality::GOOD;
    world.server_comes_back();
    world.peers.cut.clear();
}
