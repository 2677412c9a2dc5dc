//! The second browser of the end-to-end tests: Firefox, named by FIREFOX, found on PATH, or Debian's, and geckodriver,
//! named by GECKODRIVER, found on PATH, or compiled once into our own tools folder. Optional: what needs it is skipped.

use std::path::PathBuf;

use anyhow::Result;

use super::browser::named_or_found;
use super::{debian, tools};

/// A Firefox and the driver that speaks WebDriver for it.
pub(crate) struct Firefox {
    /// The browser.
    pub(crate) program: PathBuf,
    /// Its driver.
    pub(crate) driver: PathBuf,
}

/// The browser and its driver; none if they are not here and cannot be installed.
pub(crate) fn ensure() -> Result<Option<Firefox>> {
    let found = || named_or_found("FIREFOX", &["firefox-esr", "firefox"]);
    if found().is_none() && debian::is_possible() {
        debian::install(
            &["firefox-esr"],
            "the tests call between two kinds of browsers; usually half a minute",
        )?;
    }
    let Some(program) = found() else { return Ok(None) };
    let named = named_or_found("GECKODRIVER", &[]);
    Ok(named.or_else(tools::geckodriver).map(|driver| Firefox { program, driver }))
}
