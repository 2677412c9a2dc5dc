//! The calls that ring or run, and those that ended a moment ago, as the database last said; and beside them what must
//! never be in a database: the newest offer, and which device may answer it.
//! Never the truth: a restart loses it and reads the calls again. Whoever holds the lock also publishes, so that
//! frames about a call leave in the order of its versions.

mod candidates;

pub use candidates::Candidates;

use crate::{clock::Tick, model::Json, store::SeatNote, timestamp};
use call_protocol::{
    CallId, CallRole, CallStatus, ConversationId, DeviceId, LiveCall, RingOffer, UserId, limits,
};
use call_rules::{CallRecord, Connection, Moment, News};
use foldhash::fast::RandomState;
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Below so many calls, giving memory back is not worth the copying.
const FEW: usize = 256;

/// The current calls behind their lock.
#[derive(Debug, Default)]
pub struct LiveCalls(Mutex<Book>);

/// The current calls.
#[derive(Debug, Default)]
pub struct Book {
    calls: HashMap<CallId, Entry, RandomState>,
    of_user: HashMap<UserId, Vec<CallId>, RandomState>,
    drafts: HashMap<CallId, Warmth, RandomState>,
    /// The most calls at once since the last rush was over.
    most: usize,
}

/// What is known of the transport that is warmed while a call rings.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Warmth {
    /// Whether it may be warmed at all: between accepted contacts only.
    pub allowed: bool,
    /// The one callee device that may answer the offer.
    pub device: Option<DeviceId>,
    /// Those that may answer an offer of their own, which is not kept: the caller makes it when it hears of them.
    #[serde(default)]
    pub also: Vec<DeviceId>,
    /// The newest offer.
    pub offer: Option<RingOffer<Json>>,
}

/// A current call.
#[derive(Debug)]
pub struct Entry {
    /// As the database last said.
    pub record: Arc<CallRecord>,
    /// The transport that is warmed.
    pub warmth: Warmth,
    /// The candidates that each side has sent.
    pub candidates: Candidates,
    /// The offers that the caller has sent while it rang.
    offers: u32,
    /// When the caller last reported flowing media, and when the callee did.
    media: (Option<Tick>, Option<Tick>),
    /// Whether the devices in the caller's and in the callee's seat are connected to other nodes.
    elsewhere: (bool, bool),
    /// Whether an answer to an offer may have been signalled: not, if the call was known from its first ring on and none came.
    negotiated: bool,
    over_since: Option<Tick>,
}

/// Whether a device is shown the newest offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// It is one of those that ring, or the one that joins.
    Shown,
    /// It has no use for it.
    Withheld,
}

