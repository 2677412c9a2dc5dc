//! Reassembles notices from their pieces and delivers each once, also when it comes by both ways. Never holds more than one
//! unfinished notice of a node, nor anything that was not sealed with a key of the nodes.

use super::seal::{Header, Keys, LARGEST, Rejected};
use std::collections::HashMap;

/// By which way something came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// NATS.
    Nats,
    /// The database.
    Database,
}

/// How many nodes are remembered; each start of a node is one.
const MOST_NODES: usize = 256;

/// What came from the other nodes so far.
#[derive(Debug)]
pub(super) struct Reader {
    own: String,
    keys: std::sync::Arc<Keys>,
    nodes: HashMap<String, Sender>,
    /// Counts what is read, to know which node was silent longest.
    count: u64,
}

#[derive(Debug)]
struct Sender {
    /// What was delivered.
    delivered: Window,
    /// What came by one way and by the other: the same notice may come by both, and by neither twice.
    came: (Window, Window),
    unfinished: Option<Unfinished>,
    last: u64,
}

#[derive(Debug)]
struct Unfinished {
    number: u64,
    pieces: u32,
    next: u32,
    text: String,
}

impl Reader {
    pub(super) fn new(own: &str, keys: std::sync::Arc<Keys>) -> Self {
        Self { own: own.to_owned(), keys, nodes: HashMap::new(), count: 0 }
    }

    /// Reads what came in: a notice, or nothing yet, or nothing new.
    pub(super) fn read(&mut self, text: &[u8], way: Way) -> Result<Option<String>, Rejected> {
        let (header, part) = self.keys.open(text)?;
        if header.sender == self.own {
            return Ok(None); // an echo
        }
        self.count += 1;
        if !self.nodes.contains_key(header.sender) {
            self.make_room();
            self.nodes.insert(header.sender.to_owned(), Sender::first(header.number));
        }
        let Some(sender) = self.nodes.get_mut(header.sender) else { return Ok(None) };
        sender.last = self.count;
        sender.take(header, part, way)
    }

    fn make_room(&mut self) {
        if self.nodes.len() >= MOST_NODES {
            let silent = self.nodes.iter().min_by_key(|(_, sender)| sender.last).map(|(id, _)| id.clone());
            self.nodes.remove(&silent.unwrap_or_default());
        }
    }
}

impl Sender {
    /// A node of which nothing was heard before this notice: what it said earlier is over.
    fn first(number: u64) -> Self {
        let window = || Window::before(number);
        Self { delivered: window(), came: (window(), window()), unfinished: None, last: 0 }
    }

    fn take(&mut self, header: Header<'_>, part: &str, way: Way) -> Result<Option<String>, Rejected> {
        if header.piece > 0 {
            return self.go_on(header, part);
        }
        let came = match way {
            Way::Nats => &mut self.came.0,
            Way::Database => &mut self.came.1,
        };
        if !came.take(header.number) {
            return Err(Rejected::Repeated);
        }
        // The pieces of a notice follow each other, so the unfinished one is never finished.
        if header.pieces > 1 {
            let text = part.to_owned();
            self.unfinished =
                Some(Unfinished { number: header.number, pieces: header.pieces, next: 1, text });
            return Ok(None);
        }
        Ok(self.delivered.take(header.number).then(|| part.to_owned()))
    }

    fn go_on(&mut self, header: Header<'_>, part: &str) -> Result<Option<String>, Rejected> {
        let this = |open: &&mut Unfinished| open.number == header.number && open.pieces == header.pieces;
        let Some(open) = self.unfinished.as_mut().filter(this) else { return Err(Rejected::Repeated) };
        if open.next != header.piece {
            return Err(Rejected::Repeated);
        }
        if open.text.len() + part.len() > LARGEST {
            self.unfinished = None;
            return Err(Rejected::TooLarge);
        }
        open.text.push_str(part);
        open.next += 1;
        if open.next < open.pieces {
            return Ok(None);
        }
        let text = self.unfinished.take().map(|open| open.text);
        Ok(text.filter(|_| self.delivered.take(header.number)))
    }
}

/// Notices may change places by so many, where they come by two ways.
const SPAN: u64 = 2048;
const WORDS: usize = SPAN as usize / 64;

/// Which of the last numbers were taken.
#[derive(Clone, Debug)]
struct Window {
    highest: u64,
    taken: [u64; WORDS],
}

impl Window {
    /// Everything before this number counts as taken.
    fn before(number: u64) -> Self {
        Self { highest: number.saturating_sub(1), taken: [u64::MAX; WORDS] }
    }

