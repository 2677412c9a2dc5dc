//! What the relay answers to a packet: STUN's Binding and the requests of TURN (RFC 8656) for datagrams between its own
//! allocations, and where data goes. A request that depends on a call is a question, and is answered when that is.
//! Pure: the time is an argument. Never opens a socket, and asks nobody.

use super::{
    allocations::{ADDRESS, Allocations, Client, LIFE, Lost, MOST_PERMISSIONS, Way},
    credentials::{self, Sender, Unknown},
    stun::{self, Message, Writer, attribute, kind},
};
use crate::clock::Tick;
use call_protocol::{CallId, UserId};
use call_rules::{Moment, RelayRefusal, may_allocate};

/// UDP, as the number of a protocol: what goes between allocations.
const UDP: u8 = 17;
const IPV4: u8 = 1;

/// Now, by the steady clock and by the wall's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Now {
    pub(super) tick: Tick,
    pub(super) wall: Moment,
}

/// What is to be done about a packet; what is to be sent stands in the buffer.
#[derive(Debug)]
pub(super) enum Action {
    /// Nothing: it is no message, or a packet that goes nowhere.
    Nothing(Option<Lost>),
    /// An answer to somebody who has not shown who they are.
    AnswerStranger,
    /// An answer; an error's code.
    Answer(Option<u16>),
    /// Data for another client.
    Pass(Client),
    /// It depends on calls.
    Ask(Question),
}

/// A request that depends on calls.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) client: Client,
    /// Who asks.
    pub(super) person: UserId,
    /// Whom they want to reach; nobody when they want to keep what they have.
    pub(super) peers: Vec<UserId>,
    key: stun::Key,
    request: Vec<u8>,
}

/// What was found out about a question.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It is so: the call with each of the peers; none with the other end of a check.
    Yes(Vec<Option<CallId>>),
    /// They are in no such call.
    No,
    /// The database does not say.
    Unknown,
}

/// The relay without its sockets.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) allocations: Allocations,
    secret: String,
    per_person: usize,
}

impl Turn {
    /// A relay that believes credentials made from a secret; so many allocations are for one person.
    pub(super) fn new(allocations: Allocations, secret: String, per_person: usize) -> Self {
        Self { allocations, secret, per_person }
    }

    /// Looks at a packet.
    pub(super) fn take(
        &mut self,
        now: Now,
        random: u32,
        from: Client,
        bytes: &[u8],
        out: &mut Vec<u8>,
    ) -> Action {
        if stun::is_channel_data(bytes) {
            let Some((number, data)) = stun::channel_data(bytes) else { return Action::Nothing(None) };
            let way = self.allocations.way_by_channel(&from, number, data.len(), now.tick);
            return pass(way, data, out);
        }
        let Some(message) = Message::read(bytes) else { return Action::Nothing(None) };
        match message.kind {
            kind::BINDING => {
                let writer = Writer::new(out, kind::BINDING | kind::SUCCESS, &message.transaction);
                writer.add_address(attribute::XOR_MAPPED_ADDRESS, from.address);
                Action::AnswerStranger
            }
            kind::SEND_INDICATION => self.send(now, &from, &message, out),
            kind::ALLOCATE | kind::REFRESH | kind::CREATE_PERMISSION | kind::CHANNEL_BIND => {
                let ip = from.address.ip();
                match credentials::sender(&self.secret, &message, ip, now.wall) {
                    Ok(sender) => self.request(now, random, (from, sender), (&message, bytes), out),
                    Err(unknown) => {
                        let has_allocation = self.allocations.of(&from).is_some();
                        let (code, reason) = unknown.error();
                        let writer = Writer::new(out, message.kind | kind::ERROR, &message.transaction);
                        let writer = writer.add_error(code, reason);
                        let nonce = credentials::nonce(&self.secret, ip, now.wall);
                        let writer = writer.add(attribute::REALM, credentials::REALM.as_bytes());
                        writer.add(attribute::NONCE, nonce.as_bytes());
                        match unknown {
                            // Rightly signed, by a client that strangers of its network must not hold up.
                            Unknown::StaleNonce if has_allocation => Action::Answer(Some(code)),
                            Unknown::StaleNonce | Unknown::Unauthorized => Action::AnswerStranger,
                        }
                    }
                }
            }
            _ => Action::Nothing(None),
        }
    }

