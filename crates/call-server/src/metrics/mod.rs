//! What operators measure: counts, gauges and durations of the running server, in the text format of OpenMetrics.
//! Never labelled with an id, a name or an address: the values of a label are few, and known beforehand.

mod labels;
mod relay;

pub use labels::{Kind, Method};
pub use relay::{RelayLoss, RelayMetrics, RelayTraffic};

use crate::close_codes;
use crate::{bus::Rejected, model::Changed};
use call_protocol::{CallStatus, EndReason, ErrorCode, SignalKind};
use call_rules::{CallRecord, Moment};
use labels::{Build, Closed, Code, Notice, Outcome, Request, Statement};
use prometheus_client::{
    encoding::text,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram, info::Info},
    registry::{Registry, Unit},
};
use std::{fmt, time::Duration};

/// From a fast answer to the end of a long ring, in seconds.
const RING: [f64; 10] = [1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0, 30.0, 45.0, 60.0];
/// From a warmed transport to the time-out of a connection, in seconds.
const CONNECT: [f64; 9] = [0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0];
/// From a statement on a database nearby, or a reply from memory, to one that waited for a lock, in seconds.
const BRIEF: [f64; 10] = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 0.5, 2.0, 5.0];

/// Everything that is measured.
pub struct Metrics {
    registry: Registry,
    calls: Family<Outcome, Counter>,
    answered_after: Histogram,
    connected_after: Histogram,
    signals: Family<Kind, Counter>,
    refusals: Family<Code, Counter>,
    closed: Family<Closed, Counter>,
    rejected: Family<Notice, Counter>,
    requests: Family<Request, Counter>,
    request_time: Histogram,
    store: StoreTimes,
    levels: Levels,
    /// The server's relay.
    pub relay: RelayMetrics,
}

/// What is looked at when somebody asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Sockets that are signed in.
    pub sockets: usize,
    /// Sockets that have not signed in yet.
    pub waiting: usize,
    /// Frames that wait in the queues of all sockets.
    pub frames: usize,
    /// Frames that wait in the fullest of these queues.
    pub most_frames: usize,
    /// Calls that ring.
    pub ringing: usize,
    /// Calls that run.
    pub active: usize,
}

#[derive(Default)]
struct Levels {
    sockets: Gauge,
    waiting: Gauge,
    frames: Gauge,
    most_frames: Gauge,
    ringing: Gauge,
    active: Gauge,
}

/// How long the database takes, by the part of the store that asks; cheap to clone.
#[derive(Clone, Debug)]
pub struct StoreTimes(Family<Statement, Histogram, fn() -> Histogram>);

impl StoreTimes {
    /// A transaction or statement of a part of the store took so long, the wait for its connection included.
    pub fn took(&self, part: &'static str, kind: &'static str, time: Duration) {
        self.0.get_or_create(&Statement { part, kind }).observe(time.as_secs_f64());
    }
}

