//! Calls: reading them, placing them, and every transition of one that exists.
//! Never decides a transition: the caller of the store hands in what to do.

pub(super) mod change;
pub(super) mod end_between;
pub(super) mod initiate;
pub(super) mod leases;
pub(super) mod new_call;
pub(super) mod record;
pub(super) mod transition;
