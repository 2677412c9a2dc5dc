//! STUN messages as bytes (RFC 8489), with the attributes that TURN adds (RFC 8656): read without copying, and written.
//! Never knows who may do what.

use hmac::{Hmac, Mac};
use sha1::Sha1;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The first bytes of every message but its type and length.
const COOKIE: u32 = 0x2112_A442;
const HEADER: usize = 20;
/// The length of a MESSAGE-INTEGRITY with its head.
const INTEGRITY: usize = 24;

/// The types of messages: a method and its class.
pub(super) mod kind {
    pub(crate) const BINDING: u16 = 0x0001;
    pub(crate) const ALLOCATE: u16 = 0x0003;
    pub(crate) const REFRESH: u16 = 0x0004;
    pub(crate) const CREATE_PERMISSION: u16 = 0x0008;
    pub(crate) const CHANNEL_BIND: u16 = 0x0009;
    pub(crate) const SEND_INDICATION: u16 = 0x0016;
    pub(crate) const DATA_INDICATION: u16 = 0x0017;
    /// What is added to a request's type for a success, and for an error.
    pub(crate) const SUCCESS: u16 = 0x0100;
    pub(crate) const ERROR: u16 = 0x0110;
}

/// The types of attributes.
pub(super) mod attribute {
    pub(crate) const USERNAME: u16 = 0x0006;
    pub(crate) const MESSAGE_INTEGRITY: u16 = 0x0008;
    pub(crate) const ERROR_CODE: u16 = 0x0009;
    pub(crate) const CHANNEL_NUMBER: u16 = 0x000C;
    pub(crate) const LIFETIME: u16 = 0x000D;
    pub(crate) const XOR_PEER_ADDRESS: u16 = 0x0012;
    pub(crate) const DATA: u16 = 0x0013;
    pub(crate) const REALM: u16 = 0x0014;
    pub(crate) const NONCE: u16 = 0x0015;
    pub(crate) const XOR_RELAYED_ADDRESS: u16 = 0x0016;
    pub(crate) const REQUESTED_ADDRESS_FAMILY: u16 = 0x0017;
    pub(crate) const REQUESTED_TRANSPORT: u16 = 0x0019;
    pub(crate) const XOR_MAPPED_ADDRESS: u16 = 0x0020;
}

/// The number by which an answer is known to be one.
pub(super) type Transaction = [u8; 12];
/// The key of a long-term credential.
pub(super) type Key = [u8; 16];

/// A message that was received.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message<'a> {
    pub(super) kind: u16,
    pub(super) transaction: Transaction,
    bytes: &'a [u8],
}

impl<'a> Message<'a> {
    /// Reads a message that fills the bytes; nothing for anything else.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let (kind, length) = (word(bytes, 0)?, usize::from(word(bytes, 2)?));
        let cookie = bytes.get(4..8)? == COOKIE.to_be_bytes();
        let whole = bytes.len() == HEADER + length && length.is_multiple_of(4);
        let transaction = bytes.get(8..HEADER)?.try_into().ok()?;
        let message = Self { kind, transaction, bytes };
        (kind & 0xC000 == 0 && cookie && whole && message.is_well_formed()).then_some(message)
    }

    /// The value of the first attribute of a type, of those that the integrity covers.
    pub(super) fn get(&self, wanted: u16) -> Option<&'a [u8]> {
        self.all(wanted).next()
    }

    /// The values of every attribute of a type, of those that the integrity covers.
    pub(super) fn all(&self, wanted: u16) -> impl Iterator<Item = &'a [u8]> {
        let covered = self.attributes().take_while(|found| found.kind != attribute::MESSAGE_INTEGRITY);
        covered.filter(move |found| found.kind == wanted).map(|found| found.value)
    }

    /// An attribute that is text.
    pub(super) fn text(&self, wanted: u16) -> Option<&'a str> {
        self.get(wanted).and_then(|value| std::str::from_utf8(value).ok())
    }

    /// An attribute that is a number of 32 bits.
    pub(super) fn number(&self, wanted: u16) -> Option<u32> {
        self.get(wanted)?.try_into().ok().map(u32::from_be_bytes)
    }

    /// The addresses of an attribute that hides them (RFC 8489, section 14.2).
    pub(super) fn addresses(&self, wanted: u16) -> impl Iterator<Item = Option<SocketAddr>> {
        let transaction = self.transaction;
        self.all(wanted).map(move |value| address(value, &transaction))
    }

    /// The number of an error.
    pub(super) fn error(&self) -> Option<u16> {
        let value = self.get(attribute::ERROR_CODE)?;
        Some(u16::from(value.get(2)? & 7) * 100 + u16::from(*value.get(3)?))
    }

    /// Whether the message was signed with this key.
    pub(super) fn is_signed_by(&self, key: &Key) -> bool {
        let found = self.attributes().find(|found| found.kind == attribute::MESSAGE_INTEGRITY);
        found.is_some_and(|found| signature(key, &self.bytes[..found.at]).verify_slice(found.value).is_ok())
    }

    fn attributes(&self) -> Attributes<'a> {
        Attributes { bytes: self.bytes, at: HEADER }
    }

    fn is_well_formed(&self) -> bool {
        let mut attributes = self.attributes();
        attributes.by_ref().for_each(drop);
        attributes.at == self.bytes.len()
    }
}

