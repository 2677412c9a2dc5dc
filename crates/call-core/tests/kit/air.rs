//! Model peer connections: descriptions that name who made them and to which offer they answer, candidates that
//! count only for the description they belong to, links that come up when both ends hold the same offer and answer,
//! data channels, and bytes that arrive while the far end has a track attached.

use super::{Who, rng::Rng};
use call_core::{
    Effect, Fault, Link, MediaKey, OfferKind, PeerEvent, PeerKey, PeerMessage, Slot, Slots, Time,
};
use call_protocol::{IceCandidate, SessionDescription};
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Silence after which a link wavers, and after which the browser gives it up.
const WAVERS: Duration = Duration::from_secs(1);
const BREAKS: Duration = Duration::from_secs(8);
/// How often the browser tells how many bytes have arrived.
const COUNTS_MS: u64 = 500;
/// How long a message of the data channel travels.
const CHANNEL_MS: u64 = 10;

pub(crate) type PcId = (Who, PeerKey);

/// What is told to the phone's machine, and after how many milliseconds; or a step of the connection itself.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Say(Who, PeerEvent),
    Work(PcId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum JobKind {
    CreateOffer,
    SetRemoteOffer,
    SetRemoteAnswer,
}

/// A model SDP text, read.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Words {
    by: String,
    /// The answered offer, for answers.
    to: Option<String>,
}

/// Which end a connection is linked to, by which offer and answer.
struct Joined {
    far: PcId,
    pair: String,
}

#[derive(Default)]
pub(crate) struct Pc {
    jobs: VecDeque<(JobKind, String)>,
    described: u32,
    pending_offer: Option<Words>,
    local: Option<Words>,
    remote: Option<Words>,
    candidates: BTreeSet<String>,
    joined: Option<Joined>,
    /// The network under the present pair of addresses is gone for good.
    dead: bool,
    /// The link is said to be lost and media does not arrive, although messages still get through.
    wavers: bool,
    link: Option<Link>,
    silent_since: Option<Time>,
    channel: bool,
    outbox: VecDeque<PeerMessage>,
    pub(crate) tracks: Slots<Option<MediaKey>>,
    pub(crate) bytes: u64,
}

#[derive(Default)]
pub(crate) struct Air {
    pub(crate) pcs: BTreeMap<PcId, Pc>,
    used: BTreeSet<PcId>,
    /// Phones whose media finds no way at the moment.
    pub(crate) cut: BTreeSet<Who>,
    /// Jobs that fail the next time they are tried.
    pub(crate) refuse: Vec<(Who, JobKind)>,
    /// What a browser would have thrown: mistakes of the machine.
    pub(crate) mistakes: Vec<String>,
    pub(crate) soon: Vec<(u64, Step)>,
}

impl Words {
    fn text(&self) -> String {
        let answers = self.to.as_ref().map(|to| format!("answers {to}\r\n")).unwrap_or_default();
        format!("a=ice-ufrag:{}\r\n{answers}", self.by)
    }

    fn read(text: &str) -> Self {
        let line = |start| text.lines().find_map(|line| line.strip_prefix(start)).map(str::to_owned);
        Self { by: line("a=ice-ufrag:").unwrap_or_default(), to: line("answers ") }
    }
}

impl Air {
    /// Carries out the orders that concern peer connections.
    pub(crate) fn obey(&mut self, who: Who, effect: &Effect, rng: &mut Rng) {
        match effect {
            Effect::OpenPeer(key, ..) => {
                if !self.used.insert((who, *key)) {
                    self.mistakes.push(format!("{key:?} is used twice"));
                }
                self.pcs.insert((who, *key), Pc::default());
                if self.pcs.keys().filter(|(of, _)| *of == who).count() > 1 {
                    self.mistakes.push(format!("{key:?} is a second open connection"));
                }
            }
            Effect::CreateOffer(key, kind) => {
                self.check(who, *key, |pc| {
                    (*kind == OfferKind::First) == (pc.described == 0 && pc.jobs.is_empty())
                });
                self.job(who, *key, JobKind::CreateOffer, "", rng);
            }
            Effect::SetRemoteOffer(key, offer) => {
                self.job(who, *key, JobKind::SetRemoteOffer, &offer.sdp, rng)
            }
            Effect::SetRemoteAnswer(key, answer) => {
                self.job(who, *key, JobKind::SetRemoteAnswer, &answer.sdp, rng)
            }
            Effect::AddCandidate(key, candidate) => {
                let ufrag = candidate.username_fragment.clone().unwrap_or_default();
                // Any other spoils the connection: browsers take it for one of the next restart.
                self.check(who, *key, |pc| pc.remote.as_ref().is_some_and(|remote| remote.by == ufrag));
                let Some(pc) = self.pcs.get_mut(&(who, *key)) else { return };
                pc.candidates.insert(ufrag);
            }
            Effect::ReplaceTracks(peer, tracks) => {
                self.check(who, *peer, |_| true);
                let Some(pc) = self.pcs.get_mut(&(who, *peer)) else { return };
                pc.tracks = *tracks;
            }
            Effect::SendMessage(key, message) => {
                self.check(who, *key, |pc| pc.channel);
                self.send((who, *key), message.clone());
            }
            Effect::ClosePeer(key) => {
                self.check(who, *key, |_| true);
                self.pcs.remove(&(who, *key));
            }
            Effect::AcquireMedia(..)
            | Effect::ReleaseMedia(_)
            | Effect::StopTrack(..)
            | Effect::SetMuted { .. }
            | Effect::Initiate { .. }
            | Effect::Answer(..)
            | Effect::Decline(_)
            | Effect::End(..)
            | Effect::SendSignal(..)
            | Effect::ReportMedia(_)
            | Effect::ReportSilence(_)
            | Effect::Play(_) => {} // others carry these out
        }
    }

