//! What the server keeps for and of itself: settings, its count of time, whether it can write, and forgetting what is old.
//! Never about one person or call.

pub(super) mod clock;
pub(super) mod readiness;
pub(super) mod retention;
pub(super) mod settings;
