//! A wire to a server that is far away: TCP, each way later by the same time; a new connection costs a round trip more,
//! as its handshake would. Never looks into what passes.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use crate::delay::Delay;

/// A running wire.
#[derive(Debug)]
pub struct LateWire {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl LateWire {
    /// Lays a wire to the server at this address.
    pub async fn start(server: &str, delay: &Delay) -> Result<Self> {
        let server: SocketAddr = server.parse().context("the server's address")?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let delay = delay.clone();
        let task = tokio::spawn(async move {
            while let Ok((visitor, _)) = listener.accept().await {
                let delay = delay.clone();
                tokio::spawn(async move {
                    // Either end may break off at any moment.
                    let _ = pass(visitor, server, &delay).await;
                });
            }
        });
        Ok(Self { address, task })
    }

    /// The near end, to be opened instead of the server.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its port on this machine.
    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }
}

impl Drop for LateWire {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass(visitor: TcpStream, server: SocketAddr, delay: &Delay) -> Result<()> {
    let server = TcpStream::connect(server).await?;
    visitor.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let opened = Instant::now() + 2 * delay.get();
    let (from_visitor, to_visitor) = visitor.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::try_join!(
        carry(from_visitor, to_server, opened, delay),
        carry(from_server, to_visitor, opened, delay)
    )?;
    Ok(())
}

/// Carries what is read, each part late by the delay of its moment, and then the end.
async fn carry(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    opened: Instant,
    delay: &Delay,
) -> Result<()> {
    let (sender, mut receiver) = unbounded_channel::<(Instant, Vec<u8>)>();
    let read = async move {
        let mut part = vec![0; 65_536];
        loop {
            let length = from.read(&mut part).await?;
            let due = Instant::now().max(opened) + delay.get();
            let ends = length == 0 || sender.send((due, part[..length].to_vec())).is_err();
            if ends {
                return Ok(()) as Result<()>;
            }
        }
    };
    let write = async move {
        while let Some((due, part)) = receiver.recv().await {
            sleep_until(due).await;
            to.write_all(&part).await?;
        }
        Ok(to.shutdown().await?)
    };
    tokio::try_join!(read, write)?;
    Ok(())
}