    /// Takes a number, unless it was taken, or is too old for anybody to know.
    fn take(&mut self, number: u64) -> bool {
        if number > self.highest {
            for skipped in (self.highest + 1..=number).rev().take(WORDS * 64) {
                let (word, bit) = place(skipped);
                self.taken[word] &= !bit;
            }
            self.highest = number;
        } else if self.highest - number >= SPAN {
            return false;
        }
        let (word, bit) = place(number);
        let new = self.taken[word] & bit == 0;
        self.taken[word] |= bit;
        new
    }
}

fn place(number: u64) -> (usize, u64) {
    let slot = number % SPAN;
    ((slot / 64) as usize, 1 << (slot % 64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn keys() -> Arc<Keys> {
        Arc::new(Keys::derived("a secret of the nodes"))
    }

    fn reader() -> Reader {
        Reader::new("own", keys())
    }

    #[test]
    fn a_recorded_notice_is_believed_once() {
        let (mut reader, keys) = (reader(), keys());
        let notices: Vec<_> = (1..=5000).map(|number| keys.seal("node", number, "x")).collect();
        for notice in &notices {
            assert_eq!(reader.read(notice.as_bytes(), Way::Nats), Ok(Some("x".to_owned())));
        }
        for notice in &notices {
            assert_eq!(reader.read(notice.as_bytes(), Way::Nats), Err(Rejected::Repeated));
            assert!(
                !matches!(reader.read(notice.as_bytes(), Way::Database), Ok(Some(_))),
                "nor by another way"
            );
        }
        assert_eq!(reader.read(keys.seal("own", 1, "x").as_bytes(), Way::Database), Ok(None), "an echo");
    }

    #[test]
    fn what_a_node_said_before_it_was_first_heard_is_over() {
        let (mut reader, keys) = (reader(), keys());
        assert!(matches!(reader.read(keys.seal("node", 9, "x").as_bytes(), Way::Nats), Ok(Some(_))));
        assert_eq!(reader.read(keys.seal("node", 8, "x").as_bytes(), Way::Nats), Err(Rejected::Repeated));
    }

    #[test]
    fn notices_that_come_by_two_ways_are_delivered_once_each_whichever_is_faster() {
        let (mut reader, keys) = (reader(), keys());
        let mut delivered = Vec::new();
        for (number, way) in
            [(1, Way::Nats), (3, Way::Nats), (2, Way::Database), (3, Way::Database), (2, Way::Nats)]
        {
            let read = reader.read(keys.seal("node", number, &number.to_string()).as_bytes(), way);
            delivered.extend(read.unwrap());
        }
        assert_eq!(delivered, ["1", "3", "2"]);
    }

    #[test]
    fn pieces_are_put_together_and_what_is_missing_costs_one_notice() {
        let (mut reader, keys) = (reader(), keys());
        let notice = "abc".repeat(10_000);
        let read = |reader: &mut Reader, piece: &String| reader.read(piece.as_bytes(), Way::Database);
        let pieces = keys.seal_in_pieces("node", 1, &notice);
        let (last, before) = pieces.split_last().unwrap();
        assert!(before.iter().all(|piece| read(&mut reader, piece) == Ok(None)));
        assert_eq!(read(&mut reader, last), Ok(Some(notice.clone())));
        assert!(pieces.iter().all(|piece| read(&mut reader, piece) == Err(Rejected::Repeated)));
        let torn = keys.seal_in_pieces("node", 2, &notice);
        assert_eq!(read(&mut reader, &torn[0]), Ok(None));
        assert_eq!(read(&mut reader, &torn[2]), Err(Rejected::Repeated), "the one before it is missing");
        let next = keys.seal_in_pieces("node", 3, &notice);
        let got: Vec<_> = next.iter().filter_map(|piece| read(&mut reader, piece).unwrap()).collect();
        assert_eq!(got, [notice]);
        assert_eq!(read(&mut reader, &torn[0]), Err(Rejected::Repeated), "it disturbs nothing later");
    }

    #[test]
    fn many_starts_of_nodes_take_no_more_room() {
        let (mut reader, keys) = (reader(), keys());
        for node in 0..2 * MOST_NODES {
            reader.read(keys.seal(&node.to_string(), 1, "x").as_bytes(), Way::Nats).unwrap();
        }
        assert_eq!(reader.nodes.len(), MOST_NODES);
    }

    #[test]
    fn a_number_is_taken_once_however_far_the_numbers_jump() {
        let mut window = Window::before(1);
        for number in [1, 2, 64, 63, SPAN, SPAN * 3, SPAN * 3 - 1, u64::MAX, u64::MAX - 1] {
            assert!(window.take(number), "{number}");
            assert!(!window.take(number), "{number} again");
        }
        assert!(!window.take(5) && !window.take(SPAN * 3 + 1), "too old for anybody to know");
    }
}