impl LiveCalls {
    /// The calls, for as long as the guard lives; never across a wait.
    pub fn lock(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    /// Keeps what will be known of a call before it is committed: afterwards it may be answered at once.
    pub fn draft(&mut self, id: CallId, warmth: Warmth) {
        self.drafts.insert(id, warmth);
    }

    /// Takes back a draft whose call did not come about.
    pub fn forget_draft(&mut self, id: &CallId) {
        self.drafts.remove(id);
    }

    /// Takes in a reading of the database; what is new in it, or nothing when it is known already.
    pub fn apply(&mut self, record: CallRecord, now: Tick) -> Option<News> {
        let news = call_rules::news(self.calls.get(&record.id).map(|entry| &*entry.record), &record)?;
        let over_since = (!record.status.is_live()).then_some(now);
        let status = record.status;
        match self.calls.get_mut(&record.id) {
            Some(entry) => {
                entry.record = Arc::new(record);
                entry.over_since = entry.over_since.or(over_since);
                if entry.over_since.is_some() {
                    entry.warmth = Warmth::default();
                }
            }
            None => {
                let id = record.id.clone();
                for user in [&record.caller.id, &record.callee.id] {
                    self.of_user.entry(user.clone()).or_default().push(id.clone());
                }
                let warmth = self.drafts.remove(&id).filter(|_| over_since.is_none()).unwrap_or_default();
                let negotiated = status != CallStatus::Ringing;
                self.calls.insert(id, Entry { warmth, negotiated, over_since, ..Entry::past(record) });
            }
        }
        Some(news)
    }

    /// Takes note of what other nodes wrote about the seats of live calls; the calls that must be read again, because
    /// they have changed or are no longer among them.
    pub fn compare(&mut self, notes: &[SeatNote]) -> Vec<CallId> {
        for note in notes {
            self.calls.get_mut(&note.call).into_iter().for_each(|entry| entry.take_note(note));
        }
        self.changed(&notes.iter().map(|note| (note.call.clone(), note.version)).collect())
    }

    /// The calls that must be read again, because they are not known in the version that is live, or no longer live.
    pub fn changed(&self, live: &HashMap<CallId, i64>) -> Vec<CallId> {
        let known = |id: &CallId| self.calls.get(id).map(|entry| entry.record.version);
        let changed = live.iter().filter(|(id, version)| known(id).is_none_or(|known| known < **version));
        let over = self.live().filter(|entry| !live.contains_key(&entry.record.id));
        changed.map(|(id, _)| id.clone()).chain(over.map(|entry| entry.record.id.clone())).collect()
    }

    /// A current call.
    pub fn get(&self, id: &CallId) -> Option<&Entry> {
        self.calls.get(id)
    }

    /// The conversation of a current call.
    pub fn conversation_of(&self, id: &CallId) -> Option<ConversationId> {
        self.get(id).map(|entry| entry.record.conversation_id.clone())
    }

    /// A current call, to note what the database must not know.
    pub fn get_mut(&mut self, id: &CallId) -> Option<&mut Entry> {
        self.calls.get_mut(id)
    }

    /// The ids of a person's current calls, the newest last: nobody has two seats, so that one also ended last.
    pub fn ids_of(&self, user: &UserId) -> Vec<CallId> {
        self.of_user.get(user).cloned().unwrap_or_default()
    }

    /// The calls that ring or run.
    pub fn live(&self) -> impl Iterator<Item = &Entry> {
        self.calls.values().filter(|entry| entry.over_since.is_none())
    }

    /// The calls that ring or run, to change what may be warmed.
    pub fn live_mut(&mut self) -> impl Iterator<Item = &mut Entry> {
        self.calls.values_mut().filter(|entry| entry.over_since.is_none())
    }

    /// Forgets calls that have been over for this long.
    pub fn forget_over(&mut self, now: Tick, memory: Duration) {
        let old =
            |entry: &Entry| entry.over_since.is_some_and(|since| now.0.saturating_sub(since.0) >= memory);
        for entry in self.calls.extract_if(|_, entry| old(entry)).map(|(_, entry)| entry) {
            for user in [&entry.record.caller.id, &entry.record.callee.id] {
                if let Some(ids) = self.of_user.get_mut(user) {
                    ids.retain(|id| *id != entry.record.id);
                    if ids.is_empty() {
                        self.of_user.remove(user);
                    }
                }
            }
        }
        if over(&mut self.most, self.calls.len()) {
            self.calls.shrink_to(2 * self.calls.len());
            self.of_user.shrink_to(2 * self.of_user.len());
        }
    }
}

/// Whether there are far fewer calls than there were: a map never gives memory back by itself.
fn over(most: &mut usize, now: usize) -> bool {
    let over = *most > FEW && now < *most / 4;
    *most = if over { now } else { now.max(*most) };
    over
}

/// Whether it is so on one side at least.
fn sides(is_so: impl Fn(CallRole) -> bool) -> bool {
    is_so(CallRole::Caller) || is_so(CallRole::Callee)
}

impl Entry {
    fn take_note(&mut self, note: &SeatNote) {
        let Some(role) = self.record.role_of(&note.user) else { return };
        match role {
            CallRole::Caller => self.elsewhere.0 = note.elsewhere,
            CallRole::Callee => self.elsewhere.1 = note.elsewhere,
        }
        if let Some(seat) =
            Arc::make_mut(&mut self.record).seats.iter_mut().find(|seat| seat.user == note.user)
        {
            (seat.last_seen, seat.media_seen) = (note.last_seen, note.media_seen);
        }
    }

    /// Whether the device in a seat is connected to another node.
    pub fn is_elsewhere(&self, role: CallRole) -> bool {
        match role {
            CallRole::Caller => self.elsewhere.0,
            CallRole::Callee => self.elsewhere.1,
        }
    }

