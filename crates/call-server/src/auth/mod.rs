//! Who somebody is: passwords, access tokens, and the request's bearer and device.
//! Never decides what they may do.

mod caller;
mod from;
mod password;
mod token;

pub use caller::{Caller, device_name};
pub use from::From;
pub use password::Passwords;
pub use token::Tokens;
