//! Checks the effects that one machine orders: what is open, held and attached, and the rules that must hold
//! whatever events it gets, even from misbehaving servers, peers and browsers.

use call_core::{
    CallView, Effect, Event, IncomingStage, MediaEvent, MediaKey, PeerEvent, PeerKey, PeerMessage, Rejoin,
    Slot, SocketEvent, UserEvent,
};
use call_protocol::CallId;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug, Default, Hash)]
pub(crate) struct OrderChecker {
    opened: BTreeSet<PeerKey>,
    open: BTreeMap<PeerKey, Peer>,
    asked: BTreeSet<MediaKey>,
    /// Acquisitions that are pending or granted, and not released.
    held: BTreeSet<MediaKey>,
    /// Live tracks.
    live: BTreeSet<(MediaKey, Slot)>,
    /// Whether the person has pressed Call or Answer for the current call.
    consents: bool,
    /// They pressed it on the page before this one, which said how it was sending.
    rejoins: Option<Rejoin>,
    /// The call that rings at the other side.
    calls: Option<CallId>,
}

#[derive(Clone, Debug, Default, Hash)]
struct Peer {
    channel: bool,
    attached: bool,
    /// Its other end says that Answer was pressed there.
    answered: bool,
}

/// How many connections may be open: at the caller one for each device that rings, in a call a second one while it takes over.
pub(crate) fn most_connections(view: &CallView) -> usize {
    match view {
        CallView::Outgoing(_) => 4,
        CallView::InCall(_) => 2,
        CallView::Idle | CallView::Ended(_) | CallView::Incoming(_) => 1,
    }
}

impl OrderChecker {
    /// Records an event and the effects that it led to; fails on the first broken rule.
    pub(crate) fn check(&mut self, event: &Event, orders: &[Effect], after: &CallView) {
        self.note_event(event);
        for order in orders {
            self.check_order(event, order);
        }
        if let Event::Socket(SocketEvent::Welcome { .. }) = event {
            self.rejoins = None; // it was taken up now or never
        }
        let most = most_connections(after);
        assert!(self.open.len() <= most, "too many open connections: {:?}", self.open);
        let attached = self.open.values().filter(|peer| peer.attached).count();
        assert!(matches!(after, CallView::InCall(_)) || attached <= 1, "tracks are sent to two devices");
        let free = match after {
            CallView::Idle | CallView::Ended(_) => true,
            CallView::Outgoing(_) | CallView::Incoming(_) | CallView::InCall(_) => false,
        };
        if free {
            assert!(self.open.is_empty(), "a connection outlives its call: {:?}", self.open);
            assert!(self.held.is_empty(), "media outlives its call: {:?}", self.held);
        }
        let accepted = match after {
            CallView::Idle | CallView::Ended(_) | CallView::Outgoing(_) => false,
            CallView::Incoming(view) => view.stage == IncomingStage::Answering,
            CallView::InCall(_) => true,
        };
        self.calls = match after {
            CallView::Outgoing(view) => view.party.call_id.clone(),
            CallView::Idle | CallView::Ended(_) | CallView::Incoming(_) | CallView::InCall(_) => None,
        };
        let calls = matches!(after, CallView::Outgoing(_));
        let mut attached = self.open.values().filter(|peer| peer.attached);
        let may = |peer: &Peer| self.consents && (accepted || calls && peer.answered);
        assert!(attached.all(may), "a live track is attached before the call is answered");
        match after {
            CallView::Incoming(view) if view.stage != IncomingStage::Answering => {
                assert!(self.held.is_empty(), "microphone or camera exist while it only rings");
                self.consents = false;
            }
            CallView::Idle | CallView::Ended(_) => self.consents = false,
            CallView::Incoming(_) | CallView::Outgoing(_) => {}
            CallView::InCall(_) => {
                assert!(self.consents, "in a call that nobody here has called or answered")
            }
        }
    }

