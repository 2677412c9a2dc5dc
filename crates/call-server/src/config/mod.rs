//! What can be configured, by flag, environment variable or file. The only place that reads the environment.
//! Never opens anything but the configuration file and files of secrets: it refuses what cannot be meant, and points out
//! what hardly is.

mod asked;
mod check;
mod connections;
mod doors;
mod file;
mod help;
mod ice;
mod issuer;
mod log;
mod metrics;
mod mistakes;
mod nodes;
mod orders;
mod rates;
mod relay;
mod rules;
mod secrets;
mod settings;
mod shape;
mod tables;
mod tls;
mod values;
mod variables;

pub use asked::{Asked, CheckTask, ConfigTask, Task};
pub use ice::{Turn, is_turn};
pub use issuer::{Issuer, IssuerKeys};
pub use log::{LogFormat, Logging};
pub use metrics::Measuring;
pub use orders::{InviteTask, UserTask, operator_name};
pub use rates::{Rate, Rates};
pub use relay::Relay;
pub use rules::{Limits, Timings};
pub use settings::Settings;
pub use tls::Tls;

use crate::store::existing::ExistingTables;
use crate::web_client::Client;
use call_protocol::{WhoRegisters, limits};
use clap::{Parser, builder::FalseyValueParser};
use std::{fmt, net::SocketAddr, path::PathBuf, time::Duration};

/// Everything that a server is started with.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen; port 0 picks a free one.
    pub listen: SocketAddr,
    /// Where everything is kept.
    pub database: Database,
    /// The tables of an application that keeps people, conversations and messages itself; our own when `None`.
    pub tables: Option<ExistingTables>,
    /// Flags of an application's tables that are not named although others are: a contradiction.
    pub tables_missing: Vec<&'static str>,
    /// The built web client.
    pub client: Client,
    /// Whether the demo accounts are made.
    pub demo: bool,
    /// Whether they are, although other machines reach the server.
    pub demo_on_network: bool,
    /// Who may create an account.
    pub registration: WhoRegisters,
    /// Where people open the messenger, without a slash at the end, if it was said.
    pub public_url: Option<String>,
    /// The feature flag of the whole capability.
    pub calls_enabled: bool,
    /// After how many days calls that are over and rows of the audit log are forgotten; never when `None`.
    pub keep_days: Option<u32>,
    /// The server's certificate, if it encrypts itself.
    pub tls: Tls,
    /// Whether a reverse proxy stands before the server and says where requests come from.
    pub behind_proxy: bool,
    /// Origins of pages that may embed the calls, besides the server's own.
    pub allow_origins: Vec<String>,
    /// STUN and TURN servers that clients are told of.
    pub ice_servers: Vec<String>,
    /// What lets people use the TURN servers among them.
    pub turn: Turn,
    /// The server's own STUN and TURN server, if it has one.
    pub relay: Option<Relay>,
    /// The key of the access tokens; made once and kept in the database when there is none.
    pub jwt_secret: Option<String>,
    /// Somebody else who says who people are; built-in accounts without.
    pub issuer: Option<Issuer>,
    /// The bus that joins several nodes; one node without it.
    pub nats_url: Option<String>,
    /// The keys by which the nodes know each other's notices, the one that signs first; made from the database without.
    pub bus_keys: Vec<String>,
    /// What is logged, and in which form.
    pub logging: Logging,
    /// Where measurements are served.
    pub metrics: Measuring,
    /// Every time span that a rule of the server waits for.
    pub timings: Timings,
    /// Every count that a rule of the server stops at.
    pub limits: Limits,
}

/// Where everything is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// An SQLite file, for one server.
    File(PathBuf),
    /// The address of a PostgreSQL database, with its password.
    Url(String),
}

impl Database {
    /// The folder for what is kept beside the database: its own, or `data` when it is on another machine.
    pub fn folder(&self) -> PathBuf {
        match self {
            Self::File(file) => file.parent().map(PathBuf::from).unwrap_or_default(),
            Self::Url(_) => PathBuf::from("./data"),
        }
    }
}

