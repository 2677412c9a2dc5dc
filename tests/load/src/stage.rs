//! What a measurement works with: the programs, a folder, databases with people, our server and those it is compared with.
//! Owns everything that is started and made, and ends and removes it.

use crate::{
    database::Database,
    machine::{LOAD_CORE, Machine, SERVER_CORE, pinned},
    orders::Dialect,
    process::Running,
};
use anyhow::{Context, Result};
use kit_services::postgres::Cluster;
use std::{
    cell::{Cell, OnceCell},
    env, fs,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::Duration,
};

/// People in every database.
const PEOPLE: u32 = 18_000;
/// Multiplies the server's limits: they are counted as ever, and no load reaches them.
const RATE_FACTOR: &str = "100000";
const SECRET: &str = "the key of tokens of this measurement alone";

/// The stage of all measurements.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) machine: Machine,
    /// Whether small numbers will do.
    pub(crate) quick: bool,
    folder: PathBuf,
    cluster: OnceCell<Cluster>,
    template: OnceCell<PathBuf>,
    template_url: OnceCell<String>,
    made: Cell<u32>,
}

impl Drop for Stage {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A server that is measured beside ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rival {
    PeerServer,
    SocketIo,
    Ws,
    Fastify,
}

impl Rival {
    /// What it is called.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::PeerServer => "PeerServer",
            Self::SocketIo => "socket.io",
            Self::Ws => "ws",
            Self::Fastify => "Fastify",
        }
    }

    /// The language that it speaks.
    pub(crate) fn dialect(self) -> Dialect {
        match self {
            Self::PeerServer => Dialect::PeerServer,
            Self::SocketIo => Dialect::SocketIo,
            Self::Ws => Dialect::Echo,
            Self::Fastify => Dialect::Calls,
        }
    }

    fn program(self) -> &'static str {
        match self {
            Self::PeerServer => "peerserver.mjs",
            Self::SocketIo => "socketio.mjs",
            Self::Ws => "ws.mjs",
            Self::Fastify => "fastify.mjs",
        }
    }
}

