//! A cable between two browsers that the test can cut or delay: a UDP forwarder on this machine. The probe redirects all
//! remote candidates to it. It learns who is who from the ICE checks, whose username is "receiver:sender"; all
//! other packets are forwarded by their source address. Never looks into media.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use tokio::net::UdpSocket;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use crate::delay::Delay;

const STUN_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
const STUN_USERNAME: u16 = 0x0006;

/// A running forwarder.
pub struct Forwarder {
    port: u16,
    paths: Arc<Mutex<Paths>>,
    tasks: [JoinHandle<()>; 2],
}

/// A packet under way.
struct Passing {
    due: Instant,
    target: SocketAddr,
    packet: Vec<u8>,
}

/// Which agent sends from which address to which agent.
#[derive(Default)]
struct Paths {
    /// The address from which an ICE agent, named by its username fragment, sends.
    homes: HashMap<String, SocketAddr>,
    /// Sender and receiver of what comes from an address.
    ends: HashMap<SocketAddr, [String; 2]>,
    /// Who waits for the response to a check, by transaction id.
    asked: HashMap<[u8; 12], SocketAddr>,
    /// Agents whose packets are dropped forever.
    dead: HashSet<String>,
    /// Everything is dropped.
    cut: bool,
    passed: u64,
}

impl Forwarder {
    /// Starts forwarding on a free port of every address of this machine.
    pub async fn start() -> Result<Self> {
        Self::start_late(&Delay::default()).await
    }

    /// The same; every packet arrives so much later.
    pub async fn start_late(delay: &Delay) -> Result<Self> {
        let socket = Arc::new(UdpSocket::bind("0.0.0.0:0").await?);
        let port = socket.local_addr()?.port();
        let paths = Arc::new(Mutex::new(Paths::default()));
        let (sender, receiver) = unbounded_channel();
        let tasks = [
            tokio::spawn(forward(socket.clone(), paths.clone(), delay.clone(), sender)),
            tokio::spawn(deliver(socket, receiver)),
        ];
        Ok(Self { port, paths, tasks })
    }

    /// The port that the probe uses.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Drops everything until [`Forwarder::mend`].
    pub fn cut(&self) {
        lock(&self.paths).cut = true;
    }

    /// Forwards everything again.
    pub fn mend(&self) {
        lock(&self.paths).cut = false;
    }

    /// The paths in use are dead forever, as when a person moves to another network: only an ICE restart, with
    /// its new username fragments, gets through.
    pub fn cut_present_paths(&self) {
        let mut paths = lock(&self.paths);
        let known: Vec<String> = paths.homes.keys().cloned().collect();
        paths.dead.extend(known);
    }

    /// How many packets were forwarded.
    pub fn passed(&self) -> u64 {
        lock(&self.paths).passed
    }
}

