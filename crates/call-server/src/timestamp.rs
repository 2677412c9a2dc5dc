//! Moments as text, as the wire and SQLite hold them: RFC 3339, UTC, milliseconds.

use call_protocol::Timestamp;
use call_rules::Moment;

/// The text of a moment.
pub fn format(moment: Moment) -> Timestamp {
    let moment = jiff::Timestamp::from_millisecond(moment.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    Timestamp(format!("{moment:.3}"))
}

/// The moment that a text of the database or of a client stands for.
pub fn parse(text: &str) -> Option<Moment> {
    text.parse::<jiff::Timestamp>().ok().map(|moment| Moment(moment.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_reads_as_utc_text_with_milliseconds_and_back() {
        let moment = Moment(1_767_225_600_000);
        assert_eq!(format(moment).0, "2026-01-01T00:00:00.000Z");
        assert_eq!(parse("2026-01-01T00:00:00.000Z"), Some(moment));
        assert_eq!(parse("yesterday"), None);
        assert_eq!(format(Moment::LAST).0, "9999-12-30T20:00:00.000Z");
    }
}
