//! What must hold after every event, whatever the network does, and how a broken rule is reported.

use super::order_checker::most_connections;
use super::world::World;
use super::{Phone, Who};
use call_core::{CallView, Effect, IncomingStage, Slot};

impl World {
    /// Checks the rules on a phone that has just handled an event.
    pub(crate) fn check(&mut self, who: Who) {
        let view = self.view(who);
        let Phone { devices, .. } = &self.phones[who];
        let mine = || self.peers.pcs.iter().filter(|((of, _), _)| *of == who);
        if let Some(mistake) = self.peers.mistakes.first().or(devices.mistakes.first()) {
            self.fail(mistake);
        }
        let attached = mine().any(|(_, pc)| !pc.tracks.is_empty());
        if mine().count() > most_connections(&view) {
            self.fail("too many open connections");
        }
        let sending = mine().filter(|(_, pc)| !pc.tracks.is_empty()).count();
        if sending > 1 && !matches!(view, CallView::InCall(_)) {
            self.fail("tracks are sent to two devices");
        }
        match &view {
            CallView::Idle | CallView::Ended(_) => {
                if mine().next().is_some() {
                    self.fail("a connection outlives its call");
                }
                if !devices.is_free() {
                    self.fail("microphone or camera outlive their call");
                }
                self.forget_presses(who);
            }
            // The server has not said so: then the person at the other end of that very connection has.
            CallView::Outgoing(outgoing) if attached => {
                let Some(call) = &outgoing.party.call_id else { self.fail("sends without a call") };
                let sending = mine().filter(|(_, pc)| !pc.tracks.is_empty());
                let mut ends = sending.map(|(_, pc)| pc.far());
                if !ends.all(|far| far.is_some_and(|far| self.phones[far].answered.contains(call))) {
                    self.fail("the caller sends before the call is answered");
                }
            }
            CallView::Incoming(incoming) if incoming.stage != IncomingStage::Answering => {
                if attached {
                    self.fail("the callee sends before Answer was pressed");
                }
                if !devices.held.is_empty() {
                    self.fail("microphone or camera are held while it only rings");
                }
                self.forget_presses(who);
            }
            CallView::InCall(in_call) => {
                if !self.phones[who].consents {
                    self.fail("in a call without having called or answered");
                }
                let id = in_call.party.call_id.as_ref().expect("a call has an id");
                let row = self.server.row(id).expect("the server knows every call");
                if row.record.seats.iter().any(|seat| seat.device.is_none()) {
                    self.fail("in a call that nobody has answered");
                }
            }
            CallView::Outgoing(_) | CallView::Incoming(_) => {
                if attached && !self.phones[who].consents {
                    self.fail("sends without having called or answered");
                }
            }
        }
    }

    fn forget_presses(&mut self, who: Who) {
        self.phones[who].consents = false;
        self.phones[who].names_camera = false;
    }

    /// Checks that no camera is opened unless a pressed button includes it.
    pub(crate) fn check_orders(&self, who: Who, orders: &[Effect]) {
        let camera = |order: &Effect| matches!(order, Effect::AcquireMedia(_, wanted) if wanted.includes(Slot::Camera));
        if !self.phones[who].names_camera && orders.iter().any(camera) {
            self.fail("the camera is opened although nobody pressed a button for it");
        }
    }

    /// Ends the test with all that is needed to repeat and to understand it.
    pub(crate) fn fail(&self, what: &str) -> ! {
        if !self.prints_diary {
            panic!("{what} (at {} ms, world {})", self.now.0, self.seed);
        }
        let from = self.diary.len().saturating_sub(200);
        for (at, who, event, effects) in &self.diary[from..] {
            eprintln!(
                "{:>8} {:<8} {event:?}\n{:>20} {effects:?}",
                at.0,
                self.phones[*who].device.as_str(),
                "->"
            );
        }
        for phone in &self.phones {
            eprintln!("{}: {:?}", phone.device, phone.machine);
        }
        panic!("{what} (at {} ms, world {})", self.now.0, self.seed);
    }
}
