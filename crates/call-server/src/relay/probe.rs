//! A client of TURN, with which an operator sees whether a relay works: two allocations, and a packet from one to the other.
//! Never used while the server serves.

use super::{
    PACKET, credentials,
    stun::{self, Key, Message, Transaction, Writer, attribute, kind},
};
use crate::service::relay::mint;
use call_protocol::UserId;
use call_rules::{Moment, PROBE};
use std::{
    io,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpStream, UdpSocket, lookup_host},
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, crypto::ring, pki_types::ServerName},
};

/// How long an answer may take; datagrams are sent again meanwhile.
const PATIENCE: Duration = Duration::from_secs(3);
const AGAIN: Duration = Duration::from_millis(500);
const HELLO: &[u8] = b"hello, is anybody there?";

/// What came of trying one way to a relay.
#[derive(Debug)]
pub struct Finding {
    /// The address that browsers are told.
    pub url: String,
    /// How long a packet took through it, or why there is no way and what to do about it.
    pub outcome: Result<Duration, String>,
}

/// Tries a way to a relay, with credentials made from its secret.
pub(crate) async fn probe(url: &str, secret: &str, now: Moment) -> Finding {
    let outcome = match Way::read(url) {
        Some(way) => try_way(&way, secret, now).await,
        None => Err("this is no address of a relay".to_owned()),
    };
    Finding { url: url.to_owned(), outcome }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Udp,
    Tcp,
    Tls,
}

/// A way to a relay.
#[derive(Debug, PartialEq, Eq)]
struct Way {
    by: By,
    host: String,
    port: u16,
}

