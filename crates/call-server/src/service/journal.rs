//! The sign-in events that operators and their tools read in the log and the audit log: who signed in, registered or was
//! refused, by name and network. The form of the lines is stable: fail2ban reads them.
//! Never writes a name that cannot be one, and never more than so many lines and rows.

use crate::{
    clock::Clock,
    network::Network,
    rates::{Doing, RateLimits},
    repeats::Repeats,
    store::Store,
};
use call_protocol::UserId;
use std::{net::IpAddr, sync::Arc, time::Duration};

/// The log target of these lines, wherever they are written.
const DOOR: &str = "call_server::door";

/// A sign-in event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// An account was made, and its person is signed in.
    Registered,
    /// An account was not made.
    NotRegistered,
    /// A person signed in.
    SignedIn,
    /// The name or password was wrong.
    NotSignedIn,
    /// A person who is signed in gave a wrong password.
    NotProven,
}

impl Event {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Registered => "account made",
            Self::NotRegistered => "account refused",
            Self::SignedIn => "signed in",
            Self::NotSignedIn => "sign-in refused",
            Self::NotProven => "password refused",
        }
    }

    const fn is_refusal(self) -> bool {
        match self {
            Self::Registered | Self::SignedIn => false,
            Self::NotRegistered | Self::NotSignedIn | Self::NotProven => true,
        }
    }
}

/// Writes the events down, and counts those that repeat.
#[derive(Debug)]
pub struct Journal {
    clock: Clock,
    store: Arc<Store>,
    rates: Arc<RateLimits>,
    /// Refusals of which each network was told once already, counted until the next line.
    repeated: Repeats<(&'static str, Network)>,
    /// Requests for which the proxy forwarded no address.
    unknown_addresses: Repeats<()>,
}

impl Journal {
    /// Nothing was written yet.
    pub fn new(clock: Clock, store: Arc<Store>, rates: Arc<RateLimits>) -> Self {
        Self { clock, store, rates, repeated: Repeats::default(), unknown_addresses: Repeats::default() }
    }

    /// Logs an event, and writes it to the audit log unless there are too many.
    pub async fn note(&self, event: Event, network: Network, name: Option<&str>, user: Option<&UserId>) {
        let (what, name) = (event.as_str(), name.unwrap_or("-"));
        let logged = if self.rates.door_line().is_ok() {
            match user {
                Some(user) => tracing::info!(target: DOOR, %network, name, user.id = %user, "{what}"),
                None => tracing::info!(target: DOOR, %network, name, "{what}"),
            }
            true
        } else {
            self.repeated.is_news(&(what, network), self.clock.tick())
        };
        let may_write = match user.filter(|_| !event.is_refusal()) {
            Some(user) => self.rates.allow(user, Doing::Auditing).is_ok(),
            None => logged && self.rates.door_row().is_ok(),
        };
        if may_write {
            let detail = format!("{name} from {network}");
            if let Err(error) = self.store.note(user, what, &detail, self.clock.now()).await {
                error.log("the audit log could not be written");
            }
        }
    }

    /// Logs that somebody was refused for too many attempts: once a minute for each network.
    pub fn limited(&self, what: &'static str, network: Network) {
        if self.repeated.is_news(&(what, network), self.clock.tick()) {
            tracing::info!(target: DOOR, %network, "{what}");
        }
    }

    /// Logs that a proxy forwarded a request without the address that it came from: once a minute.
    pub fn no_address_from(&self, proxy: IpAddr) {
        if self.unknown_addresses.is_news(&(), self.clock.tick()) {
            tracing::warn!(
                %proxy,
                "the proxy does not tell in X-Forwarded-For (or Forwarded) who asks: all of its people are counted as one"
            );
        }
    }

    /// Logs how often it happened since, every so often, for as long as the server runs.
    pub async fn log_repetitions(self: Arc<Self>, pause: Duration) {
        loop {
            tokio::time::sleep(pause).await;
            self.log_what_repeated().await;
        }
    }

    async fn log_what_repeated(&self) {
        let now = self.clock.tick();
        for (of, times) in self.repeated.due(now) {
            match of {
                Some((what, network)) => tracing::info!(target: DOOR, %network, times, "{what}"),
                None => tracing::info!(target: DOOR, times, "refused from more networks than are told apart"),
            }
        }
        for (_, times) in self.unknown_addresses.due(now) {
            tracing::warn!(
                times,
                "the proxy still does not tell who asks: all of its people are counted as one"
            );
        }
        if let Err(error) = self.store.note_refusals(&self.clock).await {
            error.log("the audit log could not be written");
        }
    }
}
