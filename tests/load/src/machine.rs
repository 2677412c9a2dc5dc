//! What the machine must have, and how programs are started on one of its processors so that none outlives this one.
//! Never installs anything: `cargo xtask bench server` does.

use anyhow::{Context, Result, bail};
use kit_services::postgres;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use std::{
    env,
    ffi::OsStr,
    fs,
    path::PathBuf,
    process::{Command, Stdio},
    thread,
};

/// Where things run: servers on one processor, the load and the databases on the other.
pub(crate) const SERVER_CORE: usize = 0;
pub(crate) const LOAD_CORE: usize = 1;
/// Files that the server may open for the largest measurement.
const FILES_NEEDED: u64 = 20_000;

/// The programs that were found.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    /// Our server, a release build.
    pub(crate) server: PathBuf,
    /// The folder of the peers, with what they need installed.
    pub(crate) peers: PathBuf,
    /// Node.js.
    pub(crate) node: PathBuf,
    /// NATS, for several nodes.
    pub(crate) nats: Option<PathBuf>,
}

impl Machine {
    /// Looks whether all is there.
    ///
    /// # Errors
    /// One sentence on what is missing.
    pub(crate) fn inspect(server: PathBuf, peers: PathBuf) -> Result<Self> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        if cores < 2 {
            bail!(
                "the measurement needs two processors, one for the server and one for the load; here is {cores}"
            );
        }
        let files = raise_file_limit()?;
        if files < FILES_NEEDED {
            bail!("a process may open {files} files here; the measurement needs {FILES_NEEDED} (ulimit -Hn)");
        }
        for program in ["setpriv", "taskset"] {
            on_path(program).with_context(|| format!("`{program}` is missing (Debian: util-linux)"))?;
        }
        if !server.is_file() {
            bail!("there is no server at {}: `cargo xtask bench server` builds it", server.display());
        }
        if !peers.join("node_modules").is_dir() {
            bail!("the peers in {} are not installed: `npm ci` there does it", peers.display());
        }
        postgres::programs().context("PostgreSQL is missing (Debian: apt-get install postgresql)")?;
        Ok(Self {
            server,
            peers,
            node: on_path("node").context("Node.js is missing: the servers beside ours need it")?,
            nats: on_path("nats-server"),
        })
    }
}

/// A command on one processor, that is ended by the kernel when this program ends, however that happens.
pub(crate) fn pinned(core: usize, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "taskset", "-c", &core.to_string()]).arg(program);
    command.stdin(Stdio::null());
    command
}

/// Lets this process open as many files as it may be allowed to; how many that is.
///
/// # Errors
/// When the kernel refuses.
pub(crate) fn raise_file_limit() -> Result<u64> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most).context("the limit of open files cannot be raised")?;
    Ok(most)
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let system = ["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from);
    let folders: Vec<PathBuf> = env::split_paths(&path).chain(system).collect();
    folders.into_iter().map(|folder| folder.join(program)).find(|candidate| candidate.is_file())
}

/// The machine in a few words.
pub(crate) fn describe() -> String {
    let read = |file: &str| fs::read_to_string(file).unwrap_or_default();
    let cpuinfo = read("/proc/cpuinfo");
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let model = model.map_or("an unknown processor", |(_, model)| model.trim());
    format!("two processors of {model}, Linux {}", read("/proc/sys/kernel/osrelease").trim())
}
