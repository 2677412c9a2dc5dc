//! PostgreSQL clusters for tests and measurements: run by an unprivileged user, reachable only through a socket
//! in their folder, and removed when the process that started them ends, however that happens. All tests of a
//! process share one, which starts when it is first needed; a test that stops its cluster starts one of its
//! own.

use std::{
    fs,
    io::{self, BufRead, BufReader, Write},
    os::unix::{fs::MetadataExt, process::CommandExt},
    path::PathBuf,
    process::{Child, ChildStdout, Command, Stdio},
    sync::LazyLock,
};

/// Creates a cluster, prints its folder, obeys `stop` and `start` on its standard input, and removes the
/// cluster when that input ends. Arguments: the folder of PostgreSQL's programs, the folder in which to create
/// the cluster, a prefix for the server's command, and its settings.
const SCRIPT: &str = r#"
set -e
# Ctrl-C reaches the whole process group; this shell must live long enough to remove the cluster.
trap '' INT TERM HUP
bin=$1
dir=$(mktemp -d "$2/calls-postgres.XXXXXX")
before=$3
shift 3
trap 'rm -rf "$dir"' EXIT
"$bin/initdb" -D "$dir/data" -U calls -A trust -E UTF8 --locale=C --no-sync >"$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 1; }
start() {
  # Several words, or none.
  $before "$bin/postgres" -D "$dir/data" -k "$dir" -c listen_addresses= "$@" >"$dir/log" 2>&1 &
  server=$!
  tries=0
  until "$bin/pg_isready" -q -h "$dir" -U calls -d postgres; do
    tries=$((tries + 1))
    kill -0 $server && [ $tries -lt 600 ] || { cat "$dir/log" >&2; exit 1; }
    sleep 0.1
  done
}
start "$@"
echo "$dir"
while read -r word; do
  case $word in
    stop) kill -INT $server; wait $server || true ;;
    start) start "$@" ;;
  esac
  echo "$word"
done
kill -QUIT $server
wait
"#;

const PROGRAMS: [&str; 3] = ["initdb", "postgres", "pg_isready"];

/// The settings for tests: a time zone that is not UTC, to find code that depends on it, and no waiting for the
/// disk.
const HASTY: [&str; 5] = [
    "max_connections=400",
    "timezone=Asia/Kathmandu",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
];

/// A running cluster.
#[derive(Debug)]
pub struct Cluster {
    folder: String,
    url: String,
    /// Its guard removes the cluster when its standard input ends; dropping this ends the guard.
    shell: Child,
    said: BufReader<ChildStdout>,
}

static CLUSTER: LazyLock<Cluster> = LazyLock::new(Cluster::new);

impl Cluster {
    /// A cluster for one test.
    #[expect(clippy::new_without_default, reason = "it starts a program")]
    pub fn new() -> Self {
        Self::with("", &HASTY).unwrap()
    }

    /// A cluster with these settings and PostgreSQL's defaults otherwise; `before` is a prefix for the server's
    /// command, such as `nice -n 5`.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not start.
    pub fn with(before: &str, settings: &[&str]) -> io::Result<Self> {
        let missing = "PostgreSQL is not on this machine (Debian: apt-get install postgresql)";
        let programs = programs().ok_or_else(|| io::Error::other(missing))?;
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT, "sh"]).arg(programs).arg(std::env::temp_dir()).arg(before);
        command.args(settings.iter().flat_map(|setting| ["-c", setting]));
        command.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped());
        // PostgreSQL refuses to run as root.
        if fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0) {
            let nobody = "there is no user postgres or nobody to run PostgreSQL";
            let (user, group) = unprivileged().ok_or_else(|| io::Error::other(nobody))?;
            command.uid(user).gid(group);
        }
        let mut shell = command.spawn()?;
        let said = BufReader::new(shell.stdout.take().unwrap());
        let mut cluster = Self { folder: String::new(), url: String::new(), shell, said };
        cluster.folder = cluster.hear();
        if cluster.folder.is_empty() {
            return Err(io::Error::other("PostgreSQL did not start"));
        }
        cluster.url = cluster.url_of("postgres");
        Ok(cluster)
    }

    /// The address of a database in it, for its owner.
    pub fn url_of(&self, database: &str) -> String {
        format!("postgres://calls@localhost/{database}?host={}", self.folder)
    }

    /// The address of its first database, for its owner.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stops it, and with it every connection.
    pub fn stop(&mut self) {
        self.tell("stop");
    }

    /// Starts it again.
    pub fn start(&mut self) {
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

/// The address of the cluster that the tests of this process share, for its owner.
pub fn url() -> &'static str {
    &CLUSTER.url
}

/// The folder of PostgreSQL's programs. Debian installs each version in a folder that is not on PATH.
pub fn programs() -> Option<PathBuf> {
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
