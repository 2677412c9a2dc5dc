//! Carries out the machine's orders: one line per effect, no decision.

use crate::client::Inner;
use crate::platform::{MediaEngine, Platform, Signaling};
use call_core::{Effect, ReplyEvent};
use call_protocol::{ClientFrame, InitiateCall, Offer, RingOffer};
use std::rc::Rc;

impl<P: Platform> Inner<P> {
    /// Nothing if the engine is gone, because the client was closed: what concerns it went with it.
    pub(crate) fn carry_out(self: &Rc<Self>, effect: Effect) -> Option<()> {
        let engine = || self.engine.borrow().clone();
        match effect {
            Effect::AcquireMedia(key, wanted) => engine()?.acquire(key, wanted),
            Effect::ReleaseMedia(key) => engine()?.release(key),
            Effect::StopTrack(key, slot) => engine()?.stop(key, slot),
            Effect::SetMuted { media, muted } => engine()?.set_muted(media, muted),
            Effect::OpenPeer(key, negotiator, reach) => engine()?.open_peer(key, negotiator, reach),
            Effect::CreateOffer(key, kind) => engine()?.create_offer(key, kind),
            Effect::SetRemoteOffer(key, offer) => engine()?.set_remote_offer(key, offer),
            Effect::SetRemoteAnswer(key, answer) => engine()?.set_remote_answer(key, answer),
            Effect::AddCandidate(key, candidate) => engine()?.add_candidate(key, &candidate),
            Effect::ReplaceTracks(key, tracks) => engine()?.replace_tracks(key, tracks),
            Effect::SendMessage(key, message) => engine()?.send_message(key, &message),
            Effect::ClosePeer(key) => engine()?.close_peer(key),
            Effect::Play(tone) => engine()?.play(tone),
            Effect::Initiate { epoch, request, conversation_id, call_type, offer: (number, offer) } => {
                let offer =
                    Some(RingOffer { peer_connection: number, from_device: None, data: Offer(offer) });
                let key = format!("{}-{}-{request}", self.key, epoch.0);
                let reply = self.signaling.initiate(InitiateCall { conversation_id, call_type, offer }, key);
                self.ask(async move { ReplyEvent::Initiated(epoch, reply.await.map(Box::new)) });
            }
            Effect::Answer(epoch, call) => {
                let reply = self.signaling.answer(call);
                self.ask(async move { ReplyEvent::Answered(epoch, reply.await.map(Box::new)) });
            }
            Effect::Decline(call) => {
                let reply = self.signaling.decline(call.clone());
                self.ask(async move { ReplyEvent::Ended(call, reply.await) });
            }
            Effect::End(call, body) => {
                let reply = self.signaling.end(call.clone(), body);
                self.ask(async move { ReplyEvent::Ended(call, reply.await) });
            }
            Effect::SendSignal(call_id, signal_data) => {
                self.signaling.send(&ClientFrame::Signal { call_id, signal_data });
            }
            Effect::KeepRejoin(rejoin) => self.rejoin.set(Some(rejoin)),
            Effect::ReportMedia(call_id) => self.signaling.send(&ClientFrame::MediaFlowing { call_id }),
            Effect::DoubtServer => self.signaling.doubt(),
            Effect::ReportSilence(call_id) => self.signaling.send(&ClientFrame::MediaSilent { call_id }),
        }
        Some(())
    }
}
