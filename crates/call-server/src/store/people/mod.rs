//! People: their accounts, sessions and invitations, whom they know and block, and what they want of the server.
//! Never decides how a call ends that ends with it: the caller of the store hands that in.

pub(super) mod account_list;
pub(super) mod accounts;
pub(super) mod blocks;
pub(super) mod contacts;
pub(super) mod deletion;
pub(super) mod invitations;
pub(super) mod preferences;
pub(super) mod sessions;
