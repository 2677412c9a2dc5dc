//! Closes the sockets of people who are nobody here any more: deleted by a command, or at another node whose notice was
//! lost, or by the application that keeps them.
//! Never deletes anybody: see `deletion`.

use super::{Accounts, known_people, publish::learn_late};
use crate::{clock::Tick, store::StoreError};
use call_protocol::UserId;
use std::{sync::Arc, time::Duration};
use tokio::time::{MissedTickBehavior, interval};

/// Looks for as long as the server runs.
pub async fn run(accounts: Arc<Accounts>) {
    let mut ticks = interval(accounts.config.timings.beat);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut watch = Watch::default();
    loop {
        ticks.tick().await;
        if let Err(error) = look(&accounts, &mut watch).await {
            // When the database is back, everybody who is connected is looked up.
            watch = Watch::default();
            error.log("it could not be seen whether accounts were deleted");
        }
    }
}

/// Reads one row, which names whom a server or a command deleted last, and looks the connected people up only when that has
/// changed. An application that keeps the people writes no such row: there they are looked up every so often.
async fn look(accounts: &Accounts, watch: &mut Watch) -> Result<(), StoreError> {
    let last = accounts.store.last_deleted().await?;
    let memory = accounts.config.accounts_elsewhere().then_some(accounts.config.timings.person_known);
    if !watch.is_due(last, accounts.clock.tick(), memory) {
        return Ok(());
    }
    for user in accounts.store.gone(&accounts.calls.hub.people()).await? {
        tracing::info!(user.id = %user, "nobody here any more");
        show_out(accounts, &user).await?;
    }
    Ok(())
}

/// Closes the sockets of somebody whom another process deleted, and publishes the calls that ended with the account. Both at
/// once: somebody without a socket is not looked up again.
pub(super) async fn show_out(accounts: &Accounts, user: &UserId) -> Result<(), StoreError> {
    accounts.calls.hub.close_person(user, known_people::gone(&accounts.tokens));
    // The other person learns that a call is over.
    let theirs = accounts.calls.live.lock().ids_of(user);
    for call in theirs {
        if let Some(record) = accounts.store.call(&call).await? {
            learn_late(&accounts.calls, record);
        }
    }
    Ok(())
}

/// What was seen so far.
#[derive(Debug, Default)]
struct Watch {
    last: Option<UserId>,
    asked: Option<Tick>,
    again: bool,
}

impl Watch {
    /// Whether everybody who is connected is to be looked up: at first, when somebody was deleted and once more after that,
    /// and when the last time is longer ago than a reading of a person counts (`memory`).
    fn is_due(&mut self, last: Option<UserId>, now: Tick, memory: Option<Duration>) -> bool {
        let new = self.asked.is_none() || self.last != last;
        // The second time finds a person who was still connecting at the first.
        let again = std::mem::replace(&mut self.again, new);
        let since = self.asked.map_or(Duration::MAX, |asked| now.0.saturating_sub(asked.0));
        let due = new || again || memory.is_some_and(|memory| since >= memory);
        self.last = last;
        if due {
            self.asked = Some(now);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn at(seconds: u64) -> Tick {
        Tick(Duration::from_secs(seconds))
    }

    #[test]
    fn everybody_is_asked_for_twice_after_a_deletion_and_otherwise_never() {
        let mut watch = Watch::default();
        let due = |watch: &mut Watch, seconds: u64, last: Option<&str>| {
            watch.is_due(last.map(UserId::from), at(seconds), None)
        };
        let asked = [(0, None), (2, None), (4, None), (6, Some("u1")), (8, Some("u1")), (10, Some("u1"))]
            .map(|(seconds, last)| due(&mut watch, seconds, last));
        assert_eq!(asked, [true, true, false, true, true, false]);
        assert!(!due(&mut watch, 100_000, Some("u1")));
        assert!(due(&mut watch, 100_002, Some("u2")));
        assert!(due(&mut watch, 100_004, Some("u3")) && due(&mut watch, 100_006, Some("u3")));
    }

    #[test]
    fn where_somebody_else_keeps_the_accounts_nobody_is_believed_in_for_longer_than_a_while() {
        let mut watch = Watch::default();
        let asked =
            [0, 2, 4, 61, 62, 64, 121, 122].map(|seconds| watch.is_due(None, at(seconds), Some(MINUTE)));
        assert_eq!(asked, [true, true, false, false, true, false, false, true]);
    }
}
