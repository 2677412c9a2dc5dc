//! The errors of the database and what they mean: unreachable for a while, full, or broken; and their rate-limited log.
//! Never decides what becomes of a request: the caller does.

use crate::clock::{Clock, Tick};
use sqlx::{
    error::DatabaseError,
    postgres::{PgDatabaseError, PgSeverity},
};
use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
    time::Duration,
};

/// The database failed, or holds something that it should not.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or could not be reached.
    #[error("{}", plainly(.0))]
    Database(#[from] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("{}", schema(.0))]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The folder of the database file could not be made.
    #[error("{0}")]
    Folder(#[from] std::io::Error),
    /// The file is another program's or damaged; what tells so.
    #[error("{0}")]
    Unusable(String),
    /// A row holds something that no version of this server wrote.
    #[error("the database holds an unreadable {0}")]
    Unreadable(&'static str),
    /// It does not answer, and it is unknown whether the statement took effect.
    #[error("the database does not answer")]
    Silent,
    /// All connections are in use.
    #[error("all {0} connections to the database are in use, and none became free in time")]
    Crowded(u32),
    /// The room that is left is reserved for the ends of calls.
    #[error("the disk is full")]
    Full,
    /// Tables are not as they were configured, or not ours: one sentence for each mismatch.
    #[error("the tables in the database do not fit:\n- {}", .0.join("\n- "))]
    Mismatches(Vec<String>),
}

fn schema(error: &sqlx::migrate::MigrateError) -> String {
    if let sqlx::migrate::MigrateError::VersionMissing(step) = error {
        return format!(
            "it was made by a newer version of this program, which knows step {step} of its schema"
        );
    }
    cause(error).map_or_else(|| error.to_string(), plainly)
}

/// What the database said to a step of the schema.
fn cause(error: &sqlx::migrate::MigrateError) -> Option<&sqlx::Error> {
    std::error::Error::source(error)?.downcast_ref()
}

fn plainly(error: &sqlx::Error) -> String {
    error.as_database_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
}

/// How a database fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// It cannot be reached, or somebody else holds it; the same may succeed in a moment.
    Unavailable,
    /// It may not grow any more; the same may succeed once there is room.
    Full,
    /// It refuses what this server asks: a defect.
    Broken,
}

/// The pause between two log lines about the same trouble of the same operation.
const PAUSE: Duration = Duration::from_secs(60);
/// The bound of the operations that are told apart; there are fewer.
const PLACES: usize = 64;

impl StoreError {
    /// How the database fails.
    pub fn trouble(&self) -> Trouble {
        match self {
            Self::Database(error) => judge(error),
            Self::Full => Trouble::Full,
            Self::Silent | Self::Crowded(_) => Trouble::Unavailable,
            Self::Migration(_)
            | Self::Folder(_)
            | Self::Unusable(_)
            | Self::Unreadable(_)
            | Self::Mismatches(_) => Trouble::Broken,
        }
    }

    /// What the database itself said, if it said anything.
    fn said(&self) -> Option<&dyn DatabaseError> {
        match self {
            Self::Database(error) => error.as_database_error(),
            Self::Migration(error) => cause(error)?.as_database_error(),
            Self::Folder(_)
            | Self::Unusable(_)
            | Self::Unreadable(_)
            | Self::Silent
            | Self::Crowded(_)
            | Self::Full
            | Self::Mismatches(_) => None,
        }
    }

    /// Whether the operating system forbade it.
    pub fn is_forbidden(&self) -> bool {
        if let Self::Folder(error) = self {
            return error.kind() == std::io::ErrorKind::PermissionDenied;
        }
        // SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_PERM
        self.said().is_some_and(|error| is_of_sqlite(error) && matches!(sqlite_kind(error), Some(3 | 8 | 14)))
    }

    /// What an operator can do when a database cannot be opened because of this.
    pub fn help(&self) -> &'static str {
        const OTHER: &str = "choose another one with --database or --database-url";
        if let Self::Migration(sqlx::migrate::MigrateError::VersionMissing(_)) = self {
            return "start the newer version, or put a copy of before back (docs/upgrading.md, \"Going back\")";
        }
        let Some(error) = self.said() else { return OTHER };
        if is_of_sqlite(error) {
            return match sqlite_kind(error) {
                Some(13) => "make room on its disk",
                Some(10) => "look after its disk: reading or writing failed",
                Some(11 | 26) => {
                    "move it away, with -wal and -shm, and put a copy back with `call-server restore FILE`"
                }
                Some(3 | 8 | 14) => "let the user who runs this program write the file and its folder",
                Some(_) | None => OTHER,
            };
        }
        match error.code().as_deref() {
            Some("42501" | "3F000") => {
                "let the owner of the database grant the right: GRANT CREATE ON SCHEMA public TO the role (since PostgreSQL 15 nobody \
                 has it by default), GRANT CREATE ON DATABASE beside an application's tables, or ALTER DATABASE … OWNER TO the role"
            }
            Some("3D000") => {
                "create it (createdb --owner ROLE NAME), or correct its name in DATABASE_URL (--database-url)"
            }
            Some("28P01" | "28000") => "correct the user and the password in DATABASE_URL (--database-url)",
            Some(_) | None => OTHER,
        }
    }

    /// Whether the database said no, and is there for the next question: what it was asked to do was not done.
    pub(in crate::store) fn is_refusal(&self) -> bool {
        let Self::Database(sqlx::Error::Database(error)) = self else { return false };
        let of_postgres = error.try_downcast_ref::<PgDatabaseError>();
        of_postgres.is_some_and(|error| error.severity() == PgSeverity::Error)
    }

    /// Whether the database answers, but takes nothing: a standby, or a file that may be read only.
    pub fn is_only_readable(&self) -> bool {
        let Self::Database(sqlx::Error::Database(error)) = self else { return false };
        let code = error.code().unwrap_or_default();
        if is_of_sqlite(&**error) {
            code.parse().is_ok_and(|code: u32| code & 0xff == 8)
        } else {
            code == "25006"
        }
    }

    /// Writes to the log what could not be done because of it: for what passes or needs the operator once a minute, since
    /// every request says the same then; a defect every time.
    pub fn log(&self, what: &'static str) {
        let trouble = self.trouble();
        match trouble {
            Trouble::Broken => tracing::error!(error = %self, "{what}"),
            Trouble::Unavailable | Trouble::Full => {
                if let Some(silent) = TOLD.due((what, trouble), CLOCK.tick()) {
                    tracing::error!(error = %self, silent, "{what}: the database is {}", word(trouble));
                }
            }
        }
    }
}

