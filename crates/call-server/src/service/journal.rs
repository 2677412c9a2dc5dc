//! The sign-in events that operators and their tools read in the log and the audit log: who signed in, registered or was
//! refused, by name and network. The form of the lines is stable: fail2ban reads them.
//! Never writes a name that cannot be one, and never more than so many lines and rows.

use super::App;
use crate::{network::Network, rates::Doing};
use call_protocol::UserId;

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

/// Logs an event, and writes it to the audit log unless there are too many.
pub async fn note(app: &App, event: Event, network: Network, name: Option<&str>, user: Option<&UserId>) {
    let (what, name) = (event.as_str(), name.unwrap_or("-"));
    let told = if app.rates.door_line().is_ok() {
        match user {
            Some(user) => tracing::info!(target: DOOR, %network, name, user.id = %user, "{what}"),
            None => tracing::info!(target: DOOR, %network, name, "{what}"),
        }
        true
    } else {
        app.untold.is_news(&(what, network), app.clock.tick())
    };
    let may_write = match user.filter(|_| !event.is_refusal()) {
        Some(user) => app.rates.allow(user, Doing::Auditing).is_ok(),
        None => told && app.rates.door_row().is_ok(),
    };
    if may_write {
        let detail = format!("{name} from {network}");
        if let Err(error) = app.store.note(user, what, &detail, app.clock.now()).await {
            error.log("the audit log could not be written");
        }
    }
}

/// Logs that somebody was refused for too many attempts: once a minute for each network.
pub fn limited(app: &App, what: &'static str, network: Network) {
    if app.untold.is_news(&(what, network), app.clock.tick()) {
        tracing::info!(target: DOOR, %network, "{what}");
    }
}

/// Logs how often it happened since.
pub async fn tell_the_rest(app: &App) {
    let now = app.clock.tick();
    for (of, times) in app.untold.due(now) {
        match of {
            Some((what, network)) => tracing::info!(target: DOOR, %network, times, "{what}"),
            None => tracing::info!(target: DOOR, times, "refused from more networks than are told apart"),
        }
    }
    for (_, times) in app.unknown_addresses.due(now) {
        tracing::warn!(times, "the proxy still does not tell who asks: all of its people are counted as one");
    }
    if let Err(error) = app.store.note_refusals(&app.clock).await {
        error.log("the audit log could not be written");
    }
}
