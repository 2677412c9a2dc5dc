//! Carries notices through the database, for as long as the server runs: for nodes without a faster way. Slowly, and one
//! statement after the other, so that the database keeps its strength for the calls; sealed and in pieces, see `bus`.
//! Never reads one.

use super::Nodes;
use crate::{
    bus::{DatabaseListener, DatabaseSender},
    service::Calls,
    store::{Channel, Store, StoreError},
};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::Mutex,
    time::{sleep, timeout},
};

/// Pieces that are told with one statement, but for what belongs together.
const AT_ONCE: usize = 32;
/// The pause between two statements.
const PAUSE: Duration = Duration::from_millis(5);
/// The pause before it is tried again to listen.
const RETRY: Duration = Duration::from_secs(1);
/// How long the database may take to bring back what a node said itself.
const ECHO: Duration = Duration::from_secs(5);

/// Tells what there is to tell.
pub async fn tell(store: Arc<Store>, sender: Arc<Mutex<DatabaseSender>>) {
    // Nobody else has it, but the one who told before and could not go on.
    let mut sender = sender.lock().await;
    let mut channel = None;
    while let Some(pieces) = sender.take(AT_ONCE).await {
        match told(&store, &mut channel, &pieces).await {
            Ok(()) => sender.told(),
            Err(error) => {
                tracing::debug!(%error, "the other nodes could not be told through the database");
                sender.failed();
            }
        }
        sleep(PAUSE).await;
    }
}

async fn told(store: &Store, channel: &mut Option<Channel>, pieces: &[String]) -> Result<(), StoreError> {
    let channel = match channel {
        Some(channel) => channel,
        None => channel.insert(store.channel().await?),
    };
    store.notify(channel, pieces).await
}

/// Listens to what is told.
pub async fn overhear(calls: Arc<Calls>, listener: DatabaseListener) {
    let Some(nodes) = &calls.nodes else { return };
    let mut said = false;
    loop {
        if let Err(error) = listen(&calls.store, nodes, &listener).await
            && !std::mem::replace(&mut said, true)
        {
            error.log("other nodes cannot be heard through the database; it is tried again");
        }
        listener.end();
        sleep(RETRY).await;
    }
}

/// Listens until the connection is lost.
async fn listen(store: &Store, nodes: &Nodes, listener: &DatabaseListener) -> Result<(), StoreError> {
    let channel = store.channel().await?;
    let Some(mut listening) = store.listen(&channel).await? else { return Ok(()) };
    listener.begin();
    nodes.say_here();
    let mut first = timeout(ECHO, listening.next()).await;
    if first.is_err() {
        tracing::warn!(
            "the database does not bring notifications: give the address of the server itself, or of a pooler in session \
             mode, or other nodes are heard late when NATS is away"
        );
        first = Ok(listening.next().await);
    }
    let mut heard = first.unwrap_or_default();
    while let Some(text) = heard {
        if !listener.put(text).await {
            break;
        }
        heard = listening.next().await;
    }
    Ok(())
}
