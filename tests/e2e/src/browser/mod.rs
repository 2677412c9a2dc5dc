//! A real browser with a profile of its own: what a person does with it, and what a test reads from it.
//!
//! - `equipment`: engine, camera, permissions, autoplay, and the flags they become
//! - `engine`: how each engine is started; `bidi`: what only WebDriver BiDi does in Firefox
//! - `tone`: a sound without pauses for the fake microphone
//! - `vendor`: Chromium's own WebDriver commands

mod bidi;
mod engine;
mod equipment;
mod tone;
mod vendor;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, anyhow, bail};
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::{Element, ElementRef};
use fantoccini::wd::WindowHandle;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::driver::Driver;
use crate::environment::Environment;
use crate::find::{self, Thing};
use crate::folder::Folder;
use crate::lab::Place;
use crate::probe::{self, Candidates, Hardware, Sighting};
use crate::wait::{PATIENCE, until};
pub use equipment::{Autoplay, Camera, Engine, Equipment, Microphone, Permission, Voice};

/// The element key of the WebDriver standard.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
const ALT: char = '\u{e00a}';

/// A running browser.
pub struct Browser {
    name: String,
    client: fantoccini::Client,
    engine: engine::Running,
    probe: String,
    _profile: Folder,
}

impl Browser {
    /// Starts a browser with this equipment and injects the probe into every page that it will open.
    pub(crate) async fn start(
        name: &str,
        equipment: &Equipment,
        environment: &Environment,
        driver: &Driver,
    ) -> Result<Self> {
        Self::start_in(name, equipment, environment, driver, None).await
    }

    /// The same, somewhere else.
    pub(crate) async fn start_in(
        name: &str,
        equipment: &Equipment,
        environment: &Environment,
        driver: &Driver,
        place: Option<&Place>,
    ) -> Result<Self> {
        let profile = Folder::new()?;
        let (client, engine) =
            engine::start(name, equipment, environment, driver, profile.path(), place).await?;
        let browser = Self {
            name: name.to_owned(),
            client,
            engine,
            probe: probe::script(equipment.forwarder),
            _profile: profile,
        };
        browser.inject(&browser.probe).await?;
        let (width, height) = equipment.screen;
        browser.set_screen(width, height).await?;
        Ok(browser)
    }

    /// Resizes the screen.
    pub async fn set_screen(&self, width: u32, height: u32) -> Result<()> {
        self.engine.set_screen(&self.client, width, height).await
    }

