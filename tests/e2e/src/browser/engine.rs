//! Starts a browser of either engine, and does what each does in a way of its own. Knows nothing about pages.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use super::bidi::Bidi;
use super::equipment::{self, Engine, Equipment, Voice};
use super::tone;
use super::vendor::Vendor;
use crate::driver::Driver;
use crate::environment::Environment;
use crate::lab::Place;

/// What a running browser is besides its WebDriver session.
pub(super) enum Running {
    /// It shares the test's chromedriver.
    Chromium,
    /// A geckodriver serves one session only.
    Firefox { bidi: Box<Bidi>, _driver: Driver },
}

/// Starts a browser with this profile.
pub(super) async fn start(
    name: &str,
    equipment: &Equipment,
    environment: &Environment,
    chromedriver: &Driver,
    profile: &Path,
    place: Option<&Place>,
) -> Result<(Client, Running)> {
    match equipment.engine {
        Engine::Chromium => {
            if equipment.voice == Voice::Tone {
                fs::write(equipment::tone_in(profile), tone::file())?;
            }
            let program = place.map_or(&environment.chrome, |place| &place.program);
            let mut flags = equipment.flags(profile);
            flags.extend(place.iter().flat_map(|place| place.flags.clone()));
            let options = json!({ "binary": program, "args": flags });
            let capabilities = json!({
                "browserName": "chrome",
                "goog:chromeOptions": options,
                "goog:loggingPrefs": { "browser": "ALL" },
            });
            Ok((connect(capabilities, chromedriver).await?, Running::Chromium))
        }
        Engine::Firefox => {
            ensure!(place.is_none(), "no test moves a Firefox elsewhere yet");
            let firefox = environment.firefox.as_ref().context("there is no Firefox here")?;
            let driver =
                Driver::of_firefox(firefox, &profile.join(format!("{name}-geckodriver.log"))).await?;
            let capabilities = json!({
                "browserName": "firefox",
                "webSocketUrl": true,
                "moz:firefoxOptions": {
                    "binary": firefox.program,
                    "args": ["-headless"],
                    "prefs": equipment.preferences()?,
                },
            });
            let client = connect(capabilities, &driver).await?;
            let url = client.capabilities().and_then(|all| all.get("webSocketUrl")).and_then(Value::as_str);
            let bidi = Bidi::connect(url.context("this Firefox has no WebDriver BiDi")?).await?;
            Ok((client, Running::Firefox { bidi: Box::new(bidi), _driver: driver }))
        }
    }
}

async fn connect(capabilities: Value, driver: &Driver) -> Result<Client> {
    let Value::Object(capabilities) = capabilities else { bail!("capabilities are an object") };
    let mut builder = ClientBuilder::new(HttpConnector::new());
    builder.capabilities(capabilities).connect(driver.url()).await.context("could not start the browser")
}

impl Running {
    /// Resizes what the page sees of the screen.
    pub(super) async fn set_screen(&self, client: &Client, width: u32, height: u32) -> Result<()> {
        match self {
            Self::Chromium => {
                let screen =
                    json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
                self.cdp(client, "Emulation.setDeviceMetricsOverride", screen).await.map(drop)
            }
            Self::Firefox { .. } => Ok(client.set_window_size(width, height).await?),
        }
    }

    /// Runs a script in every page from now on, before the page's own scripts; in Chromium, in every page of this tab.
    pub(super) async fn inject(&self, client: &Client, script: &str) -> Result<()> {
        match self {
            Self::Chromium => {
                let source = json!({ "source": script });
                self.cdp(client, "Page.addScriptToEvaluateOnNewDocument", source).await.map(drop)
            }
            Self::Firefox { bidi, .. } => bidi.preload(script).await,
        }
    }

    /// A command of the DevTools protocol.
    pub(super) async fn cdp(&self, client: &Client, command: &str, parameters: Value) -> Result<Value> {
        match self {
            Self::Chromium => {
                let vendor = Vendor::new("goog/cdp/execute", json!({ "cmd": command, "params": parameters }));
                client.issue_cmd(vendor).await.with_context(|| command.to_owned())
            }
            Self::Firefox { .. } => bail!("Firefox does not know {command}"),
        }
    }

    /// What the page has written to the console since the last call, in Chromium.
    pub(super) async fn console(&self, client: &Client) -> Result<String> {
        match self {
            Self::Chromium => {
                let entries = client.issue_cmd(Vendor::new("se/log", json!({ "type": "browser" }))).await?;
                let line = |entry: &Value| {
                    let word = |key: &str| entry[key].as_str().unwrap_or("").to_owned();
                    format!("{} {}\n", word("level"), word("message"))
                };
                Ok(entries.as_array().into_iter().flatten().map(line).collect())
            }
            Self::Firefox { .. } => Ok(String::new()),
        }
    }
}
