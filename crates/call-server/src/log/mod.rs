//! The log of the program: where it goes, in which form, and how much of it somebody else can cause.
//! Never decides what is worth a line: whoever writes one does.

mod foreign;
mod lines;
mod quota;

use crate::config::{LogFormat, Logging};
use lines::Lines;
use std::io::IsTerminal;
use tracing_subscriber::{
    Registry, filter::Targets, fmt::MakeWriter, layer::SubscriberExt, util::SubscriberInitExt,
};

/// Begins to log to the error stream.
pub fn start(logging: &Logging) {
    // What cannot be read was refused before anything was started.
    let filter: Targets = logging.filter.parse().unwrap_or_else(|_| Targets::new());
    registry(logging.format, std::io::stderr, std::io::stderr().is_terminal()).with(filter).init();
}

/// Lines of a form, written somewhere; in colours if a person reads them.
fn registry<W>(format: LogFormat, writer: W, colours: bool) -> impl SubscriberExt + SubscriberInitExt + use<W>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = Lines::new(format);
    let layer =
        tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(colours && format == LogFormat::Text);
    Registry::default().with(layer.fmt_fields(lines.fields()).event_format(lines))
}
