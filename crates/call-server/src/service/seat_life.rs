//! Gathers what is known of the life of those who sit in a call.
//! Never judges it: the policy does.

use super::App;
use crate::live::Entry;
use call_protocol::{CallId, CallRole, DeviceId, UserId};
use call_rules::{CallRecord, Connection, Life, Moment, Standing, other};
use std::time::Duration;

/// A call with the life of its seats.
pub(super) fn standing<'a>(app: &App, record: &'a CallRecord) -> Standing<'a> {
    let life = |role| life_of(app, record, role);
    Standing {
        record,
        caller: life(CallRole::Caller),
        callee: life(CallRole::Callee),
        connection: connection(app, record),
    }
}

/// The life of the device in a seat, as any node knows it.
fn life_of(app: &App, record: &CallRecord, role: CallRole) -> Option<Life> {
    let here = life_here(app, record, role)?;
    let Some(nodes) = app.company() else { return Some(here) };
    let seen = record.seat(role).and_then(|seat| seat.last_seen);
    let written = seen.max(record.seat(other(role)).and_then(|seat| seat.media_seen));
    let silent = written.map_or(Duration::MAX, |at| app.clock.now().since(at));
    let elsewhere = app.live.lock().get(&record.id).is_some_and(|entry| entry.is_elsewhere(role));
    Some(Life {
        connected: here.connected || elsewhere,
        silent: silent.min(nodes.watched(app.clock.tick())).min(here.silent),
        last_proof: here.last_proof.max(written),
        parted: here.parted,
        media: here.media.into_iter().chain(media_written(app, record, role)).min(),
    })
}

/// The life of the device in a seat, as this process heard it. Media that the other side reports comes from this device, so that is proof too.
pub(super) fn life_here(app: &App, record: &CallRecord, role: CallRole) -> Option<Life> {
    let seat = record.seat(role)?;
    let device = seat.device.as_ref()?;
    let (now, tick) = (app.clock.now(), app.clock.tick());
    let reported = app.live.lock().get(&record.id).and_then(|entry| entry.media_reported_by(other(role)));
    let life = if seat.leased {
        app.hub.life(&seat.user, device, (now, tick))
    } else {
        app.hub.life_of_any(&seat.user, (now, tick))
    };
    let flowing = reported.map(|at| tick.0.saturating_sub(at.0)).filter(|age| *age < life.silent);
    let media = reported.map(|at| tick.0.saturating_sub(at.0));
    Some(match flowing {
        Some(age) => Life { silent: age, last_proof: Some(now.minus(age)), media, ..life },
        None => Life { media, ..life },
    })
}

/// How long ago some node wrote down that the other side reported media of the device in a seat.
fn media_written(app: &App, record: &CallRecord, role: CallRole) -> Option<Duration> {
    let written = record.seat(other(role)).and_then(|seat| seat.media_seen)?;
    Some(app.clock.now().since(written))
}

/// A call with the life of its seats, where somebody just asked who of its people is connected to other nodes.
pub(super) fn standing_now<'a>(
    app: &App,
    record: &'a CallRecord,
    elsewhere: &[(UserId, DeviceId)],
) -> Standing<'a> {
    let found = standing(app, record);
    let life = |role: CallRole| {
        let seat = record.seat(role)?;
        let device = seat.device.as_ref()?;
        let connected = if seat.leased {
            app.hub.is_connected(&seat.user, device)
                || elsewhere.iter().any(|(user, there)| *user == seat.user && there == device)
        } else {
            found.life(role)?.connected
        };
        Some(Life { connected, ..found.life(role)? })
    };
    Standing { caller: life(CallRole::Caller), callee: life(CallRole::Callee), ..found }
}

/// What is known of the connection of a call whose clock runs.
pub(super) fn connection(app: &App, record: &CallRecord) -> Connection {
    let by_a_report = record.seat(CallRole::Callee).is_none_or(|seat| seat.leased);
    if by_a_report || record.seats.iter().any(|seat| seat.media_seen.is_some()) {
        return Connection::Reported;
    }
    app.live.lock().get(&record.id).map_or(Connection::Possible, Entry::connection)
}

/// When a side last reported flowing media.
pub(super) fn media_moment(app: &App, call: &CallId, reporter: CallRole) -> Option<Moment> {
    let reported = app.live.lock().get(call).and_then(|entry| entry.media_reported_by(reporter))?;
    Some(app.clock.now().minus(app.clock.tick().0.saturating_sub(reported.0)))
}