static CLOCK: LazyLock<Clock> = LazyLock::new(Clock::system);
static TOLD: LazyLock<Told> = LazyLock::new(Told::default);

/// The operation that failed, and why.
type Place = (&'static str, Trouble);

/// When each trouble was logged last, and how often it was suppressed since.
#[derive(Debug, Default)]
struct Told(Mutex<HashMap<Place, (Tick, u64)>>);

impl Told {
    /// Whether to log it now; if so, how often it was suppressed since the last time.
    fn due(&self, what: Place, now: Tick) -> Option<u64> {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() > PLACES {
            told.clear();
        }
        match told.get_mut(&what) {
            Some((last, silent)) if now.0.saturating_sub(last.0) < PAUSE => {
                *silent += 1;
                None
            }
            Some((last, silent)) => {
                *last = now;
                Some(std::mem::take(silent))
            }
            None => {
                told.insert(what, (now, 0));
                Some(0)
            }
        }
    }
}

fn word(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::Unavailable => "out of reach",
        Trouble::Full => "full",
        Trouble::Broken => "broken",
    }
}

fn judge(error: &sqlx::Error) -> Trouble {
    let away = matches!(
        error,
        sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
    );
    if away {
        return Trouble::Unavailable;
    }
    let Some(error) = error.as_database_error() else { return Trouble::Broken };
    error.code().map_or(Trouble::Broken, |code| {
        if is_of_sqlite(error) { code.parse().map_or(Trouble::Broken, of_sqlite) } else { of_postgres(&code) }
    })
}

fn is_of_sqlite(error: &dyn DatabaseError) -> bool {
    error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some()
}

/// The kind of a result code of SQLite's.
fn sqlite_kind(error: &dyn DatabaseError) -> Option<u32> {
    error.code()?.parse().ok().map(|code: u32| code & 0xff)
}

/// By the result codes of SQLite (sqlite.org/rescode.html); the low byte is the kind.
fn of_sqlite(code: u32) -> Trouble {
    match code & 0xff {
        13 => Trouble::Full,
        // Busy, locked, out of memory, only readable, interrupted, a failing disk, a file that cannot be opened, a protocol
        // of locks.
        5 | 6 | 7 | 8 | 9 | 10 | 14 | 15 => Trouble::Unavailable,
        _ => Trouble::Broken,
    }
}

/// By the error codes of PostgreSQL (appendix A of its manual).
fn of_postgres(code: &str) -> Trouble {
    match code {
        "53100" => Trouble::Full,
        // A server that stops, starts, stands by or recovers; a deadlock, a lost race, a statement or a transaction that
        // took too long.
        "57P01" | "57P02" | "57P03" | "57P05" | "57014" | "25006" | "25P03" | "40001" | "40P01" | "55P03" => {
            Trouble::Unavailable
        }
        // Connections, resources, the operating system.
        _ if ["08", "53", "58"].iter().any(|class| code.starts_with(class)) => Trouble::Unavailable,
        _ => Trouble::Broken,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_a_lost_and_a_broken_database_are_told_apart() {
        let kinds = |codes: &[u32]| codes.iter().map(|code| of_sqlite(*code)).collect::<Vec<_>>();
        assert_eq!(kinds(&[5, 261, 517, 6, 778, 8, 14]), [Trouble::Unavailable; 7]);
        assert_eq!(kinds(&[13, 1, 1555]), [Trouble::Full, Trouble::Broken, Trouble::Broken]);
        for code in ["57P01", "08006", "53300", "40P01"] {
            assert_eq!(of_postgres(code), Trouble::Unavailable, "{code}");
        }
        assert_eq!(of_postgres("53100"), Trouble::Full);
        assert_eq!(of_postgres("42P01"), Trouble::Broken);
        assert_eq!(judge(&sqlx::Error::PoolTimedOut), Trouble::Unavailable);
        assert_eq!(judge(&sqlx::Error::RowNotFound), Trouble::Broken);
    }

    #[test]
    fn a_thousand_requests_that_fail_alike_are_one_line_a_minute() {
        let told = Told::default();
        let at = |seconds| Tick(Duration::from_secs(seconds));
        let lines: Vec<u64> = (0..1_000).filter_map(|_| told.due(("one", Trouble::Full), at(0))).collect();
        assert_eq!(lines, [0]);
        assert_eq!(told.due(("one", Trouble::Unavailable), at(1)), Some(0), "another cause");
        assert_eq!(told.due(("two", Trouble::Full), at(1)), Some(0), "another place");
        assert_eq!(told.due(("one", Trouble::Full), at(60)), Some(999));
        assert_eq!(told.due(("one", Trouble::Full), at(61)), None);
    }
}