struct Found<'a> {
    kind: u16,
    value: &'a [u8],
    at: usize,
}

struct Attributes<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Found<'a>;

    fn next(&mut self) -> Option<Found<'a>> {
        let at = self.at;
        let (kind, length) = (word(self.bytes, at)?, usize::from(word(self.bytes, at + 2)?));
        let value = self.bytes.get(at + 4..at + 4 + length)?;
        let next = at + 4 + length.next_multiple_of(4);
        if next > self.bytes.len() {
            return None;
        }
        self.at = next;
        Some(Found { kind, value, at })
    }
}

/// Writes a message into a buffer.
#[derive(Debug)]
pub(super) struct Writer<'o>(&'o mut Vec<u8>);

impl<'o> Writer<'o> {
    /// Begins a message in place of what was in the buffer.
    pub(super) fn new(out: &'o mut Vec<u8>, kind: u16, transaction: &Transaction) -> Self {
        out.clear();
        out.extend(kind.to_be_bytes());
        out.extend([0, 0]);
        out.extend(COOKIE.to_be_bytes());
        out.extend(transaction);
        Self(out)
    }

    /// Goes on with a message that was begun.
    pub(super) fn again(out: &'o mut Vec<u8>) -> Self {
        Self(out)
    }

    /// Adds an attribute.
    pub(super) fn add(self, kind: u16, value: &[u8]) -> Self {
        self.0.extend(kind.to_be_bytes());
        // Nothing that is written here is longer than a datagram.
        self.0.extend(u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes());
        self.0.extend(value);
        self.0.resize(self.0.len().next_multiple_of(4), 0);
        let length = u16::try_from(self.0.len() - HEADER).unwrap_or(u16::MAX);
        self.0[2..4].copy_from_slice(&length.to_be_bytes());
        self
    }

    /// Adds an address, hidden from boxes on the way that rewrite addresses.
    pub(super) fn add_address(self, kind: u16, address: SocketAddr) -> Self {
        let transaction: Transaction = self.0[8..HEADER].try_into().unwrap_or_default();
        let mut value = [0; 20];
        let port = address.port() ^ (COOKIE >> 16) as u16;
        value[2..4].copy_from_slice(&port.to_be_bytes());
        let length = match address.ip() {
            IpAddr::V4(ip) => {
                value[1] = 1;
                value[4..8].copy_from_slice(&(ip.to_bits() ^ COOKIE).to_be_bytes());
                8
            }
            IpAddr::V6(ip) => {
                value[1] = 2;
                value[4..].copy_from_slice(&(ip.to_bits() ^ mask(&transaction)).to_be_bytes());
                20
            }
        };
        self.add(kind, &value[..length])
    }

    /// Adds an error.
    pub(super) fn add_error(self, code: u16, reason: &str) -> Self {
        let mut value = vec![0, 0, (code / 100) as u8, (code % 100) as u8];
        value.extend(reason.as_bytes());
        self.add(attribute::ERROR_CODE, &value)
    }

    /// Signs what was written.
    pub(super) fn sign(self, key: &Key) {
        let signature = signature(key, self.0).finalize().into_bytes();
        self.add(attribute::MESSAGE_INTEGRITY, &signature);
    }
}

/// The HMAC of what stands before a MESSAGE-INTEGRITY, as if the message ended with that.
fn signature(key: &Key, before: &[u8]) -> Hmac<Sha1> {
    let mut mac = Hmac::<Sha1>::new_from_slice(key).expect("HMAC takes a key of any length");
    let length = u16::try_from(before.len() - HEADER + INTEGRITY).unwrap_or(u16::MAX);
    mac.update(&before[..2]);
    mac.update(&length.to_be_bytes());
    mac.update(&before[4..]);
    mac
}

fn address(value: &[u8], transaction: &Transaction) -> Option<SocketAddr> {
    let port = word(value, 2)? ^ (COOKIE >> 16) as u16;
    let ip = match value.get(1)? {
        1 => Ipv4Addr::from_bits(u32::from_be_bytes(value.get(4..)?.try_into().ok()?) ^ COOKIE).into(),
        2 => {
            let bits = u128::from_be_bytes(value.get(4..)?.try_into().ok()?);
            Ipv6Addr::from_bits(bits ^ mask(transaction)).into()
        }
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

fn mask(transaction: &Transaction) -> u128 {
    let mut mask = [0; 16];
    mask[..4].copy_from_slice(&COOKIE.to_be_bytes());
    mask[4..].copy_from_slice(transaction);
    u128::from_be_bytes(mask)
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2)?.try_into().ok().map(u16::from_be_bytes)
}

/// The length of the message or the ChannelData that begins here, on a stream: the latter is filled up there to a multiple of
/// four (RFC 8656, section 12.5). Nothing while its head has not arrived.
pub(super) fn length_on_stream(bytes: &[u8]) -> Option<usize> {
    let length = usize::from(word(bytes, 2)?);
    Some(if is_channel_data(bytes) { (4 + length).next_multiple_of(4) } else { HEADER + length })
}

/// Whether this is ChannelData and no message.
pub(super) fn is_channel_data(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|first| (0x40..0x80).contains(first))
}

