//! The namespaces: one for the servers, and for each person one with the browser and one with the router. All that is
//! addressed is of documentation and private networks, and none of it leaves the namespaces.

use std::ffi::OsStr;
use std::fmt;
use std::io::Write;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// The addresses of the servers.
pub(super) const SERVERS: [&str; 2] = ["198.51.100.1", "198.51.100.2"];

/// What stands between a person's network and the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Router {
    /// Everything passes, and addresses stay as they are.
    Open,
    /// A NAT that keeps ports: it sends from the same one to everybody, as most at home do.
    PortPreserving,
    /// A NAT that sends from another port to everybody (symmetric).
    Symmetric,
    /// A NAT that lets no UDP through.
    NoUdp,
    /// A NAT that lets through what goes to port 443 by TCP, and nothing else.
    OnlyHttps,
}

impl Router {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::Open, Self::PortPreserving, Self::Symmetric, Self::NoUdp, Self::OnlyHttps];

    /// Whether two people can reach each other without a relay, if each side is told what STUN finds out.
    pub fn reaches(self, other: Self) -> bool {
        let filters = |router| matches!(router, Self::NoUdp | Self::OnlyHttps);
        let opens = self == Self::Open || other == Self::Open;
        !filters(self)
            && !filters(other)
            && (opens || (self, other) == (Self::PortPreserving, Self::PortPreserving))
    }

    fn rules(self) -> &'static str {
        match self {
            Self::Open => "",
            Self::PortPreserving | Self::NoUdp | Self::OnlyHttps => "masquerade",
            Self::Symmetric => "masquerade fully-random",
        }
    }

    fn filter(self) -> &'static str {
        match self {
            Self::Open | Self::PortPreserving | Self::Symmetric => "",
            Self::NoUdp => "meta l4proto udp drop",
            Self::OnlyHttps => "meta l4proto != tcp drop\n tcp dport != 443 iifname lan drop",
        }
    }

    /// The rules of nftables.
    fn ruleset(self) -> String {
        let mut all = "flush ruleset\n".to_owned();
        if self != Self::Open {
            let (nat, filter) = (self.rules(), self.filter());
            // What comes unasked is dropped before it is remembered, as routers do: otherwise the answer to it would get
            // another port.
            all += &format!(
                "table ip nat {{\n chain out {{\n type nat hook postrouting priority 100\n oifname wan {nat}\n }}\n}}\n\
                 table ip filter {{\n chain forward {{\n type filter hook forward priority 0; policy drop\n {filter}\n\
                 ct state established,related accept\n iifname lan accept\n }}\n\
                 chain input {{\n type filter hook input priority 0\n iifname wan drop\n }}\n}}\n"
            );
        }
        all
    }
}

impl fmt::Display for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "open",
            Self::PortPreserving => "port-preserving",
            Self::Symmetric => "symmetric",
            Self::NoUdp => "no UDP",
            Self::OnlyHttps => "only TCP 443",
        })
    }
}

/// What is missing here for namespaces and routers.
pub(super) fn missing() -> Option<String> {
    let name = format!("calls-try-nat-{}", std::process::id());
    if ip(&["netns", "add", &name]).is_err() {
        return Some("network namespaces cannot be made here: they need root, and iproute2".to_owned());
    }
    let tried = nft(&name, &Router::Symmetric.ruleset());
    drop(ip(&["netns", "del", &name]));
    tried.err().map(|error| format!("routers cannot be made here: they need nftables ({error:#})"))
}

/// The namespaces, which are gone when it is dropped.
pub(super) struct Network {
    prefix: String,
}

