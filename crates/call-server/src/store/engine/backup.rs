//! Copies of the SQLite file, made and put back while a server serves it. Each is one transaction of SQLite's: a copy is the
//! database of one moment, and whoever reads meanwhile sees all of the old or all of the new.
//! Never brings sessions back that were ended since, nor another key for tokens: a copy restores what people wrote, not who
//! may come in.

use crate::store::{
    StoreError,
    engine::{
        database_file::{self, Owner},
        migrator::migrator,
        sqlite::MIGRATIONS,
    },
};
use crate::timestamp;
use call_rules::Moment;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode},
};
use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

/// How long is waited for others who write.
const LOCK_WAIT: Duration = Duration::from_secs(10);
/// The setting that names the copy that was put back last: a running server reads it to notice that.
pub(in crate::store) const RESTORED: &str = "restored";
/// The steps of the schema, which both files have.
const MIGRATED: &str = "_sqlx_migrations";
/// The tables of sessions, which stay as they are when a copy is put back.
const SIGNED_IN: [&str; 2] = ["sessions", "ended_sessions"];
const SETTINGS: &str = "settings";
/// The setting that stays as it is.
const KEPT_SETTING: &str = "jwt_secret";

/// What is in a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content {
    /// Accounts.
    pub people: u64,
    /// Messages.
    pub messages: u64,
    /// Calls.
    pub calls: u64,
}

/// What became of putting a copy back.
#[derive(Clone, Debug)]
pub struct Restored {
    /// What is in the database now.
    pub content: Content,
    /// Where what was in it before is kept; nothing if there was no database.
    pub before: Option<PathBuf>,
}

/// Copies a database into a file that is not there yet. Its schema stays as it is, so that a newer program may copy what an
/// older one serves.
///
/// # Errors
/// When the database is not there or not ours, or the copy cannot be written; no half of one is left.
pub async fn back_up(database: &Path, copy: &Path) -> Result<Content, StoreError> {
    if !is_there(database)? {
        return Err(missing("there is no such database"));
    }
    if copy.exists() {
        return Err(StoreError::Folder(io::Error::new(
            io::ErrorKind::AlreadyExists,
            format!("{} is there already: name a file that is not", copy.display()),
        )));
    }
    match database_file::owner_of(database).await? {
        Owner::Us(_) => {}
        Owner::Nobody => return Err(unusable("it is empty: no call server has used it yet")),
        Owner::Other(foreign) => return Err(StoreError::Unusable(foreign)),
    }
    let part = Part(database_file::beside(copy, ".part"));
    part.remove();
    let mut from = open(database).await?;
    let copied = copy_into(&mut from, &part.0).await;
    from.close().await?;
    copied?;
    let content = check(&part.0).await?;
    tokio::fs::rename(&part.0, copy).await?;
    Ok(content)
}