impl Way {
    fn read(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once(':')?;
        let (authority, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (host, port) = match authority.rsplit_once(':').filter(|(_, port)| !port.contains(']')) {
            Some((host, port)) => (host, port.parse().ok()?),
            None => (authority, if scheme == "turns" { 5349 } else { 3478 }),
        };
        let by = match (scheme, query) {
            ("turns", _) => By::Tls,
            ("turn", "transport=tcp") => By::Tcp,
            ("turn", _) => By::Udp,
            _ => return None,
        };
        Some(Self { by, host: host.trim_matches(['[', ']']).to_owned(), port })
    }

    /// What an operator can do when nothing comes back.
    fn silence(&self) -> String {
        let protocol = if self.by == By::Udp { "UDP" } else { "TCP" };
        format!(
            "no answer: see that the server runs with --relay, and let {protocol} port {} through to it (firewall, router, \
             security group, published ports of the container)",
            self.port
        )
    }
}

async fn try_way(way: &Way, secret: &str, now: Moment) -> Result<Duration, String> {
    let name = format!(
        "the name {} leads to no address: correct --relay-address, or the name's DNS record",
        way.host
    );
    let address = lookup_host((way.host.as_str(), way.port)).await.ok().and_then(|mut all| all.next());
    let address = address.ok_or(name)?;
    let check = crate::ids::fresh(now);
    let mut ends = Vec::new();
    for end in 1..=2 {
        let user = UserId(format!("{PROBE}{check}{PROBE}{end}"));
        let (username, password) = mint(secret, &user, now.plus(Duration::from_secs(60)).seconds());
        let line = timeout(PATIENCE, open(way, address)).await.map_err(|_| way.silence())??;
        let mut end = End { line, username, password, session: None, relayed: address };
        end.allocate(way).await?;
        ends.push(end);
    }
    let addresses: Vec<_> = ends.iter().map(|end| end.relayed).collect();
    for (end, other) in ends.iter_mut().zip(addresses.iter().rev()) {
        let with = |writer: Writer<'_>| {
            writer.add_address(attribute::XOR_PEER_ADDRESS, *other);
        };
        end.ask(way, kind::CREATE_PERMISSION, with).await?;
    }
    let begun = Instant::now();
    let [one, other] = ends.as_mut_slice() else { return Err(way.silence()) };
    let arrived = timeout(PATIENCE, async {
        loop {
            let mut packet = Vec::new();
            let writer = Writer::new(&mut packet, kind::SEND_INDICATION, &transaction());
            writer.add_address(attribute::XOR_PEER_ADDRESS, other.relayed).add(attribute::DATA, HELLO);
            one.line.send(&packet).await?;
            // Once more when nothing comes: a datagram may be lost.
            if let Ok(received) = timeout(AGAIN, other.line.receive()).await {
                let received = received?;
                let data = Message::read(&received).and_then(|message| message.get(attribute::DATA));
                if data == Some(HELLO) {
                    return Ok::<_, io::Error>(());
                }
            }
        }
    });
    match arrived.await {
        Ok(Ok(())) => Ok(begun.elapsed()),
        Ok(Err(error)) => Err(format!("the connection broke: {error}")),
        Err(_) => Err("it gives allocations, and no packet comes through: see the server's log".to_owned()),
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// What packets go over.
enum Line {
    Datagrams(UdpSocket),
    Stream(Box<dyn Stream>, Vec<u8>),
}

async fn open(way: &Way, address: SocketAddr) -> Result<Line, String> {
    if way.by == By::Udp {
        let own: SocketAddr = if address.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0; 8], 0).into() };
        let opened = async {
            let socket = UdpSocket::bind(own).await?;
            socket.connect(address).await?;
            io::Result::Ok(socket)
        };
        return opened.await.map(Line::Datagrams).map_err(|error| format!("it cannot be reached: {error}"));
    }
    let stream = TcpStream::connect(address).await.map_err(|error| {
        if error.kind() == io::ErrorKind::ConnectionRefused {
            format!("nobody listens at {address}: start the server with --relay, or correct --relay-address")
        } else {
            format!("it cannot be reached: {error}")
        }
    })?;
    if way.by == By::Tcp {
        return Ok(Line::Stream(Box::new(stream), Vec::new()));
    }
    let name = ServerName::try_from(way.host.clone()).map_err(|error| error.to_string())?;
    let connector = TlsConnector::from(Arc::new(tls()?));
    let stream = connector
        .connect(name, stream)
        .await
        .map_err(|error| format!("browsers will not accept it, as they would not HTTPS there: {error}"))?;
    Ok(Line::Stream(Box::new(stream), Vec::new()))
}

fn tls() -> Result<ClientConfig, String> {
    use hyper_rustls::ConfigBuilderExt;
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
    let roots = builder.with_native_roots();
    Ok(roots
        .map_err(|error| format!("the certificates that this machine trusts cannot be read: {error}"))?
        .with_no_client_auth())
}

impl Line {
    async fn send(&mut self, packet: &[u8]) -> io::Result<()> {
        match self {
            Self::Datagrams(socket) => socket.send(packet).await.map(drop),
            Self::Stream(stream, _) => {
                stream.write_all(packet).await?;
                stream.flush().await
            }
        }
    }

    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        match self {
            Self::Datagrams(socket) => {
                let mut packet = vec![0; PACKET];
                let length = socket.recv(&mut packet).await?;
                packet.truncate(length);
                Ok(packet)
            }
            Self::Stream(stream, read) => loop {
                if let Some(length) = stun::length_on_stream(read).filter(|length| read.len() >= *length) {
                    return Ok(read.drain(..length).collect());
                }
                if stream.read_buf(read).await? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            },
        }
    }
}

/// One of the two allocations.
struct End {
    line: Line,
    username: String,
    password: String,
    session: Option<Session>,
    relayed: SocketAddr,
}

/// What the relay asked for.
struct Session {
    realm: String,
    nonce: String,
    key: Key,
}

