//! The result: one table with what was measured, what it is beside others, and what it should be.
//! Measures nothing.

use std::fmt;

/// Whether a goal was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It was.
    Reached,
    /// It was not.
    Missed,
    /// There is no goal: the figure is shown for comparison.
    Shown,
}

impl Verdict {
    /// Reached, if it is so.
    pub(crate) fn of(reached: bool) -> Self {
        if reached { Self::Reached } else { Self::Missed }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reached => "reached",
            Self::Missed => "MISSED",
            Self::Shown => "",
        })
    }
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    what: String,
    measured: String,
    goal: String,
    verdict: Verdict,
}

impl Row {
    /// A figure without a goal.
    pub(crate) fn shown(what: impl Into<String>, measured: impl Into<String>) -> Self {
        Self { what: what.into(), measured: measured.into(), goal: String::new(), verdict: Verdict::Shown }
    }

    /// A figure that should be at most this.
    pub(crate) fn at_most(what: impl Into<String>, figure: f64, goal: f64, unit: &str) -> Self {
        Self {
            goal: format!("≤ {} {unit}", short(goal)),
            verdict: Verdict::of(figure <= goal),
            ..Self::shown(what, format!("{} {unit}", short(figure)))
        }
    }

    /// A figure that should be at least this.
    pub(crate) fn at_least(what: impl Into<String>, figure: f64, goal: f64, unit: &str) -> Self {
        Self {
            goal: format!("≥ {} {unit}", short(goal)),
            verdict: Verdict::of(figure >= goal),
            ..Self::shown(what, format!("{} {unit}", short(figure)))
        }
    }

    /// What another server needs for the same, and ours as a part of it.
    pub(crate) fn beside(who: &str, ours: f64, theirs: f64, unit: &str) -> Self {
        Self::shown(format!("  {who}"), format!("{} {unit}; ours is {:.2} ×", short(theirs), ours / theirs))
    }

    /// The same, with the part that ours should be at most.
    pub(crate) fn beside_with_goal(who: &str, (ours, theirs): (f64, f64), unit: &str, part: f64) -> Self {
        Self {
            goal: format!("≤ {part:.2} ×"),
            verdict: Verdict::of(ours / theirs <= part),
            ..Self::beside(who, ours, theirs, unit)
        }
    }

    /// A yes or no that has a goal of its own.
    pub(crate) fn judged(what: impl Into<String>, measured: String, goal: &str, verdict: Verdict) -> Self {
        Self { goal: goal.to_owned(), verdict, ..Self::shown(what, measured) }
    }
}

/// A number with as many digits as it deserves.
pub(crate) fn short(number: f64) -> String {
    match number.abs() {
        size if size >= 100.0 => format!("{number:.0}"),
        size if size >= 10.0 => format!("{number:.1}"),
        _ => format!("{number:.2}").trim_end_matches('0').trim_end_matches('.').to_owned(),
    }
}

/// The table, aligned.
pub(crate) fn table(rows: &[Row]) -> String {
    let cells: Vec<[String; 4]> = rows
        .iter()
        .map(|row| [row.what.clone(), row.measured.clone(), row.goal.clone(), row.verdict.to_string()])
        .collect();
    let head = ["", "measured", "goal", ""].map(str::to_owned);
    let everything: Vec<&[String; 4]> = std::iter::once(&head).chain(&cells).collect();
    let width = |column: usize| everything.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths = [0, 1, 2, 3].map(width);
    let line = |row: &[String; 4]| {
        let padded = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        padded.collect::<Vec<_>>().join("   ").trim_end().to_owned() + "\n"
    };
    everything.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_reached_at_its_very_figure_and_missed_beyond() {
        assert_eq!(Row::at_most("a", 8.0, 8.0, "KiB").verdict, Verdict::Reached);
        assert_eq!(Row::at_most("a", 8.1, 8.0, "KiB").verdict, Verdict::Missed);
        assert_eq!(Row::at_least("a", 999.0, 1000.0, "/s").verdict, Verdict::Missed);
        assert_eq!(Row::beside_with_goal("b", (4.0, 10.0), "µs", 0.42).verdict, Verdict::Reached);
        assert_eq!(Row::beside_with_goal("b", (4.3, 10.0), "µs", 0.42).verdict, Verdict::Missed);
        assert_eq!(Row::at_most("a", f64::NAN, 8.0, "ms").verdict, Verdict::Missed, "nothing was measured");
    }

    #[test]
    fn numbers_have_few_digits() {
        assert_eq!([0.0, 0.25, 8.0, 12.34, 1234.5].map(short), ["0", "0.25", "8", "12.3", "1234"]);
    }

    #[test]
    fn columns_stand_under_each_other() {
        let text = table(&[Row::at_most("µ", 1.0, 2.0, "s"), Row::beside("other", 1.0, 4.0, "s")]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3);
        let ends = lines[1].split_whitespace().collect::<Vec<_>>();
        assert_eq!(ends, ["µ", "1", "s", "≤", "2", "s", "reached"]);
        let column = |line: &str, word: &str| line.split(word).next().unwrap().chars().count();
        assert_eq!(column(lines[1], "1 s"), column(lines[2], "4 s"));
        assert_eq!(lines[2], "  other   4 s; ours is 0.25 ×");
    }
}
