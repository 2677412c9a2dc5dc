//! What the API tests refer to: the demo's people, their conversation, a ringing call. Another program of the
//! workspace (`tests/kit-client`) creates it, so that xtask needs no HTTP client.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use anyhow::{Context, Result, bail};

use crate::exec;

/// The program that creates it.
pub(super) const PROGRAM: &str = "demo-call";

/// What requests can refer to.
pub(super) struct People {
    /// The caller's access token.
    pub(super) token: String,
    /// The conversation of the two people.
    pub(super) conversation: String,
    /// A call that is ringing.
    pub(super) call: String,
}

/// Keeps the called device connected; disconnects it when dropped.
pub(super) struct Connected(Child);

impl Drop for Connected {
    fn drop(&mut self) {
        // If it has already exited, there is nothing to stop.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

impl People {
    /// Signs both people in on the server at this address, connects the callee, and places a call.
    pub(super) fn meet(program: &Path, address: &str) -> Result<(Self, Connected)> {
        let mut command = exec::command(program);
        let process = command.arg(address).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut connected = Connected(process.with_context(|| format!("could not start {PROGRAM}"))?);
        let output = connected.0.stdout.take().context("its output was piped")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        Ok((Self::read(&line)?, connected))
    }

    fn read(line: &str) -> Result<Self> {
        let mut words = line.split_whitespace().map(str::to_owned);
        let (Some(token), Some(conversation), Some(call), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            bail!("expected a token, a conversation and a call from {PROGRAM}, got `{line}`");
        };
        Ok(Self { token, conversation, call })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_program_says_is_read_or_shown() {
        let people = People::read("t v c\n").unwrap();
        assert_eq!((&*people.token, &*people.conversation, &*people.call), ("t", "v", "c"));
        let error = People::read("t v").err().unwrap().to_string();
        assert!(error.contains("got `t v`"), "{error}");
    }
}
