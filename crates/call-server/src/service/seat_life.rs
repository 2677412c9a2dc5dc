//! Gathers the signs of life of the devices that sit in a call.
//! Never judges it: the rules do.

use super::nodes::Nodes;
use crate::{
    clock::Clock,
    hub::Hub,
    live::{Entry, LiveCalls},
};
use call_protocol::{CallId, CallRole, DeviceId, UserId};
use call_rules::{CallRecord, Connection, Life, Moment, Standing, other};
use std::time::Duration;

/// Where signs of life come from: the sockets of this process, reports of media, and what other nodes write down.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lives<'a> {
    pub(super) clock: &'a Clock,
    pub(super) hub: &'a Hub,
    pub(super) live: &'a LiveCalls,
    pub(super) nodes: Option<&'a Nodes>,
}

impl Lives<'_> {
    /// A call with the life of its seats.
    pub(super) fn standing<'r>(&self, record: &'r CallRecord) -> Standing<'r> {
        Standing {
            record,
            caller: self.of(record, CallRole::Caller),
            callee: self.of(record, CallRole::Callee),
            connection: connection(self.live, record),
        }
    }

    /// The same, where it was just read which of the call's people are connected to other nodes.
    pub(super) fn standing_now<'r>(
        &self,
        record: &'r CallRecord,
        elsewhere: &[(UserId, DeviceId)],
    ) -> Standing<'r> {
        let found = self.standing(record);
        let life = |role: CallRole| {
            let seat = record.seat(role)?;
            let device = seat.device.as_ref()?;
            let connected = if seat.leased {
                self.hub.is_connected(&seat.user, device)
                    || elsewhere.iter().any(|(user, there)| *user == seat.user && there == device)
            } else {
                found.life(role)?.connected
            };
            Some(Life { connected, ..found.life(role)? })
        };
        Standing { caller: life(CallRole::Caller), callee: life(CallRole::Callee), ..found }
    }

    /// The life of the device in a seat, as any node knows it.
    fn of(&self, record: &CallRecord, role: CallRole) -> Option<Life> {
        let here = self.here(record, role)?;
        let Some(nodes) = self.nodes else { return Some(here) };
        let now = self.clock.now();
        let seen = record.seat(role).and_then(|seat| seat.last_seen);
        let media_seen = record.seat(other(role)).and_then(|seat| seat.media_seen);
        let written = seen.max(media_seen);
        let silent = written.map_or(Duration::MAX, |at| now.since(at));
        let elsewhere = self.live.lock().get(&record.id).is_some_and(|entry| entry.is_elsewhere(role));
        Some(Life {
            connected: here.connected || elsewhere,
            silent: silent.min(nodes.watched(self.clock.tick())).min(here.silent),
            last_proof: here.last_proof.max(written),
            parted: here.parted,
            media: here.media.into_iter().chain(media_seen.map(|at| now.since(at))).min(),
        })
    }

    /// The life of the device in a seat, as this process knows it. Media that the other side reports comes from this device,
    /// so it is proof too.
    pub(super) fn here(&self, record: &CallRecord, role: CallRole) -> Option<Life> {
        let seat = record.seat(role)?;
        let device = seat.device.as_ref()?;
        let (now, tick) = (self.clock.now(), self.clock.tick());
        let reported =
            self.live.lock().get(&record.id).and_then(|entry| entry.media_reported_by(other(role)));
        let life = if seat.leased {
            self.hub.life(&seat.user, device, (now, tick))
        } else {
            self.hub.life_of_any(&seat.user, (now, tick))
        };
        let media = reported.map(|at| tick.0.saturating_sub(at.0));
        Some(match media.filter(|age| *age < life.silent) {
            Some(age) => Life { silent: age, last_proof: Some(now.minus(age)), media, ..life },
            None => Life { media, ..life },
        })
    }

    /// When a side last reported flowing media.
    pub(super) fn media_moment(&self, call: &CallId, reporter: CallRole) -> Option<Moment> {
        let reported = self.live.lock().get(call).and_then(|entry| entry.media_reported_by(reporter))?;
        Some(self.clock.now().minus(self.clock.tick().0.saturating_sub(reported.0)))
    }
}

/// What is known of the connection of a call whose clock runs.
pub(super) fn connection(live: &LiveCalls, record: &CallRecord) -> Connection {
    let by_a_report = record.seat(CallRole::Callee).is_none_or(|seat| seat.leased);
    if by_a_report || record.seats.iter().any(|seat| seat.media_seen.is_some()) {
        return Connection::Reported;
    }
    live.lock().get(&record.id).map_or(Connection::Possible, Entry::connection)
}
