//! Which database the servers of a test use, and how many servers there are. Owns the bus that all nodes share.

use crate::{folder::Folder, test_server::TestServer};
use call_server::{clock::Clock, config::Config};
use kit_services::nats::Nats;
use std::sync::{Arc, LazyLock};

/// The variable that chooses the world of a run; without it, SQLite.
pub const VARIABLE: &str = "TEST_WORLD";

static NATS: LazyLock<Nats> = LazyLock::new(Nats::start);

static OF_THIS_RUN: LazyLock<World> = LazyLock::new(|| {
    let chosen = std::env::var(VARIABLE).unwrap_or_default();
    World::named(&chosen).unwrap_or_else(|| panic!("{VARIABLE} is `{chosen}`, not sqlite, postgres or nodes"))
});

/// The database and number of servers of a test. A test that is meant for one world names it; all others run in
/// the world of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    /// One server on an SQLite file.
    Sqlite,
    /// One server with a schema of its own in PostgreSQL.
    Postgres,
    /// Two servers with one schema in PostgreSQL, connected by a real NATS; every second person uses the second
    /// one.
    Nodes,
}

impl World {
    /// The world that the environment chooses.
    pub fn of_this_run() -> Self {
        *OF_THIS_RUN
    }

    fn named(name: &str) -> Option<Self> {
        match name {
            "" | "sqlite" => Some(Self::Sqlite),
            "postgres" => Some(Self::Postgres),
            "nodes" => Some(Self::Nodes),
            _ => None,
        }
    }

    /// A folder and a database for servers of this world.
    pub fn folder(self) -> Folder {
        Folder::of(self)
    }

    /// A server without people; in the world of nodes, two servers.
    pub async fn server(self) -> TestServer {
        self.server_with(|_| ()).await
    }

    /// A server configured for a test.
    pub async fn server_with(self, configure: impl FnOnce(&mut Config)) -> TestServer {
        TestServer::at(Arc::new(self.folder()), Clock::manual(), configure).await
    }

    /// The bus that the nodes of all tests share; nodes ignore notices about people they do not know.
    pub(crate) fn bus(self) -> Option<String> {
        (self == Self::Nodes).then(|| NATS.url())
    }
}
