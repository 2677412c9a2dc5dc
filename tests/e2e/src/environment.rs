//! The paths of the product and the browser. The only place in this package that reads the environment. Never
//! guesses: `cargo xtask e2e` sets every path.

use std::env;
use std::path::PathBuf;

use anyhow::{Result, bail};

/// A Firefox, and the WebDriver program for it.
#[derive(Clone, Debug)]
pub struct Firefox {
    /// The browser.
    pub program: PathBuf,
    /// geckodriver.
    pub driver: PathBuf,
}

/// What `cargo xtask` has built and found.
#[derive(Clone, Debug)]
pub struct Environment {
    /// The server's program.
    pub server: PathBuf,
    /// The folder of the built client.
    pub client: PathBuf,
    /// The browser.
    pub chrome: PathBuf,
    /// The WebDriver program for it.
    pub driver: PathBuf,
    /// Firefox, if it is installed.
    pub firefox: Option<Firefox>,
    /// A Python with aiortc, if it is installed.
    pub python: Option<PathBuf>,
    /// nginx, if it is installed.
    pub nginx: Option<PathBuf>,
    /// Caddy, if it is installed.
    pub caddy: Option<PathBuf>,
    /// The folder in which npm has installed what ours is measured beside, if it has.
    pub peers: Option<PathBuf>,
}

impl Environment {
    /// Reads the variables.
    ///
    /// # Errors
    /// One sentence that names the variable and the command that sets it.
    pub fn read() -> Result<Self> {
        Ok(Self {
            server: path("E2E_SERVER")?,
            client: path("E2E_CLIENT")?,
            chrome: path("CHROME")?,
            driver: path("CHROMEDRIVER")?,
            firefox: program("FIREFOX")
                .zip(program("GECKODRIVER"))
                .map(|(program, driver)| Firefox { program, driver }),
            python: program("E2E_PYTHON"),
            nginx: program("E2E_NGINX"),
            caddy: program("E2E_CADDY"),
            peers: program("E2E_PEERS"),
        })
    }
}

fn path(variable: &str) -> Result<PathBuf> {
    let Some(value) = env::var_os(variable).filter(|value| !value.is_empty()) else {
        bail!("{variable} is not set: run these tests by `cargo xtask e2e`, which builds what they need");
    };
    let path = PathBuf::from(value);
    if !path.exists() {
        bail!("{variable} names {}, which is not there: run `cargo xtask e2e`", path.display());
    }
    // Cargo runs tests in this package's folder, but programs in the current one.
    Ok(path.canonicalize()?)
}

/// A program that not every machine has. Its path is kept as it is, since Python finds its packages by it.
fn program(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// Whether this process runs as root, when Chromium refuses to start with its sandbox.
pub(crate) fn is_root() -> bool {
    let own = std::fs::metadata("/proc/self");
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        own.is_ok_and(|about| about.uid() == 0)
    }
    #[cfg(not(unix))]
    {
        let _ = own;
        false
    }
}