    fn send(&mut self, now: Now, from: &Client, message: &Message<'_>, out: &mut Vec<u8>) -> Action {
        let peer = message.addresses(attribute::XOR_PEER_ADDRESS).next().flatten();
        let (Some(peer), Some(data)) = (peer, message.get(attribute::DATA)) else {
            return Action::Nothing(None);
        };
        let way = if peer.ip() == ADDRESS {
            self.allocations.way_to(from, peer.port(), data.len(), now.tick)
        } else {
            Err(Lost::Unpermitted)
        };
        pass(way, data, out)
    }

    fn request(
        &mut self,
        now: Now,
        random: u32,
        (client, sender): (Client, Sender),
        (message, bytes): (&Message<'_>, &[u8]),
        out: &mut Vec<u8>,
    ) -> Action {
        let reply = Reply { message, key: &sender.key };
        if message.kind == kind::ALLOCATE {
            return self.allocate(now, random, client, &sender, &reply, out);
        }
        let Some(allocation) = self.allocations.of(&client) else {
            return reply.error(437, "Allocation Mismatch", out);
        };
        if allocation.person != sender.person {
            return reply.error(441, "Wrong Credentials", out);
        }
        let mut peers = Vec::new();
        if message.kind == kind::REFRESH {
            if message.number(attribute::LIFETIME) == Some(0) {
                self.allocations.close(&client);
                return reply.success(out, |writer| writer.add(attribute::LIFETIME, &[0; 4]));
            }
        } else {
            for address in message.addresses(attribute::XOR_PEER_ADDRESS) {
                let Some(address) = address else { return reply.error(400, "Bad Request", out) };
                if !address.is_ipv4() {
                    return reply.error(443, "Peer Address Family Mismatch", out);
                }
                // Whatever is no allocation of this relay cannot be reached through it.
                let owner = self.allocations.owner(address.port()).filter(|_| address.ip() == ADDRESS);
                let Some(owner) = owner else { return reply.error(403, "Forbidden", out) };
                if !peers.contains(owner) {
                    peers.push(owner.clone());
                }
            }
            if peers.len() > MOST_PERMISSIONS {
                return reply.error(508, "Insufficient Capacity", out);
            }
            if peers.is_empty() {
                return reply.error(400, "Bad Request", out);
            }
        }
        Action::Ask(Question {
            client,
            person: sender.person,
            peers,
            key: sender.key,
            request: bytes.to_vec(),
        })
    }

    fn allocate(
        &mut self,
        now: Now,
        random: u32,
        client: Client,
        sender: &Sender,
        reply: &Reply<'_>,
        out: &mut Vec<u8>,
    ) -> Action {
        let message = reply.message;
        if let Some(known) = self.allocations.of(&client) {
            if known.transaction != message.transaction || known.person != sender.person {
                return reply.error(437, "Allocation Mismatch", out);
            }
            return reply.allocated(known.relayed(), client, out); // the answer was lost
        }
        if message.get(attribute::REQUESTED_TRANSPORT).and_then(<[_]>::first) != Some(&UDP) {
            return reply.error(442, "Unsupported Transport Protocol", out);
        }
        let family = message.get(attribute::REQUESTED_ADDRESS_FAMILY).and_then(<[_]>::first);
        if family.is_some_and(|family| *family != IPV4) {
            return reply.error(440, "Address Family not Supported", out);
        }
        let held = self.allocations.held_by(&sender.person);
        match may_allocate(sender.expires, now.wall, held, self.per_person) {
            Ok(()) => {}
            Err(RelayRefusal::Expired) => return reply.error(401, "Unauthorized", out),
            Err(RelayRefusal::TooMany) => return reply.error(486, "Allocation Quota Reached", out),
        }
        let (person, transaction) = (sender.person.clone(), message.transaction);
        match self.allocations.open(client, person, transaction, (random, now.tick)) {
            Some(port) => reply.allocated((ADDRESS, port).into(), client, out),
            None => reply.error(508, "Insufficient Capacity", out),
        }
    }

    /// Answers a question.
    pub(super) fn decide(
        &mut self,
        now: Now,
        question: &Question,
        verdict: &Verdict,
        out: &mut Vec<u8>,
    ) -> Action {
        let Some(message) = Message::read(&question.request) else { return Action::Nothing(None) };
        let (reply, client) = (Reply { message: &message, key: &question.key }, &question.client);
        let owns = self.allocations.of(client).is_some_and(|own| own.person == question.person);
        if !owns {
            return reply.error(437, "Allocation Mismatch", out);
        }
        let known;
        let calls = match verdict {
            Verdict::Yes(calls) => calls,
            // A call that runs outlives the database: what was so before is taken to be so.
            Verdict::Unknown => {
                known = self.allocations.known(client, &question.peers);
                match &known {
                    Some(calls) => calls,
                    None => return reply.error(508, "Insufficient Capacity", out),
                }
            }
            Verdict::No => {
                if message.kind == kind::REFRESH {
                    self.allocations.close(client);
                }
                return reply.error(403, "Forbidden", out);
            }
        };
        if message.kind == kind::REFRESH {
            self.allocations.keep(client, now.tick);
            let life = seconds().to_be_bytes();
            return reply.success(out, |writer| writer.add(attribute::LIFETIME, &life));
        }
        if message.kind == kind::CHANNEL_BIND {
            let number = message.get(attribute::CHANNEL_NUMBER).and_then(|value| value.first_chunk());
            let number = number.map(|bytes| u16::from_be_bytes(*bytes));
            let port =
                message.addresses(attribute::XOR_PEER_ADDRESS).next().flatten().map(|peer| peer.port());
            let (Some(number @ 0x4000..=0x7FFF), Some(port)) = (number, port) else {
                return reply.error(400, "Bad Request", out);
            };
            if !self.allocations.bind(client, number, port, now.tick) {
                return reply.error(400, "Bad Request", out);
            }
        }
        for (peer, call) in question.peers.iter().zip(calls) {
            if !self.allocations.permit(client, peer, call.clone(), now.tick) {
                return reply.error(508, "Insufficient Capacity", out);
            }
        }
        reply.success(out, |writer| writer)
    }
}

/// What an answer is made from.
struct Reply<'m> {
    message: &'m Message<'m>,
    key: &'m stun::Key,
}

