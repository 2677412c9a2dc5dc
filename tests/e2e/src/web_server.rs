//! nginx and Caddy in front of the server, with the files of `deploy/` as shipped, except for names, ports and
//! certificates. Each ends with its value.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use tokio::net::TcpStream;

use crate::environment::Environment;
use crate::process::Process;
use crate::wait::{PATIENCE, until};

/// A third-party web server.
#[derive(Clone, Copy, Debug)]
pub enum WebServer {
    /// nginx.
    Nginx,
    /// Caddy.
    Caddy,
}

/// A running one.
pub struct Running {
    url: String,
    _process: Process,
}

impl Running {
    /// Its origin, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl WebServer {
    /// Starts it with a file of `deploy/` in front of a server at this address; returns none, and says so, if
    /// it is not installed.
    pub(crate) async fn start(
        self,
        environment: &Environment,
        file: &str,
        server: &str,
        folder: &Path,
    ) -> Result<Option<Running>> {
        let program = match self {
            Self::Nginx => &environment.nginx,
            Self::Caddy => &environment.caddy,
        };
        let Some(program) = program else {
            eprintln!("SKIPPED: {self:?} is not here; `cargo xtask test --only proxies` fetches it");
            return Ok(None);
        };
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy").join(file);
        let shipped = fs::read_to_string(&shipped).with_context(|| format!("{}", shipped.display()))?;
        let folder = folder.join(file);
        fs::create_dir_all(&folder)?;
        let own = free_port()?;
        let url = format!("http://{own}");
        let command = match self {
            Self::Nginx => nginx(program, &shipped, &own, server, &folder)?,
            Self::Caddy => caddy(program, &shipped, &url, server, &folder)?,
        };
        let process = Process::start(command, &folder.join("log"))?;
        until(&format!("{self:?} listens"), PATIENCE, async || Ok(TcpStream::connect(&own).await.ok()))
            .await
            .with_context(|| process.printed())?;
        Ok(Some(Running { url, _process: process }))
    }
}

/// A port that was free a moment ago: neither program prints which port it took.
fn free_port() -> Result<String> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}

/// The file belongs in conf.d; Debian's own configuration around it is reproduced in our folder.
fn nginx(program: &Path, shipped: &str, own: &str, server: &str, folder: &Path) -> Result<Command> {
    let site = replaced(shipped, "listen 443 ssl;", &format!("listen {own};"))?;
    let site = replaced(&site, "http://127.0.0.1:8080", &format!("http://{server}"))?;
    let without_certificate = |line: &&str| !line.trim_start().starts_with("ssl_certificate");
    let site: String = site.lines().filter(without_certificate).map(|line| format!("{line}\n")).collect();
    let place = folder.display();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {place}/{kind};\n"))
        .concat();
    let whole = format!(
        "daemon off;\nuser root;\npid {place}/pid;\nerror_log stderr warn;\nevents {{}}\n\
         http {{\naccess_log off;\n{temporary}{site}}}\n"
    );
    let file = written(folder, "nginx.conf", &whole)?;
    let mut command = Command::new(program);
    command.arg("-p").arg(folder).arg("-e").arg("stderr").arg("-c").arg(file);
    Ok(command)
}

fn caddy(program: &Path, shipped: &str, url: &str, server: &str, folder: &Path) -> Result<Command> {
    let site = replaced(shipped, "calls:8080", server)?;
    // Its admin endpoint has one fixed port.
    let file = written(folder, "Caddyfile", &format!("{{\n\tadmin off\n}}\n{site}"))?;
    let mut command = Command::new(program);
    command.args(["run", "--adapter", "caddyfile", "--config"]).arg(file);
    command.env("DOMAIN", url).env("XDG_DATA_HOME", folder).env("XDG_CONFIG_HOME", folder);
    Ok(command)
}

/// The changes to the shipped file; if the replaced text no longer exists, the test would not test the shipped
/// file.
fn replaced(text: &str, shipped: &str, own: &str) -> Result<String> {
    ensure!(text.contains(shipped), "the shipped file no longer contains {shipped:?}");
    Ok(text.replace(shipped, own))
}

fn written(folder: &Path, name: &str, text: &str) -> Result<PathBuf> {
    let file = folder.join(name);
    fs::write(&file, text)?;
    Ok(file)
}
