//! Carries out the machine's orders: one line per effect, no decision.

use super::{Inner, with};
use crate::shell::api::Api;
use crate::shell::js;
use call_core::{Effect, Epoch, Event, MediaKind, ReplyEvent, RequestError};
use call_protocol::{ClientFrame, InitiateCall, RingOffer, SignalBody};
use core::future::Future;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;

impl Inner {
    pub(super) fn carry_out(self: &Rc<Self>, effect: Effect) {
        match effect {
            Effect::AcquireMedia(key, wanted) => self.media.acquire(key, wanted),
            Effect::ReleaseMedia(key) => self.media.release(key),
            Effect::StopTrack(key, kind) => self.media.stop(key, kind),
            Effect::SetMuted { media, muted } => self.media.set_muted(media, muted),
            Effect::OpenPeer(key, negotiator) => self.peers.open(key, negotiator),
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
            Effect::Initiate { epoch, conversation_id, call_type, offer: (generation, offer) } => {
                let data = SignalBody::Offer(offer).write();
                let offer = Some(RingOffer { generation, from_device: None, data });
                let body = InitiateCall { conversation_id, call_type, offer };
                let (key, placing) = (self.key_of(epoch), self.placing.clone());
                self.ask(move |api| async move {
                    let reply = api.initiate(&body, &key).await.map(Box::new);
                    // Whatever is asked after an answer is another question.
                    if !matches!(reply, Err(RequestError::Unreachable)) {
                        placing.borrow_mut().take_if(|(of, _)| *of == epoch);
                    }
                    ReplyEvent::Initiated(epoch, reply)
                });
            }
            Effect::Answer(epoch, call) => self.ask(move |api| async move {
                ReplyEvent::Answered(epoch, api.answer(&call).await.map(Box::new))
            }),
            Effect::Decline(call) => self.ask(move |api| async move {
                let reply = api.decline(&call).await;
                ReplyEvent::Closed(call, reply)
            }),
            Effect::End(call, body) => self.ask(move |api| async move {
                let reply = api.end(&call, body).await;
                ReplyEvent::Closed(call, reply)
            }),
            Effect::SendSignal(call_id, signal_data) => {
                self.session.send(&ClientFrame::Signal { call_id, signal_data });
            }
            Effect::ReportMedia(call_id) => self.session.send(&ClientFrame::MediaFlowing { call_id }),
            Effect::ReportSilence(call_id) => self.session.send(&ClientFrame::MediaSilent { call_id }),
            Effect::Play(tone) => self.sounds.play(tone),
        }
    }

    /// The key of an attempt to call: the same for as long as no answer was heard, so that however often it is asked for,
    /// it rings once.
    fn key_of(&self, epoch: Epoch) -> String {
        let mut placing = self.placing.borrow_mut();
        placing.take_if(|(of, _)| *of != epoch);
        placing.get_or_insert_with(|| (epoch, js::random_id())).1.clone()
    }

    /// Asks the server; the reply comes back as an event, if anybody is still there to hear it.
    fn ask<F>(self: &Rc<Self>, request: impl FnOnce(Api) -> F)
    where
        F: Future<Output = ReplyEvent> + 'static,
    {
        let reply = request(self.session.api().clone());
        let weak = Rc::downgrade(self);
        spawn_local(async move {
            let reply = reply.await;
            with(&weak, |inner| inner.dispatch(Event::Reply(reply)));
        });
    }
}