/// As it may be shown: the file, or the address without user, password and options.
impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => write!(f, "{}", file.display()),
            Self::Url(url) => {
                let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", ""));
                let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
                write!(f, "{scheme}://{}", rest.split('?').next().unwrap_or_default())
            }
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            database: Database::File(PathBuf::from("./data/calls.sqlite")),
            tables: None,
            tables_missing: Vec::new(),
            client: Client::default(),
            demo: false,
            demo_on_network: false,
            registration: WhoRegisters::Closed,
            public_url: None,
            calls_enabled: true,
            keep_days: None,
            tls: Tls::default(),
            behind_proxy: false,
            allow_origins: Vec::new(),
            ice_servers: ice::DEFAULT_ICE_SERVERS.map(str::to_owned).to_vec(),
            turn: Turn::default(),
            relay: None,
            jwt_secret: None,
            issuer: None,
            nats_url: None,
            bus_keys: Vec::new(),
            logging: Logging::default(),
            metrics: Measuring::default(),
            timings: Timings::default(),
            limits: Limits::default(),
        }
    }
}

impl Config {
    /// The origins from which pictures of people are shown, besides the page's own.
    pub fn picture_origins(&self) -> &[String] {
        self.tables.as_ref().map_or(&[], |tables| &tables.users.picture_origins)
    }

    /// Whether an application keeps the accounts and signs people in itself.
    pub fn accounts_elsewhere(&self) -> bool {
        self.tables.is_some() || self.issuer.is_some()
    }
}

/// The signaling server of Messenger Calls: accounts, conversations and one-to-one calls over REST and a socket.
#[derive(Debug, Parser)]
#[command(name = "call-server", version, after_help = help::AFTER)]
struct Arguments {
    #[command(subcommand)]
    task: Option<Task>,
    /// TOML file of settings; its keys are the names of the flags, such as ring-seconds = 30
    #[arg(long, env = "CALLS_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address and port to listen on; port 0 picks a free one
    #[arg(long, help_heading = "Server", env = "CALLS_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT", value_parser = values::address)]
    listen: SocketAddr,
    /// Folder of the built web client, in place of the one inside the program, if there is one
    #[arg(long, help_heading = "Server", env = "CALLS_CLIENT", value_name = "FOLDER")]
    #[cfg_attr(not(feature = "embedded-client"), arg(default_value = "dist"))]
    client: Option<PathBuf>,
    /// A reverse proxy stands before the server: where requests come from is the last address of X-Forwarded-For
    #[arg(long, help_heading = "Server", env = "CALLS_BEHIND_PROXY", value_parser = FalseyValueParser::new())]
    behind_proxy: bool,
    /// Origin of a page that may embed the calls, such as https://chat.example; may be given several times
    #[arg(long, help_heading = "Server", env = "CALLS_ALLOW_ORIGIN", value_name = "URL", value_delimiter = ',', value_parser = values::origin)]
    allow_origin: Vec<String>,
    #[command(flatten)]
    tls: tls::TlsArguments,
    /// SQLite file that holds everything; made, with its folder, when it is not there
    #[arg(long, help_heading = "Database", env = "CALLS_DATABASE", default_value = "./data/calls.sqlite", value_name = "FILE", value_parser = values::file)]
    database: PathBuf,
    /// PostgreSQL database to use instead of a file, such as postgres://user:password@host/database; brought up to date
    #[arg(long, help_heading = "Database", env = "DATABASE_URL", hide_env_values = true, value_name = "URL", value_parser = values::database_url, conflicts_with = "database")]
    database_url: Option<String>,
    /// How many connections to PostgreSQL are opened at most
    #[arg(long, help_heading = "Database", env = "CALLS_DATABASE_CONNECTIONS", default_value_t = 16, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=1000))]
    database_connections: u32,
    /// Size in MiB beyond which the SQLite file does not grow: what has to be written then is refused, the rest goes on
    #[arg(long, help_heading = "Database", env = "CALLS_DATABASE_MAX_MIB", value_name = "MIB", value_parser = clap::value_parser!(u64).range(1..=1_048_576), conflicts_with = "database_url")]
    database_max_mib: Option<u64>,
    /// Forget calls that are over, and rows of the audit log, after so many days; for ever kept when left out
    #[arg(long, help_heading = "Database", env = "CALLS_KEEP_DAYS", value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    keep_days: Option<u32>,
    /// How long a call rings before it counts as missed
    #[arg(long, help_heading = "Calls", env = "CALLS_RING_SECONDS", default_value_t = limits::RING_TIME.as_secs(), value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=600))]
    ring_seconds: u64,
    /// How long a call that runs waits for a page that went: it may only have been reloaded, which browsers do not tell from closed
    #[arg(long, help_heading = "Calls", env = "CALLS_RELOAD_SECONDS", default_value_t = call_rules::RELOAD_TIME.as_secs(), value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(0..=60))]
    reload_seconds: u64,
    /// Switch calls off: the rest of the messenger keeps working
    #[arg(long, help_heading = "Calls", env = "CALLS_DISABLED", value_parser = FalseyValueParser::new())]
    disable_calls: bool,
    #[command(flatten)]
    ice: ice::IceArguments,
    #[command(flatten)]
    relay: relay::RelayArguments,
    #[command(flatten)]
    doors: doors::DoorArguments,
    /// Key that signs access tokens, at least 32 bytes; made once and kept in the database when left out
    #[arg(long, help_heading = "Who gets in", env = "CALLS_JWT_SECRET", hide_env_values = true, value_name = "SECRET", value_parser = values::secret)]
    jwt_secret: Option<String>,
    #[command(flatten)]
    issuer: issuer::IssuerArguments,
    /// Multiplies every limit of how often somebody may sign in, call, signal or write; 0 switches these limits off
    #[arg(long, help_heading = "Limits", env = "CALLS_RATE_FACTOR", default_value_t = 1, value_name = "FACTOR", value_parser = clap::value_parser!(u32).range(0..=100_000))]
    rate_factor: u32,
    #[command(flatten)]
    connections: connections::ConnectionArguments,
    #[command(flatten)]
    log: log::LogArguments,
    #[command(flatten)]
    metrics: metrics::MetricsArguments,
    #[command(flatten)]
    nodes: nodes::NodeArguments,
    #[command(flatten)]
    tables: tables::TablesArguments,
}

