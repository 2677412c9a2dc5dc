//! What the two machines tell each other over the data channel.
//! Never replaces the server: it is told everything that ends the call, too.

use super::InCall;
use crate::context::Context;
use crate::effect::PeerMessage;
use call_protocol::EndReason;

impl InCall {
    /// Tells the other side what of this one can be heard and seen.
    pub(super) fn tell(&self, cx: &mut Context) {
        if let Some(connection) = self.current.connection() {
            connection.message(PeerMessage::Media(self.media.states()), &mut cx.io);
        }
    }

    /// Tells the other side at once, and the server.
    pub(super) fn hang_up(&self, word: PeerMessage, reason: Option<EndReason>, cx: &mut Context) {
        if let Some(connection) = self.current.connection() {
            connection.message(word, &mut cx.io);
        }
        self.send_end(reason, cx);
    }
}
