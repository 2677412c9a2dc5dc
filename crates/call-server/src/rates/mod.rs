//! How often somebody may do something: token buckets by network, name, person, pair and conversation.
//! Never decides what else they may do, and never asks the database: a refusal costs next to nothing.

mod bucket;

use crate::{
    clock::Clock,
    config::{Rate, Rates},
    network::Network,
};
use bucket::Bucket;
use call_protocol::{ConversationId, UserId};
use std::time::Duration;

/// How long it is until something may be tried again.
pub type Wait = Duration;

/// What somebody does who is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// Any request.
    Asking,
    /// Ends a call that is not known to be live: that of a live one is never refused.
    Ending,
    /// Changes their contacts, blocks or settings.
    Changing,
    /// Asks for a name.
    Naming,
    /// Tries to call, or to answer.
    Calling,
    /// Tries a password once more.
    Proving,
    /// Sends a frame that is no signal.
    Framing,
    /// Causes a row in the audit log.
    Auditing,
}

/// Every bucket of a server.
#[derive(Debug)]
pub struct RateLimits {
    register: Bucket<Network>,
    sign_in_from: Bucket<Network>,
    sign_in_as: Bucket<(String, Network)>,
    sign_in_anywhere: Bucket<String>,
    sign_in_with: Bucket<String>,
    made_up: Bucket<Network>,
    refresh_with: Bucket<String>,
    door_lines: Bucket<()>,
    door_rows: Bucket<()>,
    doing: [Bucket<UserId>; 8],
    changes_by_pair: Bucket<(UserId, String)>,
    calls_by: Bucket<UserId>,
    calls_in: Bucket<ConversationId>,
    calls_to: Bucket<UserId>,
    /// Their number and their bytes.
    signals: Bucket<UserId, 2>,
    messages: Bucket<UserId, 2>,
    relay_strangers: Bucket<Network>,
    relay_requests: Bucket<UserId>,
}

impl RateLimits {
    /// Full buckets.
    pub fn new(rates: &Rates, clock: &Clock) -> Self {
        fn bucket<K: std::hash::Hash + Eq + Clone>(rate: Option<Rate>, clock: &Clock) -> Bucket<K> {
            Bucket::new(rate, clock)
        }
        Self {
            register: bucket(rates.register, clock),
            sign_in_from: bucket(rates.sign_in_by_address, clock),
            sign_in_as: bucket(rates.sign_in_by_name, clock),
            sign_in_anywhere: bucket(rates.sign_in_by_name_anywhere, clock),
            sign_in_with: bucket(rates.sign_in_by_device, clock),
            made_up: bucket(rates.made_up_tokens, clock),
            refresh_with: bucket(rates.refresh_by_session, clock),
            door_lines: bucket(rates.door_lines, clock),
            door_rows: bucket(rates.door_rows, clock),
            // In the order of `Doing`.
            doing: [
                rates.requests,
                rates.endings,
                rates.changes,
                rates.names,
                rates.call_tries,
                rates.password_by_person,
                rates.frames,
                rates.audit_rows,
            ]
            .map(|rate| bucket(rate, clock)),
            changes_by_pair: bucket(rates.changes_by_pair, clock),
            calls_by: bucket(rates.calls_by_caller, clock),
            calls_in: bucket(rates.calls_by_pair, clock),
            calls_to: bucket(rates.calls_to_callee, clock),
            signals: Bucket::of([rates.signals, rates.signal_bytes], clock),
            messages: Bucket::of([rates.messages, rates.message_bytes], clock),
            relay_strangers: bucket(rates.relay_strangers, clock),
            relay_requests: bucket(rates.relay_requests, clock),
        }
    }

    /// Somebody in a network creates an account.
    ///
    /// # Errors
    /// When they made too many.
    pub fn register(&self, network: Network) -> Result<(), Wait> {
        self.register.take(&network)
    }

    /// Somebody in a network says that they are the one of this name, at a device that has not signed in before. It counts
    /// as failed until [`Self::signed_in`].
    ///
    /// # Errors
    /// When too many tries came from there, or failed for this name.
    pub fn sign_in(&self, network: Network, name: &str) -> Result<(), Wait> {
        self.sign_in_from.take(&network)?;
        self.sign_in_as.take(&(name.to_owned(), network))?;
        self.sign_in_anywhere.take(&name.to_owned())
    }

