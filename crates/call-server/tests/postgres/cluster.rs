//! A PostgreSQL cluster of these tests' own: made when it is first needed, by a user without rights, reachable through a
//! socket in its folder only, and gone with the process, however that ends. A test that stops the cluster has one of its
//! own.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::{fs::MetadataExt, process::CommandExt},
    path::PathBuf,
    process::{Child, ChildStdout, Command, Stdio},
    sync::LazyLock,
};

/// Makes a cluster, says where it is, stops and starts it when told, and takes it down when nobody holds the other end of
/// its input any more. Its clock zone is not UTC, and it does not wait for the disk.
const SCRIPT: &str = r#"
set -e
# Whoever ends all of us at once must not end us before we have taken it down.
trap '' INT TERM HUP
bin=$1
dir=$(mktemp -d "$2/calls-postgres.XXXXXX")
trap 'rm -rf "$dir"' EXIT
"$bin/initdb" -D "$dir/data" -U calls -A trust -E UTF8 --locale=C --no-sync >"$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 1; }
start() {
  "$bin/postgres" -D "$dir/data" -k "$dir" -c listen_addresses= -c max_connections=400 -c timezone=Asia/Kathmandu \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off >"$dir/log" 2>&1 &
  server=$!
  tries=0
  until "$bin/pg_isready" -q -h "$dir" -U calls -d postgres; do
    tries=$((tries + 1))
    kill -0 $server && [ $tries -lt 600 ] || { cat "$dir/log" >&2; exit 1; }
    sleep 0.1
  done
}
start
echo "$dir"
while read -r word; do
  case $word in
    stop) kill -INT $server; wait $server || true ;;
    start) start ;;
  esac
  echo "$word"
done
kill -QUIT $server
wait
"#;

const PROGRAMS: [&str; 3] = ["initdb", "postgres", "pg_isready"];

/// A running cluster.
pub(crate) struct Cluster {
    url: String,
    /// Ends when its input does, which this holds.
    shell: Child,
    said: BufReader<ChildStdout>,
}

static CLUSTER: LazyLock<Cluster> = LazyLock::new(Cluster::new);

impl Cluster {
    /// A cluster of a test's own.
    pub(crate) fn new() -> Self {
        let programs =
            programs().expect("PostgreSQL is on this machine (Debian: apt-get install postgresql)");
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT, "sh"]).arg(programs).arg(std::env::temp_dir());
        command.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped());
        // PostgreSQL refuses to run as root.
        if fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0) {
            let (user, group) = unprivileged().expect("there is a user postgres or nobody");
            command.uid(user).gid(group);
        }
        let mut shell = command.spawn().unwrap();
        let said = BufReader::new(shell.stdout.take().unwrap());
        let mut cluster = Self { url: String::new(), shell, said };
        let folder = cluster.hear();
        assert!(!folder.is_empty(), "PostgreSQL did not start");
        cluster.url = format!("postgres://calls@localhost/postgres?host={folder}");
        cluster
    }

    /// Where it is, as its owner.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Stops it, with every connection.
    pub(crate) fn stop(&mut self) {
        self.tell("stop");
    }

    /// Starts it again.
    pub(crate) fn start(&mut self) {
        self.tell("start");
    }

    fn tell(&mut self, word: &str) {
        writeln!(self.shell.stdin.as_mut().unwrap(), "{word}").unwrap();
        assert_eq!(self.hear(), word);
    }

    fn hear(&mut self) -> String {
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

/// Where the cluster of all the other tests is, as its owner.
pub(crate) fn url() -> &'static str {
    &CLUSTER.url
}

/// Debian keeps the programs of each version in a folder of its own, off the path.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let debian = versions.map(|version| version.path().join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let everywhere = debian.chain(std::env::split_paths(&path).collect::<Vec<_>>());
    let complete = |folder: &PathBuf| PROGRAMS.iter().all(|program| folder.join(program).exists());
    everywhere.filter(complete).max()
}

fn unprivileged() -> Option<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd").ok()?;
    ["postgres", "nobody"].into_iter().find_map(|name| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    })
}
