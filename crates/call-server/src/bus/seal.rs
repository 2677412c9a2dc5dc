//! The proof that a node wrote a notice: HMAC-SHA256 with a key that only the nodes have, over everything else that is
//! in it. Notices are cut into pieces where they have to be, and each piece has a proof of its own: nothing is kept of what
//! nobody proved. Never knows what a notice means, nor whether it was here before.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::fmt;

/// What a notice begins with; also says how it is to be read.
const MARK: &str = "mc1 ";
/// The length of a proof: 32 bytes in base64.
const PROOF: usize = 43;
/// Makes a proof that was made for something else useless here.
const PURPOSE: &[u8] = b"messenger-calls notices 1\n";
/// Bytes of the largest notice: several times the largest signal or message.
pub(super) const LARGEST: usize = 256 * 1024;
/// Bytes of a piece's own text, for a carrier that takes no more than 8,000 of all (PostgreSQL's NOTIFY).
const PIECE: usize = 7_600;
/// Pieces of the largest notice; a cut may come up to three bytes early, so as not to cut a character in two.
const MOST_PIECES: u32 = (LARGEST / (PIECE - 3) + 1) as u32;

type Proof = Hmac<Sha256>;

/// The keys of the nodes: the first one signs, all are believed.
pub struct Keys {
    signs: Proof,
    also: Vec<Proof>,
}

/// Why something is no notice of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rejected {
    /// There is no proof.
    Unsigned,
    /// It has the shape of a proof, and was not made with a key of ours.
    Forged,
    /// It was delivered before.
    Repeated,
    /// It is larger than any notice.
    TooLarge,
}

impl Rejected {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::Unsigned, Self::Forged, Self::Repeated, Self::TooLarge];
}

/// Which piece of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header<'t> {
    /// The node that wrote it.
    pub(super) sender: &'t str,
    /// Which of the notices of that node, from 1.
    pub(super) number: u64,
    /// Which piece of the notice, from 0.
    pub(super) piece: u32,
    /// How many there are.
    pub(super) pieces: u32,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys(1 + {})", self.also.len())
    }
}

impl Keys {
    /// The keys that an operator gave, the one that signs first; `None` without any.
    pub fn given(secrets: &[String]) -> Option<Self> {
        let (first, others) = secrets.split_first()?;
        let with = |secret: &String| keyed(secret.as_bytes());
        Some(Self { signs: with(first), also: others.iter().map(with).collect() })
    }

    /// A key made of a secret that all nodes have anyway, for this use only.
    pub fn derived(secret: &str) -> Self {
        let mut mac = keyed(secret.as_bytes());
        mac.update(b"messenger-calls key of notices");
        Self { signs: keyed(&mac.finalize().into_bytes()), also: Vec::new() }
    }

    /// A notice in one piece.
    pub(super) fn seal(&self, sender: &str, number: u64, notice: &str) -> String {
        self.sealed(Header { sender, number, piece: 0, pieces: 1 }, notice)
    }

    /// A notice in as many pieces as it takes, in their order.
    pub(super) fn seal_in_pieces(&self, sender: &str, number: u64, notice: &str) -> Vec<String> {
        let mut parts = Vec::new();
        let mut rest = notice;
        while rest.len() > PIECE {
            let (part, more) = rest.split_at(rest.floor_char_boundary(PIECE));
            parts.push(part);
            rest = more;
        }
        parts.push(rest);
        let pieces = u32::try_from(parts.len()).unwrap_or(u32::MAX);
        let headers = (0..pieces).map(|piece| Header { sender, number, piece, pieces });
        headers.zip(parts).map(|(header, part)| self.sealed(header, part)).collect()
    }

    fn sealed(&self, header: Header<'_>, part: &str) -> String {
        let Header { sender, number, piece, pieces } = header;
        let signed = format!("{sender} {number} {piece}/{pieces} {part}");
        let proof =
            BASE64_URL_SAFE_NO_PAD.encode(with(&self.signs, signed.as_bytes()).finalize().into_bytes());
        format!("{MARK}{proof} {signed}")
    }

