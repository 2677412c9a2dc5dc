//! Today's date as a signal: it changes at midnight, after the computer slept, and when clock or time zone are changed.
//! Never formats a date.

use super::dates::Today;
use super::signal::{RwSignal, Signal};
use crate::platform::timer::Interval;
use core::time::Duration;
use leptos::prelude::{LocalStorage, StoredValue};

/// How often the clock is read: a timer to midnight would be late after sleep, and wrong after the clock was set.
const LOOKS: Duration = Duration::from_secs(2);

/// Today's date, for as long as the surrounding owner lives.
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
