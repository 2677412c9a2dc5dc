//! Sizes and times that both sides agree on, each with its source.

use core::time::Duration;

/// The first frame of a socket, in bytes.
pub const HELLO_BYTES: usize = 16 * 1024;
/// Any later frame, and a REST body, in bytes.
pub const FRAME_BYTES: usize = 64 * 1024;
/// The description or candidate of one signal, as JSON, in bytes; descriptions have 5 to 10 KB.
pub const SIGNAL_BYTES: usize = 32 * 1024;
/// Levels to which the description or candidate of one signal may nest; a browser's have one.
pub const SIGNAL_DEPTH: usize = 16;
/// Candidates of one side for one description.
pub const CANDIDATES: u32 = 100;
/// Offers of a caller in one ring, those among them that are sent again; a client opens four connections at most, and sends
/// what is not acknowledged again after 0.5, 1, 2, 4, 8, … seconds.
pub const RING_OFFERS: u32 = 80;
/// Calls that ended lately in one snapshot, the newest ones: a device asks for the one that it was in. Without a bound a person
/// who is called without end could not connect any more, since a frame has to fit into what a socket may hold.
pub const ENDED_CALLS: usize = 32;
/// Characters of an `Idempotency-Key`.
pub const IDEMPOTENCY_KEY: usize = 255;
/// How long an `Idempotency-Key` is remembered.
pub const IDEMPOTENCY_TIME: Duration = Duration::from_secs(24 * 3600);
/// Time to authenticate a socket.
pub const HELLO_TIME: Duration = Duration::from_secs(5);
/// Ring time unless configured otherwise.
pub const RING_TIME: Duration = Duration::from_secs(45);
/// How often a seated device reports flowing media.
pub const MEDIA_REPORT_INTERVAL: Duration = Duration::from_secs(10);
/// Calls in one page of the history (requirement).
pub const HISTORY_PAGE: u32 = 50;