/// Why a copy cannot be put back: which of the two files it is about, and what is wrong with it.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The copy.
    #[error("{0}")]
    Copy(#[source] StoreError),
    /// The database that it would replace.
    #[error("{0}")]
    Present(#[source] StoreError),
}

/// Puts a copy back in place of what the database holds, which is copied beside it first.
///
/// # Errors
/// When the copy is not ours, damaged or of a newer version; when the database that is there is, or cannot be written. Nothing
/// is changed then.
pub async fn restore(copy: &Path, database: &Path, now: Moment) -> Result<Restored, RestoreError> {
    check_copy(copy, database).await.map_err(RestoreError::Copy)?;
    let replaces = check_present(database).await.map_err(RestoreError::Present)?;
    // Looked at, and brought up to date, aside: the copy itself stays as it is.
    let aside = Part(database_file::beside(database, "-restoring"));
    aside.remove();
    database_file::make_folder(database).map_err(|error| RestoreError::Present(error.into()))?;
    bring_aside(copy, &aside.0).await.map_err(RestoreError::Copy)?;
    put_back(&aside.0, (database, replaces), now).await.map_err(RestoreError::Present)
}

async fn bring_aside(copy: &Path, aside: &Path) -> Result<(), StoreError> {
    let mut from = open(copy).await?;
    let copied = copy_into(&mut from, aside).await;
    from.close().await?;
    copied?;
    migrate(aside).await?;
    check(aside).await?;
    Ok(())
}

async fn put_back(
    aside: &Path,
    (database, replaces): (&Path, Replaces),
    now: Moment,
) -> Result<Restored, StoreError> {
    let before = match replaces {
        Replaces::Nothing => None,
        Replaces::Data => {
            let stamp = timestamp::format(now).0.replace([':', '.'], "-");
            let before = database_file::beside(database, &format!("-before-{stamp}"));
            back_up(database, &before).await?;
            Some(before)
        }
    };
    database_file::prepare(database).await?;
    migrate(database).await?;
    let mut db = open(database).await?;
    let replaced = replace(&mut db, aside, now).await;
    db.close().await?;
    replaced?;
    Ok(Restored { content: check(database).await?, before })
}

/// Refuses what is no copy that can be put back there.
async fn check_copy(copy: &Path, database: &Path) -> Result<(), StoreError> {
    if !copy.is_file() {
        return Err(missing("there is no such copy"));
    }
    if copy.canonicalize().is_ok_and(|copy| database.canonicalize().is_ok_and(|there| copy == there)) {
        return Err(unusable("it is the database itself: name a copy of it"));
    }
    match database_file::owner_of(copy).await? {
        Owner::Us(step) if step > newest() => {
            Err(unusable("it was made by a newer version of this program: put it back with that version"))
        }
        Owner::Us(_) => Ok(()),
        Owner::Nobody => Err(unusable("it is empty: it is no copy of a call server's database")),
        Owner::Other(foreign) => Err(StoreError::Unusable(foreign)),
    }
}

/// What a copy takes the place of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Replaces {
    Nothing,
    Data,
}

/// Refuses a database whose rows cannot be replaced.
async fn check_present(database: &Path) -> Result<Replaces, StoreError> {
    const MOVE: &str =
        "move it away, with what lies beside it (-wal and -shm), while no server runs, and restore again";
    if !is_there(database)? {
        return Ok(Replaces::Nothing);
    }
    match database_file::owner_of(database).await? {
        Owner::Us(step) if step > newest() => Err(StoreError::Unusable(format!(
            "it was made by a newer version of this program, and nothing was put in its place: {MOVE}"
        ))),
        Owner::Us(_) => Ok(Replaces::Data),
        Owner::Nobody => Ok(Replaces::Nothing),
        Owner::Other(foreign) => Err(StoreError::Unusable(format!("{foreign}: {MOVE}"))),
    }
}

