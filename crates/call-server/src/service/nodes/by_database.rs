//! Carries notices through the database, for nodes without a faster way: one statement after the other with pauses between
//! them, so that calls have the database to themselves. The notices are sealed and in pieces, see `bus`. Never reads one.

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

/// The pieces sent by one statement; a notice that has more is not split.
const AT_ONCE: usize = 32;
/// The pause between two statements.
const PAUSE: Duration = Duration::from_millis(5);
/// The pause before the next attempt to listen.
const RETRY: Duration = Duration::from_secs(1);
/// How long the database may take to deliver this node's own first notice.
const ECHO: Duration = Duration::from_secs(5);

/// Sends what the bus hands over, for as long as the server runs.
pub async fn tell(store: Arc<Store>, sender: Arc<Mutex<DatabaseSender>>) {
    // Free at once: only an earlier run of this task, which has ended, held it.
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

/// Hands what the other nodes send to the bus, for as long as the server runs.
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
             mode, or other nodes are heard late when NATS cannot be reached"
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
