//! A PostgreSQL cluster of these tests' own: made when it is first needed, by a user without rights, reachable through a
//! socket in its folder only, and gone with the process, however that ends.

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::{fs::MetadataExt, process::CommandExt},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::LazyLock,
};

/// Makes a cluster, says where it is, and takes it down when nobody holds the other end of its input any more. Its clock
/// zone is not UTC, and it does not wait for the disk.
const SCRIPT: &str = r#"
set -e
bin=$1
dir=$(mktemp -d "$2/calls-postgres.XXXXXX")
trap 'rm -rf "$dir"' EXIT
"$bin/initdb" -D "$dir/data" -U calls -A trust -E UTF8 --locale=C --no-sync >"$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 1; }
"$bin/postgres" -D "$dir/data" -k "$dir" -c listen_addresses= -c max_connections=400 -c timezone=Asia/Kathmandu \
  -c fsync=off -c synchronous_commit=off -c full_page_writes=off >"$dir/log" 2>&1 &
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

const PROGRAMS: [&str; 3] = ["initdb", "postgres", "pg_isready"];

struct Cluster {
    url: String,
    /// Ends when the input of its shell does, which this holds.
    _shell: Child,
}

static CLUSTER: LazyLock<Cluster> = LazyLock::new(|| {
    let programs = programs().expect("PostgreSQL is on this machine (Debian: apt-get install postgresql)");
    let mut command = Command::new("sh");
    command.args(["-c", SCRIPT, "sh"]).arg(programs).arg(std::env::temp_dir());
    command.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped());
    // PostgreSQL refuses to run as root.
    if fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0) {
        let (user, group) = unprivileged().expect("there is a user postgres or nobody");
        command.uid(user).gid(group);
    }
    let mut child = command.spawn().unwrap();
    let mut folder = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut folder).unwrap();
    assert!(!folder.is_empty(), "PostgreSQL did not start");
    let url = format!("postgres://calls@localhost/postgres?host={}", folder.trim_end());
    Cluster { url, _shell: child }
});

/// Where the cluster is, as its owner.
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
