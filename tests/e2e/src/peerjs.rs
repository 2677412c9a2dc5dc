//! Two people at a page that calls with PeerJS through a PeerServer, both as their authors ship and document them: what
//! ours is measured beside.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context, Result, bail};

use crate::bare::flag;
use crate::browser::{Browser, Equipment};
use crate::delay::Delay;
use crate::find::Thing;
use crate::late_wire::LateWire;
use crate::names;
use crate::process::Process;
use crate::site::Site;
use crate::stage::Stage;

/// Caller and callee, PeerServer, and the site that serves them the page.
pub struct PeerJsCouple {
    /// Who calls.
    pub caller: Arc<Browser>,
    /// Who is called.
    pub callee: Arc<Browser>,
    _server: Process,
    _wire: LateWire,
    _site: Site,
}

impl PeerJsCouple {
    /// Opens the page in two browsers of this kind, with a server that is so far away; nothing where npm has not
    /// installed it.
    pub async fn arrive(stage: &Stage, equipment: &Equipment, delay: &Delay) -> Result<Option<Self>> {
        let Some(peers) = &stage.environment().peers else { return Ok(None) };
        let folder = stage.folder("peerjs")?;
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("pages/peerjs/index.html");
        fs::copy(page, folder.join("index.html"))?;
        let library = peers.join("node_modules/peerjs/dist/peerjs.min.js");
        let copied = fs::copy(&library, folder.join("peerjs.js"));
        copied.with_context(|| format!("{} cannot be copied", library.display()))?;
        let mut command = Command::new("node");
        command.arg("peerserver.mjs").current_dir(peers);
        // Of the servers beside it; PeerServer knows no secrets.
        command.env("JWT_SECRET", "none");
        let mut server = Process::start(command, &folder.join("peerserver.log"))?;
        let address = server.word_after("listening on ").await.context("PeerServer")?;
        let wire = LateWire::start(address.trim_start_matches("http://"), delay).await?;
        let site = Site::start(Site::reserve()?, &folder)?;
        let mut browsers = Vec::new();
        for name in ["one", "two"] {
            let browser = stage.browser(&format!("peerjs-{name}"), equipment).await?;
            browser.open(&format!("{}/?{}#{name}", site.origin(), wire.port())).await?;
            flag(&browser, "ready").await?;
            browsers.push(browser);
        }
        let (Some(callee), Some(caller)) = (browsers.pop(), browsers.pop()) else {
            bail!("two names make two browsers")
        };
        Ok(Some(Self { caller, callee, _server: server, _wire: wire, _site: site }))
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

    /// Both end the call.
    pub async fn hang_up(&self) -> Result<()> {
        for person in [&self.caller, &self.callee] {
            person.run::<serde_json::Value>("window.hangUp()", vec![]).await?;
        }
        Ok(())
    }
}
