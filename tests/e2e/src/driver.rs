//! chromedriver: one per test, on a port of its own choosing.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::environment::Environment;
use crate::process::Process;

/// A running chromedriver.
#[derive(Debug)]
pub(crate) struct Driver {
    _process: Process,
    url: String,
}

impl Driver {
    /// Starts it and waits until it listens.
    pub(crate) async fn start(environment: &Environment, log: &Path) -> Result<Self> {
        let mut command = Command::new(&environment.driver);
        command.arg("--port=0");
        let mut process = Process::start(command, log)?;
        let port = process.word_after("started successfully on port ").await.context("chromedriver")?;
        let url = format!("http://127.0.0.1:{}", port.trim_end_matches('.'));
        Ok(Self { _process: process, url })
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}
