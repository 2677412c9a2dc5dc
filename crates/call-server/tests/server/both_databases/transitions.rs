//! The record that the server computes after a step is the one in the database: random steps of calls, each
//! compared with the row. A failure names the seed; `TEST_SEED=…` repeats that run alone.

use call_protocol::{CallId, CallStatus, CallType, ConversationId, DeviceId, EndReason, UserId};
use call_rules::{Asker, Begin, CallRecord, Connection, Denial, Moment, Seating, Situation, Step};
use call_server::{
    ids,
    store::{Applied, Begun, NewCall},
};
use kit_server::test_server::TestServer;
use std::time::Duration;

const SEQUENCES: u64 = 40;

/// A small random number generator (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

fn seating(asker: &Asker, leased: bool) -> Seating {
    let label = leased.then(|| format!("the {}", asker.device));
    Seating { device: asker.device.clone(), label, leased }
}

/// A random next step of one of the two, as the rules allow it.
fn next_step(
    dice: &mut Dice,
    (caller, callee): (&Asker, &Asker),
    record: &CallRecord,
    now: Moment,
) -> Result<Step, Denial> {
    let asker = if dice.below(2) == 0 { caller } else { callee };
    let reasons =
        [None, Some(EndReason::ConnectionLost), Some(EndReason::Left), Some(EndReason::ConnectTimeout)];
    match dice.below(6) {
        0 | 1 => call_rules::answer(record, callee, seating(callee, dice.below(4) > 0)),
        2 | 3 => call_rules::report_media(record, asker),
        4 => call_rules::decline(record, asker, now),
        _ => {
            let reason = reasons[usize::try_from(dice.below(4)).unwrap()];
            call_rules::end((record, Connection::Reported), asker, reason, now)
        }
    }
}

/// Two people, their random numbers, and their conversation.
struct Pair<'t> {
    server: &'t TestServer,
    seed: u64,
    dice: Dice,
    caller: &'t Asker,
    callee: &'t Asker,
    conversation: &'t ConversationId,
}

