//! How a device stands with its server: one status for everybody who shows it or depends on it, and what the
//! connection brings. Never knows what a call is.

use call_protocol::{ServerFrame, Welcome};

/// Whether the server hears this device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionStatus {
    /// The first attempt is under way.
    Connecting,
    /// The socket is up, and the server was heard lately.
    Connected,
    /// The socket looks up, but the server has not answered a probe in the usual time: maybe nothing arrives any more.
    /// Followed by `Connected` or `Lost` within seconds.
    Doubted,
    /// The socket is gone, or could not be had; it is being tried again.
    Lost,
    /// The session is over; nothing is tried any more.
    Over(SessionEnd),
}

/// Why a session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionEnd {
    /// Its owner closed it.
    Closed,
    /// There is no valid token any more.
    SignedOut,
    /// The token is good, and yet of nobody whom the server knows.
    UnknownUser,
    /// Another page took this device over.
    Replaced,
    /// The server does not serve the version of the protocol that this client speaks.
    Outdated,
}

impl ConnectionStatus {
    /// Whether the session is over.
    pub const fn is_over(self) -> bool {
        match self {
            Self::Over(_) => true,
            Self::Connecting | Self::Connected | Self::Doubted | Self::Lost => false,
        }
    }

    /// Whether there is no socket, and one is being tried.
    pub const fn is_connecting(self) -> bool {
        match self {
            Self::Connecting | Self::Lost => true,
            Self::Connected | Self::Doubted | Self::Over(_) => false,
        }
    }
}

/// What a session reports.
#[derive(Clone, Debug, PartialEq)]
pub enum SessionEvent {
    /// Connected, at first or again: the snapshot. Whatever else is shown should be read again.
    Welcome(Box<Welcome>),
    /// The status changed without a snapshot. `Connected` means here that nothing was missed.
    Status(ConnectionStatus),
    /// Any other frame.
    Frame(Box<ServerFrame>),
}
