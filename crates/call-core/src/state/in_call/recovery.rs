//! The connection of an answered call, judged by what the browser reports and by the bytes that arrive. Never
//! ends a call for silence alone: only for a connection that cannot be restored.

use super::phase::{Due, Phase, RestartTiming};
use super::{InCall, State, give_up};
use crate::call_end;
use crate::connection::Connection;
use crate::context::Context;
use crate::effect::{Effect, Negotiator, Tone};
use crate::event::Link;
use crate::media::LocalMedia;
use crate::view::Outcome;
use call_protocol::{EndReason, limits};

impl InCall {
    /// Media arrives: the call's clock starts.
    pub(super) fn media_arrives(&mut self, cx: &mut Context) {
        self.talking_since.get_or_insert(cx.io.now);
        self.packets_arrive(cx);
        if self.reported_at.is_none_or(|at| cx.io.now.since(at) >= limits::MEDIA_REPORT_INTERVAL) {
            self.reported_at = Some(cx.io.now);
            cx.order(Effect::ReportMedia(self.remote.call_id.clone()));
        }
    }

    /// A connection that was only silent is up again.
    pub(super) fn packets_arrive(&mut self, cx: &mut Context) {
        if self.link_now() != Link::Connected {
            return; // the browser says more about it than single packets do
        }
        if self.phase.is_silent() {
            self.phase = Phase::Up;
        }
        self.handover_is_unneeded(cx.io.now);
    }

    /// Nothing arrives any more, long before the browser notices: whatever may help is begun at once.
    pub(super) fn falls_silent(&mut self, cx: &mut Context) {
        self.phase = self.phase.fell_silent(cx.io.now, self.timing());
        self.reported_at = None; // once it is back, the server is told that, too
        cx.order(Effect::ReportSilence(self.remote.call_id.clone()));
        cx.order(Effect::DoubtServer);
        self.recover(cx);
    }

    /// The server is heard again: what it has missed is sent, and a connection that is still lost is tried anew, since
    /// this device may have another network now.
    pub(super) fn server_is_back(&mut self, cx: &mut Context) {
        if self.phase.is_lost() && self.can_hand_over() {
            self.phase = self.phase.hurried(cx.io.now);
            self.recover(cx);
        }
        if let Some(connection) = self.current.connection_mut() {
            connection.resend_now(&mut cx.io);
        }
        if let Some(handover) = &mut self.handover {
            handover.resend_now(&mut cx.io);
        }
    }

    fn link_now(&self) -> Link {
        self.current.connection().map_or(Link::Connecting, Connection::link)
    }

    pub(super) fn link_changed(&mut self, link: Link, cx: &mut Context) {
        match link {
            Link::Connected => {
                if let Phase::Connecting { .. } = self.phase {
                    cx.order(Effect::Play(Tone::Connected));
                }
                self.phase = Phase::Up;
                self.current.is_up();
                self.handover_is_unneeded(cx.io.now);
            }
            Link::Disconnected => self.phase = self.phase.disconnected(cx.io.now, self.timing()),
            Link::Failed => {
                self.phase = self.phase.failed(cx.io.now);
                if let (Phase::Connecting { .. }, Some(connection)) =
                    (self.phase, self.current.connection_mut())
                {
                    connection.restart(&mut cx.io);
                } else {
                    self.recover(cx);
                }
            }
            Link::Connecting => {} // the phase has a deadline
        }
    }

    fn timing(&self) -> RestartTiming {
        let side = self.current.connection().map_or(Negotiator::Offerer, Connection::side);
        if self.can_hand_over() { RestartTiming::of_handover(side) } else { RestartTiming::of(side) }
    }

    /// Does what is due; `Some` is the reason to give up.
    fn recover(&mut self, cx: &mut Context) -> Option<EndReason> {
        let last_media = self.current.connection().and_then(Connection::last_media);
        let (link, timing) = (self.link_now(), self.timing());
        match self.phase.due(cx.io.now, (last_media, link), timing, give_up(cx.server_away)) {
            Due::Nothing => None,
            Due::Restart if self.can_hand_over() => {
                self.begin_handover(cx);
                None
            }
            Due::Restart => {
                if let Some(connection) = self.current.connection_mut() {
                    connection.restart(&mut cx.io);
                }
                None
            }
            Due::GiveUpConnecting => Some(EndReason::ConnectTimeout),
            Due::GiveUpLost => Some(EndReason::ConnectionLost),
            Due::GiveUpAway => Some(EndReason::Left),
        }
    }

    pub(super) fn timer(mut self: Box<Self>, cx: &mut Context) -> State {
        if let Some(connection) = self.current.connection_mut() {
            connection.tick(&mut cx.io);
        }
        self.handover_timer(cx);
        let Some(reason) = self.recover(cx) else { return self.change_media(cx, LocalMedia::tick) };
        self.send_end(Some(reason), cx);
        let outcome = if reason == EndReason::ConnectTimeout {
            call_end::not_connected(self.current.connection(), cx.server_away)
        } else if reason == EndReason::Left {
            Outcome::LeftByThem
        } else {
            Outcome::ConnectionLost
        };
        self.end(outcome, cx)
    }
}