    /// A call of which nothing is known but its record.
    pub fn past(record: CallRecord) -> Self {
        let candidates = Candidates::default();
        Self {
            record: Arc::new(record),
            warmth: Warmth::default(),
            candidates,
            offers: 0,
            media: (None, None),
            elsewhere: (false, false),
            negotiated: true,
            over_since: None,
        }
    }

    /// An answer to an offer was signalled; whether it is the first.
    pub fn note_negotiated(&mut self) -> bool {
        !std::mem::replace(&mut self.negotiated, true)
    }

    /// What is known of the connection.
    pub fn connection(&self) -> Connection {
        match (self.media, self.negotiated) {
            ((None, None), false) => Connection::Impossible,
            ((None, None), true) => Connection::Possible,
            ((Some(_), _) | (_, Some(_)), _) => Connection::Reported,
        }
    }

    /// The caller sends an offer while it rings; `false` for one too many.
    pub fn note_offer(&mut self) -> bool {
        self.offers = self.offers.saturating_add(1);
        self.offers <= limits::RING_OFFERS
    }

    /// A side reports that media of the other flows.
    pub fn note_media(&mut self, reporter: CallRole, now: Tick) {
        match reporter {
            CallRole::Caller => self.media.0 = Some(now),
            CallRole::Callee => self.media.1 = Some(now),
        }
    }

    /// A side reports that media of the other does not arrive any more.
    pub fn forget_media(&mut self, reporter: CallRole) {
        match reporter {
            CallRole::Caller => self.media.0 = None,
            CallRole::Callee => self.media.1 = None,
        }
    }

    /// When a side last reported flowing media.
    pub fn media_reported_by(&self, role: CallRole) -> Option<Tick> {
        match role {
            CallRole::Caller => self.media.0,
            CallRole::Callee => self.media.1,
        }
    }

    /// Whether a callee's device that takes the call has use for the offer: one that was made to another device opens a
    /// peer connection with that one, and the caller makes a new one.
    pub fn offer_for(&self, device: &DeviceId) -> Offer {
        let made_to_another = self.warmth.device.as_ref().is_some_and(|warm| warm != device);
        if made_to_another { Offer::Withheld } else { Offer::Shown }
    }

    /// Whether a transport may be made ready while it rings: between contacts, of whom neither hides their address.
    pub fn may_warm(&self) -> bool {
        self.warmth.allowed && !sides(|role| self.record.hides(role))
    }

    /// The one callee device that may answer the offer while it rings.
    pub fn warm_device(&self) -> Option<&DeviceId> {
        self.warmth.device.as_ref().filter(|_| self.may_warm())
    }

    /// Those that may answer an offer of their own while it rings.
    pub fn also_warm(&self) -> &[DeviceId] {
        if self.may_warm() { &self.warmth.also } else { &[] }
    }

    /// The newest offer, unless it was made before an address was hidden. Who names no device makes only this one: it waits
    /// for the device that answers, and its own address is hidden until then.
    fn offer(&self) -> Option<&RingOffer<Json>> {
        let nameless = self.record.seat(CallRole::Caller).is_some_and(|seat| !seat.leased);
        let in_time = !(self.rings() && self.record.hides(CallRole::Caller));
        let void = !self.may_warm() && sides(|role| self.record.hides(role)) && !(nameless && in_time);
        self.warmth.offer.as_ref().filter(|_| !void)
    }

    /// Whether it rings.
    pub fn rings(&self) -> bool {
        self.record.status == CallStatus::Ringing
    }

    /// The call as a side sees it.
    pub fn seen_by(&self, role: CallRole, offer: Offer, now: Moment) -> LiveCall<Json> {
        LiveCall {
            warm_device: self.warm_device().cloned(),
            also_warm: if self.rings() { self.also_warm().to_vec() } else { Vec::new() },
            offer: self.offer().filter(|_| offer == Offer::Shown).cloned(),
            ..self.record.live_shown(role, timestamp::format, now)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rush_is_over_once_when_a_quarter_of_its_calls_is_left() {
        let mut most = 0;
        let said = [200, 40, 40_000, 20_000, 9_999, 9_999, 2_000, 10].map(|now| over(&mut most, now));
        assert_eq!(said, [false, false, false, false, true, false, true, true]);
    }
}
