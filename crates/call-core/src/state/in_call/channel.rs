//! Messages to the other machine over the data channel. Never replaces the server, which also learns of
//! everything that ends the call.

use super::InCall;
use crate::context::Context;
use crate::effect::PeerMessage;
use call_protocol::EndReason;

impl InCall {
    /// Announces the state of this device's slots to the other side.
    pub(super) fn announce_slots(&self, cx: &mut Context) {
        if let Some(connection) = self.current.connection() {
            connection.message(PeerMessage::Media(self.media.states()), &mut cx.io);
        }
    }

    /// Tells the other side, once it can hear, all that it has to know of this one.
    pub(super) fn introduce(&self, cx: &mut Context) {
        self.announce_slots(cx);
        if let Some(connection) = self.current.connection() {
            connection.message(PeerMessage::Awaits, &mut cx.io);
        }
    }

    /// Tells the other side directly, and the server.
    pub(super) fn hang_up(&self, message: PeerMessage, reason: Option<EndReason>, cx: &mut Context) {
        if let Some(connection) = self.current.connection() {
            connection.message(message, &mut cx.io);
        }
        self.send_end(reason, cx);
    }
}