impl Stage {
    /// A stage with a folder of its own.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub(crate) fn new(machine: Machine, quick: bool) -> Result<Self> {
        let folder = env::temp_dir().join(format!("calls-bench-{}", std::process::id()));
        fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        Ok(Self {
            machine,
            quick,
            folder,
            cluster: OnceCell::new(),
            template: OnceCell::new(),
            template_url: OnceCell::new(),
            made: Cell::new(0),
        })
    }

    /// The full number, or the small one when that will do.
    pub(crate) fn pick(&self, full: u32, small: u32) -> u32 {
        if self.quick { small } else { full }
    }

    /// The key of the tokens.
    pub(crate) fn secret(&self) -> &'static str {
        SECRET
    }

    /// Where a program's errors go.
    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.log"))
    }

    /// Starts our server on a free port.
    ///
    /// # Errors
    /// When it does not start.
    pub(crate) fn server(&self, database: &Database, more: &[String]) -> Result<(Running, SocketAddr)> {
        self.server_at(SocketAddr::from(([127, 0, 0, 1], 0)), database, more)
    }

    /// Starts our server on a free port, with so many files that it may open, connections included.
    ///
    /// # Errors
    /// When it does not start.
    pub(crate) fn server_with_files(
        &self,
        files: u32,
        database: &Database,
        more: &[String],
    ) -> Result<(Running, SocketAddr)> {
        let mut command = pinned(SERVER_CORE, Path::new("sh"));
        let limited = format!("ulimit -n {files} && exec \"$0\" \"$@\"");
        command.args(["-c", &limited]).arg(&self.machine.server);
        self.serving(command, SocketAddr::from(([127, 0, 0, 1], 0)), database, more)
    }

    /// Starts our server on a free port, with an allocator that returns free memory to the system at once: what is resident
    /// is then what the server holds, and not what the allocator keeps for later.
    ///
    /// # Errors
    /// When it does not start.
    pub(crate) fn server_without_free_memory(
        &self,
        database: &Database,
        more: &[String],
    ) -> Result<(Running, SocketAddr)> {
        let mut command = pinned(SERVER_CORE, &self.machine.server);
        command.env("MIMALLOC_PURGE_DELAY", "0");
        // Nor huge pages: the kernel joins pages of which a part was given back to 2 MiB that count as used, some twenty
        // minutes after the start.
        command.env("MIMALLOC_ALLOW_THP", "0");
        self.serving(command, SocketAddr::from(([127, 0, 0, 1], 0)), database, more)
    }

    /// Starts our server at an address.
    ///
    /// # Errors
    /// When it does not start.
    pub(crate) fn server_at(
        &self,
        address: SocketAddr,
        database: &Database,
        more: &[String],
    ) -> Result<(Running, SocketAddr)> {
        self.serving(pinned(SERVER_CORE, &self.machine.server), address, database, more)
    }

    fn serving(
        &self,
        mut command: Command,
        address: SocketAddr,
        database: &Database,
        more: &[String],
    ) -> Result<(Running, SocketAddr)> {
        command.args(["--listen", &address.to_string(), "--no-ice-servers", "--log", "warn"]);
        if !more.iter().any(|flag| flag == "--rate-factor") {
            command.args(["--rate-factor", RATE_FACTOR]);
        }
        command.args(database.arguments()).args(more);
        // What the caller's environment says about servers is not meant for this one.
        for (name, _) in env::vars_os() {
            let name_text = name.to_string_lossy();
            if name_text.starts_with("CALLS_") || name_text == "DATABASE_URL" || name_text == "NATS_URL" {
                command.env_remove(&name);
            }
        }
        // Secrets are no flags.
        command.env("CALLS_JWT_SECRET", SECRET);
        self.listening(command, "call-server")
    }

    /// Starts one of the others; only Fastify has a database.
    ///
    /// # Errors
    /// When it does not start.
    pub(crate) fn rival(&self, rival: Rival, database: Option<&Database>) -> Result<(Running, SocketAddr)> {
        let mut command = pinned(SERVER_CORE, &self.machine.node);
        command.arg(self.machine.peers.join(rival.program())).current_dir(&self.machine.peers);
        command.env("NODE_ENV", "production").env("JWT_SECRET", SECRET);
        if let Some(Database::Url(url)) = database {
            command.env("DATABASE_URL", url);
        }
        self.listening(command, rival.name())
    }

    /// Starts NATS, which carries frames between nodes; its address as a server is told it.
    ///
    /// # Errors
    /// When it does not start.
    pub(crate) fn nats(&self, program: &Path) -> Result<(Running, String)> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = pinned(LOAD_CORE, program);
        command.args(["--addr", "127.0.0.1", "--port", &port.to_string()]);
        let running = Running::start(command, &self.log("nats"))?;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        for _ in 0..100 {
            if std::net::TcpStream::connect(address).is_ok() {
                return Ok((running, format!("nats://{address}")));
            }
            thread::sleep(Duration::from_millis(100));
        }
        anyhow::bail!("nats-server did not start")
    }

    /// Whether our server knows a flag.
    pub(crate) fn server_knows(&self, flag: &str) -> bool {
        let help = Command::new(&self.machine.server).arg("--help").output();
        help.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(flag))
    }

    /// A fresh SQLite file with everybody in it.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn sqlite(&self) -> Result<Database> {
        if self.template.get().is_none() {
            let file = self.folder.join("template.sqlite");
            self.fill(&Database::File(file.clone()))?;
            self.template.get_or_init(|| file);
        }
        let template = self.template.get().context("it was made above")?;
        let file = self.folder.join(format!("{}.sqlite", self.number()));
        fs::copy(template, &file)?;
        Ok(Database::File(file))
    }

    /// A fresh PostgreSQL database with everybody in it.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn postgres(&self) -> Result<Database> {
        if self.cluster.get().is_none() {
            // It waits for the disk, as a database does that loses nothing.
            let cluster = Cluster::with(&format!("taskset -c {LOAD_CORE}"), &["max_connections=200"])?;
            self.cluster.get_or_init(|| cluster);
        }
        let cluster = self.cluster.get().context("it was started above")?;
        let operator = Database::Url(cluster.url().to_owned());
        if self.template_url.get().is_none() {
            operator.run(&["CREATE DATABASE template".to_owned()])?;
            self.fill(&Database::Url(cluster.url_of("template")))?;
            self.template_url.get_or_init(|| cluster.url_of("template"));
        }
        let name = format!("calls{}", self.number());
        operator.run(&[format!("CREATE DATABASE {name} TEMPLATE template")])?;
        Ok(Database::Url(cluster.url_of(&name)))
    }

    /// Lets our server make the schema, then writes everybody into it.
    fn fill(&self, database: &Database) -> Result<()> {
        self.server(database, &[])?.0.stop()?;
        database.add_people(PEOPLE)
    }

    fn listening(&self, command: Command, name: &str) -> Result<(Running, SocketAddr)> {
        let mut running = Running::start(command, &self.log(name))?;
        let address = running.address().with_context(|| format!("{name} did not start"))?;
        Ok((running, address))
    }

    fn number(&self) -> u32 {
        self.made.set(self.made.get() + 1);
        self.made.get()
    }
}
