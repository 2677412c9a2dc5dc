//! Who somebody is: passwords, access tokens, and the request's bearer and device.
//! Never decides what they may do.

mod caller;
mod from;
mod issuer;
mod keys;
mod own;
mod password;
mod tokens;

pub use caller::{Caller, device_name};
pub use from::From;
pub use password::Passwords;
pub use tokens::{Bearer, Tokens};
