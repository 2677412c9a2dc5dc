//! chromedriver, one per test, and geckodriver, one per Firefox, each on a port that it chooses itself. Never talks to
//! the browser.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::environment::{Environment, Firefox};
use crate::process::Process;

/// How many ports are tried.
const ATTEMPTS: u32 = 10;

/// A running driver.
#[derive(Debug)]
pub(crate) struct Driver {
    _process: Process,
    url: String,
}

impl Driver {
    /// Starts it and waits until it listens.
    pub(crate) async fn start(environment: &Environment, log: &Path) -> Result<Self> {
        let mut attempt = 1;
        loop {
            let mut command = Command::new(&environment.driver);
            command.arg("--port=0");
            let mut process = Process::start(command, log)?;
            match process.word_after("started successfully on port ").await {
                Ok(port) => {
                    let url = format!("http://127.0.0.1:{}", port.trim_end_matches('.'));
                    return Ok(Self { _process: process, url });
                }
                // It takes a free IPv6 port and assumes that the same IPv4 port is free.
                Err(_) if attempt < ATTEMPTS && process.printed().contains("Address already in use") => {
                    attempt += 1;
                }
                Err(error) => return Err(error).context("chromedriver"),
            }
        }
    }

    /// Starts geckodriver and waits until it listens.
    pub(crate) async fn of_firefox(firefox: &Firefox, log: &Path) -> Result<Self> {
        let mut command = Command::new(&firefox.driver);
        command.args(["--port", "0", "--websocket-port", "0"]);
        let mut process = Process::start(command, log)?;
        let address = process.word_after("Listening on ").await.context("geckodriver")?;
        Ok(Self { _process: process, url: format!("http://{address}") })
    }

    /// Its address.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}
