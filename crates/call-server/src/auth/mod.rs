//! Who somebody is: passwords, access tokens, and the names that devices give themselves.
//! Never decides what they may do, and never reads a request: the routes do.

mod bearer;
mod device;
mod hash_queue;
mod issuer;
mod keys;
mod own;
mod password;
mod proof;
mod tokens;

pub use bearer::Bearer;
pub use device::device_name;
pub use hash_queue::Standing;
pub use password::{By, Passwords};
pub use proof::Proofs;
pub use tokens::Tokens;
