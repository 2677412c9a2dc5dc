//! A NATS server of a test's own, which can be killed, paused and started again; gone with the process, however that ends.

use std::{
    io::{BufRead, BufReader},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

/// Starts the server, says its process id, and kills it when nobody holds the other end of its input any more.
const SCRIPT: &str = r#"
# Whoever ends all of us at once must not end us before we have ended the server.
trap '' INT TERM HUP
PATH="$PATH:/usr/sbin"
nats-server -a 127.0.0.1 -p "$1" >/dev/null 2>&1 &
echo $!
cat >/dev/null
kill -KILL $! 2>/dev/null
"#;

/// How long a server may take to listen.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running server.
pub(crate) struct Nats {
    port: u16,
    process: u32,
    _shell: Child,
}

impl Nats {
    /// A server on a free port.
    pub(crate) fn start() -> Self {
        Self::at(TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port())
    }

    fn at(port: u16) -> Self {
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT, "sh", &port.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut process = String::new();
        BufReader::new(shell.stdout.take().unwrap()).read_line(&mut process).unwrap();
        let process = process
            .trim()
            .parse()
            .expect("nats-server is on this machine (Debian: apt-get install nats-server)");
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < PATIENCE, "nats-server does not listen: is it installed?");
            sleep(Duration::from_millis(20));
        }
        Self { port, process, _shell: shell }
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Ends it without a word; it can be started again at the same address.
    pub(crate) fn kill(self) -> Dead {
        self.signal("KILL");
        Dead(self.port)
    }

    /// Lets it stand still.
    pub(crate) fn pause(&self) {
        self.signal("STOP");
    }

    /// Lets it go on.
    pub(crate) fn resume(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let kill = Command::new("kill").args([&format!("-{name}"), &self.process.to_string()]).status();
        assert!(kill.unwrap().success());
    }
}

/// The address of a server that was killed.
pub(crate) struct Dead(u16);

impl Dead {
    pub(crate) fn start(self) -> Nats {
        Nats::at(self.0)
    }
}