    fn check(&mut self, who: Who, key: PeerKey, fits: impl Fn(&Pc) -> bool) {
        if !self.pcs.get(&(who, key)).is_some_and(fits) {
            self.mistakes.push(format!("an order to {key:?} that it cannot carry out"));
        }
    }

    fn job(&mut self, who: Who, key: PeerKey, kind: JobKind, text: &str, rng: &mut Rng) {
        self.check(who, key, |_| true);
        let Some(pc) = self.pcs.get_mut(&(who, key)) else { return };
        pc.jobs.push_back((kind, text.to_owned()));
        if pc.jobs.len() == 1 {
            self.soon.push((rng.between((2, 30)), Step::Work((who, key))));
        }
    }

    /// The oldest job of a connection is done.
    pub(crate) fn work(&mut self, id: PcId, rng: &mut Rng) {
        let Some(pc) = self.pcs.get_mut(&id) else { return };
        let (who, key) = id;
        let Some((kind, text)) = pc.jobs.pop_front() else { return };
        if !pc.jobs.is_empty() {
            self.soon.push((rng.between((2, 30)), Step::Work(id)));
        }
        if let Some(at) = self.refuse.iter().position(|refused| *refused == (who, kind)) {
            self.refuse.remove(at);
            self.soon.push((0, Step::Say(who, PeerEvent::NegotiationFailed(key, Fault::Remote))));
            return;
        }
        let mut describe = |to: Option<String>| {
            pc.described += 1;
            Words { by: format!("{who}/{}.{}#{}", key.epoch.0, key.number, pc.described), to }
        };
        let (event, described) = match kind {
            JobKind::CreateOffer => {
                let offer = describe(None);
                pc.pending_offer = Some(offer.clone());
                (PeerEvent::OfferCreated(key, SessionDescription { sdp: offer.text() }), Some(offer))
            }
            JobKind::SetRemoteOffer => {
                let answer = describe(Some(Words::read(&text).by));
                pc.pending_offer = None;
                pc.remote = Some(Words::read(&text));
                pc.local = Some(answer.clone());
                (PeerEvent::AnswerCreated(key, SessionDescription { sdp: answer.text() }), Some(answer))
            }
            JobKind::SetRemoteAnswer => match pc.pending_offer.take() {
                Some(offer) => {
                    pc.local = Some(offer);
                    pc.remote = Some(Words::read(&text));
                    (PeerEvent::RemoteAnswerSet(key), None)
                }
                None => {
                    self.mistakes.push(format!("{key:?} was given an answer without having made an offer"));
                    (PeerEvent::NegotiationFailed(key, Fault::Remote), None)
                }
            },
        };
        for number in 1..=2 {
            let Some(words) = &described else { break };
            let candidate = IceCandidate {
                candidate: format!("candidate {number}"),
                sdp_mid: Some("0".to_owned()),
                sdp_m_line_index: Some(0),
                username_fragment: Some(words.by.clone()),
            };
            // Now and then the browser finds its first address before the page has sent the description.
            let wait = if number == 1 && rng.percent(30) { 0 } else { rng.between((1, 40)) };
            self.soon.push((wait, Step::Say(who, PeerEvent::Candidate(key, candidate))));
        }
        self.soon.push((0, Step::Say(who, event)));
    }