impl Pair<'_> {
    async fn is_as_read_back(&self, step: &str, computed: &CallRecord) {
        let read = self.server.app.store.call(&computed.id).await.unwrap().unwrap();
        let seed = self.seed;
        assert_eq!(
            computed, &read,
            "TEST_SEED={seed}: computed (left) and read back (right) differ after {step}"
        );
    }

    fn wish(&mut self, asker: &Asker) -> NewCall {
        let leased = self.dice.below(4) > 0;
        NewCall {
            id: CallId(ids::fresh(self.server.clock.now())),
            conversation: self.conversation.clone(),
            asker: asker.clone(),
            call_type: if self.dice.below(2) == 0 { CallType::Audio } else { CallType::Video },
            seating: seating(asker, leased),
            ring: Duration::from_secs(45),
            has_relay: false,
            once: None,
        }
    }

    async fn begin(
        &self,
        new: &NewCall,
        decide: impl FnOnce(&Situation) -> Result<Begin, Denial> + Send,
    ) -> Begun {
        self.server.app.store.begin_call(new, &self.server.clock, decide).await.unwrap()
    }

    /// Somebody calls, and nothing rings.
    async fn calls_without_ringing(&mut self) {
        let new = self.wish(self.caller);
        let is_busy = self.dice.below(2) == 0;
        let decide = |now: &Situation| {
            let (people, reason) = ((&now.caller, &now.callee), is_busy.then_some(EndReason::Busy));
            let unrung = CallRecord::unrung(&new.id, &new.conversation, new.call_type, people, now.now);
            let ending = Box::new(call_rules::over(&unrung, CallStatus::Missed, reason, now.now));
            Ok(if is_busy { Begin::Busy(ending) } else { Begin::Silenced(ending) })
        };
        match self.begin(&new, decide).await {
            Begun::Busy(changed) | Begun::Silenced(changed) => {
                self.is_as_read_back("a call that does not ring", &changed.record).await;
            }
            other @ (Begun::Ringing { .. }
            | Begun::Stranger
            | Begun::Denied(_)
            | Begun::Joined(_)
            | Begun::Same(_)
            | Begun::Again(..)
            | Begun::KeyReused) => panic!("TEST_SEED={}: {other:?}", self.seed),
        }
    }

    /// A new call rings; one that is there already ends for it.
    async fn rings(&mut self) -> CallRecord {
        let new = self.wish(self.caller);
        let decide = |now: &Situation| {
            let leaves =
                |here: &CallRecord| call_rules::leave((here, Connection::Reported), &here.caller.id, now.now);
            let end_first = match now.here.as_ref().map(leaves).transpose()? {
                Some(Step::End(ending)) => vec![*ending],
                Some(Step::Stay | Step::Start | Step::Answer(_)) | None => Vec::new(),
            };
            Ok(Begin::Ring { end_first })
        };
        match self.begin(&new, decide).await {
            Begun::Ringing { record, ended } => {
                for changed in ended {
                    self.is_as_read_back("an end that makes room", &changed.record).await;
                }
                self.is_as_read_back("the ring", &record).await;
                record
            }
            other @ (Begun::Busy(_)
            | Begun::Stranger
            | Begun::Denied(_)
            | Begun::Joined(_)
            | Begun::Same(_)
            | Begun::Silenced(_)
            | Begun::Again(..)
            | Begun::KeyReused) => panic!("TEST_SEED={}: {other:?}", self.seed),
        }
    }

    /// The callee of a call that rings calls back, which answers it.
    async fn joins(&mut self) -> CallRecord {
        let new = self.wish(self.callee);
        match self.begin(&new, |_| Ok(Begin::Join)).await {
            Begun::Joined(changed) => {
                self.is_as_read_back("calling back", &changed.record).await;
                changed.record
            }
            other @ (Begun::Busy(_)
            | Begun::Stranger
            | Begun::Denied(_)
            | Begun::Ringing { .. }
            | Begun::Same(_)
            | Begun::Silenced(_)
            | Begun::Again(..)
            | Begun::KeyReused) => panic!("TEST_SEED={}: {other:?}", self.seed),
        }
    }

    /// One of the two does something to the call; as it is then, if that changed it.
    async fn steps(&mut self, id: &CallId) -> Option<CallRecord> {
        let mut taken = String::new();
        let people = (self.caller, self.callee);
        let dice = &mut self.dice;
        let decide = |record: &CallRecord, now: Moment| {
            let step = next_step(dice, people, record, now);
            taken = format!("{step:?}");
            step
        };
        let (store, clock) = (&self.server.app.store, &self.server.clock);
        let outcome = store.change_call((id, Some(self.conversation)), Some(self.caller), clock, decide);
        match outcome.await.unwrap().unwrap() {
            Ok(Applied::Changed(changed)) => {
                self.is_as_read_back(&taken, &changed.record).await;
                Some(changed.record)
            }
            Ok(Applied::AsBefore(_)) | Err(_) => None,
        }
    }

    async fn sequence(&mut self) {
        if self.dice.below(5) == 0 {
            return self.calls_without_ringing().await;
        }
        let mut call = self.rings().await;
        while call.status.is_live() {
            self.server.clock.advance(Duration::from_millis(self.dice.below(3000)));
            call = match (self.dice.below(8), call.status) {
                (0, _) => self.rings().await,
                (1, CallStatus::Ringing) => self.joins().await,
                (_, _) => self.steps(&call.id).await.unwrap_or(call),
            };
        }
    }
}

#[tokio::test]
async fn the_computed_record_equals_the_stored_one_after_every_step() {
    let server = TestServer::new().await;
    let (anna, ben, conversation) = server.anna_and_ben().await;
    let asker = |id: &UserId, device: &str| Asker { user: id.clone(), device: DeviceId::from(device) };
    let people = (asker(&anna.person.id, "anna-1"), asker(&ben.person.id, "ben-1"));
    let conversation = ConversationId::from(conversation.as_str());
    let seeds = match std::env::var("TEST_SEED") {
        Ok(seed) => vec![seed.parse().unwrap()],
        Err(_) => (1..=SEQUENCES).collect(),
    };
    for seed in seeds {
        let mut dice = Dice(seed);
        let (caller, callee) =
            if dice.below(2) == 0 { (&people.0, &people.1) } else { (&people.1, &people.0) };
        let conversation = &conversation;
        Pair { server: &server, seed, dice, caller, callee, conversation }.sequence().await;
    }
}
