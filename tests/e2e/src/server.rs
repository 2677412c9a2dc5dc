//! The real server with a database of its own. It can be stopped and started again on the same port and file.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use kit_client::rest;
use serde_json::Value;

use crate::environment::Environment;
use crate::process::Process;

/// How a server is started.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// How long a call rings.
    pub ring: Duration,
    /// How long a call waits for a page that may be reloading; the server's own default when `None`.
    pub reload: Option<Duration>,
    /// Origins of other pages that may embed the calls.
    pub allow_origins: Vec<String>,
    /// The factor of all rate limits; zero turns them off.
    pub rate_factor: u32,
    /// Whether a reverse proxy is in front of it.
    pub behind_proxy: bool,
    /// Whether it is a STUN and TURN server, too.
    pub relay: bool,
    /// The database and the bus that it shares with other nodes; without them, an SQLite file of its own.
    pub shared: Option<Shared>,
    /// The address of this machine on which it listens.
    pub host: &'static str,
}

/// What several nodes share.
#[derive(Clone, Debug)]
pub struct Shared {
    /// The address of the PostgreSQL database.
    pub database: String,
    /// The address of the NATS server.
    pub bus: String,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            ring: Duration::from_secs(45),
            reload: None,
            allow_origins: Vec::new(),
            rate_factor: 1,
            behind_proxy: false,
            relay: false,
            shared: None,
            host: "127.0.0.1",
        }
    }
}

/// A running server.
#[derive(Debug)]
pub struct Server {
    program: PathBuf,
    arguments: Vec<String>,
    address: String,
    log: PathBuf,
    process: Mutex<Option<Process>>,
}

impl Server {
    /// Starts a server on a free port, with its database and log in `folder`.
    pub(crate) async fn start(
        environment: &Environment,
        options: &ServerOptions,
        folder: &Path,
    ) -> Result<Self> {
        let mut arguments: Vec<String> = ["--demo", "--no-ice-servers"].map(str::to_owned).to_vec();
        match &options.shared {
            None => {
                arguments.extend(["--database".into(), folder.join("calls.sqlite").display().to_string()]);
            }
            Some(Shared { database, bus }) => {
                let shared = ["--database-url", database, "--nats-url", bus];
                arguments.extend(shared.map(str::to_owned));
            }
        }
        arguments.extend(["--client".into(), environment.client.display().to_string()]);
        arguments.extend(["--ring-seconds".into(), options.ring.as_secs().to_string()]);
        arguments.extend(["--rate-factor".into(), options.rate_factor.to_string()]);
        if let Some(wait) = options.reload {
            arguments.extend(["--reload-seconds".into(), wait.as_secs().to_string()]);
        }
        arguments.extend(["--log".into(), "info,call_server=debug".into()]);
        if options.behind_proxy {
            // Only the proxies of these tests are trusted.
            arguments.extend(["--behind-proxy".into(), "--demo-on-network".into()]);
        }
        if options.host != ServerOptions::default().host {
            arguments.push("--demo-on-network".into());
        }
        if options.relay {
            let listen = format!("{}:0", options.host);
            arguments.extend(["--relay".into(), "--relay-listen".into(), listen]);
        }
        for origin in &options.allow_origins {
            arguments.extend(["--allow-origin".into(), origin.clone()]);
        }
        let mut server = Self {
            program: environment.server.clone(),
            arguments,
            address: format!("{}:0", options.host),
            log: folder.join("server.log"),
            process: Mutex::default(),
        };
        server.address = server.launch().await?;
        Ok(server)
    }

    /// Starts it again on the same port.
    pub async fn start_again(&self) -> Result<()> {
        self.launch().await.map(drop)
    }

    async fn launch(&self) -> Result<String> {
        let mut command = Command::new(&self.program);
        command.args(["--listen", &self.address]).args(&self.arguments);
        let mut process = Process::start(command, &self.log)?;
        let url = process.word_after("listening on ").await.context("the server")?;
        self.process.lock().unwrap_or_else(PoisonError::into_inner).replace(process);
        Ok(url.trim_start_matches("http://").to_owned())
    }

    /// Stops it as an operator would, with SIGTERM.
    pub async fn stop(&self) -> Result<()> {
        let running = self.process.lock().unwrap_or_else(PoisonError::into_inner).take();
        match running {
            Some(mut process) => process.stop().await.context("the server"),
            None => Ok(()),
        }
    }

    /// Kills it without warning, as a power failure would.
    pub fn kill(&self) {
        self.process.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Its address.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Its origin, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A request; the reply's JSON.
    pub async fn get(&self, path: &str, token: Option<&str>) -> Result<Value> {
        rest::json("GET", &format!("{}{path}", self.url()), token, None).await
    }

    /// A request with a JSON body; the reply's JSON.
    pub async fn post(&self, path: &str, token: Option<&str>, body: &Value) -> Result<Value> {
        rest::json("POST", &format!("{}{path}", self.url()), token, Some(body)).await
    }

    /// A request that changes something; the reply's JSON.
    pub async fn put(&self, path: &str, token: Option<&str>, body: &Value) -> Result<Value> {
        rest::json("PUT", &format!("{}{path}", self.url()), token, Some(body)).await
    }

    /// Everything in its log.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }
}
