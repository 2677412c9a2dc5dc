//! Every waiting time of the machine in one place, each with its source.
//! Never measured here: the machine compares them with the moments it is given.

use call_protocol::limits;
use core::time::Duration;

/// First wait before an unacknowledged signal is sent again (design: 0.5 s, doubling).
pub(crate) const RESEND_FIRST: Duration = Duration::from_millis(500);
/// Longest wait before an unacknowledged signal is sent again.
pub(crate) const RESEND_LONGEST: Duration = Duration::from_secs(5);
/// Time for the browser's question about microphone and camera, and for making the offer.
pub(crate) const PREPARE: Duration = Duration::from_secs(60);
/// Wait before a device that is gone is asked for again by itself: the system needs a moment to choose the next one.
pub(crate) const REACQUIRE_AGAIN: Duration = Duration::from_secs(1);
/// How often that is done in a row: with the first at once, all of it within three seconds.
pub(crate) const REACQUISITIONS: u32 = 3;
/// A device that has worked for so long was no failure: the next one may be looked for afresh.
pub(crate) const REACQUIRED_WELL: Duration = Duration::from_secs(10);
/// How long it is said that another device has taken the place of one that is gone.
pub(crate) const REPLACED_NOTICE: Duration = Duration::from_secs(8);
/// How many connections are opened for one ring, before the click and again after it: a device that reloads its page
/// needs another one, and browsers have room for a few hundred in all.
pub(crate) const CONNECTIONS_OF_A_RING: u32 = 4;
/// Wait before a REST request that found no server is sent again.
pub(crate) const REQUEST_RETRY: Duration = Duration::from_secs(1);
/// How often a request to place a call is sent before giving up.
pub(crate) const INITIATE_TRIES: u32 = 4;
/// How often it is asked whether a call that was given up has gone, to place the next (every half second).
pub(crate) const LEAVING_TRIES: u32 = 20;
/// The server ends a ring; this is how long past the ring time its word may take.
pub(crate) const RING_GRACE: Duration = Duration::from_secs(5);
/// Ring time assumed when the server names none.
pub(crate) const RING: Duration = limits::RING_TIME;
/// Connection establishment (requirement: 10 s).
pub(crate) const CONNECT: Duration = Duration::from_secs(10);
/// How long `disconnected` may last, with no bytes arriving, before ICE is restarted (design: 1 to 2 s).
pub(crate) const SUSPECT: Duration = Duration::from_millis(1500);
/// The same on the answering side, so that both seldom offer at once.
pub(crate) const SUSPECT_ANSWERER: Duration = Duration::from_millis(2500);
/// How long bytes that flowed may be missing before the person reads so and ICE is restarted. Browsers notice a dead path
/// after 8 to 10 s (RFC 7675: consent expires); jitter and a busy machine are silent for less than a second.
pub(crate) const SILENCE: Duration = Duration::from_millis(1500);
/// A longer gap between two countings is this page's own pause (sleep, a frozen or throttled tab) and proves nothing.
pub(crate) const COUNTING_GAP: Duration = Duration::from_secs(2);
/// How long after they said that they send nothing bytes may still be on their way.
pub(crate) const TRAILING: Duration = Duration::from_secs(2);
/// When a browser would have noticed that the path under a silent link is dead.
pub(crate) const SILENCE_EXPLAINED: Duration = Duration::from_secs(12);
/// Wait between restarts of one outage (requirement: a retry with a 5 s delay).
pub(crate) const RESTART_AGAIN: Duration = Duration::from_secs(5);
/// The same on the answering side: a restart that both negotiated sets both clocks, and one of them has to be first.
pub(crate) const RESTART_AGAIN_ANSWERER: Duration = Duration::from_secs(7);
/// How long a lost link is worked on before the call is given up.
pub(crate) const GIVE_UP: Duration = Duration::from_secs(30);
/// How long a card stays that tells the person no news.
pub(crate) const CARD: Duration = Duration::from_secs(6);
/// How long a card stays that tells what somebody else did, or what happened.
pub(crate) const CARD_WITH_NEWS: Duration = Duration::from_secs(30);
/// How long a card stays that waits for somebody who is away, or for something to be done first.
pub(crate) const CARD_THAT_WAITS: Duration = Duration::from_secs(120);
/// How often a decline or end that found no server is repeated; after that the server's leases end the call.
pub(crate) const END_REQUEST_TRIES: u32 = 8;
/// Longest wait between such repetitions.
pub(crate) const END_REQUEST_LONGEST: Duration = Duration::from_secs(10);
