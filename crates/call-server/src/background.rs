//! Every background task of the server, in one list: its name, how it starts, and its last step when the server stops.
//! Never runs one: `tasks` does, and knows how each is.

use crate::{
    admission::{AdmissionPool, Bounds},
    bus::{Door, Ear},
    config::Database,
    connections::{Connections, Entrance, Networks},
    routes,
    service::{
        App, deleted_people, doubt, heartbeat, idempotency, nodes, restored, retention, sessions, sweep,
    },
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
    bus: Option<(Ear, Door)>,
    tls: Option<Tls>,
    metrics: Option<TcpListener>,
) -> Vec<Task> {
    let (config, sweeping) = (&app.config, Arc::clone(app));
    let mut tasks = vec![
        task(app, "ends of calls", sweep::run).finally(async move { sweep::write_proofs(&sweeping).await }),
        task(app, "forgetting idempotency keys", idempotency::run),
        task(app, "noticing deletions", deleted_people::run),
        task(app, "ends of sessions", sessions::run),
        task(app, "settling doubts", doubt::run),
    ];
    if config.keep_days.is_some() {
        tasks.push(task(app, "forgetting what is old", retention::run));
    }
    if matches!(config.database, Database::File(_)) {
        tasks.push(task(app, "noticing a restored copy", restored::run));
    }
    if app.nodes.is_some() {
        let leaving = Arc::clone(app);
        let life = task(app, "life of this node", heartbeat::run);
        tasks.push(life.finally(async move {
            if let Some(nodes) = &leaving.nodes {
                nodes::leave(nodes, &leaving.store).await;
            }
        }));
        tasks.push(task(app, "healing between nodes", nodes::heal));
    }
    tasks.extend(bus.into_iter().flat_map(|bus| over_the_bus(app, bus)));
    tasks.extend(tls.map(|tls| {
        let pause = config.timings.certificate_check;
        Task::new("keeping the certificate fresh", move || tls.clone().keep_fresh(pause))
    }));
    tasks.extend(metrics.map(|port| measurements(app, port)));
    tasks
}

/// A task that needs the server's parts only.
fn task<F: Future<Output = ()> + Send + 'static>(
    app: &Arc<App>,
    name: &'static str,
    run: impl Fn(Arc<App>) -> F + Send + 'static,
) -> Task {
    let app = Arc::clone(app);
    Task::new(name, move || run(Arc::clone(&app)))
}

/// Hearing the other nodes, and telling them by the database where NATS does not reach them.
fn over_the_bus(app: &Arc<App>, (ear, door): (Ear, Door)) -> [Task; 3] {
    let (inlet, outlet) = door.open();
    let (ear, outlet) = (Arc::new(Mutex::new(ear)), Arc::new(Mutex::new(outlet)));
    [
        task(app, "listening to other nodes", move |app| nodes::listen(app, Arc::clone(&ear))),
        task(app, "telling other nodes through the database", move |app| {
            nodes::tell(app, Arc::clone(&outlet))
        }),
        task(app, "hearing other nodes through the database", move |app| nodes::overhear(app, inlet.clone())),
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
