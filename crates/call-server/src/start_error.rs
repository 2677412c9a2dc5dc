//! Why a server could not start, in sentences that say what to do.
//! Never starts one.

use crate::{
    bus::BusError,
    config::Database,
    error::ApiError,
    ownership::{self, InTheWay},
    store::{self, HoldError, StoreError},
    tls::TlsError,
};
use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// Why a server could not start; each message is one sentence for the person who typed the command.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Values that cannot be meant together.
    #[error("{}", .0.join("; "))]
    Contradictions(Vec<String>),
    /// Somebody listens there already.
    #[error("port {} is in use already: stop the other program or choose another port with {}", .0.port(), .1)]
    PortInUse(SocketAddr, &'static str),
    /// The address cannot be listened on.
    #[error("cannot listen on {0}: {1}; choose another address with {2}{help}", help = port_help(.0, .1))]
    Listen(SocketAddr, #[source] io::Error, &'static str),
    /// The certificate cannot be used.
    #[error(transparent)]
    Certificate(#[from] TlsError),
    /// The database's folder cannot be made.
    #[error("cannot make the folder of the database {0}: {1}; choose another file with --database")]
    Folder(Database, #[source] io::Error),
    /// The database cannot be opened.
    #[error("cannot use the database {0}: {1}; {help}", help = .1.help())]
    Database(Database, #[source] StoreError),
    /// It is somebody else's, or what lies beside it.
    #[error(
        "cannot use the database {0}: {path} belongs to {owner}, and {runs} runs this program; run it as {owner}, or give {runs} the \
         file (chown)",
        path = .1.path.display(), owner = .1.owner, runs = .1.runs
    )]
    NotOurs(Database, InTheWay),
    /// Another server serves the same file.
    #[error(
        "cannot serve the database {0}: {1}; stop the other server, or choose another file with --database"
    )]
    Held(Database, #[source] HoldError),
    /// The file cannot be kept from other servers.
    #[error("cannot use the database {0}: {1}; choose another one with --database")]
    Unheld(Database, #[source] HoldError),
    /// The database cannot be reached.
    #[error(
        "cannot use the database {0}: {1}; start it, correct the address (--database-url), or let this machine through to its port"
    )]
    Away(Database, #[source] StoreError),
    /// The bus cannot be used.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// The application's tables are not as configured.
    #[error("{0}")]
    Tables(#[source] StoreError),
    /// The demo accounts could not be made, or shut out.
    #[error("cannot look after the demo accounts: {0}")]
    Demo(#[source] ApiError),
}

/// What helps where a port may not be had.
fn port_help(address: &SocketAddr, error: &io::Error) -> &'static str {
    let kept = address.port() < 1024 && error.kind() == io::ErrorKind::PermissionDenied;
    if kept {
        ", or, for a port below 1024, give the program CAP_NET_BIND_SERVICE (as deploy/call-server.service does)"
    } else {
        ""
    }
}

/// Why a database could not be opened, for the operator.
pub(crate) fn refused(error: StoreError, database: &Database) -> StartError {
    if error.is_forbidden()
        && let Database::File(file) = database
        && let Some(owner) = whose(file)
    {
        return StartError::NotOurs(database.clone(), owner);
    }
    match error {
        StoreError::Folder(error) => StartError::Folder(database.clone(), error),
        StoreError::Mismatches(_) => StartError::Tables(error),
        StoreError::Silent | StoreError::Database(sqlx::Error::Io(_))
            if matches!(database, Database::Url(_)) =>
        {
            StartError::Away(database.clone(), error)
        }
        StoreError::Database(_)
        | StoreError::Migration(_)
        | StoreError::Unusable(_)
        | StoreError::Unreadable(_)
        | StoreError::Silent
        | StoreError::Crowded(_)
        | StoreError::Full => StartError::Database(database.clone(), error),
    }
}

/// Which of the database's files is somebody else's and may not be written.
fn whose(file: &Path) -> Option<InTheWay> {
    let forbidden = |path: &PathBuf| {
        let opened = std::fs::OpenOptions::new().read(true).write(true).open(path);
        opened.is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied)
    };
    let path = store::files(file).into_iter().find(forbidden).or_else(|| file.parent().map(PathBuf::from))?;
    ownership::in_the_way(&path)
}

/// Why a file could not be kept from other servers, for the operator.
pub(crate) fn not_held(error: HoldError, database: &Database) -> StartError {
    if let (HoldError::Folder(why) | HoldError::Lock(why), Database::File(file)) = (&error, database)
        && why.kind() == io::ErrorKind::PermissionDenied
        && let Some(owner) = whose(file)
    {
        return StartError::NotOurs(database.clone(), owner);
    }
    match error {
        HoldError::Folder(error) => StartError::Folder(database.clone(), error),
        HoldError::Held(_) => StartError::Held(database.clone(), error),
        HoldError::Lock(_) => StartError::Unheld(database.clone(), error),
    }
}