/// Whether there is a file; what may not be looked at is an error, and not a file that is missing.
fn is_there(database: &Path) -> Result<bool, StoreError> {
    match database.metadata() {
        Ok(found) => Ok(found.is_file()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(StoreError::Folder(error)),
    }
}

/// The last step of the schema that this program knows.
fn newest() -> i64 {
    MIGRATIONS.iter().map(|(version, _, _)| *version).max().unwrap_or_default()
}

/// Files that are removed when it is over, however it ends.
struct Part(PathBuf);

impl Part {
    fn remove(&self) {
        for path in ["", "-wal", "-shm", "-journal"].map(|ending| database_file::beside(&self.0, ending)) {
            // Most of them do not exist.
            let _ = std::fs::remove_file(path);
        }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.remove();
    }
}

fn missing(what: &str) -> StoreError {
    StoreError::Folder(io::Error::new(io::ErrorKind::NotFound, what))
}

fn unusable(why: &str) -> StoreError {
    StoreError::Unusable(why.to_owned())
}

async fn open(file: &Path) -> Result<SqliteConnection, StoreError> {
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(false).busy_timeout(LOCK_WAIT);
    // Rows go from one database to the other in any order; all of them are looked at before.
    Ok(options.foreign_keys(false).connect().await?)
}

async fn copy_into(db: &mut SqliteConnection, copy: &Path) -> Result<(), StoreError> {
    let made = database_file::owned().write(true).create_new(true).open(copy)?;
    database_file::give_to_owner_of_folder(&made, copy);
    let path = copy.to_str().ok_or_else(|| missing("the name of the copy is no text"))?;
    sqlx::query("VACUUM INTO $1").bind(path).execute(db).await?;
    made.sync_all()?;
    Ok(())
}

/// Brings a file up to date.
async fn migrate(file: &Path) -> Result<(), StoreError> {
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(false).busy_timeout(LOCK_WAIT);
    let mut db = options.journal_mode(SqliteJournalMode::Wal).connect().await?;
    let migrated = migrator(&MIGRATIONS).run(&mut db).await;
    db.close().await?;
    Ok(migrated?)
}

/// What is in a file, if it is whole.
async fn check(file: &Path) -> Result<Content, StoreError> {
    let mut db = open(file).await?;
    let content = content(&mut db).await;
    db.close().await?;
    content
}

async fn content(db: &mut SqliteConnection) -> Result<Content, StoreError> {
    let whole: String = sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(&mut *db).await?;
    let dangling = sqlx::query("PRAGMA foreign_key_check").fetch_optional(&mut *db).await?;
    if whole != "ok" || dangling.is_some() {
        return Err(StoreError::Unusable("it is damaged".to_owned()));
    }
    let counts = "SELECT (SELECT count(*) FROM users WHERE password_hash <> ''), (SELECT count(*) FROM messages), \
        (SELECT count(*) FROM calls)";
    let (people, messages, calls): (i64, i64, i64) = sqlx::query_as(counts).fetch_one(db).await?;
    let [people, messages, calls] = [people, messages, calls].map(i64::unsigned_abs);
    Ok(Content { people, messages, calls })
}

/// Puts the rows of another file in place of those that are here. Both have the same schema.
async fn replace(db: &mut SqliteConnection, copy: &Path, now: Moment) -> Result<(), StoreError> {
    let path = copy.to_str().ok_or_else(|| missing("the name of the copy is no text"))?;
    sqlx::query("ATTACH DATABASE $1 AS copy").bind(path).execute(&mut *db).await?;
    let mut write = db.begin_with("BEGIN IMMEDIATE").await?;
    let tables = "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut *write).await?;
    // On a machine that knows nobody yet, people stay signed in as the copy has it.
    let known = "SELECT EXISTS (SELECT 1 FROM main.users)";
    let known: bool = sqlx::query_scalar(known).fetch_one(&mut *write).await?;
    let (mut run, mut last) = (Vec::new(), Vec::new());
    for table in tables.iter().filter(|table| *table != MIGRATED) {
        if known && SIGNED_IN.contains(&table.as_str()) {
            let gone = "user_id NOT IN (SELECT id FROM main.users)";
            last.push(format!("DELETE FROM main.{table} WHERE {gone}"));
            continue;
        }
        let columns = "SELECT group_concat('\"' || name || '\"') FROM pragma_table_info($1)";
        let columns: String = sqlx::query_scalar(columns).bind(table).fetch_one(&mut *write).await?;
        let (but, insert) = if table == SETTINGS {
            (format!(" WHERE key <> '{KEPT_SETTING}'"), "INSERT OR IGNORE")
        } else {
            (String::new(), "INSERT")
        };
        run.push(format!("DELETE FROM main.{table}{but}"));
        run.push(format!("{insert} INTO main.{table} ({columns}) SELECT {columns} FROM copy.{table}"));
    }
    for statement in run.into_iter().chain(last) {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut *write).await?;
    }
    let note = "INSERT INTO settings (key, value) VALUES ($1, $2) \
        ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    sqlx::query(note).bind(RESTORED).bind(timestamp::format(now).0).execute(&mut *write).await?;
    write.commit().await?;
    sqlx::query("DETACH DATABASE copy").execute(&mut *db).await?;
    // Nobody has to wait for it: a server that reads keeps the log for a while.
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(db).await?;
    Ok(())
}