impl From<Arguments> for Config {
    fn from(arguments: Arguments) -> Self {
        let (mut ice_servers, turn) = arguments.ice.parts();
        let tls = Tls::from(arguments.tls);
        let how = (arguments.behind_proxy, tls.is_on());
        let relay = arguments.relay.relay(arguments.listen, arguments.doors.public_url.as_deref(), how);
        if relay.is_some() && ice_servers == ice::DEFAULT_ICE_SERVERS {
            // Its own STUN server takes their place: nobody else hears of the calls.
            ice_servers.clear();
        }
        let timings = Timings {
            calls: call_rules::Timings {
                ring: Duration::from_secs(arguments.ring_seconds),
                returns: Duration::from_secs(arguments.reload_seconds),
                ..call_rules::Timings::default()
            },
            ..Timings::default()
        };
        let (tables_missing, mut tables) =
            (arguments.tables.missing(), Option::<ExistingTables>::from(arguments.tables));
        if let Some(tables) = &mut tables {
            // Pages that embed the calls are the application's own.
            tables.users.picture_origins.extend(arguments.allow_origin.iter().cloned());
        }
        Self {
            listen: arguments.listen,
            database: arguments.database_url.map_or(Database::File(arguments.database), Database::Url),
            tables_missing,
            tables,
            client: arguments.client.map_or_else(Client::default, Client::Folder),
            demo: arguments.doors.demo,
            demo_on_network: arguments.doors.demo_on_network,
            registration: arguments.doors.registration(),
            public_url: arguments.doors.public_url,
            calls_enabled: !arguments.disable_calls,
            keep_days: arguments.keep_days,
            tls,
            behind_proxy: arguments.behind_proxy,
            allow_origins: arguments.allow_origin,
            ice_servers,
            turn,
            relay,
            jwt_secret: arguments.jwt_secret,
            issuer: arguments.issuer.issuer(),
            bus_keys: arguments.nodes.keys(),
            nats_url: arguments.nodes.nats_url,
            logging: arguments.log.into(),
            metrics: arguments.metrics.into(),
            timings,
            limits: Limits {
                devices_per_person: arguments.connections.devices_per_person as usize,
                connections: arguments.connections.connections.map(|count| count as usize),
                connections_per_network: arguments
                    .connections
                    .connections_per_network
                    .map(|count| count as usize),
                database_connections: arguments.database_connections,
                database_bytes: arguments.database_max_mib.map(|mib| mib * 1024 * 1024),
                rates: Rates::default().scaled(arguments.rate_factor),
                ..Limits::default()
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn parse(arguments: &[&str]) -> Result<Config, String> {
        Arguments::try_parse_from([&["call-server"], arguments].concat())
            .map(Config::from)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn every_flag_says_what_it_does_and_has_a_variable() {
        let command = Arguments::command();
        command.clone().debug_assert();
        for argument in
            command.get_arguments().filter(|a| !["help", "version"].contains(&a.get_id().as_str()))
        {
            assert!(argument.get_help().is_some(), "{} has no help", argument.get_id());
            assert!(argument.get_env().is_some(), "{} has no variable", argument.get_id());
            let heading = argument.get_help_heading().is_some() || argument.get_id() == "config";
            assert!(heading, "{} stands under no heading", argument.get_id());
        }
    }

    #[test]
    fn the_public_stun_servers_are_the_default_and_can_be_replaced_or_left_out() {
        assert_eq!(parse(&[]).unwrap().ice_servers, ice::DEFAULT_ICE_SERVERS);
        let own = parse(&["--ice-server", "stun:10.0.0.1", "--ice-server", "stun:10.0.0.2:3478"]).unwrap();
        assert_eq!(own.ice_servers, ["stun:10.0.0.1", "stun:10.0.0.2:3478"]);
        assert!(parse(&["--no-ice-servers"]).unwrap().ice_servers.is_empty());
        let bare = parse(&["--ice-server", "turn:10.0.0.1"]).unwrap().contradictions();
        assert!(bare.len() == 1 && bare[0].contains("credentials"), "{bare:?}");
        assert!(parse(&["--ice-server", "http://10.0.0.1"]).is_err());
    }

    #[test]
    fn a_database_is_a_file_or_an_address_and_its_password_is_never_shown() {
        assert_eq!(parse(&[]).unwrap().database.to_string(), "./data/calls.sqlite");
        let url = "postgres://calls:se@cret@db.example:5433/app?sslmode=require&password=secret";
        let config = parse(&["--database-url", url]).unwrap();
        assert_eq!(config.database.to_string(), "postgres://db.example:5433/app");
        assert_eq!(config.database, Database::Url(url.to_owned()));
        assert!(parse(&["--database-url", "mysql://db"]).unwrap_err().contains("begins with postgres://"));
        assert!(parse(&["--database-url", url, "--database", "a.sqlite"]).is_err());
    }

    #[test]
    fn the_limits_of_how_often_can_be_raised_and_switched_off() {
        assert_eq!(parse(&[]).unwrap().limits.rates, Rates::default());
        let raised = parse(&["--rate-factor", "10"]).unwrap().limits.rates;
        assert_eq!(raised.messages, Some(Rate { burst: 600, every: Duration::from_millis(50) }));
        assert_eq!(parse(&["--rate-factor", "0"]).unwrap().limits.rates, Rates::default().scaled(0));
        assert_eq!(Rates::default().scaled(0).signals, None);
    }

    #[test]
    fn origins_are_exact_and_a_path_or_a_star_is_refused() {
        let origins =
            parse(&["--allow-origin", "https://Chat.example:8443", "--allow-origin", "http://a.test"]);
        assert_eq!(origins.unwrap().allow_origins, ["https://chat.example:8443", "http://a.test"]);
        let implied = parse(&["--allow-origin", "https://a.test:443,http://a.test:80"]);
        assert_eq!(implied.unwrap().allow_origins, ["https://a.test", "http://a.test"]);
        for bad in ["https://chat.example/", "*", "https://*", "chat.example", "https://"] {
            assert!(parse(&["--allow-origin", bad]).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_short_secret_and_an_impossible_ring_time_are_refused() {
        assert!(parse(&["--jwt-secret", "short"]).unwrap_err().contains("32 bytes"));
        assert!(parse(&["--ring-seconds", "0"]).is_err());
        assert_eq!(parse(&["--ring-seconds", "7"]).unwrap().timings.calls.ring, Duration::from_secs(7));
        assert_eq!(parse(&["--reload-seconds", "9"]).unwrap().timings.calls.returns, Duration::from_secs(9));
    }
}