    /// Time passes for links, channels and media.
    pub(crate) fn tick(&mut self, now: Time) {
        let ids: Vec<PcId> = self.pcs.keys().copied().collect();
        for id in &ids {
            self.join(*id);
        }
        for id in ids {
            let reached = self.reached(id);
            let sending = |far: PcId| self.pcs.get(&far).is_some_and(|far| !far.tracks.is_empty());
            let flows = reached.is_some_and(sending) && !self.pcs[&id].wavers;
            let Some(pc) = self.pcs.get_mut(&id) else { continue };
            let (who, key) = id;
            let before = pc.link;
            if let Some((far, far_key)) = reached {
                pc.silent_since = None;
                if pc.wavers {
                    pc.link = Some(Link::Disconnected);
                } else if pc.link != Some(Link::Failed) {
                    pc.link = Some(Link::Connected);
                }
                if !pc.channel {
                    pc.channel = true;
                    self.soon.push((5, Step::Say(who, PeerEvent::ChannelOpen(key))));
                }
                for message in pc.outbox.drain(..) {
                    self.soon.push((CHANNEL_MS, Step::Say(far, PeerEvent::Message(far_key, message))));
                }
            } else if pc.remote.is_some() && pc.local.is_some() {
                let silent = now.since(*pc.silent_since.get_or_insert(now));
                match pc.link {
                    Some(Link::Connected) if silent >= WAVERS => pc.link = Some(Link::Disconnected),
                    Some(Link::Disconnected) if silent >= BREAKS => pc.link = Some(Link::Failed),
                    None if silent >= BREAKS => pc.link = Some(Link::Failed),
                    _ => {}
                }
            }
            if let Some(link) = pc.link.filter(|_| pc.link != before) {
                self.soon.push((0, Step::Say(who, PeerEvent::Link(key, link))));
            }
            if flows {
                pc.bytes += 250;
            }
            if now.0.is_multiple_of(COUNTS_MS) {
                let media_bytes = pc.bytes;
                self.soon.push((0, Step::Say(who, PeerEvent::Received { peer: key, media_bytes })));
            }
        }
    }

    /// The network under every link of a phone is another one now: only a restart helps.
    pub(crate) fn move_to_another_network(&mut self, who: Who) {
        let links = self.pcs.iter().filter(|((of, _), _)| *of == who);
        let ends: Vec<PcId> = links
            .flat_map(|(id, pc)| [Some(*id), pc.joined.as_ref().map(|joined| joined.far)])
            .flatten()
            .collect();
        for end in ends {
            if let Some(pc) = self.pcs.get_mut(&end) {
                pc.dead = true;
            }
        }
    }

    /// One end of a link says that it is lost, until a restart.
    pub(crate) fn waver(&mut self, who: Who) {
        for (_, pc) in self.pcs.iter_mut().filter(|((of, _), _)| *of == who) {
            pc.wavers = true;
        }
    }

    /// The open connection of a phone, if it is linked up and media arrives on it.
    pub(crate) fn hears(&self, who: Who) -> bool {
        let mut mine = self.pcs.iter().filter(|((of, _), _)| *of == who);
        mine.any(|(id, pc)| {
            let far = self.reached(*id).and_then(|far| self.pcs.get(&far));
            pc.link == Some(Link::Connected) && far.is_some_and(|far| far.tracks[Slot::Microphone].is_some())
        })
    }

    pub(crate) fn pc(&self, who: Who) -> Option<&Pc> {
        self.pcs.iter().find(|((of, _), _)| *of == who).map(|(_, pc)| pc)
    }

    /// Both ends hold the same offer and answer and know an address of each other: ICE and DTLS come up.
    fn join(&mut self, id: PcId) {
        let pc = &self.pcs[&id];
        let (Some(offer), Some(answer)) = (&pc.local, &pc.remote) else { return };
        if answer.to.as_ref() != Some(&offer.by) || !pc.candidates.contains(&answer.by) {
            return;
        }
        let far = self.pcs.iter().find(|(_, far)| {
            far.local.as_ref() == Some(answer)
                && far.remote.as_ref() == Some(offer)
                && far.candidates.contains(&offer.by)
        });
        let Some(far_id) = far.map(|(id, _)| *id) else { return };
        let pair = format!("{} and {}", offer.by, answer.by);
        let way = !self.cut.contains(&id.0) && !self.cut.contains(&far_id.0);
        if !way || pc.joined.as_ref().is_some_and(|joined| joined.pair == pair) {
            return;
        }
        for (end, far) in [(id, far_id), (far_id, id)] {
            if let Some(pc) = self.pcs.get_mut(&end) {
                pc.joined = Some(Joined { far, pair: pair.clone() });
                (pc.dead, pc.wavers) = (false, false);
                if pc.link == Some(Link::Failed) {
                    pc.link = None;
                }
            }
        }
    }

    /// The far end, if packets reach it.
    fn reached(&self, id: PcId) -> Option<PcId> {
        let pc = self.pcs.get(&id)?;
        let joined = pc.joined.as_ref()?;
        let back = self.pcs.get(&joined.far)?.joined.as_ref()?;
        let together = back.far == id && back.pair == joined.pair;
        let way = !pc.dead && !self.cut.contains(&id.0) && !self.cut.contains(&joined.far.0);
        (together && way).then_some(joined.far)
    }

    fn send(&mut self, id: PcId, message: PeerMessage) {
        if let Some((far, key)) = self.reached(id) {
            self.soon.push((CHANNEL_MS, Step::Say(far, PeerEvent::Message(key, message))));
        } else if let Some(pc) = self.pcs.get_mut(&id) {
            pc.outbox.push_back(message);
        }
    }
}

impl Pc {
    pub(crate) fn link(&self) -> Option<Link> {
        self.link
    }

    /// How many descriptions this end has made.
    pub(crate) fn described(&self) -> u32 {
        self.described
    }
}
