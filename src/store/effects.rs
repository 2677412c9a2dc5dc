//! Carries out the machine's orders: one line per effect, no decision.

use super::Inner;
use call_core::{Effect, MediaKind};
use call_protocol::{ClientFrame, InitiateCall, RingOffer, SignalBody};

impl Inner {
    pub(super) fn carry_out(&self, effect: Effect) {
        match effect {
            Effect::AcquireMedia(key, wanted) => self.media.acquire(key, wanted),
            Effect::ReleaseMedia(key) => self.media.release(key),
            Effect::StopTrack(key, kind) => self.media.stop(key, kind),
            Effect::SetMuted { media, muted } => self.media.set_muted(media, muted),
            Effect::OpenPeer(key, negotiator, reach) => self.peers.open(key, negotiator, reach),
            Effect::MakeOffer(key, kind) => self.peers.make_offer(key, kind),
            Effect::TakeOffer(key, offer) => self.peers.take_offer(key, offer),
            Effect::TakeAnswer(key, answer) => self.peers.take_answer(key, answer),
            Effect::AddCandidate(key, candidate) => self.peers.add_candidate(key, &candidate),
            Effect::Attach { peer, audio, video } => {
                let audio = audio.and_then(|key| self.media.track(key, MediaKind::Audio));
                let video = video.and_then(|key| self.media.track(key, MediaKind::Video));
                self.peers.attach(peer, audio, video);
            }
            Effect::SendMessage(key, message) => self.peers.send(key, &message),
            Effect::ClosePeer(key) => self.peers.close(key),
            Effect::Initiate { epoch, request: _, conversation_id, call_type, offer: (generation, offer) } => {
                let data = SignalBody::Offer(offer).write();
                let offer = Some(RingOffer { generation, from_device: None, data });
                let body = InitiateCall { conversation_id, call_type, offer };
                self.clerk.initiate(epoch, body);
            }
            Effect::Answer(epoch, call) => self.clerk.answer(epoch, call),
            Effect::Decline(call) => self.clerk.decline(call),
            Effect::End(call, body) => self.clerk.end(call, body),
            Effect::SendSignal(call_id, signal_data) => {
                self.session.send(&ClientFrame::Signal { call_id, signal_data });
            }
            Effect::ReportMedia(call_id) => self.session.send(&ClientFrame::MediaFlowing { call_id }),
            Effect::ReportSilence(call_id) => self.session.send(&ClientFrame::MediaSilent { call_id }),
            Effect::Play(tone) => self.sounds.play(tone),
        }
    }
}
