//! The two forms of a line: for people, and as one JSON object for programs.
//! Never lets a value out of its place: see `foreign`; nor more lines out than may be: see `quota`.

use super::{
    foreign::{self, LONGEST, Short},
    quota::{Kind, LeftOut, Quota},
};
use crate::config::LogFormat;
use std::{
    fmt::{self, Write},
    sync::{Mutex, PoisonError},
    time::Instant,
};
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    field::RecordFields,
    fmt::{
        FmtContext, FormatEvent, FormatFields, FormattedFields,
        format::Writer,
        time::{FormatTime, SystemTime},
    },
    registry::LookupSpan,
};

/// Writes lines.
#[derive(Debug)]
pub(super) struct Lines {
    format: LogFormat,
    quota: Mutex<Quota>,
    begun: Instant,
}

/// Writes what a request tells of itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields(LogFormat);

impl Lines {
    pub(super) fn new(format: LogFormat) -> Self {
        Self { format, quota: Mutex::default(), begun: Instant::now() }
    }

    pub(super) const fn fields(&self) -> Fields {
        Fields(self.format)
    }

    /// Whether this line is written, and what is told before it of others that were not.
    fn weigh(&self, about: &Metadata<'static>, said: &Said) -> (bool, Vec<LeftOut>) {
        if *about.level() > Level::INFO {
            return (true, Vec::new());
        }
        let text = |name: &str| said.field(name).map(|value| value.text.clone());
        let kind = Kind { place: about.name(), person: text("user.id"), refusal: text("refusal") };
        let mut quota = self.quota.lock().unwrap_or_else(PoisonError::into_inner);
        let left_out = quota.turn(self.begun.elapsed());
        (quota.admits(kind, &said.message.text), left_out)
    }
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut out: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let about = event.metadata();
        // Whoever asks for everything gets all of it: descriptions have several kilobytes.
        let longest = if *about.level() == Level::TRACE { usize::MAX } else { LONGEST };
        let mut said = Said::new(longest);
        event.record(&mut said);
        let (written, left_out) = self.weigh(about, &said);
        for left in left_out {
            line(self.format, &mut out, (&Level::INFO, "call_server::log"), &[], &Said::of(left))?;
        }
        if !written {
            return Ok(());
        }
        let mut spans = Vec::new();
        for span in context.event_scope().into_iter().flat_map(|scope| scope.from_root()) {
            let extensions = span.extensions();
            let fields = extensions.get::<FormattedFields<N>>().map(|fields| fields.fields.clone());
            spans.push((span.name(), fields.unwrap_or_default()));
        }
        line(self.format, &mut out, (about.level(), about.target()), &spans, &said)
    }
}

impl<'writer> FormatFields<'writer> for Fields {
    fn format_fields<R: RecordFields>(&self, mut out: Writer<'writer>, fields: R) -> fmt::Result {
        let mut said = Said::new(LONGEST);
        fields.record(&mut said);
        said.write_fields(self.0, &mut out, "")
    }
}

fn line(
    format: LogFormat,
    out: &mut Writer<'_>,
    (level, target): (&Level, &str),
    spans: &[(&str, String)],
    said: &Said,
) -> fmt::Result {
    match format {
        LogFormat::Text => {
            SystemTime.format_time(out)?;
            let colour = match *level {
                Level::ERROR => "31",
                Level::WARN => "33",
                Level::INFO => "32",
                Level::DEBUG => "34",
                Level::TRACE => "35",
            };
            if out.has_ansi_escapes() {
                write!(out, " \u{1b}[{colour}m{level:>5}\u{1b}[0m ")?;
            } else {
                write!(out, " {level:>5} ")?;
            }
            for (name, fields) in spans {
                write!(out, "{name}{{{fields}}}: ")?;
            }
            write!(out, "{target}: ")?;
            foreign::sentence(out, &said.message)?;
            said.write_fields(format, out, " ")?;
        }
        LogFormat::Json => {
            write!(out, "{{\"time\":\"")?;
            SystemTime.format_time(out)?;
            write!(out, "\",\"level\":\"{level}\",\"target\":\"{target}\",\"message\":")?;
            foreign::json(out, &said.message)?;
            for fields in spans.iter().map(|(_, fields)| fields).filter(|fields| !fields.is_empty()) {
                write!(out, ",{fields}")?;
            }
            said.write_fields(format, out, ",")?;
            write!(out, "}}")?;
        }
    }
    writeln!(out)
}

/// What somebody records.
struct Said {
    longest: usize,
    message: Short,
    fields: Vec<(&'static str, Short, Look)>,
}

/// How a value looks in JSON.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    Text,
    Bare,
}

impl Said {
    fn new(longest: usize) -> Self {
        Self { longest, message: Short::new(longest), fields: Vec::new() }
    }

