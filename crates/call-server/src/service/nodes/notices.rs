//! What the nodes tell each other: that a call changed, and frames for devices that are connected elsewhere.
//! Never reads a notice: `listen` does.

use super::Nodes;
use crate::{hub::encode, live::Warmth, model::Json};
use call_protocol::{CallId, DeviceId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Envelope {
    /// When it was written, in milliseconds since 1970.
    pub(super) at: i64,
    /// Whom it is for; a node to which none of them is connected drops it.
    pub(super) to: Vec<UserId>,
    pub(super) notice: Notice,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Notice {
    /// A call changed; while it rings, with its offer and warm device, which are never in the database.
    Call { id: CallId, warmth: Option<Warmth> },
    /// The offer or the warm device of a ringing call changed.
    Warmth { id: CallId, warmth: Warmth },
    /// An answer to an offer of a call was signalled.
    Negotiated { id: CallId },
    /// A frame for every device, or for one.
    Frame { device: Option<DeviceId>, frame: Json },
    /// A device connected to another node.
    Moved { device: DeviceId },
    /// There is no such person any more.
    Deleted,
    /// Sessions ended; which ones is in the database.
    SessionsEnded,
    /// The writer may have failed to send a notice.
    Lost,
    /// The writer lives; `deaf` if it does not hear NATS.
    Here { deaf: bool },
}

impl Nodes {
    /// Tells the other nodes that a call changed.
    pub(in crate::service) fn call_changed(&self, people: &[UserId], id: &CallId, warmth: Option<Warmth>) {
        self.post(people, Notice::Call { id: id.clone(), warmth });
    }

    /// Tells the other nodes which device may answer which offer.
    pub(in crate::service) fn warmth_changed(&self, people: &[UserId], id: &CallId, warmth: &Warmth) {
        self.post(people, Notice::Warmth { id: id.clone(), warmth: warmth.clone() });
    }

    /// Tells the other nodes that an answer to an offer was signalled, once for each call.
    pub(in crate::service) fn negotiated(&self, people: &[UserId], id: &CallId) {
        self.post(people, Notice::Negotiated { id: id.clone() });
    }

    /// Passes a frame on to people's devices at other nodes.
    pub(in crate::service) fn pass_on(
        &self,
        people: &[UserId],
        device: Option<&DeviceId>,
        frame: &impl Serialize,
    ) {
        let frame = RawValue::from_string(encode(frame).to_string());
        let frame = frame.expect("a frame is JSON");
        self.post(people, Notice::Frame { device: device.cloned(), frame });
    }

    /// Tells the other nodes that an account was deleted.
    pub(in crate::service) fn person_deleted(&self, user: &UserId) {
        self.post(std::slice::from_ref(user), Notice::Deleted);
    }

    /// Everybody, at every node, may have missed something.
    pub(super) fn tell_of_loss(&self) {
        self.post(&[], Notice::Lost);
        self.mark_everybody_behind();
    }

    /// Tells the other nodes that sessions of somebody ended.
    pub(in crate::service) fn sessions_ended(&self, user: &UserId) {
        self.post(std::slice::from_ref(user), Notice::SessionsEnded);
    }

    pub(super) fn device_moved(&self, user: &UserId, device: &DeviceId) {
        self.post(std::slice::from_ref(user), Notice::Moved { device: device.clone() });
    }

    /// Announces, by every way, that this node lives and whether it hears NATS.
    pub(super) fn say_here(&self) {
        let here = Notice::Here { deaf: !self.bus.hears_nats() };
        self.bus.publish_everywhere(self.written(&[], here));
    }

    fn post(&self, to: &[UserId], notice: Notice) {
        if self.is_heard() {
            self.bus.publish(self.written(to, notice));
        }
    }

    /// A notice as it travels, without its seal.
    fn written(&self, to: &[UserId], notice: Notice) -> String {
        let envelope = Envelope { at: self.clock.now().0, to: to.to_vec(), notice };
        serde_json::to_string(&envelope).expect("a notice holds nothing that JSON cannot say")
    }
}
