//! STUN and TURN inside the server (RFC 8489, RFC 8656): UDP and streams at a port of their own, and streams of TURN at the
//! port of HTTPS. It relays between its own allocations only, and only between the two people of a live call, so that
//! nobody else, no other machine and no service of this one can be reached through it.
//! Never decides who may use it (`call_rules` does), and never opens a connection.
//!
//! - `stun`: messages as bytes
//! - `credentials`: who a request comes from
//! - `allocations`: whose each is, and whom it may reach
//! - `turn`: what is answered to a packet
//! - `stream`: messages on a stream
//! - `probe`: a client of TURN, with which an operator checks a relay

mod allocations;
mod credentials;
mod probe;
mod stream;
mod stun;
#[cfg(test)]
mod trials;
mod turn;

pub use probe::Finding;
pub(crate) use probe::probe;

use crate::{
    metrics::{RelayLoss, RelayTraffic},
    network::Network,
    service::{Calls, relay::InCalls},
    store::StoreError,
};
use allocations::{Allocations, Client, Lost, News};
use std::{
    collections::HashMap,
    fmt, io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    net::UdpSocket,
    sync::{Semaphore, mpsc},
    time::timeout,
};
use turn::{Action, Now, Question, Turn, Verdict};

/// The largest packet that is taken, in bytes: what browsers send fits into the frames of every network.
const PACKET: usize = 2048;
/// Questions about calls that wait for the database at a time.
const QUESTIONS: usize = 64;
/// How long one waits; TURN's clients ask again after half a second, and give up after ten.
const PATIENCE: Duration = Duration::from_secs(5);
/// What the kernel keeps of packets that arrive at once, in bytes.
const RECEIVE_BUFFER: usize = 4 * 1024 * 1024;
/// Packets that wait for a stream; more are lost, as in any network.
const QUEUE: usize = 128;

/// The running relay.
pub(crate) struct Relay {
    calls: Arc<Calls>,
    udp: UdpSocket,
    turn: Mutex<Turn>,
    streams: Mutex<HashMap<u64, mpsc::Sender<Vec<u8>>>>,
    last_stream: AtomicU64,
    questions: Arc<Semaphore>,
}

impl Relay {
    /// A relay at this socket, for the people of this server.
    pub(crate) fn new(calls: Arc<Calls>, udp: UdpSocket) -> Arc<Self> {
        let limits = &calls.config.limits;
        let allocations = Allocations::new(limits.relay_allocations, limits.rates.relay_bytes);
        let secret = calls.ice.own_secret().to_owned();
        let turn = Mutex::new(Turn::new(allocations, secret, limits.relay_allocations_per_person));
        Arc::new(Self {
            calls,
            udp,
            turn,
            streams: Mutex::default(),
            last_stream: AtomicU64::new(0),
            questions: Arc::new(Semaphore::new(QUESTIONS)),
        })
    }

