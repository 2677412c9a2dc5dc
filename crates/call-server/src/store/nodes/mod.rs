//! The servers on one database: which of them live, who is connected to which, and how they wake each other.
//! Never about what happened in a call.

pub(super) mod registry;
pub(super) mod wakeups;