impl End {
    async fn allocate(&mut self, way: &Way) -> Result<(), String> {
        let with = |writer: Writer<'_>| {
            writer.add(attribute::REQUESTED_TRANSPORT, &[17, 0, 0, 0]);
        };
        let reply = self.ask(way, kind::ALLOCATE, with).await?;
        let message = Message::read(&reply);
        let relayed = message.and_then(|message| message.addresses(attribute::XOR_RELAYED_ADDRESS).next()?);
        self.relayed = relayed.ok_or("it names no address of the allocation")?;
        Ok(())
    }

    /// Sends a request until it is answered, and once more when the relay asks who it is from.
    async fn ask(&mut self, way: &Way, of: u16, with: impl Fn(Writer<'_>)) -> Result<Vec<u8>, String> {
        for _ in 0..3 {
            let id = transaction();
            let mut packet = Vec::new();
            with(Writer::new(&mut packet, of, &id));
            if let Some(Session { realm, nonce, key }) = &self.session {
                let writer = Writer::again(&mut packet);
                let writer = writer.add(attribute::USERNAME, self.username.as_bytes());
                let writer =
                    writer.add(attribute::REALM, realm.as_bytes()).add(attribute::NONCE, nonce.as_bytes());
                writer.sign(key);
            }
            let reply = timeout(PATIENCE, self.answer(&packet, &id)).await.map_err(|_| way.silence())?;
            let reply = reply.map_err(|error| {
                if error.kind() == io::ErrorKind::ConnectionRefused {
                    way.silence()
                } else {
                    format!("the connection broke: {error}")
                }
            })?;
            let message = Message::read(&reply).ok_or("what answers there is no STUN server")?;
            let asked_before = self.session.is_some();
            match message.error() {
                None => return Ok(reply),
                Some(401 | 438) if !asked_before || message.error() == Some(438) => {
                    let text = |of| message.text(of).unwrap_or_default().to_owned();
                    let (realm, nonce) = (text(attribute::REALM), text(attribute::NONCE));
                    let key = credentials::key(&self.username, &realm, &self.password);
                    self.session = Some(Session { realm, nonce, key });
                }
                Some(401) => {
                    return Err("it does not know this server's secret: check with the settings of the server (the same database, \
                                or CALLS_JWT_SECRET), and see that the clocks agree"
                        .to_owned());
                }
                Some(508) => return Err("it has no room for another allocation".to_owned()),
                Some(403) => return Err("it refuses the check: it is not a relay of this version".to_owned()),
                Some(code) => return Err(format!("it refuses with the error {code}")),
            }
        }
        Err("it asks who this is again and again".to_owned())
    }

    async fn answer(&mut self, packet: &[u8], id: &Transaction) -> io::Result<Vec<u8>> {
        loop {
            self.line.send(packet).await?;
            // A stream loses nothing, and what is sent twice there is answered twice.
            let patience = if matches!(self.line, Line::Datagrams(_)) { AGAIN } else { PATIENCE };
            if let Ok(reply) = timeout(patience, self.line.receive()).await {
                let reply = reply?;
                if Message::read(&reply).is_some_and(|message| message.transaction == *id) {
                    return Ok(reply);
                }
            }
        }
    }
}

fn transaction() -> Transaction {
    let mut id = Transaction::default();
    getrandom::fill(&mut id).expect("the operating system gives random bytes");
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ways_that_browsers_are_told_are_understood() {
        let way = |by, host: &str, port| Some(Way { by, host: host.to_owned(), port });
        assert_eq!(Way::read("turn:a.test:3479?transport=udp"), way(By::Udp, "a.test", 3479));
        assert_eq!(Way::read("turn:[2001:db8::1]?transport=tcp"), way(By::Tcp, "2001:db8::1", 3478));
        assert_eq!(Way::read("turns:[::1]:443?transport=tcp"), way(By::Tls, "::1", 443));
        assert_eq!(Way::read("turns:a.test"), way(By::Tls, "a.test", 5349));
        assert_eq!((Way::read("stun:a.test"), Way::read("turn:a.test:x")), (None, None));
    }
}
