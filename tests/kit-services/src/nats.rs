//! A NATS server for one test, or for all tests of a process. It can be killed, paused and restarted, and ends
//! with the process that started it, however that ends.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    net::{TcpListener, TcpStream},
    ops::Range,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

/// Starts the server, prints its process id, and kills it when its standard input ends, which happens when the
/// process that started it is gone.
const SCRIPT: &str = r#"
# Ctrl-C reaches the whole process group; this shell must live long enough to end the server.
trap '' INT TERM HUP
PATH="$PATH:/usr/sbin"
nats-server -a 127.0.0.1 "$@" >/dev/null 2>&1 &
echo $!
cat >/dev/null
kill -KILL $! 2>/dev/null
"#;

/// Ports below the range of outgoing connections, so that no other program takes one while its server is down.
const PORTS: Range<u16> = 21_000..31_000;

/// How long a server may take to start listening.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running server.
pub struct Nats {
    port: Port,
    more: Vec<String>,
    process: u32,
    _shell: Child,
}

impl Nats {
    /// A server on a free port.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// A server with additional arguments.
    pub fn start_with(more: &[&str]) -> Self {
        Self::at(Port::free(), more.iter().map(|word| (*word).to_owned()).collect())
    }

    fn at(port: Port, more: Vec<String>) -> Self {
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT, "sh", "-p", &port.number.to_string()])
            .args(&more)
            // As in deploy/compose.yaml.
            .env("NATS_PASSWORD", "'0123abc'")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut process = String::new();
        BufReader::new(shell.stdout.take().unwrap()).read_line(&mut process).unwrap();
        let process =
            process.trim().parse().expect("nats-server is installed (Debian: apt-get install nats-server)");
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port.number)).is_err() {
            assert!(begun.elapsed() < PATIENCE, "nats-server does not listen: is it installed?");
            sleep(Duration::from_millis(20));
        }
        Self { port, more, process, _shell: shell }
    }

    /// Its address.
    pub fn url(&self) -> String {
        self.url_of("")
    }

    /// Its address with credentials, such as `name:password@`.
    pub fn url_of(&self, who: &str) -> String {
        format!("nats://{who}127.0.0.1:{}", self.port.number)
    }

    /// Kills it with SIGKILL; it can be restarted on the same port.
    pub fn kill(self) -> Dead {
        self.signal("KILL");
        Dead(self.port, self.more)
    }

    /// Suspends it with SIGSTOP: connections stay open, but nothing is answered.
    pub fn pause(&self) {
        self.signal("STOP");
    }

    /// Resumes it with SIGCONT.
    pub fn resume(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let kill = Command::new("kill").args([&format!("-{name}"), &self.process.to_string()]).status();
        assert!(kill.unwrap().success());
    }
}

/// The address of a server that was killed.
pub struct Dead(Port, Vec<String>);

impl Dead {
    /// Restarts it on the same port.
    pub fn start(self) -> Nats {
        Nats::at(self.0, self.1)
    }
}

/// A port that stays reserved while its server is down.
struct Port {
    number: u16,
    /// A lock on this file reserves the port, for other processes too.
    _held: File,
}

impl Port {
    fn free() -> Self {
        let first = std::process::id() % u32::from(PORTS.end - PORTS.start);
        let from = PORTS.start + u16::try_from(first).unwrap_or(0);
        for number in (from..PORTS.end).chain(PORTS.start..from) {
            let held = File::create(std::env::temp_dir().join(format!("calls-nats-{number}.lock"))).unwrap();
            if held.try_lock().is_ok() && TcpListener::bind(("127.0.0.1", number)).is_ok() {
                return Self { number, _held: held };
            }
        }
        panic!("no port is free");
    }
}
