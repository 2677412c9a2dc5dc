//! Sizes and times that both sides agree on. Never checks anything.

use core::time::Duration;

/// The first frame of a socket, in bytes.
pub const HELLO_BYTES: usize = 16 * 1024;
/// Any later frame, and a REST body, in bytes.
pub const FRAME_BYTES: usize = 64 * 1024;
/// The JSON of one signal's description or candidate, in bytes; descriptions have 5 to 10 KB.
pub const SIGNAL_BYTES: usize = 32 * 1024;
/// Nesting depth of one signal's description or candidate; a browser's have one level.
pub const SIGNAL_DEPTH: usize = 16;
/// Candidates of one side for one description.
pub const CANDIDATES: u32 = 100;
/// Devices of the callee that may connect before the answer, each by an offer of its own.
pub const WARM_DEVICES: usize = 4;
/// Offers of one caller during one ring, including resent ones. A client opens at most eight connections, and
/// resends an unacknowledged offer after 0.5, 1, 2, 4, … seconds.
pub const RING_OFFERS: u32 = 80;
/// Recently ended calls in one snapshot, newest first, in which a device looks for the call that it was in.
/// Without a limit, a person who is called constantly could no longer connect, since the snapshot has to fit
/// into one frame.
pub const ENDED_CALLS: usize = 32;
/// Length of an `Idempotency-Key`, in characters.
pub const IDEMPOTENCY_KEY: usize = 255;
/// How long an `Idempotency-Key` is remembered.
pub const IDEMPOTENCY_TIME: Duration = Duration::from_secs(24 * 3600);
/// Time to authenticate a socket.
pub const HELLO_TIME: Duration = Duration::from_secs(5);
/// Ring time unless configured otherwise.
pub const RING_TIME: Duration = Duration::from_secs(45);
/// How often a seated device reports flowing media.
pub const MEDIA_REPORT_INTERVAL: Duration = Duration::from_secs(10);
/// Calls per page of the history (requirement).
pub const HISTORY_PAGE: u32 = 50;