impl Drop for Forwarder {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

fn lock(paths: &Mutex<Paths>) -> MutexGuard<'_, Paths> {
    paths.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn forward(
    socket: Arc<UdpSocket>,
    paths: Arc<Mutex<Paths>>,
    delay: Delay,
    late: UnboundedSender<Passing>,
) {
    let mut packet = vec![0; 65_536];
    loop {
        // Sending to an address where nobody listens returns an error; the other addresses still work.
        let Ok((length, source)) = socket.recv_from(&mut packet).await else { continue };
        let Some(packet) = packet.get(..length) else { continue };
        let target = lock(&paths).target(packet, source);
        match target {
            None => {}
            Some(target) if delay.is_none() => drop(socket.send_to(packet, target).await),
            Some(target) => {
                let due = Instant::now() + delay.get();
                // Fails only once the other task has ended, with the forwarder.
                let _ = late.send(Passing { due, target, packet: packet.to_vec() });
            }
        }
    }
}

/// In the order in which they came: all of them are late by the same time.
async fn deliver(socket: Arc<UdpSocket>, mut late: UnboundedReceiver<Passing>) {
    while let Some(Passing { due, target, packet }) = late.recv().await {
        sleep_until(due).await;
        let _ = socket.send_to(&packet, target).await;
    }
}

impl Paths {
    /// Where to forward a packet, if anywhere.
    fn target(&mut self, packet: &[u8], source: SocketAddr) -> Option<SocketAddr> {
        if let Some(asked) = stun_answer(packet).and_then(|transaction| self.asked.remove(transaction)) {
            return (!self.cut).then_some(asked);
        }
        if let Some([receiver, sender]) = stun_user(packet) {
            // Remains of a dead path must not replace its successor.
            if self.dead.contains(&sender) || self.dead.contains(&receiver) {
                return None;
            }
            // An agent with several addresses keeps the first, so that responses find their way back.
            let home = *self.homes.entry(sender.clone()).or_insert(source);
            if home != source {
                return None;
            }
            self.ends.insert(source, [sender, receiver]);
        }
        let [sender, receiver] = self.ends.get(&source)?;
        if self.cut || self.dead.contains(sender) || self.dead.contains(receiver) {
            return None;
        }
        let target = self.homes.get(receiver).copied();
        self.passed += u64::from(target.is_some());
        if let (Some(_), Some(transaction)) = (target, stun_user(packet).and(packet.get(8..20))) {
            self.asked.extend(transaction.try_into().map(|transaction| (transaction, source)));
        }
        target
    }
}

/// The transaction id of a response to an ICE check; none for anything else.
fn stun_answer(packet: &[u8]) -> Option<&[u8; 12]> {
    let is_answer = *packet.first()? == 1 && packet.get(4..8)? == STUN_COOKIE;
    packet.get(8..20).filter(|_| is_answer)?.try_into().ok()
}

/// The two parts of the username in an ICE check: receiver and sender.
fn stun_user(packet: &[u8]) -> Option<[String; 2]> {
    if packet.first()? & 0xc0 != 0 || packet.get(4..8)? != STUN_COOKIE {
        return None;
    }
    let mut rest = packet.get(20..)?;
    loop {
        let [kind, length] =
            [rest.get(..2)?, rest.get(2..4)?].map(|two| u16::from_be_bytes([two[0], two[1]]));
        let value = rest.get(4..4 + usize::from(length))?;
        if kind == STUN_USERNAME {
            let (receiver, sender) = std::str::from_utf8(value).ok()?.split_once(':')?;
            return Some([receiver.to_owned(), sender.to_owned()]);
        }
        rest = rest.get(4 + usize::from(length).next_multiple_of(4)..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An ICE check, as far as the forwarder reads it.
    fn check(user: &str) -> Vec<u8> {
        let mut packet = vec![0, 1, 0, 0];
        packet.extend(STUN_COOKIE);
        packet.extend([0; 12]);
        packet.extend([0x80, 0x22, 0, 1, 7, 0, 0, 0]);
        packet.extend(STUN_USERNAME.to_be_bytes());
        packet.extend((user.len() as u16).to_be_bytes());
        packet.extend(user.as_bytes());
        packet
    }

    fn at(port: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 1], port))
    }

    #[test]
    fn two_agents_find_each_other_by_the_names_in_their_checks() {
        let mut paths = Paths::default();
        assert_eq!(paths.target(&check("ben:anna"), at(1)), None);
        assert_eq!(paths.target(&check("anna:ben"), at(2)), Some(at(1)));
        assert_eq!(paths.target(&check("ben:anna"), at(1)), Some(at(2)));
        assert_eq!(paths.target(&[0x80, 96, 0, 0], at(1)), Some(at(2)));
        assert_eq!(paths.target(&[0x80, 96, 0, 0], at(3)), None);
    }

    #[test]
    fn an_answer_finds_who_asked_whatever_else_was_sent_since() {
        let mut paths = Paths::default();
        let mut answer = check("");
        answer[..2].copy_from_slice(&[1, 1]);
        paths.target(&check("anna:ben"), at(2));
        assert_eq!(paths.target(&check("ben:anna"), at(1)), Some(at(2)));
        paths.target(&check("carl:ben"), at(2));
        assert_eq!(paths.target(&answer, at(2)), Some(at(1)));
    }

    #[test]
    fn checks_of_a_dead_path_do_not_lead_a_new_one_astray() {
        let mut paths = Paths::default();
        paths.dead.extend(["anna".to_owned(), "ben".to_owned()]);
        paths.target(&check("anna2:ben2"), at(2));
        paths.target(&check("ben2:anna2"), at(1));
        paths.target(&check("ben:anna"), at(1));
        assert_eq!(paths.target(&[0x80, 96, 0, 0], at(1)), Some(at(2)));
    }

    #[test]
    fn a_second_address_of_an_agent_is_ignored() {
        let mut paths = Paths::default();
        paths.target(&check("anna:ben"), at(2));
        paths.target(&check("ben:anna"), at(1));
        assert_eq!(paths.target(&check("ben:anna"), at(9)), None);
        assert_eq!(paths.target(&check("anna:ben"), at(2)), Some(at(1)));
    }

    #[test]
    fn after_the_paths_were_cut_only_new_names_get_through() {
        let mut paths = Paths::default();
        paths.target(&check("anna:ben"), at(2));
        paths.target(&check("ben:anna"), at(1));
        paths.dead.extend(["anna".to_owned(), "ben".to_owned()]);
        assert_eq!(paths.target(&check("ben:anna"), at(1)), None);
        assert_eq!(paths.target(&check("ben2:anna2"), at(1)), None);
        assert_eq!(paths.target(&check("anna2:ben2"), at(2)), Some(at(1)));
    }
}
