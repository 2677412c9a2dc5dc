//! Every waiting time of the machine, each with its source. Never measured here: the machine compares them with
//! the times that it is given.

use call_protocol::limits;
use core::time::Duration;

/// First wait before an unacknowledged signal is resent; doubled each time.
pub(crate) const RESEND_FIRST: Duration = Duration::from_millis(500);
/// Longest wait before an unacknowledged signal is resent.
pub(crate) const RESEND_LONGEST: Duration = Duration::from_secs(5);
/// Time for the permission prompt of the browser, and for creating the offer.
pub(crate) const PREPARE: Duration = Duration::from_secs(60);
/// Wait before a lost device is requested again without the person: the system needs a moment to choose the
/// next one.
pub(crate) const REACQUIRE_AGAIN: Duration = Duration::from_secs(1);
/// How often that is done in a row: with the first try at once, all within three seconds.
pub(crate) const REACQUISITIONS: u32 = 3;
/// A device that worked for this long counts as a success, so that all tries are available again.
pub(crate) const REACQUIRED_WELL: Duration = Duration::from_secs(10);
/// How long the person reads that a lost device was replaced by another.
pub(crate) const REPLACED_NOTICE: Duration = Duration::from_secs(8);
/// How many connections are opened for one ring before the person answers, and again afterwards. Each device
/// that reloads needs another one, and browsers allow a few hundred in total.
pub(crate) const CONNECTIONS_OF_A_RING: u32 = 4;
/// At least as many as the caller opens to other devices during a ring: one to each further warm device, and those that
/// replace others.
pub(crate) const UNSEEN_CONNECTIONS: u32 = 16;
/// Wait before a REST request is repeated that did not reach the server.
pub(crate) const REQUEST_RETRY: Duration = Duration::from_secs(1);
/// How many times a request to place a call is sent before giving up.
pub(crate) const INITIATE_TRIES: u32 = 4;
/// How often the server is asked again (every half second) while it still has a call that this person just gave
/// up, before the next call is placed.
pub(crate) const LEAVING_TRIES: u32 = 20;
/// How long the other side's message that it has answered counts without the server's.
pub(crate) const ANSWERED_ALONE: Duration = Duration::from_secs(5);
/// The server ends a ring. This is how long after the ring time its message may take to arrive.
pub(crate) const RING_GRACE: Duration = Duration::from_secs(5);
/// Ring time if the server states none.
pub(crate) const RING: Duration = limits::RING_TIME;
/// Connection establishment (requirement: 10 s).
pub(crate) const CONNECT: Duration = Duration::from_secs(10);
/// How long `disconnected` may last, with no bytes arriving, before ICE is restarted.
pub(crate) const SUSPECT: Duration = Duration::from_millis(1500);
/// The same on the answering side; longer, so that the two rarely offer at the same time.
pub(crate) const SUSPECT_ANSWERER: Duration = Duration::from_millis(2500);
/// How long nothing may arrive on a connection on which media was flowing: fifteen packets of audio. Browsers notice a
/// dead path after 8 to 10 s (consent freshness, RFC 7675).
pub(crate) const SILENCE: Duration = Duration::from_millis(300);
/// The same on a network that has had gaps without being dead.
pub(crate) const SILENCE_LONGEST: Duration = Duration::from_millis(1200);
/// How long nothing may arrive on a connection without media, whose other end is asked at every count. Nobody misses
/// anything meanwhile, and one packet in ten may be lost, or an acknowledgement be late by 200 ms (RFC 9260).
pub(crate) const UNANSWERED: Duration = Duration::from_millis(1500);
/// The silence that one count can show: what is longer is a pause of this page itself (sleep, a frozen or throttled
/// tab).
pub(crate) const COUNTING_GAP: Duration = Duration::from_millis(250);
/// How long media may still arrive after the other side announced that it sends nothing.
pub(crate) const TRAILING: Duration = Duration::from_secs(2);
/// By then a browser would have noticed that the path of a silent connection is dead.
pub(crate) const SILENCE_EXPLAINED: Duration = Duration::from_secs(12);
/// Wait between restarts of one outage (requirement: a retry with a 5 s delay).
pub(crate) const RESTART_AGAIN: Duration = Duration::from_secs(5);
/// The same on the answering side; longer, since a negotiated restart resets the clocks of both sides, and one
/// has to be first.
pub(crate) const RESTART_AGAIN_ANSWERER: Duration = Duration::from_secs(7);
/// How long a connection may be lost before the person is told: most come back sooner.
pub(crate) const LOSS_SHOWN: Duration = Duration::from_secs(2);
/// How long a second connection may take to carry something. Then another one is tried.
pub(crate) const HANDOVER: Duration = Duration::from_secs(10);
/// The same when the first connection carries packets again.
pub(crate) const HANDOVER_UNNEEDED: Duration = Duration::from_secs(5);
/// How long the restoring of a lost connection is tried before the call is given up.
pub(crate) const GIVE_UP: Duration = Duration::from_secs(45);
/// The same on a device that hears the server: whoever has lost the network is the first to give up.
pub(crate) const GIVE_UP_HEALTHY: Duration = Duration::from_secs(55);
/// How long the other side's page may take to be reloaded. The server ends such a call sooner, as of the moment when
/// the page went away; this is for when the server is unreachable.
pub(crate) const RETURN: Duration = Duration::from_secs(20);
/// How long a card stays on screen that tells the person nothing new.
pub(crate) const CARD: Duration = Duration::from_secs(6);
/// How long a card stays that says what somebody else did, or what happened.
pub(crate) const CARD_WITH_NEWS: Duration = Duration::from_secs(30);
/// How long a card stays that the person has not necessarily seen, or that asks them to do something first.
pub(crate) const CARD_THAT_WAITS: Duration = Duration::from_secs(120);
/// How often a decline or end that did not reach the server is repeated. After that the server's leases end the
/// call.
pub(crate) const END_REQUEST_TRIES: u32 = 8;
/// Longest wait between such repetitions.
pub(crate) const END_REQUEST_LONGEST: Duration = Duration::from_secs(10);
