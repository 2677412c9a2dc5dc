//! Where somebody is signed in: listed, ended, and deleted when not used for long. Tokens of an ended session are refused at
//! once, and its sockets close, here and on every other node.
//! Never makes a session: see `accounts`.

use super::{Accounts, deleted_people, known_people};
use crate::{
    error::ApiError,
    model::{Ended, Farewell},
    store::StoreError,
};
use call_protocol::{OwnSession, SessionId, UserId};
use std::{sync::Arc, time::Duration};
use tokio::time::{MissedTickBehavior, interval};

/// How much longer than the life of an access token an end is remembered: clocks differ.
const MARGIN: Duration = Duration::from_secs(60);
/// How far a reading reaches back before the last one, for rows that a slow clock dated or that were committed late.
const OVERLAP: Duration = Duration::from_secs(120);
/// How often unused sessions are deleted.
const PAUSE: Duration = Duration::from_secs(3600);

/// Where somebody is signed in, the last used first.
///
/// # Errors
/// When the database fails.
pub async fn list(
    accounts: &Accounts,
    user: &UserId,
    own: Option<&SessionId>,
) -> Result<Vec<OwnSession>, ApiError> {
    Ok(accounts.store.sessions(user, own, accounts.clock.now()).await?)
}

/// Ends one of somebody's sessions.
///
/// # Errors
/// When they have no such session.
pub async fn end_one(
    accounts: &Accounts,
    user: &UserId,
    session: &SessionId,
    own: Option<&SessionId>,
) -> Result<(), ApiError> {
    let why = if own == Some(session) { Farewell::Left } else { Farewell::Ended };
    let ended = accounts.store.end_session(user, session, (why, accounts.clock.now())).await?;
    let ended = ended.ok_or_else(missing)?;
    publish(accounts, user, vec![ended]);
    Ok(())
}

/// The error for a session that is not theirs, or over.
pub const fn missing() -> ApiError {
    ApiError::NotFound("you have no such session; it may be over already")
}

/// Ends all of somebody's sessions but their own, and everything that belongs to no session.
///
/// # Errors
/// When the database fails.
pub async fn end_others(accounts: &Accounts, user: &UserId, own: Option<&SessionId>) -> Result<(), ApiError> {
    end_all(accounts, user, own, Farewell::Ended).await
}

/// Ends all of somebody's sessions, but one if it is named.
///
/// # Errors
/// When the database fails.
pub async fn end_all(
    accounts: &Accounts,
    user: &UserId,
    keep: Option<&SessionId>,
    why: Farewell,
) -> Result<(), ApiError> {
    let ended = accounts.store.end_sessions(user, keep, (why, accounts.clock.now())).await?;
    publish(accounts, user, ended);
    Ok(())
}

/// Refuses the tokens of ended sessions from now on and closes their sockets, after the commit.
pub(super) fn publish(accounts: &Accounts, user: &UserId, ended: Vec<Ended>) {
    if ended.is_empty() {
        return;
    }
    act_on(accounts, &ended, News::Tell);
    if let Some(nodes) = accounts.calls.other_nodes() {
        nodes.sessions_ended(user);
    }
}

/// Refuses all tokens of a deleted person from now on, and closes their sockets.
pub(super) fn deleted(accounts: &Accounts, user: &UserId) {
    let at = accounts.clock.now();
    let ended = Ended { id: user.0.clone(), user: user.clone(), why: Farewell::Deleted, at };
    act_on(accounts, &[ended], News::Tell);
    accounts.calls.hub.close_person(user, known_people::gone(&accounts.tokens));
}

/// Reads which sessions other processes have ended, and acts on it.
///
/// # Errors
/// When the database fails.
pub async fn catch_up(accounts: &Accounts) -> Result<(), StoreError> {
    if accounts.config.tables.is_some() {
        return Ok(()); // an application signs people in
    }
    let now = accounts.clock.now();
    let horizon = now.minus(accounts.config.timings.access_token + MARGIN);
    let since = accounts.ended.looked().map_or(horizon, |last| last.minus(OVERLAP).max(horizon));
    let ended = accounts.store.ended_since(since).await?;
    accounts.ended.forget_before(horizon);
    // What ended before this server started was logged then.
    let news = if accounts.ended.looked().is_some() { News::Tell } else { News::Known };
    for user in act_on(accounts, &ended, news) {
        deleted_people::show_out(accounts, &user).await?;
    }
    accounts.ended.look(now);
    Ok(())
}

/// Whether the log is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    Tell,
    Known,
}

/// Writes an end to the log. That of all sessions names no session.
fn tell(Ended { id, user, why, .. }: &Ended) {
    if *why == Farewell::Reused {
        tracing::warn!(
            user.id = %user, session.id = %id,
            "a spent refresh token came a second time (reuse): somebody has a copy of it; its session is over"
        );
    } else if id == user.as_str() {
        tracing::info!(user.id = %user, why = why.as_str(), "sessions ended");
    } else {
        tracing::info!(user.id = %user, session.id = %id, why = why.as_str(), "session ended");
    }
}

/// Remembers ends before it closes sockets: a socket that connects meanwhile asks after it is registered. Returns the people
/// who were deleted, whose sockets and calls are left to the caller.
fn act_on(accounts: &Accounts, ended: &[Ended], news: News) -> Vec<UserId> {
    let mut deleted = Vec::new();
    for one in accounts.ended.learn(ended) {
        if news == News::Tell {
            tell(&one);
        }
        let Ended { id, user, why, .. } = one;
        if why == Farewell::Deleted {
            accounts.people.forget(&user);
            deleted.push(user);
        } else if id == user.as_str() {
            accounts.calls.hub.close_session(&user, None, why.close_code());
        } else {
            accounts.calls.hub.close_session(&user, Some(&SessionId(id)), why.close_code());
        }
    }
    deleted
}

/// Reads what other processes ended, and deletes unused sessions, for as long as the server runs.
pub async fn run(accounts: Arc<Accounts>) {
    let mut ticks = interval(accounts.config.timings.beat);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut tidied = None;
    loop {
        ticks.tick().await;
        if let Err(error) = catch_up(&accounts).await {
            error.log("it could not be seen which sessions ended");
            continue;
        }
        let tick = accounts.clock.tick();
        if tidied.is_none_or(|last| tick.0.saturating_sub(last) >= PAUSE) {
            tidied = Some(tick.0);
            tidy(&accounts).await;
        }
    }
}

/// Deletes unused sessions, and ends that no token can belong to any more.
async fn tidy(accounts: &Accounts) {
    if accounts.config.tables.is_some() {
        return;
    }
    let now = accounts.clock.now();
    let ended_before = now.minus(accounts.config.timings.access_token + MARGIN);
    match accounts.store.forget_sessions(now, ended_before).await {
        Ok(0) => {}
        Ok(rows) => tracing::debug!(rows, "sessions that nobody uses deleted"),
        Err(error) => error.log("sessions that nobody uses could not be deleted"),
    }
}
