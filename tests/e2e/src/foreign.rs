//! A third-party program at the other end: `tests/foreign/peer.py`, which was written from the API's
//! documentation alone and uses aiortc. Never helps it: it gets what any client gets.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use tokio::task::block_in_place;

use crate::account::Account;
use crate::environment::Environment;
use crate::names::Kind;
use crate::server::Server;
use crate::wait::{PATIENCE, until};

/// How many new frames and sounds count as seeing and hearing.
const FRAMES: u64 = 10;
const SOUNDS: u64 = 25;

/// The choices that the API leaves to such a program.
#[derive(Clone, Copy, Debug)]
pub struct Manners {
    /// The device id in its requests; its socket names one either way.
    pub name: Option<&'static str>,
    /// Whether its candidates are trickled or part of the description.
    pub trickles: bool,
    /// Whether it makes its offer before the call is answered.
    pub offers_while_it_rings: bool,
}

/// The running program.
pub struct Foreign {
    account: Account,
    child: Child,
    pipes: Mutex<(ChildStdin, Receiver<String>)>,
}

impl Foreign {
    /// Starts the program for a person who is signed in; returns none, and says so, if it cannot run here.
    pub(crate) async fn start(
        environment: &Environment,
        server: &Server,
        account: &Account,
        manners: Manners,
    ) -> Result<Option<Self>> {
        let Some(python) = &environment.python else {
            eprintln!(
                "SKIPPED: there is no Python with aiortc here; `cargo xtask test --only foreign` brings it"
            );
            return Ok(None);
        };
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../foreign/peer.py");
        let mut command = Command::new(python);
        command.arg("-u").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().context("could not start Python")?;
        let orders = child.stdin.take().context("the program has no input")?;
        let output = child.stdout.take().context("the program has no output")?;
        let (told, answers) = channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if told.send(line).is_err() {
                    return;
                }
            }
        });
        let pipes = Mutex::new((orders, answers));
        let foreign = Self { account: account.clone(), child, pipes };
        foreign
            .order(&json!({
                "do": "come",
                "server": server.url(),
                "token": account.token,
                "socket": manners.name.unwrap_or("a-socket"),
                "name": manners.name,
                "trickle": manners.trickles,
            }))
            .await?;
        Ok(Some(foreign))
    }

    /// Calls the other person of a conversation.
    pub async fn call(&self, conversation: &str, kind: Kind, manners: Manners) -> Result<()> {
        let offer = if manners.offers_while_it_rings { "while it rings" } else { "after the answer" };
        let order = json!({ "do": "call", "conversation": conversation, "kind": word(kind), "offer": offer });
        self.order(&order).await.map(drop)
    }

    /// Answers the call that rings, once it does.
    pub async fn answer(&self, kind: Kind) -> Result<()> {
        self.wait_until("it rings", |state| state["status"] == "ringing").await?;
        self.order(&json!({ "do": "take", "kind": word(kind) })).await.map(drop)
    }

    /// Waits for new frames and sounds; in a voice call, for sounds.
    pub async fn sees_and_hears(&self, kind: Kind) -> Result<()> {
        let before = self.status().await?;
        let grew = |state: &Value, what: &str, by: u64| {
            let count = |state: &Value| state["frames"][what].as_u64().unwrap_or_default();
            count(state) >= count(&before) + by
        };
        self.wait_until("it sees and hears", |state| {
            grew(state, "audio", SOUNDS) && (kind == Kind::Voice || grew(state, "video", FRAMES))
        })
        .await
    }

    /// Hangs up.
    pub async fn hang_up(&self) -> Result<()> {
        self.order(&json!({ "do": "hang up" })).await.map(drop)
    }

    /// Waits until it has learned that the call is over and has closed its connection.
    pub async fn wait_until_over(&self) -> Result<()> {
        self.wait_until("it hears that the call is over", |state| {
            state["status"] != "active" && state["status"] != "ringing" && state["connection"].is_null()
        })
        .await
    }

    /// How many such messages it received during the current call.
    pub async fn heard(&self, what: &str) -> Result<usize> {
        let state = self.status().await?;
        let heard = state["heard"].as_array().context("the program has not reported anything")?;
        Ok(heard.iter().filter(|heard| *heard == what).count())
    }

    async fn status(&self) -> Result<Value> {
        self.order(&json!({ "do": "status" })).await
    }

    async fn wait_until(&self, what: &str, so: impl Fn(&Value) -> bool) -> Result<()> {
        let waited = until(what, PATIENCE, async || Ok(so(&self.status().await?).then_some(()))).await;
        if waited.is_err() {
            let state = self.status().await?;
            return waited.with_context(|| format!("{}'s program says {state}", self.account.display_name));
        }
        waited
    }

    async fn order(&self, order: &Value) -> Result<Value> {
        let line = block_in_place(|| {
            let mut pipes = self.pipes.lock().unwrap_or_else(PoisonError::into_inner);
            writeln!(pipes.0, "{order}").context("the program does not accept commands")?;
            pipes.1.recv_timeout(PATIENCE).with_context(|| format!("no answer to {order}"))
        })?;
        let answer: Value = serde_json::from_str(&line).with_context(|| format!("{order}: {line}"))?;
        ensure!(answer["problem"].is_null(), "{order}: {}", answer["problem"]);
        if !answer.is_object() {
            bail!("{order} was answered with {answer}");
        }
        Ok(answer)
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        // It may have exited already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Voice => "audio",
        Kind::Video => "video",
    }
}
