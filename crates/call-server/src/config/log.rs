//! What is logged, and in which form.
//! Never writes a line: see `log`.

use clap::{Args, ValueEnum};
use tracing_subscriber::filter::{LevelFilter, Targets};

/// What is logged, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logging {
    /// A level, or a list of `target=level`.
    pub filter: String,
    /// The form of a line.
    pub format: LogFormat,
}

/// The form of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for programs.
    Json,
}

/// The parts of the program that log under names of their own: this one, and those of its libraries that speak.
const PARTS: [&str; 12] = [
    "async_nats",
    "axum",
    "call_server",
    "h2",
    "hyper",
    "hyper_util",
    "rustls",
    "sqlx",
    "sqlx_core",
    "tokio_util",
    "tower_http",
    "tungstenite",
];

impl Default for Logging {
    fn default() -> Self {
        Self { filter: "info".to_owned(), format: LogFormat::Text }
    }
}

impl Logging {
    /// What cannot be read in the filter.
    pub(super) fn contradiction(&self) -> Option<String> {
        let wrong = self.directives().find(|one| match one.split_once('=') {
            Some((target, level)) => target.is_empty() || !is_level(level),
            None => !is_level(one) && !is_part(one),
        });
        let wrong = wrong.or_else(|| self.filter.parse::<Targets>().is_err().then_some(&self.filter))?;
        Some(format!(
            "cannot read {wrong:?} in the log filter: give a level (off, error, warn, info, debug, trace), or a list such as \
             info,call_server=debug"
        ))
    }

    /// What can be read and names nothing that logs.
    pub(super) fn warning(&self) -> Option<String> {
        let mut named = self.directives().filter_map(|one| one.split_once('=')).map(|(target, _)| target);
        let unknown = named.find(|target| !is_part(target))?;
        let part = unknown.split("::").next().unwrap_or_default();
        let meant = super::mistakes::nearest(part, PARTS);
        let meant = meant.map(|part| format!("; did you mean {part}?")).unwrap_or_default();
        Some(format!("nothing logs as {unknown:?}, which the log filter names{meant}"))
    }

    fn directives(&self) -> impl Iterator<Item = &str> {
        self.filter.split(',').map(str::trim).filter(|one| !one.is_empty())
    }
}

fn is_level(text: &str) -> bool {
    text.parse::<LevelFilter>().is_ok()
}

fn is_part(target: &str) -> bool {
    PARTS.contains(&target.split("::").next().unwrap_or_default())
}

/// Flags of the log.
#[derive(Debug, Args)]
#[command(next_help_heading = "Log and measurements")]
pub(super) struct LogArguments {
    /// What is logged to the error stream: a level, or a list such as info,call_server=debug
    #[arg(long, env = "CALLS_LOG", default_value = "info", value_name = "FILTER")]
    log: String,
    /// Form of the log's lines: text for people, or json, one object a line
    #[arg(long, env = "CALLS_LOG_FORMAT", value_enum, default_value_t, value_name = "FORM")]
    log_format: LogFormat,
}

impl From<LogArguments> for Logging {
    fn from(arguments: LogArguments) -> Self {
        Self { filter: arguments.log, format: arguments.log_format }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logging(filter: &str) -> Logging {
        Logging { filter: filter.to_owned(), ..Logging::default() }
    }

    #[test]
    fn a_filter_that_would_log_nothing_is_refused() {
        for good in [
            "info",
            "WARN",
            "info,call_server=debug",
            "off",
            "call_server::service=trace, sqlx=warn",
            "call_server",
        ] {
            assert_eq!(logging(good).contradiction(), None, "{good}");
        }
        for bad in ["loud", "==", "call_server=loud", "info,=debug", "debug call_server"] {
            let said = logging(bad).contradiction();
            assert!(
                said.is_some_and(|said| said.contains("log filter") && said.contains("off, error, warn")),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_part_of_the_program_that_there_is_not_is_pointed_out() {
        assert_eq!(logging("info,call_server::socket=debug").warning(), None);
        let said = logging("info,call_srver=debug").warning().unwrap();
        assert!(said.contains("\"call_srver\"") && said.ends_with("did you mean call_server?"), "{said}");
        assert!(logging("info,nginx=debug").warning().unwrap().ends_with("names"));
    }
}
