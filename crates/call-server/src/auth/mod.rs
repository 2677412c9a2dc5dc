//! Who somebody is: passwords, access tokens, and the request's bearer and device.
//! Never decides what they may do.

mod caller;
mod password;
mod token;

pub use caller::{Caller, device_name};
pub use password::Passwords;
pub use token::Tokens;