    /// A line about lines that were left out.
    fn of(left: LeftOut) -> Self {
        let mut said = Self::new(LONGEST);
        // A String takes any text.
        let _ = said.message.write_str("lines were left out: too many of one kind within a minute");
        said.add("lines", Look::Bare, format_args!("{}", left.lines));
        said.add("said", Look::Text, format_args!("{}", left.message));
        let (person, refusal) = left.kind.map(|kind| (kind.person, kind.refusal)).unwrap_or_default();
        for (name, value) in [("user.id", person), ("refusal", refusal)] {
            if let Some(value) = value {
                said.add(name, Look::Text, format_args!("{value}"));
            }
        }
        said
    }

    fn add(&mut self, name: &'static str, look: Look, value: fmt::Arguments<'_>) {
        let mut short = Short::new(self.longest);
        let _ = short.write_fmt(value);
        if name == "message" {
            self.message = short;
        } else {
            self.fields.push((name, short, look));
        }
    }

    fn field(&self, name: &str) -> Option<&Short> {
        self.fields.iter().find(|(known, _, _)| *known == name).map(|(_, value, _)| value)
    }

    fn write_fields(&self, format: LogFormat, out: &mut impl Write, before: &str) -> fmt::Result {
        for (n, (name, value, look)) in self.fields.iter().enumerate() {
            let between = match (n, format) {
                (0, _) => before,
                (_, LogFormat::Text) => " ",
                (_, LogFormat::Json) => ",",
            };
            match (format, look) {
                (LogFormat::Text, _) => {
                    write!(out, "{between}{name}=")?;
                    foreign::value(out, value)?;
                }
                (LogFormat::Json, Look::Bare) => write!(out, "{between}\"{name}\":{}", value.text)?,
                (LogFormat::Json, Look::Text) => {
                    write!(out, "{between}\"{name}\":")?;
                    foreign::json(out, value)?;
                }
            }
        }
        Ok(())
    }
}

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field.name(), Look::Text, format_args!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field.name(), Look::Text, format_args!("{value}"));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field.name(), Look::Bare, format_args!("{value}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field.name(), Look::Bare, format_args!("{value}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field.name(), Look::Bare, format_args!("{value}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::{io, sync::Arc};

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is logged meanwhile, line by line.
    fn logged(format: LogFormat, work: impl FnOnce()) -> Vec<String> {
        let page = Page::default();
        let kept = page.clone();
        tracing::subscriber::with_default(super::super::registry(format, move || page.clone(), false), work);
        let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    const FORGED: &str = "x\u{1b}[31m\nINFO all is well user.id=anna";

    #[test]
    fn a_line_stays_one_line_whatever_others_write_into_it() {
        let lines = logged(LogFormat::Text, || {
            let _request =
                tracing::info_span!("request", trace.id = FORGED, http.route = "/api/me").entered();
            tracing::info!(call.id = %FORGED, user.id = "ben", tries = 3, late = true, ?FORGED, "refused: {FORGED}");
        });
        assert_eq!(lines.len(), 1, "{lines:?}");
        let quoted = r#""x\u{1b}[31m\nINFO all is well user.id=anna""#;
        let head = format!(
            "  INFO request{{trace.id={quoted} http.route=/api/me}}: call_server::log::lines::tests: refused: "
        );
        assert!(lines[0].contains(&head), "{}", lines[0]);
        assert!(
            lines[0].contains(&format!(" call.id={quoted} user.id=ben tries=3 late=true FORGED=")),
            "{}",
            lines[0]
        );
        assert!(!lines[0].contains('\u{1b}'));
    }

    #[test]
    fn a_line_for_programs_is_one_object_with_numbers_as_numbers() {
        let lines = logged(LogFormat::Json, || {
            let _request = tracing::info_span!("request", trace.id = "t1", http.route = FORGED).entered();
            let _inner = tracing::info_span!("inner").entered();
            tracing::warn!(call.id = %FORGED, tries = 3, late = true, "refused");
        });
        assert_eq!(lines.len(), 1, "{lines:?}");
        let line: Value = serde_json::from_str(&lines[0]).unwrap();
        assert_eq!((&line["level"], &line["message"]), (&"WARN".into(), &"refused".into()));
        assert_eq!((&line["trace.id"], &line["http.route"]), (&"t1".into(), &FORGED.into()));
        assert_eq!(
            (&line["call.id"], &line["tries"], &line["late"]),
            (&FORGED.into(), &3.into(), &true.into())
        );
        assert!(line["time"].as_str().is_some_and(|time| time.ends_with('Z')), "{line}");
    }

    #[test]
    fn who_is_refused_a_thousand_times_fills_one_line() {
        let flood = || {
            for _ in 0..1_000 {
                tracing::info!(user.id = "anna", refusal = "no_call", call.id = %"x".repeat(60_000), "refused");
                tracing::debug!("whoever asks for more gets it");
            }
        };
        let lines = logged(LogFormat::Text, flood);
        let (told, more): (Vec<_>, Vec<_>) = lines.iter().partition(|line| line.contains("refused"));
        assert_eq!((told.len(), more.len()), (1, 1_000));
        assert!(told[0].len() < 700, "{}", told[0]);
    }
}
