//! Moments in the reader's own time and habits, by the browser's own formatting.
//! Never counts: how long a call took is the machine's or the server's word.

use call_protocol::Timestamp;
use js_sys::{Date, Object, Reflect};

const DAY: f64 = 86_400_000.0;

/// The time of day: "10:30".
pub(crate) fn time(at: &Timestamp) -> String {
    format(&date(at), [("hour", "numeric"), ("minute", "2-digit")])
}

/// Day and time: "today 10:30", "yesterday 21:40", "19 November 21:40".
pub(crate) fn moment(at: &Timestamp) -> String {
    [&day(at), " ", &time(at)].concat()
}

/// The day: "today", "yesterday", "19 November".
pub(crate) fn day(at: &Timestamp) -> String {
    let date = date(at);
    let day = date.to_date_string();
    let before = |milliseconds: f64| Date::new(&(Date::now() - milliseconds).into()).to_date_string();
    if day == before(0.0) {
        "today".to_owned()
    } else if day == before(DAY) {
        "yesterday".to_owned()
    } else {
        format(&date, [("day", "numeric"), ("month", "long")])
    }
}

fn date(at: &Timestamp) -> Date {
    Date::new(&at.0.as_str().into())
}

fn format(date: &Date, parts: [(&str, &str); 2]) -> String {
    let options = Object::new();
    for (part, style) in parts {
        // Setting fails on frozen objects only.
        let _set = Reflect::set(&options, &part.into(), &style.into());
    }
    date.to_locale_string("default", &options).into()
}