    /// The sign-in succeeded: the attempt is not counted as failed.
    pub fn signed_in(&self, network: Network, name: &str) {
        self.sign_in_as.give_back(&(name.to_owned(), network));
        self.sign_in_anywhere.give_back(&name.to_owned());
    }

    /// A device that has signed in before, known by its proof, does so again: nobody else's tries count.
    ///
    /// # Errors
    /// When it tried too often.
    pub fn sign_in_with(&self, proof: &str) -> Result<(), Wait> {
        self.sign_in_with.take(&proof.to_owned())
    }

    /// A refresh token came from a network that no server of this secret has made.
    ///
    /// # Errors
    /// When too many came from there.
    pub fn made_up_token(&self, network: Network) -> Result<(), Wait> {
        self.made_up.take(&network)
    }

    /// The token was one of an older server's: it is not counted.
    pub fn not_made_up(&self, network: Network) {
        self.made_up.give_back(&network);
    }

    /// A refresh token is used that a server of this secret has made; `family` is what those of its session begin with.
    ///
    /// # Errors
    /// When they were used too often.
    pub fn refresh(&self, family: &str) -> Result<(), Wait> {
        self.refresh_with.take(&family.to_owned())
    }

    /// A sign-in event is logged.
    ///
    /// # Errors
    /// When many were logged lately.
    pub fn door_line(&self) -> Result<(), Wait> {
        self.door_lines.take(&())
    }

    /// A refused sign-in is written to the audit log.
    ///
    /// # Errors
    /// When many were written lately.
    pub fn door_row(&self) -> Result<(), Wait> {
        self.door_rows.take(&())
    }

    /// A person does something.
    ///
    /// # Errors
    /// When they did it too often.
    pub fn allow(&self, user: &UserId, doing: Doing) -> Result<(), Wait> {
        self.doing[doing as usize].take(user)
    }

    /// A person changes something about another one, by id or by name.
    ///
    /// # Errors
    /// When they did so too often, about this one or altogether.
    pub fn change(&self, user: &UserId, other: &str) -> Result<(), Wait> {
        self.allow(user, Doing::Changing)?;
        self.changes_by_pair.take(&(user.clone(), other.to_owned()))
    }

    /// A call is about to ring.
    ///
    /// # Errors
    /// When the caller calls too often, these two do, or the callee is called too often by anybody.
    pub fn ring(&self, caller: &UserId, callee: &UserId, conversation: &ConversationId) -> Result<(), Wait> {
        self.calls_by.take(caller)?;
        self.calls_in.take(conversation)?;
        self.calls_to.take(callee)
    }

    /// Somebody sends a signal of so many bytes.
    ///
    /// # Errors
    /// When they sent too many, or too much.
    pub fn signal(&self, user: &UserId, bytes: usize) -> Result<(), Wait> {
        self.signals.take_each(user, [1, u32::try_from(bytes).unwrap_or(u32::MAX)])
    }

    /// Somebody writes a message of so many bytes.
    ///
    /// # Errors
    /// When they wrote too many, or too much.
    pub fn message(&self, user: &UserId, bytes: usize) -> Result<(), Wait> {
        self.messages.take_each(user, [1, u32::try_from(bytes).unwrap_or(u32::MAX)])
    }

    /// The relay answers somebody of a network who has not shown who they are.
    ///
    /// # Errors
    /// When it answered too many of there.
    pub fn relay_stranger(&self, network: Network) -> Result<(), Wait> {
        self.relay_strangers.take(&network)
    }

    /// A person asks the relay for something that depends on their calls.
    ///
    /// # Errors
    /// When they asked too often.
    pub fn relay_request(&self, user: &UserId) -> Result<(), Wait> {
        self.relay_requests.take(user)
    }

    /// Forgets everybody whose bucket is full again.
    pub fn forget_full(&self) {
        for bucket in [&self.register, &self.sign_in_from, &self.made_up, &self.relay_strangers] {
            bucket.forget_full();
        }
        for bucket in [&self.sign_in_anywhere, &self.sign_in_with, &self.refresh_with] {
            bucket.forget_full();
        }
        self.sign_in_as.forget_full();
        self.doing.iter().for_each(Bucket::forget_full);
        self.changes_by_pair.forget_full();
        self.calls_in.forget_full();
        [&self.calls_by, &self.calls_to, &self.relay_requests].into_iter().for_each(Bucket::forget_full);
        [&self.signals, &self.messages].into_iter().for_each(Bucket::forget_full);
    }
}
