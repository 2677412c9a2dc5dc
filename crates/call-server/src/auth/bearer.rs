//! The claims of a valid access token, whoever issued it.
//! Never checks a token: [`super::Tokens`] does.

use call_protocol::{SessionId, UserId};
use call_rules::Moment;

/// What a good token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bearer {
    /// Whose it is.
    pub user: UserId,
    /// The session that it belongs to; another issuer's belong to none of ours.
    pub session: Option<SessionId>,
    /// When it was made; the beginning of time for another issuer's.
    pub issued: Moment,
    /// When it ceases to be good.
    pub expires: Moment,
}
