//! The relay as others see it: real sockets, and people in a call, or not.

use super::{
    Relay,
    allocations::{ADDRESS, Allocations, Client, Lost},
    credentials,
    stun::{self, Message, Writer, attribute, kind},
    turn::{Action, Now, Turn, Verdict},
};
use crate::{
    admission::{AdmissionPool, Bounds},
    app::App,
    clock::{Clock, Tick},
    config::{Config, Relay as Wanted, Timings},
    service::relay::mint,
    store::Store,
};
use call_protocol::{CallStatus, CallType, User, UserId};
use call_rules::{Address, CallRecord, SeatRecord};
use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::UdpSocket,
    time::{sleep, timeout},
};

const PATIENCE: Duration = Duration::from_secs(20);
/// How long nothing has to come for it to be nothing.
const QUIET: Duration = Duration::from_millis(150);

struct House {
    app: Arc<App>,
    running: Arc<Relay>,
    relay: SocketAddr,
    folder: PathBuf,
}

impl Drop for House {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

async fn house() -> House {
    let clock = Clock::manual();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/relay-trials");
    let folder = folder.join(crate::ids::fresh(clock.now()));
    let udp = super::socket(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a free port");
    let listen = udp.local_addr().expect("it is bound");
    let timings = Timings { sweep: Duration::from_millis(20), ..Timings::default() };
    let config = Config {
        timings,
        ice_servers: Vec::new(),
        relay: Some(Wanted { listen, hosts: vec!["127.0.0.1".to_owned()], https: None }),
        ..Config::default()
    };
    let store = Store::open(&folder.join("calls.sqlite"), None).await.expect("a database");
    let app = Arc::new(App::new(config, clock, store, None).await.expect("it is put together"));
    let relay = Relay::new(Arc::clone(&app.calls), udp);
    tokio::spawn(Arc::clone(&relay).serve());
    tokio::spawn(Arc::clone(&relay).sweep());
    House { app, running: relay, relay: listen, folder }
}

fn user(name: &str) -> User {
    User {
        id: UserId::from(name),
        username: name.to_owned(),
        display_name: name.to_owned(),
        display_picture_url: None,
    }
}

impl House {
    /// Anna and Ben are in a call of this status, as far as this server knows.
    fn call(&self, status: CallStatus, version: i64) {
        let now = self.app.clock.now();
        let seat = |name: &str| SeatRecord {
            user: UserId::from(name),
            device: None,
            label: None,
            leased: false,
            left: false,
            last_seen: Some(now),
            media_seen: None,
            address: Address::Shown,
        };
        let record = CallRecord {
            id: "call".into(),
            conversation_id: "talk".into(),
            call_type: CallType::Audio,
            status,
            started_at: None,
            ended_at: None,
            error_reason: None,
            created_at: now,
            updated_at: now,
            caller: user("anna"),
            callee: user("ben"),
            ring_deadline: None,
            version,
            seats: vec![seat("anna"), seat("ben")],
        };
        self.app.calls.live.lock().apply(record, self.app.clock.tick());
    }

    async fn device(&self, name: &str) -> Device {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
        socket.connect(self.relay).await.expect("an address");
        let expires = self.app.clock.wall().plus(Duration::from_secs(60)).seconds();
        let (username, password) = mint(self.app.calls.ice.own_secret(), &UserId::from(name), expires);
        let key = credentials::key(&username, credentials::REALM, &password);
        Device { socket, username, key, nonce: String::new(), relayed: None }
    }
}

struct Device {
    socket: UdpSocket,
    username: String,
    key: stun::Key,
    nonce: String,
    relayed: Option<SocketAddr>,
}

impl Device {
    /// Asks, and gives the number of the error, 0 for none.
    async fn ask(&mut self, of: u16, with: impl Fn(Writer<'_>)) -> u16 {
        let mut packet = Vec::new();
        for _ in 0..2 {
            with(Writer::new(&mut packet, of, &[1; 12]));
            let writer = Writer::again(&mut packet).add(attribute::USERNAME, self.username.as_bytes());
            let writer = writer.add(attribute::REALM, credentials::REALM.as_bytes());
            writer.add(attribute::NONCE, self.nonce.as_bytes()).sign(&self.key);
            self.socket.send(&packet).await.expect("it is sent");
            let reply = self.receive().await;
            let message = Message::read(&reply).expect("a message");
            let relayed = message.addresses(attribute::XOR_RELAYED_ADDRESS).next().flatten();
            self.relayed = relayed.or(self.relayed);
            match message.error() {
                Some(438) => self.nonce = message.text(attribute::NONCE).expect("a nonce").to_owned(),
                other => return other.unwrap_or(0),
            }
        }
        438
    }

    async fn receive(&self) -> Vec<u8> {
        let mut packet = vec![0; 2048];
        let length =
            timeout(PATIENCE, self.socket.recv(&mut packet)).await.expect("in time").expect("a packet");
        packet.truncate(length);
        packet
    }

    async fn nothing_comes(&self) {
        let mut packet = [0; 2048];
        let came = timeout(QUIET, self.socket.recv(&mut packet)).await;
        assert!(came.is_err(), "{came:?}");
    }

    async fn allocate(&mut self) -> u16 {
        self.ask(kind::ALLOCATE, |writer| {
            writer.add(attribute::REQUESTED_TRANSPORT, &[17, 0, 0, 0]);
        })
        .await
    }

    async fn permit(&mut self, peer: SocketAddr) -> u16 {
        self.ask(kind::CREATE_PERMISSION, |writer| {
            writer.add_address(attribute::XOR_PEER_ADDRESS, peer);
        })
        .await
    }

    async fn bind(&mut self, number: u16, peer: SocketAddr) -> u16 {
        let [high, low] = number.to_be_bytes();
        let with = |writer: Writer<'_>| {
            let writer = writer.add(attribute::CHANNEL_NUMBER, &[high, low, 0, 0]);
            {
                writer.add_address(attribute::XOR_PEER_ADDRESS, peer);
            };
        };
        self.ask(kind::CHANNEL_BIND, with).await
    }

    async fn refresh(&mut self, seconds: u32) -> u16 {
        self.ask(kind::REFRESH, |writer| {
            writer.add(attribute::LIFETIME, &seconds.to_be_bytes());
        })
        .await
    }

    async fn send(&self, peer: SocketAddr, data: &[u8]) {
        let mut packet = Vec::new();
        let writer = Writer::new(&mut packet, kind::SEND_INDICATION, &[2; 12]);
        {
            writer.add_address(attribute::XOR_PEER_ADDRESS, peer).add(attribute::DATA, data);
        };
        self.socket.send(&packet).await.expect("it is sent");
    }
}

#[tokio::test]
async fn the_two_people_of_a_call_reach_each_other_for_as_long_as_it_lives() {
    let house = house().await;
    house.call(CallStatus::Ringing, 1);
    let (mut anna, mut ben) = (house.device("anna").await, house.device("ben").await);
    assert_eq!((anna.allocate().await, ben.allocate().await), (0, 0));
    let (to_anna, to_ben) = (anna.relayed.unwrap(), ben.relayed.unwrap());
    assert_eq!((anna.permit(to_ben).await, ben.permit(to_anna).await), (0, 0));
    anna.send(to_ben, b"by an indication").await;
    let packet = ben.receive().await;
    let message = Message::read(&packet).expect("an indication");
    let from = message.addresses(attribute::XOR_PEER_ADDRESS).next().flatten();
    assert_eq!((message.get(attribute::DATA), from), (Some(&b"by an indication"[..]), Some(to_anna)));
    assert_eq!((anna.bind(0x4001, to_ben).await, ben.bind(0x4002, to_anna).await), (0, 0));
    let mut packet = Vec::new();
    stun::write_channel_data(&mut packet, 0x4001, b"by a channel");
    anna.socket.send(&packet).await.unwrap();
    assert_eq!(stun::channel_data(&ben.receive().await), Some((0x4002, &b"by a channel"[..])));
    assert_eq!(anna.refresh(600).await, 0);
    house.call(CallStatus::Ended, 2);
    assert_eq!(anna.refresh(600).await, 403, "the call is over");
    ben.send(to_anna, b"is anybody there?").await;
    anna.nothing_comes().await;
    let gone = async {
        while ben.permit(to_anna).await != 437 {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, gone).await.expect("what served the call goes with it");
}

#[tokio::test]
async fn people_who_are_in_no_call_together_reach_nobody_and_nothing() {
    let house = house().await;
    house.call(CallStatus::Active, 1);
    let victim = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let (mut anna, mut carla) = (house.device("anna").await, house.device("carla").await);
    assert_eq!((anna.allocate().await, carla.allocate().await), (0, 0));
    let (to_anna, to_carla) = (anna.relayed.unwrap(), carla.relayed.unwrap());
    assert_eq!((anna.permit(to_carla).await, carla.permit(to_anna).await), (403, 403));
    assert_eq!(carla.refresh(600).await, 403);
    let http = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    for peer in [victim.local_addr().unwrap(), house.relay, http] {
        assert_eq!((anna.permit(peer).await, anna.bind(0x4000, peer).await), (403, 403), "{peer}");
        anna.send(peer, b"let me in").await;
    }
    carla.nothing_comes().await;
    let mut packet = [0; 64];
    assert!(timeout(QUIET, victim.recv(&mut packet)).await.is_err(), "nothing leaves the relay");
}

#[tokio::test]
async fn credentials_that_are_old_or_made_up_open_nothing() {
    let house = house().await;
    let mut anna = house.device("anna").await;
    house.app.clock.advance(Duration::from_secs(60));
    assert_eq!(anna.allocate().await, 401);
    let mut eve = house.device("eve").await;
    eve.key = credentials::key(&eve.username, credentials::REALM, "guessed");
    assert_eq!(eve.allocate().await, 401);
}

#[tokio::test]
async fn a_check_finds_that_the_relay_works_or_why_it_does_not() {
    let house = house().await;
    let url = &house.app.config.relay.as_ref().unwrap().turn()[0];
    let found = super::probe(url, house.app.calls.ice.own_secret(), house.app.clock.wall()).await;
    assert!(found.outcome.is_ok(), "{found:?}");
    let found = super::probe(url, "another secret", house.app.clock.wall()).await;
    assert!(found.outcome.is_err_and(|reason| reason.contains("does not know this server's secret")));
}

/// Every kind of address that a relay must never reach, and many of each.
fn forbidden() -> Vec<IpAddr> {
    let last = |index: u32| (1 + index % 254) as u8;
    let of = |index: u32| -> Vec<IpAddr> {
        let (middle, last) = ((index / 254) as u8, last(index));
        let v4 = [
            [8, 8, middle, last],  // somebody else's
            [10, 0, middle, last], // private
            [172, 16, middle, last],
            [192, 168, middle, last],
            [100, 64, middle, last],  // behind a provider's NAT
            [127, 0, middle, last],   // this machine
            [169, 254, middle, last], // link-local, and the cloud's metadata
            [224, 0, middle, last],   // multicast
            [255, 255, 255, 255],
            [0, 0, 0, 0],
            [192, 0, 2, last.max(2)], // beside the relay's own
        ];
        let mapped = v4.iter().map(|octets| std::net::Ipv4Addr::from(*octets).to_ipv6_mapped().into());
        let v6 = ["::1", "fe80::1", "fd00::1", "2001:db8::1", "64:ff9b::7f00:1", "::"];
        let v6 = v6.iter().map(|text| text.parse().expect("an address"));
        v4.iter().map(|octets| IpAddr::from(*octets)).chain(mapped).chain(v6).collect()
    };
    (0..400).flat_map(of).collect()
}

#[test]
fn ten_thousand_probes_of_foreign_addresses_and_no_packet_leaves() {
    let secret = "secret".to_owned();
    let (clock, mut out) = (Clock::manual(), Vec::new());
    let now = Now { tick: Tick(Duration::ZERO), wall: clock.wall() };
    let mut turn = Turn::new(Allocations::new(16, None), secret.clone(), 4);
    let client = Client { address: SocketAddr::from(([203, 0, 113, 5], 5000)), stream: None };
    let (username, password) = mint(&secret, &UserId::from("anna"), clock.wall().seconds() + 60);
    let key = credentials::key(&username, credentials::REALM, &password);
    let nonce = credentials::nonce(&secret, client.address.ip(), clock.wall());
    let mut ask = |of: u16, peer: Option<SocketAddr>, turn: &mut Turn| {
        let mut packet = Vec::new();
        let writer =
            Writer::new(&mut packet, of, &[1; 12]).add(attribute::REQUESTED_TRANSPORT, &[17, 0, 0, 0]);
        let writer = writer.add(attribute::CHANNEL_NUMBER, &[0x40, 0, 0, 0]).add(attribute::DATA, b"x");
        let writer = match peer {
            Some(peer) => writer.add_address(attribute::XOR_PEER_ADDRESS, peer),
            None => writer,
        };
        let writer = writer.add(attribute::USERNAME, username.as_bytes());
        let writer = writer.add(attribute::REALM, credentials::REALM.as_bytes());
        writer.add(attribute::NONCE, nonce.as_bytes()).sign(&key);
        turn.take(now, 5, client, &packet, &mut out)
    };
    assert!(matches!(ask(kind::ALLOCATE, None, &mut turn), Action::Answer(None)));
    let mut probes = 0;
    for ip in forbidden() {
        let peer = SocketAddr::new(ip, [80, 443, 3478, 5432, 49_157][probes % 5]);
        for of in [kind::CREATE_PERMISSION, kind::CHANNEL_BIND] {
            let refused = ask(of, Some(peer), &mut turn);
            assert!(matches!(refused, Action::Answer(Some(403 | 443))), "{peer}: {refused:?}");
        }
        let lost = ask(kind::SEND_INDICATION, Some(peer), &mut turn);
        assert!(matches!(lost, Action::Nothing(Some(Lost::Unpermitted))), "{peer}: {lost:?}");
        probes += 3;
    }
    assert!(probes >= 10_000, "{probes}");
    let own = turn.allocations.of(&client).expect("the allocation").relayed();
    assert_eq!(own.ip(), ADDRESS);
    let to_itself = ask(kind::CREATE_PERMISSION, Some(own), &mut turn);
    let Action::Ask(question) = to_itself else { panic!("{to_itself:?}") };
    let refused = turn.decide(now, &question, &Verdict::No, &mut Vec::new());
    assert!(matches!(refused, Action::Answer(Some(403))), "{refused:?}");
}

#[tokio::test]
async fn a_stream_that_makes_room_for_somebody_else_leaves_nothing_behind() {
    let house = house().await;
    let pool =
        AdmissionPool::new(Bounds { places: 1, per_network: 1, patience: Duration::ZERO, work: QUIET });
    let permit = pool.enter(None, Tick(Duration::ZERO)).expect("there is room");
    let (_theirs, ours) = tokio::io::duplex(64);
    let address = SocketAddr::from(([127, 0, 0, 1], 4000));
    let serving = house.running.over(ours, address, permit.holder());
    assert!(timeout(QUIET, serving).await.is_err(), "it says nothing, and is waited for");
    assert!(house.running.streams().is_empty(), "nothing is kept of a stream that is not served any more");
}
