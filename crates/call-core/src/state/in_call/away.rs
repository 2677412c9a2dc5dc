//! Pages that are closed or reloaded during a call, on either side: what they tell each other, and how a reloaded page
//! rejoins. The page that rejoins makes the offer, whether it is the caller's or the callee's.
//! Never sends more than was sent before, and never waits for a page without an end.

use super::super::{Attempt, Ended};
use super::phase::Phase;
use super::{InCall, State};
use crate::connection::Connection;
use crate::connection::OfferDelivery;
use crate::context::Context;
use crate::current_connection::{CurrentConnection, remote_of};
use crate::effect::{Effect, IceTransportPolicy, PeerMessage, Rejoin};
use crate::media::LocalMedia;
use crate::view::Outcome;
use call_protocol::{EndReason, LiveCall};
use core::time::Duration;

impl InCall {
    /// This page is being closed or reloaded. If the other side waits for reloaded pages, nothing ends here: either the
    /// next page rejoins, or the server, which sees how the socket closes, ends the call.
    pub(super) fn unload(mut self: Box<Self>, cx: &mut Context) -> State {
        let Some(rejoin) = self.rejoin() else { return self.leave(cx) };
        cx.order(Effect::KeepRejoin(rejoin));
        let (party, seconds) = (self.attempt.party(Some(self.call_id())), self.seconds(cx.io.now));
        self.say(&PeerMessage::Away, cx);
        self.end_handover(cx);
        let Self { mut media, mut current, .. } = *self;
        current.close(&mut cx.io);
        media.release(&mut cx.io);
        cx.io.forget_early();
        Ended::left(party, seconds, cx)
    }

    /// This page is being left for another one.
    pub(super) fn leave(self: Box<Self>, cx: &mut Context) -> State {
        self.hang_up(&PeerMessage::Left, Some(EndReason::Left), cx);
        self.end(Outcome::LeftByMe, cx)
    }

    /// What a page that replaces this one has to know; `None` if the other side would not wait for it.
    pub(crate) fn rejoin(&self) -> Option<Rejoin> {
        let awaited = self.awaited || self.current.connection().is_some_and(|connection| connection.awaits);
        awaited.then(|| Rejoin {
            requested_type: self.attempt.requested_type,
            connection: self.current.newest(),
            muted: self.media.is_muted(),
            camera: self.media.uses_camera(),
        })
    }

    /// The other side's page went away, and its connection with it: what it has sent no longer proves that it is there.
    pub(super) fn remote_page_went_away(&mut self, cx: &mut Context) {
        if self.is_back_already() {
            return;
        }
        self.awaited = true;
        self.end_handover(cx);
        self.current.close(&mut cx.io);
        self.phase = Phase::away(cx.io.now);
        if self.reported_at.take().is_some() {
            cx.order(Effect::ReportSilence(self.remote.call_id.clone()));
        }
    }

    /// Rejoins the call of the page before; `None` if the other side has no seat. `talked` is how long the two have
    /// talked, if they have.
    pub(crate) fn resume(
        live: &LiveCall,
        rejoin: Rejoin,
        talked: Option<Duration>,
        cx: &mut Context,
    ) -> Option<State> {
        let remote = remote_of(live, &live.peer)?;
        let attempt = Attempt::of_ring(live, cx.next_epoch());
        let attempt = Attempt { requested_type: rejoin.requested_type, ..attempt };
        let (epoch, call_type) = (attempt.epoch, attempt.call_type);
        let media = LocalMedia::resume(epoch, call_type, rejoin, cx.granted(), &mut cx.io);
        let key = cx.replacing_peer(epoch, rejoin.connection, live.role);
        let policy = if live.relay_only { IceTransportPolicy::Relay } else { IceTransportPolicy::All };
        let mut connection = Connection::offer(key, policy, &mut cx.io);
        connection.bind(remote.clone(), OfferDelivery::AsSignal, &mut cx.io);
        let mut state = Self::new(attempt, live.role, remote, media, CurrentConnection::of(connection), cx);
        state.awaited = true; // otherwise the page before would have left
        state.talked_before = talked.unwrap_or_default();
        state.talking_since = talked.map(|_| cx.io.now);
        Some(State::InCall(Box::new(state)))
    }
}
