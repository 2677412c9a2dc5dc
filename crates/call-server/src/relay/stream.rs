//! TURN on a stream, plain or encrypted: messages one after another (RFC 8656, section 2.1). A stream that has no allocation
//! for a while is closed, and one whose other side does not read what is sent.
//! Never knows what is in a message but its length.

use super::{Client, PACKET, Relay, stun};
use crate::admission::Holder;
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    sync::mpsc,
    time::timeout,
};

/// How long a stream may do nothing, unless it has an allocation.
const IDLE: Duration = Duration::from_secs(30);
/// How long the other side may take to read.
const UNREAD: Duration = Duration::from_secs(10);

impl Relay {
    /// Serves a stream to its end, or to the relay's; `holder` is who has its place among the connections.
    pub(crate) async fn over(
        self: &Arc<Self>,
        stream: impl AsyncRead + AsyncWrite + Send,
        address: SocketAddr,
        holder: &Holder,
    ) {
        let (client, outlet) = self.new_stream(address);
        // Whoever serves a stream may be stopped at any time: its place goes to somebody else.
        let _open = OpenStream { relay: self, client };
        let (reading, writing) = tokio::io::split(stream);
        tokio::select! {
            () = self.read(reading, client, holder) => {}
            () = write(writing, outlet) => {}
        }
    }

    async fn read(self: &Arc<Self>, mut stream: impl AsyncRead + Unpin, client: Client, holder: &Holder) {
        let mut bytes = Vec::with_capacity(2 * PACKET);
        let mut out = Vec::with_capacity(PACKET);
        let mut stays = false;
        loop {
            let read = timeout(IDLE, stream.read_buf(&mut bytes)).await;
            match read {
                Ok(Ok(0) | Err(_)) => return,
                Ok(Ok(_)) => {}
                Err(_) if self.has_allocation(&client) => continue,
                Err(_) => return,
            }
            let mut taken = 0;
            while let Some(length) = stun::length_on_stream(&bytes[taken..]) {
                if length > PACKET {
                    return; // nothing that browsers send
                }
                let Some(packet) = bytes.get(taken..taken + length) else { break };
                self.take(client, packet, &mut out);
                taken += length;
            }
            bytes.drain(..taken);
            match (stays, self.has_allocation(&client)) {
                (false, true) => {
                    // Who it is has been shown.
                    holder.stays();
                    stays = true;
                }
                // A place is kept for an allocation only.
                (true, false) => return,
                (false, false) | (true, true) => {}
            }
        }
    }
}

/// A stream that the relay knows, until this goes.
struct OpenStream<'r> {
    relay: &'r Relay,
    client: Client,
}

impl Drop for OpenStream<'_> {
    fn drop(&mut self) {
        self.relay.end_stream(&self.client);
    }
}

async fn write(mut stream: impl AsyncWrite + Unpin, mut packets: mpsc::Receiver<Vec<u8>>) {
    let mut waiting = Vec::new();
    while packets.recv_many(&mut waiting, 32).await > 0 {
        let bytes = waiting.concat();
        waiting.clear();
        let written = async {
            stream.write_all(&bytes).await?;
            stream.flush().await
        };
        if !matches!(timeout(UNREAD, written).await, Ok(Ok(()))) {
            return;
        }
    }
}
