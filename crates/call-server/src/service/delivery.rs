//! Gives frames to people's devices, wherever they are connected.
//! Never decides what is told to whom.

use super::Calls;
use crate::hub::Sent;
use call_protocol::{DeviceId, UserId};
use serde::Serialize;

impl Calls {
    /// Gives a frame to every device of these people.
    pub(super) fn tell(&self, people: &[UserId], frame: &impl Serialize) {
        self.hub.send_all(people, frame);
        if let Some(nodes) = self.other_nodes() {
            nodes.pass_on(people, None, frame);
        }
    }

    /// Gives a frame to one device.
    pub(super) fn tell_device(&self, user: &UserId, device: &DeviceId, frame: &impl Serialize) -> Sent {
        let sent = self.hub.send_to(user, device, frame);
        if sent == Sent::Nowhere
            && let Some(nodes) = self.other_nodes()
        {
            nodes.pass_on(std::slice::from_ref(user), Some(device), frame);
        }
        sent
    }
}
