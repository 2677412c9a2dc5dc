//! A program that runs for a test, with its output in a file. Ended by its process id when dropped. Never ends
//! a program that it did not start.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How long a program may take to become ready, or to exit when asked.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running program.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    log: PathBuf,
    /// Where this run's output begins in the log.
    begin: usize,
}

impl Process {
    /// Starts the program; its output is appended to the file `log`.
    pub(crate) fn start(mut command: Command, log: &Path) -> Result<Self> {
        let begin = fs::metadata(log).map_or(0, |about| about.len() as usize);
        let file = File::options().create(true).append(true).open(log)?;
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        let child =
            command.spawn().with_context(|| format!("{:?} could not be started", command.get_program()))?;
        Ok(Self { child, log: log.to_owned(), begin })
    }

    /// Waits until the program has printed `mark`, and returns the first word after it.
    pub(crate) async fn word_after(&mut self, mark: &str) -> Result<String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let printed = self.printed();
            // An incomplete line may end in the middle of the word.
            let complete = &printed[..printed.rfind('\n').map_or(0, |end| end + 1)];
            if let Some((_, rest)) = complete.split_once(mark)
                && let Some(word) = rest.split_whitespace().next()
            {
                return Ok(word.to_owned());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("it exited ({status}) and printed:\n{printed}");
            }
            if Instant::now() > deadline {
                bail!("it did not say {mark:?} within {PATIENCE:?}; it said:\n{printed}");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// What this run has printed so far.
    pub(crate) fn printed(&self) -> String {
        let text = fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(text.get(self.begin..).unwrap_or_default()).into_owned()
    }

    /// Sends SIGTERM and waits until the program has exited.
    pub(crate) async fn stop(&mut self) -> Result<()> {
        if self.child.try_wait()?.is_some() {
            return Ok(());
        }
        Command::new("kill").arg(self.child.id().to_string()).status().context("could not run `kill`")?;
        let deadline = Instant::now() + PATIENCE;
        while self.child.try_wait()?.is_none() {
            if Instant::now() > deadline {
                bail!("it did not exit within {PATIENCE:?} after SIGTERM");
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have exited already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
