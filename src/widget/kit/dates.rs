//! Dates and times in the reader's time zone, formatted by the browser's `Intl`, in the language of our texts.
//! Reads no clock: today's date is an argument, since it changes while the page is open. Computes no durations of calls:
//! they come from the machine or the server.

use call_protocol::Timestamp;
use js_sys::{Array, Date, Intl, Object, Reflect};
use leptos::prelude::window;

const MINUTE: f64 = 60_000.0;
const DAY: f64 = 86_400_000.0;

/// The reader's current day and time zone, on which texts like "yesterday" depend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Today {
    /// Days since 1970.
    day: i32,
    year: u32,
    /// Minutes behind UTC.
    offset: i32,
}

impl Today {
    /// From milliseconds since 1970.
    pub fn of(now: f64) -> Self {
        let date = Date::new(&now.into());
        Self { day: day_of(&date), year: date.get_full_year(), offset: date.get_timezone_offset() as i32 }
    }
}

/// The time of day: "10:30".
pub fn time(at: &Timestamp) -> String {
    format(&date(at), &[HOUR, MINUTES])
}

/// Day and time: "today 10:30", "yesterday 21:40", "Monday 8:15", "19 November 21:40".
pub fn moment(at: &Timestamp, today: Today) -> String {
    [&day(at, today), " ", &time(at)].concat()
}

/// The day: "today", "yesterday", "Monday", "19 November", "19 November 2024".
pub fn day(at: &Timestamp, today: Today) -> String {
    let date = date(at);
    match today.day - day_of(&date) {
        0 => "today".to_owned(),
        1 => "yesterday".to_owned(),
        2..=6 => format(&date, &[WEEKDAY]),
        _ if date.get_full_year() == today.year => format(&date, &[DATE, MONTH]),
        _ => format(&date, &[DATE, MONTH, YEAR]),
    }
}

/// Everything: "Wednesday, 19 November 2025 at 21:40".
pub fn whole(at: &Timestamp) -> String {
    format(&date(at), &[WEEKDAY, DATE, MONTH, YEAR, HOUR, MINUTES])
}

/// The calendar day as a number, to compare.
pub fn number(at: &Timestamp) -> i32 {
    day_of(&date(at))
}

fn date(at: &Timestamp) -> Date {
    Date::new(&at.0.as_str().into())
}

fn day_of(date: &Date) -> i32 {
    calendar_day(date.get_time(), date.get_timezone_offset())
}

/// In local time, `offset` minutes behind UTC: a day has 23 or 25 hours when daylight saving time changes.
fn calendar_day(milliseconds: f64, offset: f64) -> i32 {
    ((milliseconds - offset * MINUTE) / DAY).floor() as i32
}

type Part = (&'static str, &'static str);
const WEEKDAY: Part = ("weekday", "long");
const DATE: Part = ("day", "numeric");
const MONTH: Part = ("month", "long");
const YEAR: Part = ("year", "numeric");
const HOUR: Part = ("hour", "numeric");
const MINUTES: Part = ("minute", "2-digit");

fn format(date: &Date, parts: &[Part]) -> String {
    let options = Object::new();
    for (part, style) in parts {
        set(&options, part, style);
    }
    if parts.contains(&HOUR) {
        // 12 or 24 hours is the reader's setting, whatever the language.
        let habits = Intl::DateTimeFormat::new(&Array::new(), &options).resolved_options();
        let cycle = Reflect::get(&habits, &"hourCycle".into()).ok().and_then(|cycle| cycle.as_string());
        set(&options, "hourCycle", &cycle.unwrap_or_else(|| "h23".to_owned()));
    }
    date.to_locale_string(&language(), &options).into()
}

fn set(options: &Object, name: &str, value: &str) {
    // Setting fails on frozen objects only.
    let _set = Reflect::set(options, &name.into(), &value.into());
}

/// Our texts are English, so dates are, too: in the first English variant among the reader's languages.
fn language() -> String {
    let wanted = window().navigator().languages();
    let english = wanted.iter().filter_map(|language| language.as_string()).find(|tag| tag.starts_with("en"));
    english.unwrap_or_else(|| "en-GB".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// In Berlin, where the clocks are an hour ahead of UTC in winter and two in summer.
    fn day_in_berlin(utc: &str, hours: f64) -> i32 {
        calendar_day(Date::parse(utc), -60.0 * hours)
    }

    #[test]
    fn a_day_of_25_hours_and_one_of_23_are_one_day() {
        // Half past midnight, and 24 h later on the same day.
        let autumn = day_in_berlin("2026-10-24T22:30:00Z", 2.0);
        assert_eq!(day_in_berlin("2026-10-25T22:30:00Z", 1.0), autumn);
        assert_eq!(day_in_berlin("2026-10-25T23:00:00Z", 1.0), autumn + 1);
        // A quarter to midnight, and 24 h later on the day after the next.
        let spring = day_in_berlin("2026-03-28T22:45:00Z", 1.0);
        assert_eq!(day_in_berlin("2026-03-29T22:45:00Z", 2.0), spring + 2);
        assert_eq!(day_in_berlin("2026-03-28T23:00:00Z", 1.0), spring + 1);
    }
}
