//! Every background task of the server, in one list: its name, how it starts, and its last step when the server stops.
//! Never runs one: `tasks` does, and knows how each is.

use crate::{
    admission::{AdmissionPool, Bounds},
    app::App,
    bus::{DatabaseWay, Subscription},
    clock::Clock,
    config::Database,
    connections::{self, Connections, Entrance, Networks},
    relay::Relay,
    routes,
    service::{deleted_people, doubt, heartbeat, idempotency, nodes, restored, retention, sessions, sweep},
    store::Store,
    tasks::Task,
    tls::Tls,
};
use std::{sync::Arc, time::Duration};
use tokio::{net::TcpListener, sync::Mutex};

/// Programs that measure are few.
const FOR_OPERATORS: Bounds =
    Bounds { places: 32, per_network: 32, patience: Duration::ZERO, work: Duration::from_secs(10) };

/// What this server does by itself, as it is configured.
pub(crate) fn tasks(
    app: &Arc<App>,
    bus: Option<(Subscription, DatabaseWay)>,
    tls: Option<Tls>,
    (metrics, relay): (Option<TcpListener>, Option<(Arc<Relay>, TcpListener)>),
) -> Vec<Task> {
    let App { config, calls, accounts, .. } = &**app;
    let (sweeping, journal) = (Arc::clone(calls), Arc::clone(&accounts.journal));
    let repetitions = config.timings.lease_writes.max(config.timings.sweep);
    let mut tasks = vec![
        task(calls, "ends of calls", sweep::run).finally(async move { sweep::write_proofs(&sweeping).await }),
        over_rows(app, "forgetting idempotency keys", idempotency::run),
        task(accounts, "noticing deletions", deleted_people::run),
        task(accounts, "ends of sessions", sessions::run),
        task(calls, "settling doubts", doubt::run),
        task(&journal, "counting refusals", move |journal| journal.log_repetitions(repetitions)),
    ];
    if let Some(days) = config.keep_days {
        let forget = move |store, clock| retention::run(store, clock, days);
        tasks.push(over_rows(app, "forgetting what is old", forget));
    }
    if matches!(config.database, Database::File(_)) {
        tasks.push(task(calls, "noticing a restored copy", restored::run));
    }
    if calls.nodes.is_some() {
        let leaving = Arc::clone(calls);
        let life = task(calls, "life of this node", heartbeat::run);
        tasks.push(life.finally(async move {
            if let Some(nodes) = &leaving.nodes {
                nodes::leave(nodes, &leaving.store).await;
            }
        }));
        tasks.push(task(calls, "healing between nodes", nodes::heal));
    }
    tasks.extend(bus.into_iter().flat_map(|bus| over_the_bus(app, bus)));
    tasks.extend(tls.map(|tls| {
        let pause = config.timings.certificate_check;
        Task::new("keeping the certificate fresh", move || tls.clone().keep_fresh(pause))
    }));
    tasks.extend(metrics.map(|port| measurements(app, port)));
    tasks.extend(relay.into_iter().flat_map(|(relay, port)| relaying(app, relay, port)));
    tasks
}

/// A task that needs some of the server's parts only.
fn task<P: Send + Sync + 'static, F: Future<Output = ()> + Send + 'static>(
    parts: &Arc<P>,
    name: &'static str,
    run: impl Fn(Arc<P>) -> F + Send + 'static,
) -> Task {
    let parts = Arc::clone(parts);
    Task::new(name, move || run(Arc::clone(&parts)))
}

/// A task that needs the database and the time only.
fn over_rows<F: Future<Output = ()> + Send + 'static>(
    app: &App,
    name: &'static str,
    run: impl Fn(Arc<Store>, Clock) -> F + Send + 'static,
) -> Task {
    let (store, clock) = (Arc::clone(&app.store), app.clock.clone());
    Task::new(name, move || run(Arc::clone(&store), clock.clone()))
}

/// Hearing the other nodes, and telling them by the database where NATS does not reach them.
fn over_the_bus(app: &App, (subscription, way): (Subscription, DatabaseWay)) -> [Task; 3] {
    let (listener, sender) = way.split();
    let (subscription, sender) = (Arc::new(Mutex::new(subscription)), Arc::new(Mutex::new(sender)));
    [
        task(&app.accounts, "listening to other nodes", move |accounts| {
            nodes::listen(accounts, Arc::clone(&subscription))
        }),
        task(&app.store, "telling other nodes through the database", move |store| {
            nodes::tell(store, Arc::clone(&sender))
        }),
        task(&app.calls, "hearing other nodes through the database", move |calls| {
            nodes::overhear(calls, listener.clone())
        }),
    ]
}

/// Serves the relay.
fn relaying(app: &Arc<App>, relay: Arc<Relay>, port: TcpListener) -> [Task; 3] {
    // Nothing stands before its port, and it takes its share of the places of all connections.
    let entrance = Entrance::new(port, app.connections.clone(), Networks::Count, app.clock.clone());
    let (entrance, unread) = (Arc::new(entrance), app.config.timings.unread);
    let (datagrams, ends) = (Arc::clone(&relay), Arc::clone(&relay));
    [
        Task::new("relay", move || Arc::clone(&datagrams).serve()),
        Task::new("streams of the relay", move || {
            connections::relay_streams(Arc::clone(&entrance), Arc::clone(&relay), unread)
        }),
        Task::new("ends of relaying", move || Arc::clone(&ends).sweep()),
    ]
}

/// Serves the measurements at a port of their own.
fn measurements(app: &Arc<App>, port: TcpListener) -> Task {
    let (router, clock) = (routes::metrics::router(Arc::clone(app)), app.clock.clone());
    let places = AdmissionPool::new(FOR_OPERATORS);
    let entrance = Arc::new(Entrance::new(port, places, Networks::AreProxies, clock.clone()));
    let timings = app.config.timings.clone();
    Task::new("metrics", move || {
        let connections = Connections::new(router.clone(), None, &timings, clock.clone());
        let entrance = Arc::clone(&entrance);
        // It serves until the server has stopped.
        async move { drop(connections.serve(entrance, std::future::pending()).await) }
    })
}
