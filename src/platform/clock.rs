//! The page's clock, as the machine's time: milliseconds since the page began, never set back.

use super::js;
use call_core::Time;

/// This moment.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "whole milliseconds of a page's life"
)]
pub fn now() -> Time {
    Time(js::window().performance().map_or(0.0, |performance| performance.now()) as u64)
}
