//! Two people behind networks of their own: network namespaces with a router between them and the server, whose paths
//! the kernel cuts. Needs root. Carries this machine's own traffic only; everything goes with the value.
//!
//! ```text
//! clara  two ways out (10.201.1.0/24, 10.201.2.0/24) ─┐
//! dario  one way out  (10.201.3.0/24) ────────────────┴─ router ── 10.201.0.0/24 ── the server
//! ```

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{self, Command};

use anyhow::{Context, Result, bail};

/// Where the server listens.
pub const SERVER: &str = "10.201.0.1";
const ROUTER: &str = "10.201.0.2";

/// Who has a network of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Has two ways out; what is cut is hers.
    Clara,
    /// Has one.
    Dario,
}

/// A program that runs a browser somewhere else, and what it has to be told there.
#[derive(Clone, Debug)]
pub struct Place {
    pub(crate) program: PathBuf,
    pub(crate) flags: Vec<String>,
}

/// The networks.
#[derive(Debug)]
pub struct Lab {
    number: u32,
    /// The last part of Clara's address on the first way.
    address: u8,
}

impl Lab {
    /// Why this machine cannot have such networks; nothing if it can.
    pub fn missing() -> Option<String> {
        let name = format!("calls-try-{}", process::id());
        let tried = ip(&format!("netns add {name}"));
        let _removed = ip(&format!("netns del {name}"));
        tried.err().map(|error| format!("network namespaces cannot be had here (they need root): {error:#}"))
    }

    /// Lays the networks out.
    ///
    /// # Errors
    /// What the kernel refuses.
    pub fn lay_out() -> Result<Self> {
        let lab = Self { number: process::id(), address: 2 };
        for name in ["router", "clara", "dario"] {
            ip(&format!("netns add {}", lab.space(name)))?;
            lab.inside(name, "link set lo up")?;
        }
        let router = lab.space("router");
        ip(&format!("netns exec {router} sysctl -qw net.ipv4.ip_forward=1"))?;
        ip(&format!("link add calls-cuts type veth peer name s0 netns {router}"))?;
        ip(&format!("addr add {SERVER}/24 dev calls-cuts"))?;
        ip("link set calls-cuts up")?;
        ip(&format!("route add 10.201.0.0/16 via {ROUTER}"))?;
        lab.inside("router", &format!("addr add {ROUTER}/24 dev s0"))?;
        lab.inside("router", "link set s0 up")?;
        for (name, way, net) in [("clara", "a0", 1), ("clara", "a1", 2), ("dario", "b0", 3)] {
            let space = lab.space(name);
            ip(&format!("link add {way} netns {space} type veth peer name r{net} netns {router}"))?;
            lab.inside("router", &format!("addr add 10.201.{net}.1/24 dev r{net}"))?;
            lab.inside("router", &format!("link set r{net} up"))?;
            lab.inside(name, &format!("addr add 10.201.{net}.2/24 dev {way}"))?;
            if way != "a1" {
                lab.bring_up(name, way, net)?;
            }
        }
        Ok(lab)
    }

    /// Where a person's browser runs; the page of the server's origin may use camera and microphone there.
    ///
    /// # Errors
    /// If the file that starts it cannot be written.
    pub fn place(&self, side: Side, browser: &Path, origin: &str, folder: &Path) -> Result<Place> {
        let space = self.space(match side {
            Side::Clara => "clara",
            Side::Dario => "dario",
        });
        let program = folder.join(&space);
        let script = format!("#!/bin/sh\nexec ip netns exec {space} {} \"$@\"\n", browser.display());
        fs::write(&program, script)?;
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
        let secure = format!("--unsafely-treat-insecure-origin-as-secure={origin}");
        // Its driver cannot reach a port in there.
        Ok(Place { program, flags: vec![secure, "--remote-debugging-pipe".to_owned()] })
    }

    /// Clara's address on her first way is gone, and she has another one there.
    ///
    /// # Errors
    /// What the kernel refuses, here and below.
    pub fn change_address(&mut self) -> Result<()> {
        self.inside("clara", "addr flush dev a0")?;
        self.address += 1;
        self.inside("clara", &format!("addr add 10.201.1.{}/24 dev a0", self.address))?;
        self.inside("clara", "route replace default via 10.201.1.1 metric 101")
    }

    /// One of Clara's ways is up.
    pub fn connect(&self, way: u8) -> Result<()> {
        self.bring_up("clara", &format!("a{way}"), way + 1)
    }

    /// One of Clara's ways is down.
    pub fn disconnect(&self, way: u8) -> Result<()> {
        self.inside("clara", &format!("link set a{way} down"))
    }

    /// The router forgets every flow that Clara has: what she has open leads nowhere any more, in silence; what she
    /// opens from now on works.
    pub fn forget_flows(&self) -> Result<()> {
        for protocol in ["udp", "tcp"] {
            let table = Command::new("ip")
                .args(["netns", "exec", &self.space("clara"), "cat", &format!("/proc/net/{protocol}")])
                .output()?;
            for port in local_ports(&String::from_utf8_lossy(&table.stdout)) {
                for flow in ["from 10.201.1.0/24", "to 10.201.1.0/24"] {
                    let end = if flow.starts_with("from") { "sport" } else { "dport" };
                    let rule = format!("rule add {flow} ipproto {protocol} {end} {port} blackhole");
                    self.inside("router", &rule)?;
                }
            }
        }
        Ok(())
    }

    /// The router lets no UDP through.
    pub fn block_udp(&self) -> Result<()> {
        self.inside("router", "rule add ipproto udp blackhole")
    }

    /// The router lets UDP through again.
    pub fn let_udp_through(&self) -> Result<()> {
        self.inside("router", "rule del ipproto udp blackhole")
    }

    fn bring_up(&self, name: &str, way: &str, net: u8) -> Result<()> {
        self.inside(name, &format!("link set {way} up"))?;
        let metric = 100 + u32::from(net);
        self.inside(name, &format!("route replace default via 10.201.{net}.1 metric {metric}"))
    }

    fn space(&self, name: &str) -> String {
        format!("calls-{name}-{}", self.number)
    }

    fn inside(&self, name: &str, order: &str) -> Result<()> {
        ip(&format!("-n {} {order}", self.space(name)))
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let _link = ip("link del calls-cuts");
        for name in ["clara", "dario", "router"] {
            let _space = ip(&format!("netns del {}", self.space(name)));
        }
    }
}

fn ip(order: &str) -> Result<()> {
    let done = Command::new("ip").args(order.split(' ')).output().context("the program `ip` (iproute2)")?;
    if !done.status.success() {
        bail!("`ip {order}`: {}", String::from_utf8_lossy(&done.stderr).trim());
    }
    Ok(())
}

/// The local ports in a table of `/proc/net`.
fn local_ports(table: &str) -> Vec<u16> {
    let port = |line: &str| {
        let local = line.split_whitespace().nth(1)?;
        u16::from_str_radix(local.split_once(':')?.1, 16).ok()
    };
    let mut ports: Vec<u16> = table.lines().skip(1).filter_map(port).collect();
    ports.sort_unstable();
    ports.dedup();
    ports
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ports_of_open_flows_are_read() {
        let table = "  sl  local_address rem_address   st\n   1: 0201C90A:A1B2 00000000:0000 07\n   \
                     2: 0201C90A:A1B2 0301C90A:0035 01\n   3: 0100007F:0035 00000000:0000 07\n";
        assert_eq!(local_ports(table), [0x35, 0xa1b2]);
    }
}
