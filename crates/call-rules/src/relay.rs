//! Who may use the server's own TURN relay, with whom, and for how long. An allocation by itself carries nothing: packets
//! pass only between the two people of a live call, so the relay is of no use for anything else.
//! Never counts packets, and knows nothing of TURN.

use crate::{CallRecord, Moment};
use call_protocol::{CallId, UserId};

/// What the ids of those begin with who only check that the relay works. No person has such an id, and only who knows the
/// relay's secret can make credentials for one.
pub const PROBE: char = '~';

/// Why somebody gets no allocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelayRefusal {
    /// The credentials are too old.
    Expired,
    /// The person has as many as one may have.
    TooMany,
}

/// Whether credentials open another allocation for somebody who has some already. They need no call yet: a connection
/// is prepared before the server has heard of its call.
///
/// # Errors
/// When they are too old, or it would be one too many.
pub fn may_allocate(expires: Moment, now: Moment, held: usize, most: usize) -> Result<(), RelayRefusal> {
    if expires <= now {
        Err(RelayRefusal::Expired)
    } else if held >= most {
        Err(RelayRefusal::TooMany)
    } else {
        Ok(())
    }
}

/// The live call in which one person may reach another through the relay.
pub fn common_call<'a>(
    calls: impl IntoIterator<Item = &'a CallRecord>,
    one: &UserId,
    other: &UserId,
) -> Option<&'a CallId> {
    let together = |call: &&CallRecord| {
        call.status.is_live() && one != other && call.role_of(one).is_some() && call.role_of(other).is_some()
    };
    calls.into_iter().find(together).map(|call| &call.id)
}

/// Whether an allocation of somebody may be kept beyond its time: only while they take part in a live call.
pub fn may_keep<'a>(calls: impl IntoIterator<Item = &'a CallRecord>, person: &UserId) -> bool {
    calls.into_iter().any(|call| call.status.is_live() && call.role_of(person).is_some())
}

/// Whether two ids are the two ends of one check of the relay.
pub fn is_probe_of(one: &UserId, other: &UserId) -> bool {
    fn parts(id: &UserId) -> Option<(&str, &str)> {
        id.as_str().strip_prefix(PROBE)?.rsplit_once(PROBE)
    }
    match (parts(one), parts(other)) {
        (Some((check, end)), Some((same, other_end))) => check == same && end != other_end,
        (_, None) | (None, _) => false,
    }
}