    fn note_event(&mut self, event: &Event) {
        match event {
            Event::User(UserEvent::Call { .. } | UserEvent::Answer(_)) => self.consents = true,
            Event::User(UserEvent::Returned { rejoin, .. }) => self.rejoins = *rejoin,
            Event::Socket(SocketEvent::Welcome { .. }) if self.rejoins.is_some() => self.consents = true,
            Event::Media(MediaEvent::Ready(key)) => {
                self.held.insert(*key);
                self.live.extend(Slot::ALL.map(|slot| (*key, slot)));
            }
            Event::Media(MediaEvent::Failed(key, _)) => {
                self.held.remove(key);
            }
            Event::Media(MediaEvent::Ended(key, slot)) => {
                self.live.remove(&(*key, *slot));
            }
            Event::Peer(PeerEvent::ChannelOpen(key)) => {
                if let Some(peer) = self.open.get_mut(key) {
                    peer.channel = true;
                }
            }
            Event::Peer(PeerEvent::Message(key, PeerMessage::Answered { call_id, number })) => {
                if let Some(peer) = self.open.get_mut(key) {
                    peer.answered |= self.calls.as_ref() == Some(call_id) && *number == key.number;
                }
            }
            Event::User(_)
            | Event::Media(_)
            | Event::Peer(_)
            | Event::Reply(_)
            | Event::Socket(_)
            | Event::Timer => {}
        }
    }

    fn check_order(&mut self, event: &Event, order: &Effect) {
        match order {
            Effect::AcquireMedia(key, wanted) => {
                let by_person = match event {
                    // At this snapshot, and no more than was on.
                    Event::Socket(SocketEvent::Welcome { .. }) => {
                        self.rejoins.is_some_and(|before| before.camera || !wanted.includes(Slot::Camera))
                    }
                    Event::User(_) | Event::Media(MediaEvent::Failed(..)) => true,
                    // Replaces a device that the person requested and that was lost.
                    Event::Media(MediaEvent::Ended(..) | MediaEvent::DevicesChanged) | Event::Timer => {
                        self.consents
                    }
                    Event::Media(_) | Event::Reply(_) | Event::Socket(_) | Event::Peer(_) => false,
                };
                assert!(by_person, "nobody at this device asked for {order:?}");
                assert!(self.asked.insert(*key), "{key:?} is used twice");
                self.held.insert(*key);
            }
            Effect::ReleaseMedia(key) => {
                self.held.remove(key);
                self.live.retain(|(live, _)| live != key);
            }
            Effect::StopTrack(key, slot) => {
                assert!(self.live.remove(&(*key, *slot)), "{order:?} of a track that is not live");
            }
            Effect::SetMuted { media, .. } => {
                assert!(
                    self.live.contains(&(*media, Slot::Microphone)),
                    "{order:?} of a track that is not live"
                );
            }
            Effect::OpenPeer(key, ..) => {
                assert!(self.opened.insert(*key), "{key:?} is used twice");
                self.open.insert(*key, Peer::default());
            }
            Effect::ClosePeer(key) => {
                assert!(self.open.remove(key).is_some(), "{order:?} for a connection that is not open")
            }
            Effect::CreateOffer(key, _)
            | Effect::SetRemoteOffer(key, _)
            | Effect::SetRemoteAnswer(key, _)
            | Effect::AddCandidate(key, _) => {
                assert!(self.open.contains_key(key), "{order:?} for a connection that is not open")
            }
            Effect::SendMessage(key, _) => {
                assert!(
                    self.open.get(key).is_some_and(|peer| peer.channel),
                    "{order:?} before the channel is open"
                );
            }
            Effect::ReplaceTracks(peer, tracks) => {
                for (slot, track) in tracks.iter() {
                    assert!(
                        track.is_none_or(|key| self.live.contains(&(key, slot))),
                        "{order:?} attaches a track that is not live"
                    );
                }
                let peer = self.open.get_mut(peer).expect("attached to an open connection");
                peer.attached = !tracks.is_empty();
            }
            Effect::Initiate { .. }
            | Effect::Answer(..)
            | Effect::Decline(_)
            | Effect::End(..)
            | Effect::SendSignal(..)
            | Effect::ReportMedia(_)
            | Effect::ReportSilence(_)
            | Effect::DoubtServer
            | Effect::KeepRejoin(_)
            | Effect::Play(_) => {}
        }
    }
}
