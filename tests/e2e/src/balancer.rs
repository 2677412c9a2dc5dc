//! One address in front of several nodes: each connection goes to the next node that listens, as behind a load
//! balancer. Never looks into the data.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A running balancer.
pub struct Balancer {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Balancer {
    /// Starts on a free port, in front of the nodes at these addresses.
    pub async fn start(nodes: &[&str]) -> Result<Self> {
        let nodes = nodes.iter().map(|node| node.parse().context("a node's address"));
        let nodes: Arc<[SocketAddr]> = nodes.collect::<Result<Vec<_>>>()?.into();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let next = Arc::new(AtomicUsize::new(0));
        let task = tokio::spawn(async move {
            // A connection that cannot be accepted is dropped; the client can try again.
            while let Ok((visitor, _)) = listener.accept().await {
                tokio::spawn(pass(visitor, Arc::clone(&nodes), Arc::clone(&next)));
            }
        });
        Ok(Self { address, task })
    }

    /// The origin, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass(mut visitor: TcpStream, nodes: Arc<[SocketAddr]>, next: Arc<AtomicUsize>) {
    let first = next.fetch_add(1, Ordering::Relaxed);
    for node in (0..nodes.len()).filter_map(|turn| nodes.get((first + turn) % nodes.len())) {
        if let Ok(mut node) = TcpStream::connect(node).await {
            // Either end may close at any time.
            let _ = copy_bidirectional(&mut visitor, &mut node).await;
            return;
        }
    }
}
