//! Which day it is, as a signal: it changes at midnight, when the page wakes up on another day, and when clock or zone
//! are set. Never says how a day is written.

use super::dates::Today;
use super::signal::{RwSignal, Signal};
use crate::platform::timer::Interval;
use core::time::Duration;
use leptos::prelude::{LocalStorage, StoredValue};

/// A timer to midnight would come late after a sleep, and not at all when the clock is set.
const LOOKS: Duration = Duration::from_secs(2);

/// The day, for as long as the surrounding owner lives.
pub(crate) fn today() -> Signal<Today> {
    let today = RwSignal::new(now());
    let look = move || {
        let now = now();
        if today.try_get_untracked().is_some_and(|last| last != now) {
            today.set(now);
        }
    };
    // Dropped with its owner.
    let _looking: StoredValue<Interval, LocalStorage> = StoredValue::new_local(Interval::new(LOOKS, look));
    today.into()
}

fn now() -> Today {
    Today::of(js_sys::Date::now())
}
