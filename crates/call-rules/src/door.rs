//! Whether somebody may create an account. Never reads a password.

use crate::Moment;
use call_protocol::WhoRegisters;
use std::{error::Error, fmt};

/// What an invitation is valid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How many accounts can be created with it.
    pub uses: i64,
    /// How many have been created.
    pub used: i64,
    /// When it expires.
    pub expires_at: Moment,
}

/// Why somebody may not create an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uninvited {
    /// Registration is closed.
    Closed,
    /// The invitation is missing.
    NoInvitation,
    /// The invitation does not exist, or no longer.
    Unknown,
    /// The invitation has been used up.
    Spent,
    /// The invitation has expired.
    Expired,
}

impl Uninvited {
    /// Every reason.
    pub const ALL: [Self; 5] = [Self::Closed, Self::NoInvitation, Self::Unknown, Self::Spent, Self::Expired];
}

impl fmt::Display for Uninvited {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Self::Closed => "this server takes no new accounts; ask whoever runs it for one",
            Self::NoInvitation => "an account here needs an invitation; ask whoever runs this server for one, and open its link",
            Self::Unknown => "this invitation is not known here: it was taken back, or its link is not complete; ask for a new one",
            Self::Spent => "this invitation has been used already; ask for a new one",
            Self::Expired => "this invitation has run out; ask for a new one",
        })
    }
}

impl Error for Uninvited {}

/// The invitation that has to be looked up before somebody may create an account; none where registration is open.
///
/// # Errors
/// When no invitation would help, or the required one is missing.
pub fn door(registration: WhoRegisters, brought: Option<&str>) -> Result<Option<&str>, Uninvited> {
    match registration {
        WhoRegisters::Open => Ok(None),
        WhoRegisters::Closed => Err(Uninvited::Closed),
        WhoRegisters::Invite => brought.map(Some).ok_or(Uninvited::NoInvitation),
    }
}

/// Whether the invitation that was found is still valid.
///
/// # Errors
/// When there is none, or it is not valid.
pub fn invitation(found: Option<Terms>, now: Moment) -> Result<(), Uninvited> {
    match found {
        None => Err(Uninvited::Unknown),
        Some(terms) if terms.used >= terms.uses => Err(Uninvited::Spent),
        Some(terms) if terms.expires_at <= now => Err(Uninvited::Expired),
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_opens_the_door_only_where_invitations_are_asked_for() {
        for (registration, brought, outcome) in [
            (WhoRegisters::Open, None, Ok(None)),
            (WhoRegisters::Open, Some("i"), Ok(None)),
            (WhoRegisters::Invite, None, Err(Uninvited::NoInvitation)),
            (WhoRegisters::Invite, Some("i"), Ok(Some("i"))),
            (WhoRegisters::Closed, None, Err(Uninvited::Closed)),
            (WhoRegisters::Closed, Some("i"), Err(Uninvited::Closed)),
        ] {
            assert_eq!(door(registration, brought), outcome, "{registration:?} {brought:?}");
        }
    }

    #[test]
    fn an_invitation_is_good_until_its_uses_or_its_time_are_over() {
        let terms = |used, ends| Some(Terms { uses: 2, used, expires_at: Moment(ends) });
        let judged = [terms(0, 11), terms(1, 11), terms(2, 11), terms(1, 10), terms(2, 10), None]
            .map(|found| invitation(found, Moment(10)));
        let expected = [
            Ok(()),
            Ok(()),
            Err(Uninvited::Spent),
            Err(Uninvited::Expired),
            Err(Uninvited::Spent),
            Err(Uninvited::Unknown),
        ];
        assert_eq!(judged, expected);
    }
}
