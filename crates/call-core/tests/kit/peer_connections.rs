//! Model peer connections: descriptions that name their author and the offer that they answer, candidates that
//! count only for their own description, links that come up when both ends have the same offer and answer, data
//! channels, and bytes that arrive while the other end has a track attached.

use super::description::{Description, JobKind};
use super::{Who, rng::Rng};
use call_core::{
    Effect, Fault, Link, MediaKey, OfferKind, PeerEvent, PeerKey, PeerMessage, Slot, Slots, Time,
};
use call_protocol::{IceCandidate, SessionDescription};
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How long a link is silent before it is `disconnected`, and before it has `failed`.
const DISCONNECTED_AFTER: Duration = Duration::from_secs(1);
const FAILED_AFTER: Duration = Duration::from_secs(8);
/// How often the browser reports how many bytes have arrived; at every step when none have.
const COUNTS_MS: u64 = 500;
/// How long a message takes on the data channel.
const CHANNEL_MS: u64 = 10;

pub(crate) type PcId = (Who, PeerKey);

/// What is reported to a phone's machine, or a step of the connection itself; each after some milliseconds.
#[derive(Clone, Debug, Hash)]
pub(crate) enum Step {
    Report(Who, PeerEvent),
    Work(PcId),
}

/// Which connection is at the other end, and by which offer and answer.
#[derive(Clone, Hash)]
struct Path {
    remote: PcId,
    pair: String,
}

#[derive(Clone, Default, Hash)]
pub(crate) struct Pc {
    jobs: VecDeque<(JobKind, String)>,
    described: u32,
    pending_offer: Option<Description>,
    local: Option<Description>,
    remote: Option<Description>,
    candidates: BTreeSet<String>,
    path: Option<Path>,
    /// The network path of this offer and answer is gone for good.
    dead: bool,
    /// The browser reports a lost link and no media arrives, although messages still get through.
    is_disconnected: bool,
    link: Option<Link>,
    silent_since: Option<Time>,
    channel: bool,
    outbox: VecDeque<PeerMessage>,
    pub(crate) tracks: Slots<Option<MediaKey>>,
    pub(crate) bytes: u64,
    /// Everything that arrives: media, and the acknowledgements of what was said on the channel.
    transport_bytes: u64,
    /// Something was said on the channel since the last step, and acknowledged.
    acknowledged: bool,
}

#[derive(Clone, Default, Hash)]
pub(crate) struct PeerConnections {
    pub(crate) pcs: BTreeMap<PcId, Pc>,
    used: BTreeSet<PcId>,
    /// Phones whose media has no network path at the moment.
    pub(crate) cut: BTreeSet<Who>,
    /// Phones with a client that knows one connection only.
    pub(crate) older: BTreeSet<Who>,
    /// Jobs that fail the next time they are done.
    pub(crate) failing_jobs: Vec<(Who, JobKind)>,
    /// Calls that a browser would reject: mistakes of the machine.
    pub(crate) mistakes: Vec<String>,
    pub(crate) soon: Vec<(u64, Step)>,
}