    /// Answers and passes on datagrams, as long as the server runs.
    pub(crate) async fn serve(self: Arc<Self>) {
        let (mut packet, mut out) = (vec![0; PACKET], Vec::with_capacity(PACKET));
        loop {
            match self.udp.recv_from(&mut packet).await {
                Ok((length, address)) => {
                    let client = Client { address: canonical(address), stream: None };
                    self.take(client, &packet[..length], &mut out);
                }
                // An answer could not be delivered some time ago (ICMP): nobody is waiting for it.
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {}
                Err(error) => {
                    tracing::warn!(%error, "a datagram for the relay could not be read");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }

    /// Ends what is over, as long as the server runs.
    pub(crate) async fn sweep(self: Arc<Self>) {
        // The database is asked for calls that only other nodes know.
        let seldom = if self.calls.nodes.is_some() { 10 } else { 1 };
        let mut ticks = tokio::time::interval(seldom * self.calls.config.timings.sweep);
        loop {
            ticks.tick().await;
            let calls = {
                let mut turn = self.turn();
                turn.allocations.expire(self.calls.clock.tick());
                self.tell(&mut turn);
                turn.allocations.calls()
            };
            // Without an answer of the database what runs goes on; what is over is noticed the next time.
            let Ok(over) = timeout(PATIENCE, self.in_calls().over(calls)).await else { continue };
            let mut turn = self.turn();
            turn.allocations.end(&over);
            self.tell(&mut turn);
        }
    }

    fn take(self: &Arc<Self>, from: Client, bytes: &[u8], out: &mut Vec<u8>) {
        let now = self.now();
        let mut turn = self.turn();
        let action = turn.take(now, random(), from, bytes, out);
        if !matches!(action, Action::Pass(_)) {
            self.tell(&mut turn);
        }
        drop(turn);
        self.act(from, action, out);
    }

    fn act(self: &Arc<Self>, from: Client, action: Action, out: &[u8]) {
        let metrics = &self.calls.metrics.relay;
        match action {
            Action::Nothing(lost) => {
                if let Some(lost) = lost {
                    metrics.lost(loss(lost));
                }
            }
            Action::AnswerStranger => {
                // Who has opened a stream is at the address that they say.
                if from.stream.is_some()
                    || self.calls.rates.relay_stranger(Network::of(from.address.ip())).is_ok()
                {
                    self.send(from, out);
                } else {
                    metrics.lost(RelayLoss::Strangers);
                }
            }
            Action::Answer(error) => {
                if let Some(code) = error {
                    metrics.refused(code);
                    tracing::trace!(code, client = %from.address, "the relay refuses");
                }
                self.send(from, out);
            }
            Action::Pass(to) => {
                metrics.passed(traffic(to), out.len());
                self.send(to, out);
            }
            Action::Ask(question) if self.calls.rates.relay_request(&question.person).is_ok() => {
                self.ask(question);
            }
            Action::Ask(_) => metrics.lost(RelayLoss::TooMuch),
        }
    }

    /// Finds out about a call, beside the packets that come meanwhile.
    fn ask(self: &Arc<Self>, question: Question) {
        // Too many wait: the client asks again.
        let Ok(place) = Arc::clone(&self.questions).try_acquire_owned() else {
            self.calls.metrics.relay.lost(RelayLoss::TooMuch);
            return;
        };
        let relay = Arc::clone(self);
        tokio::spawn(async move {
            let (person, peers) = (&question.person, &question.peers);
            let asked = async {
                if peers.is_empty() {
                    let kept = relay.in_calls().may_keep(person).await?;
                    return Ok(if kept { Verdict::Yes(Vec::new()) } else { Verdict::No });
                }
                let mut calls = Vec::with_capacity(peers.len());
                for peer in peers {
                    match relay.in_calls().together(person, peer).await? {
                        Some(call) => calls.push(call),
                        None => return Ok(Verdict::No),
                    }
                }
                Ok(Verdict::Yes(calls))
            };
            let asked: Result<Result<Verdict, StoreError>, _> = timeout(PATIENCE, asked).await;
            let verdict = asked.ok().and_then(Result::ok).unwrap_or(Verdict::Unknown);
            let (from, mut out) = (question.client, Vec::with_capacity(128));
            let action = {
                let mut turn = relay.turn();
                let action = turn.decide(relay.now(), &question, &verdict, &mut out);
                relay.tell(&mut turn);
                action
            };
            relay.act(from, action, &out);
            drop(place);
        });
    }

    /// Sends without waiting: a packet for which there is no room is lost, as in any network.
    fn send(&self, to: Client, bytes: &[u8]) {
        let sent = match to.stream {
            None => self.udp.try_send_to(bytes, self.reachable(to.address)).is_ok(),
            Some(number) => {
                let stream = self.streams().get(&number).cloned();
                stream.is_some_and(|stream| stream.try_send(bytes.to_vec()).is_ok())
            }
        };
        if !sent {
            self.calls.metrics.relay.lost(RelayLoss::NoRoom);
        }
    }

    /// The address as the socket takes it.
    fn reachable(&self, address: SocketAddr) -> SocketAddr {
        let dual = self.udp.local_addr().is_ok_and(|own| own.is_ipv6());
        match address.ip() {
            IpAddr::V4(ip) if dual => (ip.to_ipv6_mapped(), address.port()).into(),
            IpAddr::V4(_) | IpAddr::V6(_) => address,
        }
    }

    fn new_stream(&self, client: SocketAddr) -> (Client, mpsc::Receiver<Vec<u8>>) {
        let number = self.last_stream.fetch_add(1, Ordering::Relaxed) + 1;
        let (inlet, outlet) = mpsc::channel(QUEUE);
        self.streams().insert(number, inlet);
        (Client { address: canonical(client), stream: Some(number) }, outlet)
    }

    fn end_stream(&self, client: &Client) {
        if let Some(number) = client.stream {
            self.streams().remove(&number);
        }
        let mut turn = self.turn();
        turn.allocations.close(client);
        self.tell(&mut turn);
    }

    fn has_allocation(&self, client: &Client) -> bool {
        self.turn().allocations.of(client).is_some()
    }

    /// Writes down what is new, and how many there are.
    fn tell(&self, turn: &mut Turn) {
        for news in turn.allocations.take_news() {
            match news {
                News::Begins(call, client) => {
                    tracing::info!(call.id = %call, transport = traffic(client).as_str(), "the relay serves a participant");
                }
                News::Over(call, client, bytes) => {
                    let transport = traffic(client).as_str();
                    tracing::info!(call.id = %call, transport, bytes, "the relay served a participant");
                }
            }
        }
        self.calls.metrics.relay.allocations(turn.allocations.len());
    }

    fn now(&self) -> Now {
        Now { tick: self.calls.clock.tick(), wall: self.calls.clock.wall() }
    }

    fn in_calls(&self) -> InCalls<'_> {
        let Calls { clock, live, store, nodes, .. } = &*self.calls;
        InCalls { clock, live, store, several_nodes: nodes.is_some() }
    }

    fn turn(&self) -> MutexGuard<'_, Turn> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn streams(&self) -> MutexGuard<'_, HashMap<u64, mpsc::Sender<Vec<u8>>>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay").finish_non_exhaustive()
    }
}

/// A socket for the relay's datagrams.
pub(crate) fn socket(listen: SocketAddr) -> io::Result<UdpSocket> {
    let domain = if listen.is_ipv4() { socket2::Domain::IPV4 } else { socket2::Domain::IPV6 };
    let socket = socket2::Socket::new(domain, socket2::Type::DGRAM, None)?;
    // As much as the kernel allows.
    drop(socket.set_recv_buffer_size(RECEIVE_BUFFER));
    drop(socket.set_send_buffer_size(RECEIVE_BUFFER));
    socket.set_nonblocking(true)?;
    socket.bind(&listen.into())?;
    UdpSocket::from_std(socket.into())
}

fn canonical(address: SocketAddr) -> SocketAddr {
    (address.ip().to_canonical(), address.port()).into()
}

fn random() -> u32 {
    getrandom::u32().expect("the operating system gives random bytes")
}

fn traffic(client: Client) -> RelayTraffic {
    if client.stream.is_some() { RelayTraffic::Stream } else { RelayTraffic::Udp }
}

fn loss(lost: Lost) -> RelayLoss {
    match lost {
        Lost::Unknown => RelayLoss::Unknown,
        Lost::Unpermitted => RelayLoss::Unpermitted,
        Lost::TooMuch => RelayLoss::TooMuch,
    }
}
