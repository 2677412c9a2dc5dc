//! The media slots of both sides during a call. Never requests a track by itself.

use super::handover::Handover;
use super::{InCall, State};
use crate::context::Context;
use crate::effect::{Effect, SlotState};
use crate::io::Io;
use crate::media::LocalMedia;
use crate::slot::{Slot, Slots};
use call_protocol::CallType;

/// What is assumed of the other side until it announces its slots: that microphone and camera are on.
pub(super) fn assumed_slots() -> Slots<SlotState> {
    Slots::default().with(Slot::Microphone, SlotState::On).with(Slot::Camera, SlotState::On)
}

impl InCall {
    /// The other side announced the state of its slots. A voice call has no picture, whatever is announced.
    pub(super) fn set_remote_slots(&mut self, states: Slots<SlotState>) {
        self.remote_slots = states;
        if self.attempt.call_type == CallType::Audio {
            self.remote_slots[Slot::Camera] = SlotState::Off;
        }
        if states[Slot::Screen] != SlotState::Unknown {
            self.media.allow_screen();
        }
    }

    /// Changes the local media, attaches the tracks that changed and announces the new states.
    pub(super) fn change_media(
        mut self: Box<Self>,
        cx: &mut Context,
        change: impl FnOnce(&mut LocalMedia, &mut Io),
    ) -> State {
        let (live, states) = (self.media.live(), self.media.states());
        change(&mut self.media, &mut cx.io);
        if self.media.live() != live {
            self.replace_tracks(cx);
        }
        if self.media.states() != states || self.media.live() != live {
            self.announce_slots(cx);
        }
        State::InCall(self)
    }

    /// Every connection that sends has the tracks that are live.
    pub(super) fn replace_tracks(&self, cx: &mut Context) {
        let second = self.handover.as_ref().filter(|handover| handover.is_up()).map(Handover::connection);
        for connection in self.current.connection().into_iter().chain(second) {
            cx.order(Effect::ReplaceTracks(connection.key, self.media.live()));
        }
    }
}
