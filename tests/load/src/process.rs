//! A program that runs for a measurement: where it listens, what it costs, and its end. Its errors go to a file.
//! Never ends a program that it did not start.

use crate::proc;
use anyhow::{Context, Result, bail};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

/// How long a program may take to say where it listens; one that reads a million calls first takes some seconds.
const START: Duration = Duration::from_secs(120);
/// How long it may take to end when it is asked to.
const END: Duration = Duration::from_secs(20);

/// A running program; killed when dropped.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    lines: Receiver<String>,
    log: PathBuf,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    /// Starts a program; its errors are added to the file `log`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(crate) fn start(mut command: Command, log: &Path) -> Result<Self> {
        let errors = File::options().create(true).append(true).open(log)?;
        let spawned = command.stdout(Stdio::piped()).stderr(errors).spawn();
        let mut child = spawned.with_context(|| format!("{command:?} could not be started"))?;
        let output = child.stdout.take().context("its output was piped")?;
        let (sender, lines) = channel();
        thread::spawn(move || {
            BufReader::new(output).lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        Ok(Self { child, lines, log: log.to_owned() })
    }

    /// The next line that it prints.
    ///
    /// # Errors
    /// When it does not print one in time, or ends.
    pub(crate) fn line(&mut self, limit: Duration) -> Result<String> {
        match self.lines.recv_timeout(limit) {
            Ok(line) => Ok(line),
            Err(RecvTimeoutError::Timeout) => bail!("it said nothing within {limit:?}"),
            Err(RecvTimeoutError::Disconnected) => {
                let log = fs::read_to_string(&self.log).unwrap_or_default();
                let last: Vec<&str> = log.lines().rev().take(5).collect();
                bail!("it ended and said: {}", last.into_iter().rev().collect::<Vec<_>>().join(" / "))
            }
        }
    }

    /// Where it listens, as soon as it says so.
    ///
    /// # Errors
    /// When it does not.
    pub(crate) fn address(&mut self) -> Result<SocketAddr> {
        loop {
            let line = self.line(START)?;
            if let Some((_, address)) = line.split_once("listening on http://") {
                return Ok(address.trim().parse()?);
            }
        }
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The input of a program that was started with a piped one.
    pub(crate) fn input(&mut self) -> Result<&mut std::process::ChildStdin> {
        self.child.stdin.as_mut().context("its input was piped")
    }

    /// The processor time that it took so far.
    ///
    /// # Errors
    /// When it has ended.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        proc::cpu(self.pid())
    }

    /// Its resident memory in bytes.
    ///
    /// # Errors
    /// When it has ended.
    pub(crate) fn resident(&self) -> Result<u64> {
        proc::resident(self.pid())
    }

    /// How many files it has open, connections included.
    ///
    /// # Errors
    /// When it has ended.
    pub(crate) fn files(&self) -> Result<usize> {
        Ok(fs::read_dir(format!("/proc/{}/fd", self.pid()))?.count())
    }

    /// Asks it to end, as an operator does, and waits until it has.
    ///
    /// # Errors
    /// When it does not.
    pub(crate) fn stop(mut self) -> Result<()> {
        kill(Pid::from_raw(i32::try_from(self.pid())?), Signal::SIGTERM)?;
        let deadline = Instant::now() + END;
        while self.child.try_wait()?.is_none() {
            if Instant::now() > deadline {
                bail!("a program did not end within {END:?} of being asked to");
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }
}