    /// Waits until no finite animation is running.
    pub async fn wait_until_still(&self) -> Result<()> {
        // Two frames, for animations that a resize is about to start.
        let script = "return (async () => { await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
            const ends = (one) => Number.isFinite(one.effect.getComputedTiming().endTime);
            await Promise.allSettled(document.getAnimations().filter(ends).map((one) => one.finished)); })()";
        self.run::<Value>(script, vec![]).await.map(drop)
    }

    /// The person's name, for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Opens an address.
    pub async fn open(&self, url: &str) -> Result<()> {
        self.client.goto(url).await.with_context(|| format!("{} could not open {url}", self.name))
    }

    /// Reloads the page.
    pub async fn reload(&self) -> Result<()> {
        Ok(self.client.refresh().await?)
    }

    /// Goes back to the previous page.
    pub async fn back(&self) -> Result<()> {
        Ok(self.client.back().await?)
    }

    /// Reloads the page as if nobody had ever interacted with it, which the browser otherwise remembers.
    pub async fn reload_untouched(&self) -> Result<()> {
        self.reload().await
    }

    /// Opens another tab and goes there; returns the previous one.
    pub async fn open_tab(&self) -> Result<WindowHandle> {
        let present = self.client.window().await?;
        let tab = self.client.new_window(true).await?;
        self.client.switch_to_window(tab.handle).await?;
        self.inject(&self.probe).await?;
        Ok(present)
    }

    /// Goes to a tab.
    pub async fn go_to_tab(&self, tab: WindowHandle) -> Result<()> {
        Ok(self.client.switch_to_window(tab).await?)
    }

    /// Closes the current tab and stays in a new, empty one.
    pub async fn close_tab(&self) -> Result<()> {
        self.end_tab(async || Ok(self.client.close_window().await?)).await
    }

    /// Crashes the current tab's process, and stays in a new, empty one.
    pub async fn crash_tab(&self) -> Result<()> {
        self.end_tab(async || {
            // The reply is that the tab has crashed, in words that differ between browsers.
            let _ = self.cdp("Page.crash", json!({})).await;
            Ok(())
        })
        .await
    }

    /// Opens a new tab, since the browser would exit without one, and then closes the current one.
    async fn end_tab(&self, end: impl AsyncFnOnce() -> Result<()>) -> Result<()> {
        let present = self.open_tab().await?;
        let fresh = self.client.window().await?;
        self.go_to_tab(present).await?;
        end().await?;
        self.go_to_tab(fresh).await
    }

    /// The page's title.
    pub async fn title(&self) -> Result<String> {
        Ok(self.client.title().await?)
    }

    /// Runs the body of a JavaScript function in the page and waits for its result.
    pub async fn run<T: DeserializeOwned>(&self, script: &str, arguments: Vec<Value>) -> Result<T> {
        let value = self.client.execute(script, arguments).await.map_err(|error| {
            let first = script.lines().next().unwrap_or_default();
            anyhow!("{}: the script {first:?} failed: {error}", self.name)
        })?;
        Ok(serde_json::from_value(value)?)
    }

    /// A command of the DevTools protocol.
    pub async fn cdp(&self, command: &str, parameters: Value) -> Result<Value> {
        self.engine.cdp(&self.client, command, parameters).await.with_context(|| self.name.clone())
    }

    /// Runs a script in every page from now on, before the page's own scripts.
    pub async fn inject(&self, script: &str) -> Result<()> {
        self.engine.inject(&self.client, script).await
    }

    /// Allows or denies a page the microphone or the camera, as in its settings in the browser.
    pub async fn set_permission(&self, device: &str, origin: &str, setting: Permission) -> Result<()> {
        let parameters =
            json!({ "permission": { "name": device }, "origin": origin, "setting": setting.word() });
        self.cdp("Browser.setPermission", parameters).await.map(drop)
    }

    /// Whether something is on the screen.
    pub async fn sees(&self, thing: Thing<'_>) -> Result<bool> {
        Ok(self.find(thing).await?.is_some())
    }

    /// Waits until something is on the screen.
    pub async fn wait_for(&self, thing: Thing<'_>) -> Result<Element> {
        self.wait_longer_for(thing, PATIENCE).await
    }

    /// Waits until something slow is on the screen.
    pub async fn wait_longer_for(&self, thing: Thing<'_>, limit: Duration) -> Result<Element> {
        let found = until("", limit, || self.find(thing)).await;
        match found {
            Ok(element) => Ok(element),
            Err(_) => bail!("{} does not see {thing}. {}", self.name, self.described().await),
        }
    }

    /// Waits until something is no longer on the screen.
    pub async fn wait_until_gone(&self, thing: Thing<'_>) -> Result<()> {
        let gone = until("", PATIENCE, async || Ok((!self.sees(thing).await?).then_some(()))).await;
        match gone {
            Ok(()) => Ok(()),
            Err(_) => bail!("{} still sees {thing}. {}", self.name, self.described().await),
        }
    }

    /// Clicks something as soon as it is there and nothing covers it.
    pub async fn click(&self, thing: Thing<'_>) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let element = self.wait_for(thing).await?;
            let enabled = element.is_enabled().await.unwrap_or(false);
            let clicked = if enabled {
                element.click().await.map_err(|error| error.to_string())
            } else {
                Err("it is disabled".to_owned())
            };
            let Err(reason) = clicked else { return Ok(()) };
            if Instant::now() > deadline {
                bail!("{} cannot press {thing}: {reason}. {}", self.name, self.described().await);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Presses something at a given time of this machine's clock, so that two people can press at once.
    pub async fn click_at(&self, thing: Thing<'_>, moment: SystemTime) -> Result<()> {
        self.wait_for(thing).await?;
        self.wait_until_pressable().await?;
        let script = format!(
            "const [role, words, moment] = arguments;
             const thing = (function () {{ {} }})(role, words);
             return new Promise((done) => setTimeout(() => {{ thing.click(); done(); }}, moment - Date.now()));",
            find::SCRIPT
        );
        let moment = moment.duration_since(UNIX_EPOCH)?.as_millis() as u64;
        let arguments = vec![thing.role().into(), thing.words().into(), moment.into()];
        self.run::<Value>(&script, arguments).await.map(drop)
    }

    /// Waits until nothing has appeared only just now, so that a press is meant for what is there.
    pub async fn wait_until_pressable(&self) -> Result<()> {
        let script = find::SCRIPT;
        let is_fresh = || self.run::<bool>(script, vec!["fresh".into(), "".into()]);
        until("what has appeared to be pressable", PATIENCE, async || Ok((!is_fresh().await?).then_some(())))
            .await
    }

    /// Types into a field, replacing its text.
    pub async fn fill(&self, field: &str, text: &str) -> Result<()> {
        let element = self.wait_for(Thing::Field(field)).await?;
        element.clear().await?;
        element.send_keys(text).await?;
        Ok(())
    }

    /// Whether a button is enabled.
    pub async fn can_press(&self, button: &str) -> Result<bool> {
        Ok(self.wait_for(Thing::Button(button)).await?.is_enabled().await?)
    }

    /// Presses a letter with Alt, as soon as what has appeared accepts presses.
    pub async fn press_alt(&self, letter: char) -> Result<()> {
        self.wait_until_pressable().await?;
        let keys = KeyActions::new("keyboard".to_owned())
            .then(KeyAction::Down { value: ALT })
            .then(KeyAction::Down { value: letter })
            .then(KeyAction::Up { value: letter })
            .then(KeyAction::Up { value: ALT });
        Ok(self.client.perform_actions(keys).await?)
    }

    /// All text on the screen, controls in brackets.
    pub async fn screen(&self) -> Result<String> {
        self.run(find::SCRIPT, vec!["screen".into(), "".into()]).await
    }

    /// The state of the page's microphones, cameras, network and loudspeakers.
    pub async fn hardware(&self) -> Result<Hardware> {
        self.run("return window.__probe.hardware()", vec![]).await
    }

    /// What the page's open connections have received.
    pub async fn sighting(&self) -> Result<Sighting> {
        self.run("return window.__probe.sighting()", vec![]).await
    }

    /// The candidates that the page's open connections know.
    pub async fn candidates(&self) -> Result<Candidates> {
        self.run("return window.__probe.candidates()", vec![]).await
    }

    /// Unplugs the microphone in use; the machine has another one, or none.
    pub async fn unplug_microphone(&self, remaining: Microphone) -> Result<()> {
        let leaves_another = remaining == Microphone::Another;
        self.run::<Value>("window.__probe.unplug(arguments[0])", vec![leaves_another.into()]).await.map(drop)
    }

    /// Plugs in a microphone.
    pub async fn plug_in_microphone(&self) -> Result<()> {
        self.run::<Value>("window.__probe.plugIn()", vec![]).await.map(drop)
    }

    /// A screenshot as PNG.
    pub async fn screenshot(&self) -> Result<Vec<u8>> {
        Ok(self.client.screenshot().await?)
    }

    /// Saves screenshot, screen text, console and the probe's notes to files that begin with the browser's
    /// name.
    pub(crate) async fn report(&self, folder: &Path) -> Result<()> {
        let file = |what: &str| folder.join(format!("{}-{what}", self.name));
        let notes = json!({
            "hardware": self.run::<Value>("return window.__probe?.hardware()", vec![]).await.ok(),
            "sighting": self.run::<Value>("return window.__probe?.sighting()", vec![]).await.ok(),
            "moments": self.run::<Value>("return window.__probe?.moments()", vec![]).await.ok(),
        });
        fs::write(file("probe.json"), format!("{notes:#}"))?;
        fs::write(file("screen.txt"), self.screen().await.unwrap_or_else(|error| format!("{error:#}")))?;
        fs::write(file("console.txt"), self.console().await.unwrap_or_else(|error| format!("{error:#}")))?;
        fs::write(file("screen.png"), self.screenshot().await?)?;
        Ok(())
    }

    /// What the page has written to the console since the last call.
    pub async fn console(&self) -> Result<String> {
        self.engine.console(&self.client).await
    }

    /// Closes the browser.
    pub async fn close(&self) -> Result<()> {
        Ok(self.client.clone().close().await?)
    }

    async fn find(&self, thing: Thing<'_>) -> Result<Option<Element>> {
        let arguments = vec![thing.role().into(), thing.words().into()];
        let found: Value = self.run(find::SCRIPT, arguments).await?;
        let id = found.get(ELEMENT).and_then(Value::as_str);
        Ok(id.map(|id| Element::from_element_id(self.client.clone(), ElementRef::from(id.to_owned()))))
    }

    async fn described(&self) -> String {
        match self.screen().await {
            Ok(screen) => format!("On the screen:\n{screen}\n"),
            Err(error) => format!("The screen cannot be read: {error:#}"),
        }
    }
}
