//! How often the store asks PostgreSQL for one thing that people do: each time costs the server more than the statement
//! does, and people the way there and back.

use call_protocol::{CallId, CallType, ConversationId, DeviceId, UserId};
use call_rules::{Asker, Begin, CallRecord, Connection, Denial, Moment, Seating, Step};
use call_server::{
    ids,
    model::Once,
    store::{Applied, Begun, NewCall, Store},
};
use kit_server::{test_server::TestServer, world::World};
use std::time::Duration;

struct Caller<'t> {
    server: &'t TestServer,
    store: Store,
    caller: Asker,
    conversation: ConversationId,
}

impl Caller<'_> {
    fn seating(asker: &Asker) -> Seating {
        Seating { device: asker.device.clone(), label: Some("O'Neil's \\ phone".to_owned()), leased: true }
    }

    /// Rings; how often the database was asked.
    async fn rings(&self, key: Option<&str>) -> (CallId, u64) {
        let once = |key: &str| Once { key_hash: key.to_owned(), request_hash: "call".to_owned() };
        let new = NewCall {
            id: CallId(ids::fresh(self.server.clock.now())),
            conversation: self.conversation.clone(),
            asker: self.caller.clone(),
            call_type: CallType::Audio,
            seating: Self::seating(&self.caller),
            ring: Duration::from_secs(45),
            has_relay: false,
            once: key.map(once),
        };
        let before = self.store.asked();
        let ring = |_: &_| Ok(Begin::Ring { end_first: Vec::new() });
        let begun = self.store.begin_call(&new, &self.server.clock, ring).await.unwrap();
        assert!(matches!(begun, Begun::Ringing { .. }), "it rings: {begun:?}");
        (new.id, self.store.asked() - before)
    }

    /// Takes a step; how often the database was asked.
    async fn takes(
        &self,
        (call, conversation): (&CallId, Option<&ConversationId>),
        decide: impl FnMut(&CallRecord, Moment) -> Result<Step, Denial> + Send,
    ) -> u64 {
        let before = self.store.asked();
        let asker = Some(&self.caller);
        let outcome = self.store.change_call((call, conversation), asker, &self.server.clock, decide).await;
        let changed = outcome.unwrap().unwrap().unwrap();
        assert!(matches!(changed, Applied::Changed(_)), "it changed: {changed:?}");
        self.store.asked() - before
    }
}

#[tokio::test]
async fn each_step_of_a_call_asks_the_database_twice_and_a_key_costs_once_more() {
    let server = World::Postgres.server().await;
    let (anna, ben, conversation) = server.anna_and_ben().await;
    let asker = |id: &UserId, device: &str| Asker { user: id.clone(), device: DeviceId::from(device) };
    let people = (asker(&anna.person.id, "anna-1"), asker(&ben.person.id, "ben-1"));
    let caller = Caller {
        server: &server,
        store: Store::connect(&server.folder.url(), 1).await.unwrap(),
        caller: people.0.clone(),
        conversation: ConversationId::from(conversation.as_str()),
    };
    // What a connection does for the first time, it prepares in the same message.
    for key in [None, None, Some("one"), Some("two")] {
        let (call, times) = caller.rings(key).await;
        assert_eq!(times, if key.is_some() { 3 } else { 2 }, "to ring, with the key {key:?}");
        let answer = |call: &_, _| call_rules::answer(call, &people.1, Caller::seating(&people.1));
        assert_eq!(caller.takes((&call, None), answer).await, 2, "to answer");
        let start = |call: &_, _| call_rules::report_media(call, &people.0);
        assert_eq!(caller.takes((&call, None), start).await, 2, "to start its clock");
        let end = |call: &_, now| call_rules::end((call, Connection::Reported), &people.0, None, now);
        let conversation = Some(&caller.conversation);
        assert_eq!(caller.takes((&call, conversation), end).await, 2, "to end");
    }
    let (call, _) = caller.rings(None).await;
    let before = caller.store.asked();
    let stays = caller.store.change_call((&call, None), None, &server.clock, |_, _| Ok(Step::Stay));
    assert!(matches!(stays.await.unwrap(), Some(Ok(Applied::AsBefore(_)))));
    assert_eq!(caller.store.asked() - before, 1, "to find that nothing changes");
}
