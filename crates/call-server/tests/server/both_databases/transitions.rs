//! The record that the server computes after a step is the one in the database: random steps of calls, each
//! compared with the row. A failure names the seed; `TEST_SEED=…` repeats that run alone.

use call_protocol::{CallId, CallType, ConversationId, DeviceId, EndReason, UserId};
use call_rules::{Asker, Begin, CallRecord, Connection, Denial, Moment, Seating, Step};
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

async fn is_as_read_back(server: &TestServer, seed: u64, step: &str, computed: &CallRecord) {
    let read = server.app.store.call(&computed.id).await.unwrap().unwrap();
    assert_eq!(
        computed, &read,
        "TEST_SEED={seed}: computed (left) and read back (right) differ after {step}"
    );
}

async fn sequence(
    server: &TestServer,
    (anna, ben): (&Asker, &Asker),
    conversation: &ConversationId,
    seed: u64,
) {
    let mut dice = Dice(seed);
    let (caller, callee) = if dice.below(2) == 0 { (anna, ben) } else { (ben, anna) };
    let store = &server.app.store;
    let leased = dice.below(4) > 0;
    let new = NewCall {
        id: CallId(ids::fresh(server.clock.now())),
        conversation: conversation.clone(),
        asker: caller.clone(),
        call_type: if dice.below(2) == 0 { CallType::Audio } else { CallType::Video },
        seating: seating(caller, leased),
        ring: Duration::from_secs(45),
        has_relay: false,
        once: None,
    };
    let kind = dice.below(5);
    let begin = |_: &_| Ok(if kind == 0 { Begin::Busy } else { Begin::Ring { end_first: Vec::new() } });
    match store.begin_call(&new, &server.clock, begin).await.unwrap() {
        Begun::Busy(changed) => return is_as_read_back(server, seed, "busy", &changed.record).await,
        Begun::Ringing { record, .. } => is_as_read_back(server, seed, "the ring", &record).await,
        other @ (Begun::Stranger
        | Begun::Denied(_)
        | Begun::Joined(_)
        | Begun::Same(_)
        | Begun::Silenced(_)
        | Begun::Again(..)
        | Begun::KeyReused) => panic!("TEST_SEED={seed}: {other:?}"),
    }
    loop {
        server.clock.advance(Duration::from_millis(dice.below(3000)));
        let mut taken = String::new();
        let decide = |record: &CallRecord, now: Moment| {
            let step = next_step(&mut dice, (caller, callee), record, now);
            taken = format!("{step:?}");
            step
        };
        let outcome =
            store.change_call((&new.id, Some(conversation)), Some(caller), &server.clock, decide).await;
        match outcome.unwrap().unwrap() {
            Ok(Applied::Changed(changed)) => {
                is_as_read_back(server, seed, &taken, &changed.record).await;
                if !changed.record.status.is_live() {
                    return;
                }
            }
            Ok(Applied::AsBefore(_)) | Err(_) => {}
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
        sequence(&server, (&people.0, &people.1), &conversation, seed).await;
    }
}
