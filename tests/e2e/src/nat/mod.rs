//! Two people in networks of their own, each behind a router that can be exchanged, and servers on the network between:
//! namespaces of the kernel, in which real browsers run. Never sends anything beyond them.
//!
//! - `network`: the namespaces, and what the routers let through

mod network;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::time::timeout;

use crate::account::Account;
use crate::browser::{Browser, Equipment};
use crate::driver::Driver;
use crate::environment::Environment;
use crate::folder::Folder;
use crate::lab::Place;
use crate::person::Person;
use crate::process::Process;
pub use network::Router;
use network::{Network, SERVERS};

/// The people, who are contacts of each other on every server with demo accounts.
const PEOPLE: [&str; 2] = ["anna", "ben"];

/// What a server tells browsers of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Help {
    /// STUN alone.
    Stun,
    /// Its own relay.
    Relay,
}

/// The networks, the two servers, and what runs in them.
pub struct NatLab {
    environment: Environment,
    browsers: Vec<Arc<Browser>>,
    driver: Driver,
    servers: Vec<Process>,
    network: Network,
    folder: Folder,
}

impl NatLab {
    /// Why this machine cannot have such networks; nothing if it can.
    pub fn missing() -> Option<String> {
        network::missing()
    }

    /// Builds the networks and starts the servers.
    ///
    /// # Errors
    /// When the kernel or a program refuses.
    pub async fn start() -> Result<Self> {
        let environment = Environment::read()?;
        let (folder, network) = (Folder::new()?, Network::build()?);
        let driver = Driver::start(&environment, &folder.path().join("chromedriver.log")).await?;
        let mut lab = Self { environment, browsers: vec![], driver, servers: vec![], network, folder };
        for help in [Help::Relay, Help::Stun] {
            let server = lab.serve(help).await?;
            lab.servers.push(server);
        }
        Ok(lab)
    }

    async fn serve(&self, help: Help) -> Result<Process> {
        let folder = self.folder.path().join(format!("{help:?}"));
        fs::create_dir_all(&folder)?;
        let mut command = self.network.server(&self.environment.server);
        command.args(["--listen", &format!("{}:443", address(help)), "--tls-self-signed"]);
        command.args(["--demo", "--demo-on-network", "--rate-factor", "0"]);
        command.arg("--client").arg(&self.environment.client);
        command.arg("--database").arg(folder.join("calls.sqlite"));
        let [relay, _] = SERVERS;
        match help {
            Help::Relay => command.args(["--relay", "--relay-listen", &format!("{relay}:3478")]),
            Help::Stun => command.args(["--ice-server", &format!("stun:{relay}:3478")]),
        };
        let mut process = Process::start(command, &folder.join("server.log"))?;
        process.word_after("listening on ").await.context("the server")?;
        Ok(process)
    }

    /// Somebody in the first network, or in the second, signed in at a server.
    ///
    /// # Errors
    /// When the browser does not start, or the page is not there.
    pub async fn person(&mut self, side: usize, help: Help) -> Result<Person> {
        let name = PEOPLE[side];
        let place = self.place(side)?;
        let equipment = Equipment::ORDINARY;
        let browser =
            Browser::start_in(name, &equipment, &self.environment, &self.driver, Some(&place)).await?;
        let browser = Arc::new(browser);
        self.browsers.push(browser.clone());
        let account = Account { password: "messenger".to_owned(), ..Account::imagined(name) };
        let person = Person::new(account, browser);
        person.sign_in(&format!("https://{}", address(help))).await?;
        Ok(person)
    }

    fn place(&self, side: usize) -> Result<Place> {
        let program: PathBuf = self.folder.path().join(PEOPLE[side]);
        let space = self.network.home(side);
        let chrome = self.environment.chrome.display();
        fs::write(&program, format!("#!/bin/sh\nexec ip netns exec {space} {chrome} \"$@\"\n"))?;
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
        // Its driver cannot reach a port in there; and the servers' certificates are of their own making.
        let flags = ["--remote-debugging-pipe", "--ignore-certificate-errors"];
        Ok(Place { program, flags: flags.map(str::to_owned).to_vec() })
    }

    /// Puts somebody's network behind another router.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn put_behind(&self, side: usize, router: Router) -> Result<()> {
        self.network.route(side, router)
    }

    /// What the servers wrote.
    pub fn logs(&self) -> String {
        let log = |help: &Help| fs::read_to_string(self.folder.path().join(format!("{help:?}/server.log")));
        [Help::Relay, Help::Stun].iter().filter_map(|help| log(help).ok()).collect()
    }

    /// Closes the browsers.
    pub async fn close(&mut self) {
        for browser in self.browsers.drain(..) {
            // One that does not answer ends with its driver.
            let _closed = timeout(Duration::from_secs(10), browser.close()).await;
        }
    }
}

fn address(help: Help) -> &'static str {
    let [with_relay, without] = SERVERS;
    match help {
        Help::Relay => with_relay,
        Help::Stun => without,
    }
}
