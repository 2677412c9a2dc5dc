//! Sessions as the store writes them: one sign-in each, with one refresh token that lives.
//! Data only; never a token itself, but its hash.

use call_protocol::{SessionId, UserId, close_code};
use call_rules::Moment;

/// What people recognise a session by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignIn {
    /// What the program says it is, in short.
    pub device: Option<String>,
    /// The network that it comes from.
    pub network: Option<String>,
}

/// What a session is renewed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fresh {
    /// An id, in case the token is from before there were sessions.
    pub id: SessionId,
    /// The hash of the next token.
    pub token_hash: String,
    /// Who renews it.
    pub sign_in: SignIn,
    /// When.
    pub now: Moment,
    /// When the session ends unless it is used.
    pub expires_at: Moment,
}

/// Why a session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Farewell {
    /// Its own device signed out.
    Left,
    /// Its person ended it on another one.
    Ended,
    /// The password was changed on another one.
    PasswordChanged,
    /// A refresh token of it came a second time.
    Reused,
    /// Its person signed in at too many places, and it was unused for longest.
    Crowded,
    /// The operator wanted it.
    Operator,
    /// There is no such person any more.
    Deleted,
}

impl Farewell {
    const ALL: [Self; 7] = [
        Self::Left,
        Self::Ended,
        Self::PasswordChanged,
        Self::Reused,
        Self::Crowded,
        Self::Operator,
        Self::Deleted,
    ];

    /// The word in the database and in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Left => "signed out",
            Self::Ended => "ended on another device",
            Self::PasswordChanged => "password changed",
            Self::Reused => "refresh token reused",
            Self::Crowded => "too many sessions",
            Self::Operator => "ended by the operator",
            Self::Deleted => "account deleted",
        }
    }

    /// What a word in the database stands for; one that a newer server wrote is as good as an end for no reason.
    pub fn from_wire(word: &str) -> Self {
        Self::ALL.into_iter().find(|why| why.as_str() == word).unwrap_or(Self::Operator)
    }

    /// The code that closes the sockets of such a session.
    pub const fn close_code(self) -> u16 {
        match self {
            Self::Left | Self::Ended => close_code::SIGNED_OUT,
            Self::PasswordChanged => close_code::PASSWORD_CHANGED,
            Self::Reused => close_code::TOKEN_REUSED,
            Self::Crowded | Self::Operator => close_code::SESSION_ENDED,
            Self::Deleted => close_code::UNAUTHORIZED,
        }
    }
}

/// Something that is over: a session, or all access tokens of a person that name none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The session's id, or the person's.
    pub id: String,
    /// Whose it was.
    pub user: UserId,
    /// Why.
    pub why: Farewell,
    /// When.
    pub at: Moment,
}
