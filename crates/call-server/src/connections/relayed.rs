//! Streams to the port of the relay. Never reads them: the relay does.

use super::{entrance::Entrance, wire::Wire};
use crate::relay::Relay;
use std::{sync::Arc, time::Duration};
use tokio_util::either::Either;

/// Takes them in and serves them, as long as the server runs; what is sent has to be read in the time for it.
pub(crate) async fn relay_streams(entrance: Arc<Entrance>, relay: Arc<Relay>, unread: Duration) {
    loop {
        let (stream, address, permit) = entrance.next().await;
        let relay = Arc::clone(&relay);
        tokio::spawn(async move {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "a stream of the relay keeps its delay");
            }
            let holder = permit.holder().clone();
            let wire = Wire::new(Either::Left(stream), permit, unread);
            tokio::select! {
                () = relay.over(wire, address, &holder) => {}
                () = holder.evicted() => tracing::debug!("a stream of the relay makes room for another connection"),
            }
        });
    }
}
