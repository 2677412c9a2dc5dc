//! What happens when a refresh token is presented: it is replaced by a new one, and only the newest of a
//! session is valid (refresh token rotation, RFC 9700, section 4.14). A token that was used long ago, or whose
//! replacement was used, is in two hands.

use crate::Moment;
use call_protocol::{DeviceId, SessionId, UserId};
use std::time::Duration;

/// Replies may be lost repeatedly, but no client retries more often than this.
const AGAIN: Duration = Duration::from_secs(10);

/// A session, as far as its refresh tokens are concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenFamily {
    /// Which session.
    pub id: SessionId,
    /// Its user.
    pub user: UserId,
    /// The hash of the valid token.
    pub token_hash: String,
    /// The token that it replaced, if there is one.
    pub spent: Option<Spent>,
    /// When that one was presented again.
    pub again_at: Option<Moment>,
    /// When the session expires unless it is used.
    pub expires_at: Moment,
}

/// A refresh token that has been exchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spent {
    /// Its hash.
    pub hash: String,
    /// When.
    pub at: Moment,
    /// The device that exchanged it, if it said so.
    pub by: Option<DeviceId>,
}

/// A refresh token that a client presents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The hash of the part that all tokens of its session share.
    pub family_hash: String,
    /// The hash of the whole token.
    pub token_hash: String,
    /// The device that presents it, if it says so.
    pub device: Option<DeviceId>,
}

/// The decision about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is valid: it is exchanged for a new one.
    Next,
    /// Its replacement was lost, and is replaced by another one.
    Again,
    /// The same, but not yet.
    Wait(Duration),
    /// It has expired with its session, which was not used for too long.
    Expired,
    /// Somebody else has it too: the session ends.
    Reused,
}

/// Judges a token of this session. An exchanged token is accepted again as long as its replacement was not
/// used: within `grace`, and later from the device that exchanged it, which may have stopped before it stored
/// the reply. The first replacement becomes invalid then, so that if two clients have the same token, the
/// second use reveals it.
pub fn refresh(family: &TokenFamily, shown: &Shown, now: Moment, grace: Duration) -> Verdict {
    if family.expires_at <= now {
        return Verdict::Expired;
    }
    if family.token_hash == shown.token_hash {
        return Verdict::Next;
    }
    let Some(spent) = family.spent.as_ref().filter(|spent| spent.hash == shown.token_hash) else {
        return Verdict::Reused;
    };
    let by_the_same = shown.device.is_some() && shown.device == spent.by;
    if now.since(spent.at) >= grace && !by_the_same {
        return Verdict::Reused;
    }
    let since = family.again_at.map_or(AGAIN, |at| now.since(at));
    match AGAIN.checked_sub(since) {
        None | Some(Duration::ZERO) => Verdict::Again,
        Some(wait) => Verdict::Wait(wait),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRACE: Duration = Duration::from_secs(30);
    const BEGIN: Moment = Moment(1_767_225_600_000);
    const DAY: u64 = 24 * 3600;

    fn at(seconds: u64) -> Moment {
        BEGIN.plus(Duration::from_secs(seconds))
    }

    /// A session whose first token was exchanged at the beginning, by a tab.
    fn family() -> TokenFamily {
        let spent = Spent { hash: "first".to_owned(), at: BEGIN, by: Some(DeviceId::from("tab")) };
        TokenFamily {
            id: SessionId::from("s1"),
            user: UserId::from("u1"),
            token_hash: "second".to_owned(),
            spent: Some(spent),
            again_at: None,
            expires_at: at(30 * DAY),
        }
    }

    fn shown(token: &str, device: Option<&str>) -> Shown {
        let device = device.map(DeviceId::from);
        Shown { family_hash: "family".to_owned(), token_hash: token.to_owned(), device }
    }

    fn verdict(token: &str, device: Option<&str>, seconds: u64) -> Verdict {
        refresh(&family(), &shown(token, device), at(seconds), GRACE)
    }

    #[test]
    fn whose_reply_was_lost_gets_another_one_and_a_thief_who_comes_later_ends_the_session() {
        for (token, device, seconds, expected) in [
            ("second", None, 0, Verdict::Next),
            ("second", Some("elsewhere"), 29 * DAY, Verdict::Next),
            ("second", None, 30 * DAY, Verdict::Expired),
            ("first", None, 29, Verdict::Again),
            ("first", None, 30, Verdict::Reused),
            ("first", Some("elsewhere"), 30, Verdict::Reused),
            // A laptop that was closed during a refresh.
            ("first", Some("tab"), 9 * 3600, Verdict::Again),
            ("first", Some("tab"), 31 * DAY, Verdict::Expired),
            // Older than the replaced token, or the replacement that was itself replaced.
            ("before", Some("tab"), 1, Verdict::Reused),
            ("sibling", None, 1, Verdict::Reused),
        ] {
            assert_eq!(verdict(token, device, seconds), expected, "{token} {device:?} {seconds}");
        }
    }

    #[test]
    fn a_spent_token_is_sent_again_as_often_as_replies_are_lost_and_no_oftener() {
        let family = TokenFamily { again_at: Some(at(5)), ..family() };
        let again = |seconds| refresh(&family, &shown("first", None), at(seconds), GRACE);
        assert_eq!(again(5), Verdict::Wait(Duration::from_secs(10)));
        assert_eq!(again(14), Verdict::Wait(Duration::from_secs(1)));
        assert_eq!(again(15), Verdict::Again);
    }

    #[test]
    fn a_device_that_spent_nothing_proves_nothing() {
        let mut family = family();
        family.spent.as_mut().unwrap().by = None;
        assert_eq!(refresh(&family, &shown("first", None), at(60), GRACE), Verdict::Reused);
    }
}
