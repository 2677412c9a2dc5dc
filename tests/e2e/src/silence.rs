//! A proxy that silently forgets connections: both ends keep believing in them, but nothing arrives any more.
//! Never closes a connection by itself.

use std::net::SocketAddr;

use anyhow::Result;
use tokio::io::{AsyncReadExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A running proxy.
pub struct Silence {
    address: SocketAddr,
    /// How often it has forgotten all connections.
    forgotten: watch::Sender<u32>,
    task: JoinHandle<()>,
}

impl Silence {
    /// Starts on a free port, in front of the server at this address.
    pub async fn start(server: &str) -> Result<Self> {
        let server: SocketAddr = server.parse()?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let forgotten = watch::Sender::new(0);
        let told = forgotten.clone();
        let task = tokio::spawn(async move {
            while let Ok((visitor, _)) = listener.accept().await {
                tokio::spawn(pass(visitor, server, told.subscribe()));
            }
        });
        Ok(Self { address, forgotten, task })
    }

    /// The origin, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Forgets every open connection; new ones work.
    pub fn forget(&self) {
        self.forgotten.send_modify(|times| *times += 1);
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass(mut visitor: TcpStream, server: SocketAddr, mut forgotten: watch::Receiver<u32>) {
    let Ok(mut far) = TcpStream::connect(server).await else { return };
    tokio::select! {
        // Either end may close at any time.
        _ = copy_bidirectional(&mut visitor, &mut far) => return,
        _ = forgotten.changed() => {}
    }
    drop(far);
    let mut swallowed = [0; 1024];
    while visitor.read(&mut swallowed).await.is_ok_and(|bytes| bytes > 0) {}
}