impl PeerConnections {
    /// Carries out the effects that concern peer connections.
    pub(crate) fn carry_out(&mut self, who: Who, effect: &Effect, rng: &mut Rng) {
        match effect {
            Effect::OpenPeer(key, ..) => {
                if !self.used.insert((who, *key)) {
                    self.mistakes.push(format!("{key:?} is used twice"));
                }
                self.pcs.insert((who, *key), Pc::default());
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
                // Browsers would keep any other candidate for the next restart, which it would break.
                self.check(who, *key, |pc| pc.remote.as_ref().is_some_and(|remote| remote.ufrag == ufrag));
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
            | Effect::DoubtServer
            | Effect::KeepRejoin(_)
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

    /// The oldest job of a connection completes.
    pub(crate) fn work(&mut self, id: PcId, rng: &mut Rng) {
        let Some(pc) = self.pcs.get_mut(&id) else { return };
        let (who, key) = id;
        let Some((kind, text)) = pc.jobs.pop_front() else { return };
        if !pc.jobs.is_empty() {
            self.soon.push((rng.between((2, 30)), Step::Work(id)));
        }
        if let Some(at) = self.failing_jobs.iter().position(|refused| *refused == (who, kind)) {
            self.failing_jobs.remove(at);
            self.soon.push((0, Step::Report(who, PeerEvent::NegotiationFailed(key, Fault::Remote))));
            return;
        }
        let mut describe = |answers: Option<String>| {
            pc.described += 1;
            Description { ufrag: format!("{who}/{}.{}#{}", key.epoch.0, key.number, pc.described), answers }
        };
        let (event, described) = match kind {
            JobKind::CreateOffer => {
                let offer = describe(None);
                pc.pending_offer = Some(offer.clone());
                (PeerEvent::OfferCreated(key, SessionDescription { sdp: offer.text() }), Some(offer))
            }
            JobKind::SetRemoteOffer => {
                let answer = describe(Some(Description::read(&text).ufrag));
                pc.pending_offer = None;
                pc.remote = Some(Description::read(&text));
                pc.local = Some(answer.clone());
                (PeerEvent::AnswerCreated(key, SessionDescription { sdp: answer.text() }), Some(answer))
            }
            JobKind::SetRemoteAnswer => match pc.pending_offer.take() {
                Some(offer) => {
                    pc.local = Some(offer);
                    pc.remote = Some(Description::read(&text));
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
                username_fragment: Some(words.ufrag.clone()),
            };
            // Sometimes the browser finds its first address before the page has sent the description.
            let wait = if number == 1 && rng.percent(30) { 0 } else { rng.between((1, 40)) };
            self.soon.push((wait, Step::Report(who, PeerEvent::Candidate(key, candidate))));
        }
        self.soon.push((0, Step::Report(who, event)));
    }

    /// Time passes for links, channels and media.
    pub(crate) fn tick(&mut self, now: Time) {
        let ids: Vec<PcId> = self.pcs.keys().copied().collect();
        for id in &ids {
            self.join(*id);
        }
        for id in ids {
            let reached = self.reached(id);
            let sending =
                |remote: PcId| self.pcs.get(&remote).is_some_and(|remote| !remote.tracks.is_empty());
            let flows = reached.is_some_and(sending) && !self.pcs[&id].is_disconnected;
            let Some(pc) = self.pcs.get_mut(&id) else { continue };
            let (who, key) = id;
            let before = pc.link;
            if let Some((remote, remote_key)) = reached {
                pc.silent_since = None;
                if pc.is_disconnected {
                    pc.link = Some(Link::Disconnected);
                } else if pc.link != Some(Link::Failed) {
                    pc.link = Some(Link::Connected);
                }
                if !pc.channel {
                    pc.channel = true;
                    self.soon.push((5, Step::Report(who, PeerEvent::ChannelOpen(key))));
                }
                pc.acknowledged |= !pc.outbox.is_empty();
                for message in pc.outbox.drain(..) {
                    self.soon
                        .push((CHANNEL_MS, Step::Report(remote, PeerEvent::Message(remote_key, message))));
                }
            } else if pc.remote.is_some() && pc.local.is_some() {
                let silent = now.since(*pc.silent_since.get_or_insert(now));
                match pc.link {
                    Some(Link::Connected) if silent >= DISCONNECTED_AFTER => {
                        pc.link = Some(Link::Disconnected)
                    }
                    Some(Link::Disconnected) if silent >= FAILED_AFTER => pc.link = Some(Link::Failed),
                    None if silent >= FAILED_AFTER => pc.link = Some(Link::Failed),
                    _ => {}
                }
            }
            if let Some(link) = pc.link.filter(|_| pc.link != before) {
                self.soon.push((0, Step::Report(who, PeerEvent::Link(key, link))));
            }
            if flows {
                pc.bytes += 250;
            }
            if flows || core::mem::take(&mut pc.acknowledged) {
                pc.transport_bytes += 250;
            }
            let quiet = !flows && pc.bytes > 0;
            if now.0.is_multiple_of(COUNTS_MS) || quiet {
                let (media_bytes, transport_bytes) = (pc.bytes, Some(pc.transport_bytes));
                let received = PeerEvent::Received { peer: key, media_bytes, transport_bytes };
                self.soon.push((0, Step::Report(who, received)));
            }
        }
    }

    /// Counting begins anew, where worlds are compared.
    pub(crate) fn forget_counts(&mut self) {
        for pc in self.pcs.values_mut() {
            (pc.bytes, pc.transport_bytes) = (0, 0);
        }
    }

    /// When the next link that nothing gets through changes by itself.
    pub(crate) fn patience_ends(&self) -> Option<Time> {
        let ends = self.pcs.values().filter_map(|pc| {
            let since = pc.silent_since?;
            match pc.link {
                Some(Link::Connected) => Some(since + DISCONNECTED_AFTER),
                Some(Link::Disconnected | Link::Connecting) | None => Some(since + FAILED_AFTER),
                Some(Link::Failed) => None,
            }
        });
        ends.min()
    }

    /// Moves a phone to another network: all its links are dead until a restart.
    pub(crate) fn move_to_another_network(&mut self, who: Who) {
        let links = self.pcs.iter().filter(|((of, _), _)| *of == who);
        let ends: Vec<PcId> = links
            .flat_map(|(id, pc)| [Some(*id), pc.path.as_ref().map(|path| path.remote)])
            .flatten()
            .collect();
        for end in ends {
            if let Some(pc) = self.pcs.get_mut(&end) {
                pc.dead = true;
            }
        }
    }

    /// One end reports its link as lost, until a restart.
    pub(crate) fn lose_link(&mut self, who: Who) {
        for (_, pc) in self.pcs.iter_mut().filter(|((of, _), _)| *of == who) {
            pc.is_disconnected = true;
        }
    }

    /// Whether a phone has a connection that is up and receives media.
    pub(crate) fn hears(&self, who: Who) -> bool {
        let mut mine = self.pcs.iter().filter(|((of, _), _)| *of == who);
        mine.any(|(id, pc)| {
            let remote = self.reached(*id).and_then(|remote| self.pcs.get(&remote));
            pc.link == Some(Link::Connected)
                && remote.is_some_and(|remote| remote.tracks[Slot::Microphone].is_some())
        })
    }

    pub(crate) fn pc(&self, who: Who) -> Option<&Pc> {
        self.pcs.iter().find(|((of, _), _)| *of == who).map(|(_, pc)| pc)
    }

    /// Connects two ends that have the same offer and answer and know a candidate of each other: ICE and DTLS
    /// come up.
    fn join(&mut self, id: PcId) {
        let pc = &self.pcs[&id];
        let (Some(offer), Some(answer)) = (&pc.local, &pc.remote) else { return };
        if answer.answers.as_ref() != Some(&offer.ufrag) || !pc.candidates.contains(&answer.ufrag) {
            return;
        }
        let remote = self.pcs.iter().find(|(_, remote)| {
            remote.local.as_ref() == Some(answer)
                && remote.remote.as_ref() == Some(offer)
                && remote.candidates.contains(&offer.ufrag)
        });
        let Some(remote_id) = remote.map(|(id, _)| *id) else { return };
        let pair = format!("{} and {}", offer.ufrag, answer.ufrag);
        let way = !self.cut.contains(&id.0) && !self.cut.contains(&remote_id.0);
        if !way || pc.path.as_ref().is_some_and(|path| path.pair == pair) {
            return;
        }
        for (end, remote) in [(id, remote_id), (remote_id, id)] {
            if let Some(pc) = self.pcs.get_mut(&end) {
                pc.path = Some(Path { remote, pair: pair.clone() });
                (pc.dead, pc.is_disconnected) = (false, false);
                if pc.link == Some(Link::Failed) {
                    pc.link = None;
                }
            }
        }
    }

    /// The other end, if packets get there.
    fn reached(&self, id: PcId) -> Option<PcId> {
        let pc = self.pcs.get(&id)?;
        let path = pc.path.as_ref()?;
        let back = self.pcs.get(&path.remote)?.path.as_ref()?;
        let together = back.remote == id && back.pair == path.pair;
        let way = !pc.dead && !self.cut.contains(&id.0) && !self.cut.contains(&path.remote.0);
        (together && way).then_some(path.remote)
    }

    fn send(&mut self, id: PcId, message: PeerMessage) {
        if message == PeerMessage::HandsOver && !self.older.is_empty() {
            return; // one client does not say so, and the other does not understand it
        }
        if let Some((remote, key)) = self.reached(id) {
            if let Some(pc) = self.pcs.get_mut(&id) {
                pc.acknowledged = true;
            }
            self.soon.push((CHANNEL_MS, Step::Report(remote, PeerEvent::Message(key, message))));
        } else if let Some(pc) = self.pcs.get_mut(&id) {
            pc.outbox.push_back(message);
        }
    }
}

impl Pc {
    pub(crate) fn link(&self) -> Option<Link> {
        self.link
    }

    /// The phone at the other end.
    pub(crate) fn far(&self) -> Option<Who> {
        self.path.as_ref().map(|path| path.remote.0)
    }

    /// How many descriptions this end has created.
    pub(crate) fn described(&self) -> u32 {
        self.described
    }
}
