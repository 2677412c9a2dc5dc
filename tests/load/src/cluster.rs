//! A PostgreSQL cluster of this measurement's own, with the settings that PostgreSQL ships (it waits for the disk):
//! run by a user without rights, reachable through a socket in its folder only, and gone with this process.

use crate::machine::LOAD_CORE;
use anyhow::{Context, Result, bail};
use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::{fs::MetadataExt, process::CommandExt},
    path::Path,
    process::{Child, Command, Stdio},
};

/// Makes a cluster, says where it is, and takes it down when nobody holds the other end of its input any more.
const SCRIPT: &str = r#"
set -e
# Whoever ends all of us at once must not end us before we have taken it down.
trap '' INT TERM HUP
bin=$1
dir=$(mktemp -d "$2/calls-postgres.XXXXXX")
trap 'rm -rf "$dir"' EXIT
"$bin/initdb" -D "$dir/data" -U calls -A trust -E UTF8 --locale=C --no-sync >"$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 1; }
taskset -c "$3" "$bin/postgres" -D "$dir/data" -k "$dir" -c listen_addresses= -c max_connections=200 >"$dir/log" 2>&1 &
tries=0
until "$bin/pg_isready" -q -h "$dir" -U calls -d postgres; do
  tries=$((tries + 1))
  kill -0 $! && [ $tries -lt 600 ] || { cat "$dir/log" >&2; exit 1; }
  sleep 0.1
done
echo "$dir"
cat >/dev/null
kill -QUIT $!
wait
"#;

/// A running cluster.
#[derive(Debug)]
pub(crate) struct Cluster {
    folder: String,
    shell: Child,
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        // Until its folder is gone.
        let _ = self.shell.wait();
    }
}

impl Cluster {
    /// Starts one with the programs in this folder.
    ///
    /// # Errors
    /// When it does not start.
    pub(crate) fn start(programs: &Path) -> Result<Self> {
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT, "sh"]).arg(programs).arg(std::env::temp_dir()).arg(LOAD_CORE.to_string());
        command.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped());
        // PostgreSQL refuses to run as root.
        if fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0) {
            let (user, group) =
                unprivileged().context("there is no user postgres or nobody to run PostgreSQL")?;
            command.uid(user).gid(group);
        }
        let mut shell = command.spawn()?;
        let mut folder = String::new();
        BufReader::new(shell.stdout.take().context("its output was piped")?).read_line(&mut folder)?;
        if folder.is_empty() {
            bail!("PostgreSQL did not start");
        }
        Ok(Self { folder: folder.trim_end().to_owned(), shell })
    }

    /// The address of a database in it.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://calls@localhost/{database}?host={}", self.folder)
    }
}

fn unprivileged() -> Option<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd").ok()?;
    ["postgres", "nobody"].into_iter().find_map(|name| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    })
}
