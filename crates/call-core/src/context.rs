//! What every state can use: who this device is, what connections and media use (`io`), and what outlives a
//! state (requests to end a call, finished calls, waiting rings). Never decides anything.

use crate::effect::Effect;
use crate::end_requests::{EndRequest, EndRequests};
use crate::finished::FinishedCalls;
use crate::io::Io;
use crate::key::{Epoch, NUMBERS_OF_A_PAGE, PeerKey};
use crate::slot::{Slot, Slots};
use crate::timing;
use crate::waiting::WaitingRings;
use call_protocol::{CallId, CallRole, DeviceId, UserId};

#[derive(Clone, Debug, Hash)]
pub(crate) struct Context {
    pub(crate) io: Io,
    pub(crate) me: UserId,
    pub(crate) server_away: bool,
    pub(crate) end_requests: EndRequests,
    pub(crate) finished: FinishedCalls,
    pub(crate) waiting: WaitingRings,
    granted: Slots<bool>,
    epoch: u32,
    connections: u32,
}

impl Context {
    pub(crate) fn new(me: UserId, device: DeviceId, page: u32) -> Self {
        let used = page.wrapping_mul(NUMBERS_OF_A_PAGE);
        Self {
            io: Io::new(device),
            me,
            server_away: true,
            end_requests: EndRequests::default(),
            finished: FinishedCalls::default(),
            waiting: WaitingRings::default(),
            granted: Slots::default(),
            epoch: used,
            connections: used,
        }
    }

    pub(crate) fn order(&mut self, effect: Effect) {
        self.io.order(effect);
    }

    pub(crate) fn next_epoch(&mut self) -> Epoch {
        self.epoch += 1;
        Epoch(self.epoch)
    }

    /// The key of a new connection that this device offers. A device never reuses a number, neither in its next
    /// attempt nor after a reload, so that an answer to an earlier offer is never taken for the answer to a
    /// later one.
    pub(crate) fn next_peer(&mut self, epoch: Epoch) -> PeerKey {
        self.connections += 1;
        PeerKey { epoch, number: self.connections }
    }

    /// The ticket of a connection that takes the place of another one, in this page or in the one before. Its number is
    /// higher than every other that the call has had on either side, and even for the caller, odd for the callee: if
    /// both sides offer one at once, both use the connection with the higher number. The callee does not see the
    /// connections that the caller opened to other devices while it rang, so it leaves their numbers out.
    pub(crate) fn replacing_peer(&mut self, epoch: Epoch, newest: u32, role: CallRole) -> PeerKey {
        let (unseen, remainder) = match role {
            CallRole::Caller => (0, 0),
            CallRole::Callee => (timing::UNSEEN_CONNECTIONS, 1),
        };
        let next = self.connections.max(newest.saturating_add(unseen)).saturating_add(1);
        self.connections = next.saturating_add(u32::from(next % 2 != remainder));
        PeerKey { epoch, number: self.connections }
    }

    pub(crate) fn set_granted(&mut self, slot: Slot, granted: bool) {
        self.granted[slot] = granted;
    }

    /// Which slots the browser would fill without asking.
    pub(crate) fn granted(&self) -> Slots<bool> {
        self.granted
    }

    pub(crate) fn send_end(&mut self, call_id: CallId, request: EndRequest) {
        self.finished.add_left(&call_id);
        let effect = self.end_requests.send(call_id, request);
        self.order(effect);
    }
}