impl Reply<'_> {
    fn error(&self, code: u16, reason: &str, out: &mut Vec<u8>) -> Action {
        let Message { kind, transaction, .. } = self.message;
        Writer::new(out, kind | kind::ERROR, transaction).add_error(code, reason).sign(self.key);
        Action::Answer(Some(code))
    }

    fn success<'o>(&self, out: &'o mut Vec<u8>, with: impl FnOnce(Writer<'o>) -> Writer<'o>) -> Action {
        let Message { kind, transaction, .. } = self.message;
        with(Writer::new(out, kind | kind::SUCCESS, transaction)).sign(self.key);
        Action::Answer(None)
    }

    fn allocated(&self, relayed: std::net::SocketAddr, client: Client, out: &mut Vec<u8>) -> Action {
        self.success(out, |writer| {
            let writer = writer.add_address(attribute::XOR_RELAYED_ADDRESS, relayed);
            let writer = writer.add(attribute::LIFETIME, &seconds().to_be_bytes());
            writer.add_address(attribute::XOR_MAPPED_ADDRESS, client.address)
        })
    }
}

fn seconds() -> u32 {
    u32::try_from(LIFE.as_secs()).unwrap_or(u32::MAX)
}

/// Writes data as its receiver expects it.
fn pass(way: Result<Way, Lost>, data: &[u8], out: &mut Vec<u8>) -> Action {
    let Way { to, from, channel } = match way {
        Ok(way) => way,
        Err(lost) => return Action::Nothing(Some(lost)),
    };
    match channel {
        Some(number) => stun::write_channel_data(out, number, data),
        None => {
            // Nobody answers an indication: its number says nothing.
            let writer = Writer::new(out, kind::DATA_INDICATION, &[0; 12]);
            let writer = writer.add_address(attribute::XOR_PEER_ADDRESS, (ADDRESS, from).into());
            writer.add(attribute::DATA, data);
        }
    }
    Action::Pass(to)
}
