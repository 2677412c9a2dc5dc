//! What must hold after every event, in whatever order things happen. The order checker of the kit, which sees every
//! effect, holds the rest. Never changes what happens.

use super::world::World;
use crate::kit::Who;
use call_core::CallView;
use call_protocol::CallId;
use std::rc::Rc;

impl World {
    /// Checks a phone that has just handled an event.
    pub(super) fn check(&mut self, who: Who) {
        let view = self.view(who);
        let phone = &self.phones[who];
        if let Some(mistake) = self.peers.mistakes.first().or(phone.devices.mistakes.first()) {
            panic!("{mistake}");
        }
        let mut own = self.peers.pcs.iter().filter(|((of, _), _)| *of == who).map(|(_, pc)| pc);
        let attached = own.clone().any(|pc| !pc.tracks.is_empty());
        let call = match &view {
            CallView::Idle => None,
            CallView::Outgoing(view) => view.party.call_id.clone(),
            CallView::Incoming(view) => view.party.call_id.clone(),
            CallView::InCall(view) => view.party.call_id.clone(),
            CallView::Ended(view) => view.party.call_id.clone(),
        };
        let over = call.as_ref().is_some_and(|call| phone.over.contains(call));
        match &view {
            CallView::Idle | CallView::Ended(_) => {
                assert!(own.next().is_none(), "a connection outlives its call");
                assert!(phone.devices.is_free(), "microphone or camera outlive their call");
            }
            CallView::Outgoing(_) | CallView::Incoming(_) => {
                assert!(!over, "{call:?} goes on where it was over");
            }
            CallView::InCall(_) => {
                assert!(!over, "{call:?} goes on where it was over");
                assert!(
                    call.as_ref().is_some_and(|call| self.is_answered(call)),
                    "in a call that nobody answered"
                );
            }
        }
        if attached {
            let call = call.as_ref().expect("only calls have connections");
            self.both_agree(who, call);
        }
        let phone = Rc::make_mut(&mut self.phones[who]);
        match view {
            CallView::Idle => phone.called = false,
            CallView::Ended(_) => {
                phone.called = false;
                phone.over.extend(call);
            }
            CallView::Outgoing(_) | CallView::Incoming(_) | CallView::InCall(_) => {}
        }
    }

    /// No captured track is attached before both people have pressed their buttons.
    fn both_agree(&self, who: Who, call: &CallId) {
        let phone = &self.phones[who];
        assert!(phone.called || phone.answered.contains(call), "sends although its person pressed no button");
        let mut others = self.phones.iter().filter(|other| other.user.id != phone.user.id);
        let pressed = others.any(|other| other.answered.contains(call));
        let calls = self.server.row(call).is_some_and(|row| row.record.caller.id == phone.user.id);
        assert!(!calls || pressed || self.is_answered(call), "sends although nobody has answered");
    }

    fn is_answered(&self, call: &CallId) -> bool {
        let row = self.server.row(call).expect("the server knows every call");
        row.record.seats.iter().all(|seat| seat.device.is_some())
    }
}