impl Metrics {
    /// Nothing has happened yet.
    pub fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("calls"),
            calls: Family::default(),
            answered_after: Histogram::new(RING),
            connected_after: Histogram::new(CONNECT),
            signals: Family::default(),
            refusals: Family::default(),
            closed: Family::default(),
            rejected: Family::default(),
            requests: Family::default(),
            request_time: Histogram::new(BRIEF),
            store: StoreTimes(Family::new_with_constructor(|| Histogram::new(BRIEF))),
            levels: Levels::default(),
            relay: RelayMetrics::default(),
        };
        metrics.register();
        metrics.begin_at_zero();
        metrics
    }

    /// Counts what has not happened yet, for every value of a label that is known beforehand: a rate sees the first step only
    /// if there was a zero before it. Routes and parts of the store begin with their first use.
    fn begin_at_zero(&self) {
        for status in CallStatus::ALL.into_iter().filter(|status| !status.is_live()) {
            let reasons = EndReason::ALL.into_iter().map(EndReason::as_str).chain([""]);
            for reason in reasons {
                drop(self.calls.get_or_create(&Outcome { status: status.as_str(), reason }));
            }
        }
        for kind in SignalKind::ALL {
            drop(self.signals.get_or_create(&Kind::of(kind)));
        }
        for code in ErrorCode::ALL {
            drop(self.refusals.get_or_create(&Code { code: code.as_str() }));
        }
        for code in close_codes::SENT {
            drop(self.closed.get_or_create(&Closed { code }));
        }
        for rejected in Rejected::ALL {
            drop(self.rejected.get_or_create(&Notice::of(rejected)));
        }
        self.relay.begin_at_zero();
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        let _: &Info<Build> = &build;
        registry.register("build", "The server that runs", build);
        let calls = self.calls.clone();
        registry.register("finished", "Calls that are over, by their status and reason", calls);
        let histogram = self.answered_after.clone();
        registry.register_with_unit("ring", "From the ring to the answer", Unit::Seconds, histogram);
        let histogram = self.connected_after.clone();
        registry.register_with_unit("connect", "From the answer to first media", Unit::Seconds, histogram);
        let signals = self.signals.clone();
        registry.register("signals", "Signals that were passed on, by their type", signals);
        let refusals = self.refusals.clone();
        registry.register("refusals", "Requests and frames that were refused, by code", refusals);
        let closed = self.closed.clone();
        registry.register("sockets_closed", "Sockets that the server closed, by its code", closed);
        let rejected = self.rejected.clone();
        registry.register(
            "notices_refused",
            "Notices that no node wrote, or came twice, by what was wrong",
            rejected,
        );
        let requests = self.requests.clone();
        registry.register("http_requests", "Requests, by address and status", requests);
        let histogram = self.request_time.clone();
        registry.register_with_unit("http_request", "From a request to its reply", Unit::Seconds, histogram);
        let store = self.store.0.clone();
        registry.register_with_unit("store", "The database, by part of the store", Unit::Seconds, store);
        self.relay.register(registry);
        let levels = [
            ("sockets", "Sockets that are signed in", &self.levels.sockets),
            ("sockets_waiting", "Sockets that have not signed in yet", &self.levels.waiting),
            ("frames_queued", "Frames that wait for sockets", &self.levels.frames),
            ("frames_queued_most", "Frames that wait for one socket", &self.levels.most_frames),
            ("ringing", "Calls that ring", &self.levels.ringing),
            ("active", "Calls that run", &self.levels.active),
        ];
        for (name, help, gauge) in levels {
            registry.register(name, help, gauge.clone());
        }
    }

    /// The clock of the store.
    pub fn store_times(&self) -> StoreTimes {
        self.store.clone()
    }

    /// A call is over.
    pub fn call_over(&self, call: &CallRecord) {
        let reason = call.error_reason.map_or("", |reason| reason.as_str());
        self.calls.get_or_create(&Outcome { status: call.status.as_str(), reason }).inc();
    }

    /// A call was answered just now.
    pub fn call_answered(&self, changed: &Changed) {
        let call = &changed.record;
        observe(&self.answered_after, Some(call.created_at), Some(call.updated_at));
    }

    /// People talk; `answered_at` is when the row changed before that.
    pub fn call_connected(&self, call: &CallRecord, answered_at: Option<Moment>) {
        observe(&self.connected_after, answered_at, call.started_at);
    }

    /// A signal was passed on.
    pub fn signal(&self, kind: SignalKind) {
        self.signals.get_or_create(&Kind::of(kind)).inc();
    }

    /// A request or frame was refused.
    pub fn refused(&self, code: ErrorCode) {
        self.refusals.get_or_create(&Code { code: code.as_str() }).inc();
    }

    /// The server closed a socket with this code.
    pub fn socket_closed(&self, code: u16) {
        self.closed.get_or_create(&Closed { code }).inc();
    }

    /// Something came by the bus that no node wrote, or that was here before.
    pub fn rejected_notice(&self, rejected: Rejected) {
        self.rejected.get_or_create(&Notice::of(rejected)).inc();
    }

    /// A request was answered.
    pub fn request(&self, method: Method, route: &str, status: u16, time: Duration) {
        self.requests.get_or_create(&Request { method, route: route.to_owned(), status }).inc();
        self.request_time.observe(time.as_secs_f64());
    }

    /// All of it as text.
    pub fn text(&self, load: Load) -> String {
        let Load { sockets, waiting, frames, most_frames, ringing, active } = load;
        for (gauge, level) in [
            (&self.levels.sockets, sockets),
            (&self.levels.waiting, waiting),
            (&self.levels.frames, frames),
            (&self.levels.most_frames, most_frames),
            (&self.levels.ringing, ringing),
            (&self.levels.active, active),
        ] {
            gauge.set(i64::try_from(level).unwrap_or(i64::MAX));
        }
        let mut text = String::new();
        text::encode(&mut text, &self.registry).expect("a String takes any text");
        text
    }
}

impl Load {
    /// Counts a call that rings or runs.
    pub fn count(&mut self, status: CallStatus) {
        match status {
            CallStatus::Ringing => self.ringing += 1,
            CallStatus::Active => self.active += 1,
            CallStatus::Ended | CallStatus::Declined | CallStatus::Missed | CallStatus::Failed => {}
        }
    }
}

/// Rows tell the moments: the clock of the database is the same for all servers.
fn observe(histogram: &Histogram, from: Option<Moment>, to: Option<Moment>) {
    if let (Some(from), Some(to)) = (from, to) {
        histogram.observe(to.since(from).as_secs_f64());
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}
