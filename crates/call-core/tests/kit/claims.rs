//! What the scenarios claim about people. Never changes anything in the world.

use super::Who;
use super::world::World;
use call_core::{CallStage, CallView, InCallView, IncomingStage, Outcome, OutgoingStage, Slot};
use call_protocol::CallStatus;
use call_rules::CallRecord;

impl World {
    pub(crate) fn rings(&self, who: Who) -> bool {
        matches!(self.view(who), CallView::Incoming(view) if view.stage == IncomingStage::Ringing)
    }

    pub(crate) fn hears_ringback(&self, who: Who) -> bool {
        matches!(self.view(who), CallView::Outgoing(view) if view.stage == OutgoingStage::Ringing)
    }

    pub(crate) fn in_call(&self, who: Who) -> Option<InCallView> {
        match self.view(who) {
            CallView::InCall(view) => Some(view),
            CallView::Idle | CallView::Outgoing(_) | CallView::Incoming(_) | CallView::Ended(_) => None,
        }
    }

    /// Whether two phones sit in the same call, connected, and hear each other.
    pub(crate) fn talk(&self, one: Who, other: Who) -> bool {
        let (Some(first), Some(second)) = (self.in_call(one), self.in_call(other)) else { return false };
        let active = |view: &InCallView| view.stage == CallStage::Active && view.seconds.is_some();
        first.party.call_id == second.party.call_id
            && active(&first)
            && active(&second)
            && self.peers.hears(one)
            && self.peers.hears(other)
    }

    pub(crate) fn until_they_talk(&mut self, one: Who, other: Who) {
        self.until("the two talk", |world| world.talk(one, other));
    }

    /// How the call ended on a phone, as its card says.
    pub(crate) fn outcome(&self, who: Who) -> Option<Outcome> {
        match self.view(who) {
            CallView::Ended(view) => Some(view.outcome),
            CallView::Idle | CallView::Outgoing(_) | CallView::Incoming(_) | CallView::InCall(_) => None,
        }
    }

    pub(crate) fn expect_outcome(&self, who: Who, outcome: Outcome) {
        if self.outcome(who).as_ref() != Some(&outcome) {
            self.fail(&format!(
                "{} should see {outcome:?} but sees {:?}",
                self.phones[who].device,
                self.view(who)
            ));
        }
    }

    /// Fails unless the claim holds, and prints what every device shows instead.
    pub(crate) fn expect(&self, claim: &str, holds: bool) {
        if !holds {
            let views = (0..self.phones.len())
                .map(|who| format!("{}: {:?}", self.phones[who].device, self.view(who)));
            self.fail(&format!("expected that {claim}; came {}", views.collect::<Vec<_>>().join("; ")));
        }
    }

    /// The newest call on the server.
    pub(crate) fn row(&self) -> &CallRecord {
        &self.server.rows.last().expect("somebody called").record
    }

    pub(crate) fn is_row(&self, status: CallStatus) -> bool {
        self.server.rows.last().is_some_and(|row| row.record.status == status)
    }

    pub(crate) fn light_is_on(&self, who: Who, kind: Slot) -> bool {
        self.phones[who].devices.is_live(kind)
    }
}
