//! Two people who call each other by one of the pages that are measured, in the same surroundings.

use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;
use e2e::names::Kind::Video;
use e2e::*;
use tokio::time::sleep;

use super::Kind;
use super::moments::of_answer;

/// What all couples share: how far away everything is, and the wires that make it so.
pub(crate) struct Surroundings<'stage> {
    stage: &'stage Stage,
    pub(crate) delay: Delay,
    wire: LateWire,
    cable: Forwarder,
}

/// Who calls whom, and by which page.
#[derive(Clone)]
pub(crate) enum Couple {
    /// The caller, and every device of the callee.
    Ours(Rc<(Person, Vec<Person>)>),
    PeerJs(Rc<PeerJsCouple>),
    Bare(Rc<BareCouple>),
}

impl<'stage> Surroundings<'stage> {
    pub(crate) async fn new(stage: &'stage Stage) -> Result<Self> {
        let delay = Delay::default();
        let wire = LateWire::start(stage.server().address(), &delay).await?;
        let cable = Forwarder::start_late(&delay).await?;
        Ok(Self { stage, delay, wire, cable })
    }

    fn equipment(&self) -> Equipment {
        Equipment { forwarder: Some(self.cable.port()), voice: Voice::Tone, ..Equipment::ORDINARY }
    }

    /// People with accounts of their own; the callee has so many devices.
    async fn people(&self, [caller, callee]: [&str; 2], devices: usize) -> Result<Couple> {
        let server = self.stage.server();
        let accounts = [Account::register(server, caller).await?, Account::register(server, callee).await?];
        accounts[0].befriend(server, &accounts[1]).await?;
        let at = async |account: &Account, browser: &str, other: &str| -> Result<Person> {
            let person = self.stage.person_at(&self.wire.url(), account, browser, &self.equipment()).await?;
            person.open_conversation_with(other).await?;
            Ok(person)
        };
        let one = at(&accounts[0], caller, callee).await?;
        let mut others = Vec::new();
        for device in 1..=devices {
            others.push(at(&accounts[1], &format!("{callee}-{device}"), caller).await?);
        }
        Ok(Couple::Ours(Rc::new((one, others))))
    }
}

impl Couple {
    /// The couple for a kind of call, maybe one that is there already; nothing where its page cannot be had.
    pub(crate) async fn arrive(
        kind: Kind,
        surroundings: &Surroundings<'_>,
        present: &[(Kind, Self)],
    ) -> Result<Option<Self>> {
        let there = |of: Kind| present.iter().find(|(kind, _)| *kind == of).map(|(_, couple)| couple.clone());
        let (equipment, delay) = (surroundings.equipment(), &surroundings.delay);
        Ok(Some(match kind {
            Kind::Ours => surroundings.people(["Clara", "Dario"], 1).await?,
            Kind::AnotherDevice => surroundings.people(["Eva", "Felix"], 2).await?,
            Kind::SlowCamera => match there(Kind::Ours) {
                Some(couple) => couple,
                None => surroundings.people(["Clara", "Dario"], 1).await?,
            },
            Kind::PeerJs | Kind::PeerJsSlowCamera => {
                if let Some(couple) = there(Kind::PeerJs) {
                    return Ok(Some(couple));
                }
                let couple = PeerJsCouple::arrive(surroundings.stage, &equipment, delay).await?;
                return Ok(couple.map(|couple| Self::PeerJs(Rc::new(couple))));
            }
            Kind::Bare => {
                let couple = BareCouple::arrive_far_away(surroundings.stage, &equipment, delay).await?;
                Self::Bare(Rc::new(couple))
            }
        }))
    }

    /// One call: what is measured of its answer.
    pub(crate) async fn call(
        &self,
        round: u32,
        camera_takes: Duration,
        hesitates: Duration,
    ) -> Result<[f64; 4]> {
        let (caller, callee) = self.browsers(round);
        let slow = format!("window.__probe.slowCamera({})", camera_takes.as_millis());
        callee.run::<Option<bool>>(&slow, vec![]).await?;
        self.ring(round).await?;
        sleep(hesitates).await;
        for person in [caller, callee] {
            person.run::<Option<bool>>("window.__probe.listen()", vec![]).await?;
        }
        self.answer(round).await?;
        let taken = of_answer(caller, callee).await?;
        both_see_and_hear(caller, callee).await?;
        self.hang_up().await?;
        nothing_is_left(&[caller, callee]).await?;
        Ok(taken)
    }

    /// The caller's, and the one at which the callee answers in this round.
    fn browsers(&self, round: u32) -> (&Browser, &Browser) {
        match self {
            Self::Ours(people) => (&people.0, callee(&people.1, round)),
            Self::PeerJs(couple) => (&couple.caller, &couple.callee),
            Self::Bare(couple) => (&couple.caller, &couple.callee),
        }
    }

    async fn ring(&self, round: u32) -> Result<()> {
        match self {
            Self::Ours(people) => {
                let (caller, devices) = &**people;
                caller.wait_until_can_press(names::VIDEO).await?;
                caller.call(Video).await?;
                callee(devices, round).hear_it_ring().await
            }
            Self::PeerJs(couple) => couple.ring().await,
            Self::Bare(couple) => couple.ring().await,
        }
    }

    async fn answer(&self, round: u32) -> Result<()> {
        match self {
            Self::Ours(people) => callee(&people.1, round).answer().await,
            Self::PeerJs(couple) => couple.answer().await,
            Self::Bare(couple) => couple.answer().await,
        }
    }

    async fn hang_up(&self) -> Result<()> {
        match self {
            Self::Ours(people) => people.0.hang_up().await,
            Self::PeerJs(couple) => couple.hang_up().await,
            Self::Bare(couple) => couple.hang_up().await,
        }
    }
}

/// Each in turn.
fn callee(devices: &[Person], round: u32) -> &Person {
    &devices[round as usize % devices.len()]
}
