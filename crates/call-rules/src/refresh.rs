//! What becomes of a refresh token that is shown: it has one child, and only the youngest of a session lives.
//! Pure. A token that was spent long ago, or whose child was used, is in two hands.

use crate::Moment;
use call_protocol::{DeviceId, SessionId, UserId};
use std::time::Duration;

/// A reply may be lost again and again; more often than this nobody waits for one.
const AGAIN: Duration = Duration::from_secs(10);

/// A session, as far as its refresh tokens are concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenFamily {
    /// Which session.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// The hash of the token that lives.
    pub token_hash: String,
    /// Its parent, when there is one.
    pub spent: Option<Spent>,
    /// When the parent was sent again.
    pub again_at: Option<Moment>,
    /// When the session ends unless it is used.
    pub expires_at: Moment,
}

/// A refresh token that was exchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spent {
    /// Its hash.
    pub hash: String,
    /// When.
    pub at: Moment,
    /// By which device, if it said so.
    pub by: Option<DeviceId>,
}

/// A refresh token that somebody shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The hash of what it has in common with the others of its session.
    pub family_hash: String,
    /// The hash of all of it.
    pub token_hash: String,
    /// Which device shows it, if it says so.
    pub device: Option<DeviceId>,
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It lives: it is spent now, and has a child.
    Next,
    /// Its child was lost on the way, and another one takes its place.
    Again,
    /// The same, but not yet.
    Wait(Duration),
    /// It is nobody's any more: the session was not used for too long.
    Expired,
    /// Somebody else has it too: the session is over.
    Reused,
}

/// Judges a token that begins as those of this session do. A spent one is good once more as long as its child was not used:
/// for the span `grace`; and later for the device that spent it, whose page or machine may have stopped between asking and
/// keeping the reply. The first child is then as spent as its parent, so that of two who have the same token one
/// betrays the other, whoever comes first.
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

    /// A session whose first token was spent at the beginning, by a tab.
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
            // A laptop that was closed while it asked.
            ("first", Some("tab"), 9 * 3600, Verdict::Again),
            ("first", Some("tab"), 31 * DAY, Verdict::Expired),
            // Older than its parent, or the child that another one replaced.
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
