//! Whether the server shows its measurements, and where.

use clap::Args;
use std::net::SocketAddr;

/// The flags about measurements.
#[derive(Debug, Args)]
#[command(next_help_heading = "Log and measurements")]
pub(super) struct MetricsArguments {
    /// Address and port for GET /metrics (OpenMetrics), apart from everything else, such as 127.0.0.1:9464; not
    /// served when left out
    #[arg(long, env = "CALLS_METRICS_LISTEN", value_name = "ADDRESS:PORT", value_parser = super::values::address)]
    metrics_listen: Option<SocketAddr>,
}

/// Where measurements are served. They are not for everybody, and a proxy or firewall keeps a port to itself more surely
/// than a path: so there is no `/metrics` at the server's own address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measuring {
    /// Where to listen; nowhere when `None`.
    pub listen: Option<SocketAddr>,
}

impl From<MetricsArguments> for Measuring {
    fn from(arguments: MetricsArguments) -> Self {
        Self { listen: arguments.metrics_listen }
    }
}
