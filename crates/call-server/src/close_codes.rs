//! The codes with which this server closes a socket: those of the protocol, and two that WebSocket itself defines.
//! Never closes one: see `socket`.

use call_protocol::close_code;

/// The client's frames do not follow RFC 6455 (its section 7.4.1).
pub const PROTOCOL_ERROR: u16 = 1002;
/// A text frame of the client's was no UTF-8 (RFC 6455, section 7.4.1).
pub const INVALID_TEXT: u16 = 1007;
/// All of them.
pub const SENT: [u16; 14] = [
    close_code::GOING_AWAY,
    PROTOCOL_ERROR,
    INVALID_TEXT,
    close_code::TOO_LARGE,
    close_code::HELLO_TIMEOUT,
    close_code::UNAUTHORIZED,
    close_code::UNKNOWN_USER,
    close_code::UNSUPPORTED_VERSION,
    close_code::TOO_SLOW,
    close_code::REPLACED,
    close_code::SIGNED_OUT,
    close_code::PASSWORD_CHANGED,
    close_code::TOKEN_REUSED,
    close_code::SESSION_ENDED,
];
