//! Two people on the bare page, a plain client: the baseline of `bench-answer`, and the proof that such a
//! client still works.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::account::Account;
use crate::browser::{Browser, Equipment};
use crate::delay::Delay;
use crate::find::Thing;
use crate::late_wire::LateWire;
use crate::media::both_see_and_hear;
use crate::names;
use crate::server::Server;
use crate::stage::Stage;
use crate::wait::{PATIENCE, until};

/// Caller and callee, and the server that serves them the page.
pub struct BareCouple {
    /// The caller.
    pub caller: Arc<Browser>,
    /// The callee.
    pub callee: Arc<Browser>,
    _server: Server,
    _wire: LateWire,
}

impl BareCouple {
    /// Opens the page in two browsers, each signed in.
    pub async fn arrive(stage: &Stage) -> Result<Self> {
        Self::arrive_far_away(stage, &Equipment::default(), &Delay::default()).await
    }

    /// The same, in browsers of this kind and with a server that is so far away.
    pub async fn arrive_far_away(stage: &Stage, equipment: &Equipment, delay: &Delay) -> Result<Self> {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("pages/bare");
        let server = stage.second_server(&page).await?;
        let wire = LateWire::start(server.address(), delay).await?;
        let accounts =
            [Account::register(&server, "Clara").await?, Account::register(&server, "Dario").await?];
        let conversation = accounts[0].befriend(&server, &accounts[1]).await?;
        let mut browsers = Vec::new();
        for account in &accounts {
            let name = format!("bare-{}", account.username);
            let browser = stage.browser(&name, equipment).await?;
            browser.open(&wire.url()).await?;
            let arguments = vec![json!(account.token), json!(conversation), json!(account.username)];
            browser.run::<Value>("window.come(...arguments)", arguments).await?;
            flag(&browser, "ready").await?;
            browsers.push(browser);
        }
        let (Some(callee), Some(caller)) = (browsers.pop(), browsers.pop()) else {
            bail!("each of the two accounts has a browser")
        };
        Ok(Self { caller, callee, _server: server, _wire: wire })
    }

    /// Places a call and waits until both see and hear each other.
    pub async fn call(&self) -> Result<()> {
        self.ring().await?;
        self.answer().await?;
        both_see_and_hear(&self.caller, &self.callee).await
    }

    /// The caller calls; until it rings.
    pub async fn ring(&self) -> Result<()> {
        self.caller.click(Thing::Button("Call")).await?;
        flag(&self.callee, "ringing").await
    }

    /// The callee takes the call.
    pub async fn answer(&self) -> Result<()> {
        self.callee.click(Thing::Button(names::ANSWER)).await
    }

    /// The caller hangs up.
    pub async fn hang_up(&self) -> Result<()> {
        self.caller.run::<Value>("return window.hangUp()", vec![]).await.map(drop)
    }
}

/// Waits until the page says that something is so.
pub(crate) async fn flag(browser: &Browser, name: &str) -> Result<()> {
    let script = format!("return window.{name} === true");
    until(name, PATIENCE, async || Ok(browser.run::<bool>(&script, vec![]).await?.then_some(()))).await
}
