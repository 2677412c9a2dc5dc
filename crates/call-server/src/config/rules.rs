//! The numbers in the server's rules: how long it waits, how much it takes.
//! Never read from the environment here: `Config` is.

use super::rates::Rates;
use call_protocol::limits;
use std::time::Duration;

/// The time spans of the server's rules; tests shorten them.
#[derive(Clone, Debug)]
pub struct Timings {
    /// Those by which calls are judged.
    pub calls: call_rules::Timings,
    /// How long a person stays online after the last socket closed, so that a reload does not flicker.
    pub presence_grace: Duration,
    /// How often a socket is pinged.
    pub ping: Duration,
    /// How often a socket whose device asked for it is told that the server lives: scripts in pages see no pings. Rounded to
    /// a multiple of `ping`.
    pub proof: Duration,
    /// Time to authenticate a socket.
    pub hello: Duration,
    /// How long further sockets of a network are refused, when as many as there may be wait to be authenticated; after that
    /// the oldest ones yield.
    pub crowd: Duration,
    /// How often deadlines are looked at.
    pub sweep: Duration,
    /// How often proofs of life are written to the database.
    pub lease_writes: Duration,
    /// How long before its token expires a socket is asked for another one.
    pub token_warning: Duration,
    /// How long a person is believed to exist after the database was asked, where somebody else keeps the accounts; a
    /// connected one, too.
    pub person_known: Duration,
    /// Life of an access token.
    pub access_token: Duration,
    /// Life of a refresh token that is not used.
    pub refresh_token: Duration,
    /// How long a spent refresh token works once more, for a client that never saw the reply; for the device that spent it,
    /// as long as its child is not used.
    pub refresh_grace: Duration,
    /// How long a call that ended stays in the snapshot.
    pub ended_calls: Duration,
    /// How long a slow client may keep one frame waiting.
    pub send: Duration,
    /// Time for a TLS handshake.
    pub tls_handshake: Duration,
    /// How often it is looked whether the certificate's files changed.
    pub certificate_check: Duration,
    /// How long a stopping server waits for requests and sockets.
    pub drain: Duration,
    /// How often a node says that it lives, and reads what it may have missed; and how often every server looks whether
    /// somebody was deleted without it.
    pub beat: Duration,
    /// Silence after which other nodes count a node as dead.
    pub node_dead: Duration,
    /// Age at which a notice of another node is too old to be passed on: those whom it is for are told everything anew.
    pub notice_stale: Duration,
    /// How long a stopping server takes to write down what is left, and to close the database.
    pub last_writes: Duration,
    /// Time to send the head of a request, and to keep a connection without one: longer than the 60 s for which reverse
    /// proxies keep theirs, so that it is never the server that closes one which is just used.
    pub head: Duration,
    /// Time to send the body of a request.
    pub body: Duration,
    /// How long a request waits for its turn among those of the same person.
    pub turn: Duration,
    /// Time in which some of a reply has to be read.
    pub unread: Duration,
}

/// The counts of the server's rules; tests lower them.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections at once; as many as the limit of open files leaves room for when `None`.
    pub connections: Option<usize>,
    /// Connections of one network; a quarter of all when `None`.
    pub connections_per_network: Option<usize>,
    /// Sockets of one address that have not signed in yet.
    pub waiting_sockets_per_address: usize,
    /// TLS handshakes under way.
    pub handshakes: usize,
    /// TLS handshakes under way with one address.
    pub handshakes_per_address: usize,
    /// Devices of a person that are connected at once.
    pub devices_per_person: usize,
    /// Requests of a person that are worked on at once; half of the connections to PostgreSQL.
    pub requests_at_once: usize,
    /// Bodies of requests that have begun to arrive; each has 64 KiB at most.
    pub bodies: usize,
    /// Those of one network.
    pub bodies_per_network: usize,
    /// Frames that may wait for one socket.
    pub frames_per_socket: usize,
    /// Passwords hashed at the same time.
    pub password_hashes: usize,
    /// Connections to PostgreSQL.
    pub database_connections: u32,
    /// Bytes that an SQLite file may have; as many as there is room for when `None`.
    pub database_bytes: Option<u64>,
    /// Places at which one person may be signed in; those that were unused for longest end.
    pub sessions_per_person: u32,
    /// Allocations of the server's relay.
    pub relay_allocations: usize,
    /// Those of one person: a browser makes one for each way to the relay and each of its networks, for each connection.
    pub relay_allocations_per_person: usize,
    /// How often people may do things.
    pub rates: Rates,
}

impl Default for Timings {
    fn default() -> Self {
        Self {
            calls: call_rules::Timings::default(),
            presence_grace: Duration::from_secs(2),
            ping: Duration::from_secs(10),
            proof: Duration::from_secs(20),
            hello: limits::HELLO_TIME,
            crowd: Duration::from_secs(2),
            sweep: Duration::from_secs(1),
            lease_writes: Duration::from_secs(10),
            token_warning: Duration::from_secs(60),
            person_known: Duration::from_secs(60),
            access_token: Duration::from_secs(15 * 60),
            refresh_token: Duration::from_secs(30 * 24 * 3600),
            refresh_grace: Duration::from_secs(30),
            ended_calls: Duration::from_secs(120),
            send: Duration::from_secs(10),
            tls_handshake: Duration::from_secs(10),
            certificate_check: Duration::from_secs(60),
            drain: Duration::from_secs(5),
            beat: Duration::from_secs(2),
            node_dead: Duration::from_secs(6),
            notice_stale: Duration::from_secs(5),
            last_writes: Duration::from_secs(3),
            head: Duration::from_secs(75),
            body: Duration::from_secs(30),
            turn: Duration::from_secs(2),
            unread: Duration::from_secs(30),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: None,
            connections_per_network: None,
            waiting_sockets_per_address: 64,
            handshakes: 1024,
            handshakes_per_address: 64,
            devices_per_person: 32,
            requests_at_once: 8,
            bodies: 1024,
            bodies_per_network: 128,
            frames_per_socket: 256,
            password_hashes: 2,
            database_connections: 16,
            database_bytes: None,
            sessions_per_person: 50,
            relay_allocations: 16_000,
            relay_allocations_per_person: 64,
            rates: Rates::default(),
        }
    }
}
