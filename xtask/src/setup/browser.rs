//! The browser of the tests and its driver: named by CHROME and CHROMEDRIVER, found on PATH, or Debian's. Also
//! writes the configuration with which the client's browser tests start it.

use std::env;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::debian;
use crate::{exec, places};

/// A Chromium (or Chrome) and the driver that speaks WebDriver for it.
pub(crate) struct Browser {
    /// The browser.
    pub(crate) chrome: PathBuf,
    /// Its driver.
    pub(crate) driver: PathBuf,
}

impl Browser {
    fn find() -> Option<Self> {
        let chrome = named_or_found(
            "CHROME",
            &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
        )?;
        let driver = named_or_found("CHROMEDRIVER", &["chromedriver"])?;
        Some(Self { chrome, driver })
    }

    /// Writes the capabilities with which wasm-bindgen's test runner starts the browser; not part of the
    /// source.
    pub(crate) fn write_capabilities(&self) -> Result<PathBuf> {
        let file = places::native_target().join("webdriver.json");
        fs::write(&file, self.capabilities()).with_context(|| format!("cannot write {}", file.display()))?;
        Ok(file)
    }

    fn capabilities(&self) -> String {
        let arguments: Vec<String> = flags(sandbox()).map(|flag| format!("\"{flag}\"")).collect();
        // `Debug` of a path quotes and escapes it as JSON does for all but exotic names.
        format!(
            "{{\"goog:chromeOptions\": {{\"binary\": {:?}, \"args\": [{}]}}}}\n",
            self.chrome,
            arguments.join(", ")
        )
    }
}

/// Makes sure that a browser and its driver are installed.
pub(crate) fn ensure() -> Result<Browser> {
    if let Some(browser) = Browser::find() {
        return Ok(browser);
    }
    if !debian::is_possible() {
        bail!("the tests need Chromium and chromedriver on PATH, or named by CHROME and CHROMEDRIVER");
    }
    debian::install(
        &["chromium", "chromium-driver"],
        "the tests drive a real browser; usually half a minute",
    )?;
    Browser::find().context("Debian's Chromium was installed but is not on PATH")
}

pub(super) fn named_or_found(variable: &str, names: &[&str]) -> Option<PathBuf> {
    let named = env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from);
    named.or_else(|| exec::on_path(names))
}

/// Whether the browser runs its pages in a sandbox.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sandbox {
    On,
    /// Chromium requires it when running as root.
    Off,
}

fn sandbox() -> Sandbox {
    if debian::is_root() { Sandbox::Off } else { Sandbox::On }
}

/// How the browser is started: headless, quiet, with a fake camera and microphone.
fn flags(sandbox: Sandbox) -> impl Iterator<Item = &'static str> {
    let always = [
        "--headless=new",
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        "--autoplay-policy=no-user-gesture-required",
    ];
    always.into_iter().chain((sandbox == Sandbox::Off).then_some("--no-sandbox"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_for_root_is_given_only_then() {
        assert!(flags(Sandbox::Off).any(|flag| flag == "--no-sandbox"));
        assert!(flags(Sandbox::On).all(|flag| flag != "--no-sandbox"));
    }

    #[test]
    fn the_capabilities_name_the_browser_and_its_flags() {
        let browser = Browser { chrome: "/opt/a \"b\"".into(), driver: "driver".into() };
        let text = browser.capabilities();
        let beginning = r#"{"goog:chromeOptions": {"binary": "/opt/a \"b\"", "args": ["--headless=new", "#;
        assert!(text.starts_with(beginning), "{text}");
    }
}
