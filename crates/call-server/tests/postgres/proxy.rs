//! A connection to the database that can lose data, as a network does after a failover: connections stay open,
//! and nothing arrives any more.

use kit_server::{folder::Folder, world::World};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{UnixListener, UnixStream},
    sync::watch,
    task::JoinHandle,
};

/// The name of the socket that PostgreSQL's clients look for in a folder.
const SOCKET: &str = ".s.PGSQL.5432";

/// A running proxy; closed when it is dropped.
pub(crate) struct Proxy {
    folder: Folder,
    /// How often every connection was lost.
    losses: watch::Sender<u32>,
    admits: Arc<AtomicBool>,
    /// While set, the database's answer to a commit is lost, together with the connection.
    swallows: Arc<AtomicBool>,
    running: JoinHandle<()>,
}

impl Proxy {
    /// A proxy in front of the cluster at this address.
    pub(crate) fn to(url: &str) -> Self {
        let target = format!("{}/{SOCKET}", url.split_once("host=").unwrap().1.split('&').next().unwrap());
        let folder = World::Postgres.folder();
        let listener = UnixListener::bind(folder.0.join(SOCKET)).unwrap();
        let losses = watch::Sender::new(0);
        let (admits, swallows) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicBool::new(false)));
        let (lost, admitted, swallowed) = (losses.clone(), Arc::clone(&admits), Arc::clone(&swallows));
        let running = tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let target = target.clone();
                let (lost, swallowed) = (lost.subscribe(), Arc::clone(&swallowed));
                if admitted.load(Ordering::SeqCst) {
                    tokio::spawn(async move { pass(client, &target, lost, &swallowed).await });
                } else {
                    tokio::spawn(silence(client));
                }
            }
        });
        Self { folder, losses, admits, swallows, running }
    }

    /// The address of a database behind it.
    pub(crate) fn url(&self, url: &str) -> String {
        let (before, after) = url.split_once("host=").unwrap();
        let rest = after.split_once('&').map(|(_, rest)| format!("&{rest}")).unwrap_or_default();
        format!("{before}host={}{rest}", self.folder.0.display())
    }

    /// Silences every open connection without closing it; new ones work.
    pub(crate) fn lose_all(&self) {
        self.losses.send_modify(|times| *times += 1);
    }

    /// From now on new connections are accepted but silent, or work again.
    pub(crate) fn admit(&self, admit: bool) {
        self.admits.store(admit, Ordering::SeqCst);
    }

    /// The database carries out the next commit, and its answer is lost.
    pub(crate) fn swallow_the_answer_to_a_commit(&self) {
        self.swallows.store(true, Ordering::SeqCst);
    }

    /// Whether that has happened.
    pub(crate) fn swallowed(&self) -> bool {
        !self.swallows.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.running.abort();
    }
}

async fn pass(mut client: UnixStream, target: &str, mut lost: watch::Receiver<u32>, swallows: &AtomicBool) {
    lost.mark_unchanged();
    // Like a database that is stopped, the proxy refuses connections.
    let Ok(mut database) = UnixStream::connect(target).await else { return };
    let (mut asked, mut told) = ([0; 16 * 1024], [0; 16 * 1024]);
    loop {
        tokio::select! {
            _ = lost.changed() => break,
            read = client.read(&mut asked) => {
                let Some(length) = read.ok().filter(|length| *length > 0) else { return };
                let commits = asked[..length].windows(7).any(|text| text == b"COMMIT\0");
                if database.write_all(&asked[..length]).await.is_err() { return }
                if commits && swallows.swap(false, Ordering::SeqCst) {
                    let _ = database.read(&mut told).await;
                    break;
                }
            }
            read = database.read(&mut told) => {
                let Some(length) = read.ok().filter(|length| *length > 0) else { return };
                if client.write_all(&told[..length]).await.is_err() { return }
            }
        }
    }
    // The database keeps its end open, too: it does not notice.
    silence(client).await;
    drop(database);
}

async fn silence(mut client: UnixStream) {
    let mut heard = [0; 1024];
    while client.read(&mut heard).await.is_ok_and(|length| length > 0) {}
}
