//! Who somebody is: passwords, access tokens, and the request's bearer and device.
//! Never decides what they may do.

mod caller;
mod from;
mod issuer;
mod keys;
mod own;
mod password;
mod program;
mod proof;
mod strength;
mod tokens;
mod turns;

pub use caller::{Caller, Leaving, SessionCaller, device_name};
pub use from::From;
pub use password::{By, Passwords};
pub use program::Program;
pub use proof::Proofs;
pub use strength::{Weakness, check as check_new_password};
pub use tokens::{Bearer, Tokens};
pub use turns::Standing;
