//! Messages to the other machine over the data channel. Never replaces the server, which also learns of
//! everything that ends the call.

use super::handover::Handover;
use super::{InCall, State};
use crate::connection::Connection;
use crate::context::Context;
use crate::effect::PeerMessage;
use crate::view::Outcome;
use call_protocol::EndReason;

impl InCall {
    /// The other side says something, over whichever connection.
    pub(super) fn message(mut self: Box<Self>, message: PeerMessage, cx: &mut Context) -> State {
        match message {
            PeerMessage::Media(states) => self.set_remote_slots(states),
            PeerMessage::HangUp => {
                // The other side tells the server too; the second of the two requests changes nothing.
                self.send_end(None, cx);
                return self.end(Outcome::HungUpByThem, cx);
            }
            PeerMessage::Left => {
                self.send_end(Some(EndReason::Left), cx);
                return self.end(Outcome::LeftByThem, cx);
            }
            PeerMessage::Away => self.remote_page_went_away(cx),
            PeerMessage::Signal(signal) => self.signal(*signal, cx),
            PeerMessage::Awaits | PeerMessage::HandsOver => {} // the connection keeps it
            PeerMessage::Ping => {}                            // its transport has acknowledged it
            PeerMessage::Answered { .. } => {}                 // the server's message came first
        }
        State::InCall(self)
    }

    /// Says something over every connection: whichever works is enough.
    pub(super) fn say(&self, message: &PeerMessage, cx: &mut Context) {
        let second = self.handover.as_ref().map(Handover::connection);
        for connection in self.current.connection().into_iter().chain(second) {
            connection.message(message.clone(), &mut cx.io);
        }
    }

    /// Announces the state of this device's slots to the other side.
    pub(super) fn announce_slots(&self, cx: &mut Context) {
        self.say(&PeerMessage::Media(self.media.states()), cx);
    }

    /// Tells the other side, once it can hear, all that it has to know of this one.
    pub(super) fn introduce(&self, cx: &mut Context) {
        if let Some(connection) = self.current.connection() {
            self.introduce_over(connection, cx);
        }
    }

    pub(super) fn introduce_over(&self, connection: &Connection, cx: &mut Context) {
        let states = PeerMessage::Media(self.media.states());
        for message in [states, PeerMessage::Awaits, PeerMessage::HandsOver] {
            connection.message(message, &mut cx.io);
        }
    }

    /// Tells the other side directly, and the server.
    pub(super) fn hang_up(&self, message: &PeerMessage, reason: Option<EndReason>, cx: &mut Context) {
        self.say(message, cx);
        self.send_end(reason, cx);
    }
}