    /// What a node wrote.
    pub(super) fn open<'t>(&self, text: &'t [u8]) -> Result<(Header<'t>, &'t str), Rejected> {
        if text.len() > LARGEST + 256 {
            return Err(Rejected::TooLarge);
        }
        let sealed = text.strip_prefix(MARK.as_bytes()).ok_or(Rejected::Unsigned)?;
        let (proof, signed) = sealed.split_at_checked(PROOF).ok_or(Rejected::Forged)?;
        let signed = signed.strip_prefix(b" ").ok_or(Rejected::Forged)?;
        let proof = BASE64_URL_SAFE_NO_PAD.decode(proof).map_err(|_| Rejected::Forged)?;
        let mut keys = std::iter::once(&self.signs).chain(&self.also);
        if !keys.any(|key| with(key, signed).verify_slice(&proof).is_ok()) {
            return Err(Rejected::Forged);
        }
        // From here on it is a node that speaks; of another version, perhaps.
        header(signed).ok_or(Rejected::Unsigned)
    }
}

fn header(signed: &[u8]) -> Option<(Header<'_>, &str)> {
    let mut words = std::str::from_utf8(signed).ok()?.splitn(4, ' ');
    let (sender, number, place, part) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let (piece, pieces) = place.split_once('/')?;
    let (number, piece, pieces) = (number.parse().ok()?, piece.parse().ok()?, pieces.parse().ok()?);
    (piece < pieces && pieces <= MOST_PIECES).then_some((Header { sender, number, piece, pieces }, part))
}

fn keyed(secret: &[u8]) -> Proof {
    Proof::new_from_slice(secret).expect("HMAC takes a key of any length")
}

fn with(key: &Proof, signed: &[u8]) -> Proof {
    key.clone().chain_update(PURPOSE).chain_update(signed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(secrets: &[&str]) -> Keys {
        Keys::given(&secrets.iter().map(|secret| (*secret).to_owned()).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn what_a_node_wrote_is_read_as_it_was_and_nothing_else_is() {
        let keys = keys(&["north"]);
        let sealed = keys.seal("a node", 7, "x");
        assert_eq!(keys.open(sealed.as_bytes()), Err(Rejected::Unsigned), "an id has no spaces");
        let sealed = keys.seal("node", 7, "{\"to\": \"ä b\"}");
        let header = Header { sender: "node", number: 7, piece: 0, pieces: 1 };
        assert_eq!(keys.open(sealed.as_bytes()), Ok((header, "{\"to\": \"ä b\"}")));
        for cut in 0..sealed.len() {
            assert!(keys.open(&sealed.as_bytes()[..cut]).is_err(), "{cut}");
            let mut bent = sealed.clone().into_bytes();
            bent[cut] ^= 1;
            assert!(keys.open(&bent).is_err(), "{cut}");
        }
        assert_eq!(keys.open(b"{\"at\":1,\"to\":[],\"notice\":\"Lost\"}"), Err(Rejected::Unsigned));
        assert_eq!(keys.open(format!("{sealed} ").as_bytes()), Err(Rejected::Forged));
        assert_eq!(keys.open(&vec![b'x'; 1024 * 1024]), Err(Rejected::TooLarge));
        assert_eq!(keys.open(&[0xff; 64]), Err(Rejected::Unsigned));
    }

    #[test]
    fn a_key_can_be_changed_while_all_nodes_run() {
        let (old, new) = (keys(&["old"]), keys(&["new"]));
        let (both, turned) = (keys(&["old", "new"]), keys(&["new", "old"]));
        let opens = |by: &Keys, with: &Keys| with.open(by.seal("n", 1, "x").as_bytes()).is_ok();
        assert!(opens(&old, &both) && opens(&both, &old), "first all believe the new one");
        assert!(opens(&both, &turned) && opens(&turned, &both), "then all sign with it");
        assert!(opens(&turned, &new) && opens(&new, &turned), "then the old one goes");
        assert!(!opens(&old, &new) && !opens(&new, &old));
        assert!(!opens(&Keys::derived("old"), &old) && opens(&Keys::derived("old"), &Keys::derived("old")));
    }

    #[test]
    fn a_large_notice_is_cut_between_letters_into_pieces_that_a_notification_holds() {
        let keys = keys(&["north"]);
        let notice = "ä€𝄞".repeat(20_000);
        let pieces = keys.seal_in_pieces("01890a5d-ac96-774b-bcce-b302099a8057", u64::MAX, &notice);
        assert!(pieces.iter().all(|piece| piece.len() < 8_000) && pieces.len() <= MOST_PIECES as usize);
        let read = pieces.iter().map(|piece| keys.open(piece.as_bytes()).unwrap().1).collect::<String>();
        assert_eq!(read, notice);
        assert_eq!(keys.seal_in_pieces("n", 1, "x"), [keys.seal("n", 1, "x")]);
    }
}
