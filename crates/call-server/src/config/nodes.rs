//! What joins several servers into one.

use clap::Args;

/// Several nodes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Several nodes")]
pub(super) struct NodeArguments {
    /// NATS server that joins several nodes on one PostgreSQL database, such as nats://10.0.0.5:4222; commas between several
    #[arg(long, env = "NATS_URL", hide_env_values = true, value_name = "URL", value_parser = super::values::bus)]
    pub(super) nats_url: Option<String>,
}