/// The number of a channel, and what came by it.
pub(super) fn channel_data(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let (number, length) = (word(bytes, 0)?, usize::from(word(bytes, 2)?));
    Some((number, bytes.get(4..4 + length)?))
}

/// Writes ChannelData, filled up so that it can go by a stream.
pub(super) fn write_channel_data(out: &mut Vec<u8>, number: u16, data: &[u8]) {
    out.clear();
    out.extend(number.to_be_bytes());
    out.extend(u16::try_from(data.len()).unwrap_or(u16::MAX).to_be_bytes());
    out.extend(data);
    out.resize(out.len().next_multiple_of(4), 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 5769, section 2.4: a request with long-term authentication.
    const SAMPLE: &str = "000100602112a44278ad3433c6ad72c029da412e00060012e3839ee38388e383aae38383e382\
        af e382b9 0000 0015001c662f2f3439396b39353464364f4c33346f4c39465354767936347341 0014000b6578616d706c\
        652e6f726700 00080014f67024656dd64a3e02b8e0712e85c9a28ca89666";

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        digits.chunks(2).map(byte).collect()
    }

    #[test]
    fn the_sample_of_the_rfc_is_read_and_its_signature_is_right() {
        let sample = bytes(SAMPLE);
        let message = Message::read(&sample).expect("a message");
        assert_eq!(message.kind, kind::BINDING);
        assert_eq!(message.text(attribute::REALM), Some("example.org"));
        assert_eq!(message.text(attribute::NONCE), Some("f//499k954d6OL34oL9FSTvy64sA"));
        let username = "\u{30DE}\u{30C8}\u{30EA}\u{30C3}\u{30AF}\u{30B9}";
        assert_eq!(message.text(attribute::USERNAME), Some(username));
        let key = super::super::credentials::key(username, "example.org", "TheMatrIX");
        assert!(message.is_signed_by(&key) && !message.is_signed_by(&[0; 16]));
    }

    #[test]
    fn what_is_written_is_read_again_with_addresses_of_both_families() {
        let mut out = Vec::new();
        let addresses = ["192.0.2.1:32853", "[2001:db8:1234:5678:11:2233:4455:6677]:32853"];
        for text in addresses {
            let address: SocketAddr = text.parse().unwrap();
            let writer = Writer::new(&mut out, kind::ALLOCATE | kind::ERROR, &[7; 12]);
            let writer = writer.add_address(attribute::XOR_PEER_ADDRESS, address).add_error(437, "mismatch");
            writer.add(attribute::LIFETIME, &600u32.to_be_bytes()).sign(&[1; 16]);
            let message = Message::read(&out).expect("a message");
            assert!(message.is_signed_by(&[1; 16]));
            assert_eq!(message.addresses(attribute::XOR_PEER_ADDRESS).collect::<Vec<_>>(), [Some(address)]);
            assert_eq!((message.error(), message.number(attribute::LIFETIME)), (Some(437), Some(600)));
        }
    }

    #[test]
    fn nothing_that_is_cut_off_or_changed_is_taken_for_a_message() {
        let sample = bytes(SAMPLE);
        for length in 0..sample.len() {
            assert!(Message::read(&sample[..length]).is_none(), "{length}");
        }
        let key = super::super::credentials::key(
            "\u{30DE}\u{30C8}\u{30EA}\u{30C3}\u{30AF}\u{30B9}",
            "example.org",
            "TheMatrIX",
        );
        for at in 0..sample.len() {
            let mut changed = sample.clone();
            changed[at] ^= 0x55;
            let message = Message::read(&changed);
            assert!(!message.is_some_and(|message| message.is_signed_by(&key)), "{at}");
        }
    }

    #[test]
    fn channel_data_is_filled_up_on_streams_and_read_without_that() {
        let mut out = Vec::new();
        write_channel_data(&mut out, 0x4001, b"hello");
        assert_eq!((out.len(), length_on_stream(&out)), (12, Some(12)));
        assert_eq!(channel_data(&out), Some((0x4001, &b"hello"[..])));
        assert_eq!(channel_data(&out[..8]), None);
        assert!(is_channel_data(&out) && !is_channel_data(&bytes(SAMPLE)));
    }
}