impl Network {
    /// Builds them, with open routers.
    pub(super) fn build() -> Result<Self> {
        let network = Self { prefix: format!("calls-nat-{}", std::process::id()) };
        let name = |end: &str| format!("{}-{end}", network.prefix);
        let (hub, servers) = (name("hub"), name("srv"));
        for end in ["hub", "srv", "nat0", "cli0", "nat1", "cli1"] {
            ip(&["netns", "add", &name(end)])?;
            ip(&["-n", &name(end), "link", "set", "lo", "up"])?;
        }
        ip(&["-n", &hub, "link", "add", "name", "bridge0", "type", "bridge"])?;
        ip(&["-n", &hub, "link", "set", "bridge0", "up"])?;
        cable((&hub, "srv"), (&servers, "wan"))?;
        ip(&["-n", &hub, "link", "set", "srv", "master", "bridge0"])?;
        for address in SERVERS {
            ip(&["-n", &servers, "addr", "add", &format!("{address}/24"), "dev", "wan"])?;
        }
        for side in 0..2 {
            let (nat, client) = (name(&format!("nat{side}")), name(&format!("cli{side}")));
            let port = format!("nat{side}");
            cable((&hub, &port), (&nat, "wan"))?;
            ip(&["-n", &hub, "link", "set", &port, "master", "bridge0"])?;
            cable((&nat, "lan"), (&client, "lan"))?;
            let (public, inner) = (format!("198.51.100.1{side}"), format!("10.0.{side}"));
            ip(&["-n", &nat, "addr", "add", &format!("{public}/24"), "dev", "wan"])?;
            ip(&["-n", &nat, "addr", "add", &format!("{inner}.1/24"), "dev", "lan"])?;
            ip(&["-n", &client, "addr", "add", &format!("{inner}.2/24"), "dev", "lan"])?;
            ip(&["-n", &client, "route", "add", "default", "via", &format!("{inner}.1")])?;
            run(Command::new("ip").args([
                "netns",
                "exec",
                &nat,
                "sh",
                "-c",
                "echo 1 >/proc/sys/net/ipv4/ip_forward",
            ]))?;
        }
        for side in 0..2 {
            let (inner, public) = (format!("10.0.{side}.0/24"), format!("198.51.100.1{side}"));
            for from in [&servers, &name(&format!("nat{}", 1 - side))] {
                ip(&["-n", from, "route", "add", &inner, "via", &public])?;
            }
        }
        Ok(network)
    }

    /// A program beside the servers.
    pub(super) fn server(&self, program: impl AsRef<OsStr>) -> Command {
        self.exec("srv", program.as_ref())
    }

    /// The namespace of somebody's browser.
    pub(super) fn home(&self, side: usize) -> String {
        format!("{}-cli{side}", self.prefix)
    }

    /// Exchanges somebody's router.
    pub(super) fn route(&self, side: usize, router: Router) -> Result<()> {
        nft(&format!("{}-nat{}", self.prefix, side), &router.ruleset())
    }

    fn exec(&self, end: &str, program: &OsStr) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &format!("{}-{end}", self.prefix)]).arg(program);
        command
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for end in ["hub", "srv", "nat0", "cli0", "nat1", "cli1"] {
            drop(ip(&["netns", "del", &format!("{}-{end}", self.prefix)]));
        }
    }
}

fn cable((one, its): (&str, &str), (other, others): (&str, &str)) -> Result<()> {
    ip(&["link", "add", its, "netns", one, "type", "veth", "peer", "name", others, "netns", other])?;
    ip(&["-n", one, "link", "set", its, "up"])?;
    ip(&["-n", other, "link", "set", others, "up"])
}

fn ip(arguments: &[&str]) -> Result<()> {
    run(Command::new("ip").args(arguments))
}

fn nft(namespace: &str, rules: &str) -> Result<()> {
    let mut command = Command::new("ip");
    command.args(["netns", "exec", namespace, "nft", "-f", "-"]);
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().context("ip")?;
    child.stdin.take().context("no input")?.write_all(rules.as_bytes())?;
    let done = child.wait_with_output()?;
    if !done.status.success() {
        bail!("{}", String::from_utf8_lossy(&done.stderr).trim());
    }
    Ok(())
}

fn run(command: &mut Command) -> Result<()> {
    let done = command.output().with_context(|| format!("{command:?}"))?;
    if !done.status.success() {
        bail!("{command:?}: {}", String::from_utf8_lossy(&done.stderr).trim());
    }
    Ok(())
}
