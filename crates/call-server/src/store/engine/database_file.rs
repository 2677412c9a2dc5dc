//! The SQLite file as a file: made so that only its owner reads it, and looked at before anything is written, since it may be
//! another program's. Never opened and closed here while it may be in use by this process: that would give up SQLite's
//! locks on it (POSIX drops all locks of a process on a file when the process closes any handle of it).

use crate::store::StoreError;
use sqlx::{ConnectOptions, Connection, Row, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{
    ffi::OsString,
    io,
    path::{Path, PathBuf},
};

/// What SQLite and the server keep beside the file, with what is in it or was.
const BESIDE: [&str; 4] = ["-wal", "-shm", "-reserve", "-lock"];
/// As many names of foreign tables as a sentence bears.
const SHOWN: usize = 3;

/// The file beside a database with such an ending.
pub(in crate::store) fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(ending);
    name.into()
}

/// A database's file, and those beside it.
pub fn files(file: &Path) -> Vec<PathBuf> {
    [file.to_owned()].into_iter().chain(BESIDE.iter().map(|ending| beside(file, ending))).collect()
}

/// Makes the folder and the file where they are not there, takes from others what right they have to the file, and
/// refuses one that holds something else.
///
/// # Errors
/// When it cannot be made or read, or is not ours.
pub(in crate::store) async fn prepare(file: &Path) -> Result<(), StoreError> {
    make_folder(file)?;
    match owned().write(true).create_new(true).open(file) {
        Ok(made) => {
            give_to_owner_of_folder(&made, file);
            return Ok(());
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error.into()),
    }
    if file.is_dir() {
        return Err(StoreError::Unusable("it is a folder".to_owned()));
    }
    refuse_foreign(file).await?;
    for path in BESIDE.iter().map(|ending| beside(file, ending)).chain([file.to_owned()]) {
        keep_to_owner(&path);
    }
    Ok(())
}

/// Makes the folder of a file, where there is none, for its owner only.
///
/// # Errors
/// When it cannot be made.
pub(in crate::store) fn make_folder(file: &Path) -> io::Result<()> {
    let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// How a file is opened that only its owner may read.
pub(in crate::store) fn owned() -> std::fs::OpenOptions {
    let mut options = std::fs::OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Gives a file that was just made to whom its folder belongs: what root makes beside a server's files has to be the
/// server's. Nobody else can give files away, and need not.
#[cfg(unix)]
pub(in crate::store) fn give_to_owner_of_folder(made: &std::fs::File, path: &Path) {
    use std::os::unix::fs::{MetadataExt, fchown};
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let (Ok(of_folder), Ok(of_file)) = (std::fs::metadata(folder), made.metadata()) else { return };
    // In a folder for everybody, such as /tmp, a file is its maker's.
    let shared = of_folder.mode() & 0o022 != 0;
    if of_file.uid() == 0 && of_folder.uid() != 0 && !shared {
        // If it cannot be given away, whoever needs it is told whose it is.
        let _ = fchown(made, Some(of_folder.uid()), Some(of_folder.gid()));
    }
}

#[cfg(not(unix))]
pub(in crate::store) fn give_to_owner_of_folder(_: &std::fs::File, _: &Path) {}

/// Takes from everybody but the owner the right to read or write a file, if it is there.
#[cfg(unix)]
fn keep_to_owner(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let Ok(found) = std::fs::metadata(path) else { return };
    let mode = found.permissions().mode() & 0o777;
    if !found.is_file() || mode & 0o077 == 0 {
        return;
    }
    match std::fs::set_permissions(path, PermissionsExt::from_mode(mode & 0o700)) {
        Ok(()) => tracing::info!(file = %path.display(), "only its owner can read it from now on"),
        Err(error) => tracing::warn!(
            %error,
            file = %path.display(),
            "others can read password hashes and the key that signs tokens: take the right from them (chmod 600)"
        ),
    }
}

#[cfg(not(unix))]
fn keep_to_owner(_: &Path) {}

/// Whose tables a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) enum Owner {
    /// There are none.
    Nobody,
    /// Ours, up to this step of the schema.
    Us(i64),
    /// Another program's; what tells so.
    Other(String),
}

/// Refuses a file that holds something else than our tables, or nothing.
///
/// # Errors
/// When it does, or cannot be read.
pub(in crate::store) async fn refuse_foreign(file: &Path) -> Result<(), StoreError> {
    match owner_of(file).await? {
        Owner::Nobody | Owner::Us(_) => Ok(()),
        Owner::Other(foreign) => Err(StoreError::Unusable(foreign)),
    }
}

/// Whose tables a file holds. Nothing is written.
///
/// # Errors
/// When it is no database, or cannot be read.
pub(in crate::store) async fn owner_of(file: &Path) -> Result<Owner, StoreError> {
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(false);
    let mut db = options.connect().await.map_err(not_a_database)?;
    let found = owner(&mut db).await;
    db.close().await?;
    found.map_err(not_a_database)
}

async fn owner(db: &mut SqliteConnection) -> Result<Owner, sqlx::Error> {
    let tables =
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
    let rows = sqlx::query(tables).fetch_all(&mut *db).await?;
    let names = rows.iter().map(|row| row.try_get("name")).collect::<Result<Vec<String>, _>>()?;
    if names.is_empty() || names == ["_sqlx_migrations"] {
        return Ok(Owner::Nobody);
    }
    if names.iter().any(|name| name == "_sqlx_migrations") {
        let steps = "SELECT version, description FROM _sqlx_migrations ORDER BY version";
        let steps: Vec<(i64, String)> = sqlx::query_as(steps).fetch_all(&mut *db).await?;
        if let (Some((_, first)), Some((newest, _))) = (steps.first(), steps.last())
            && first == "messenger"
        {
            return Ok(Owner::Us(*newest));
        }
    }
    let more = if names.len() > SHOWN { ", …" } else { "" };
    let some = names[..names.len().min(SHOWN)].join(", ");
    Ok(Owner::Other(format!("it has tables of another program ({some}{more})")))
}

fn not_a_database(error: sqlx::Error) -> StoreError {
    // SQLITE_NOTADB
    let foreign = error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == "26");
    if foreign { StoreError::Unusable("it is no SQLite database".to_owned()) } else { error.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("call-server-file-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        folder
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn only_the_owner_reads_the_file_and_its_folder_and_what_lies_beside_it() {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let folder = scratch("modes");
        let file = folder.join("calls.sqlite");
        prepare(&file).await.unwrap();
        assert_eq!((mode(&folder), mode(&file)), (0o700, 0o600));
        let log = beside(&file, "-wal");
        for path in [&file, &log] {
            std::fs::write(path, "").unwrap();
            std::fs::set_permissions(path, PermissionsExt::from_mode(0o664)).unwrap();
        }
        prepare(&file).await.unwrap();
        assert_eq!((mode(&file), mode(&log)), (0o600, 0o600), "also those of an earlier version");
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[tokio::test]
    async fn what_is_not_ours_is_refused_and_stays_as_it_is() {
        let folder = scratch("foreign");
        let (text, database) = (folder.join("notes.txt"), folder.join("addresses.sqlite"));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(&text, "remember the milk, and many other things that somebody wrote down").unwrap();
        let options = SqliteConnectOptions::new().filename(&database).create_if_missing(true);
        let mut db = options.connect().await.unwrap();
        sqlx::query("CREATE TABLE people (name TEXT)").execute(&mut db).await.unwrap();
        db.close().await.unwrap();
        for (file, reason) in [
            (&text, "it is no SQLite database"),
            (&database, "it has tables of another program (people)"),
            (&folder, "it is a folder"),
        ] {
            let before = std::fs::read(file).ok();
            let refused = prepare(file).await;
            assert!(matches!(&refused, Err(StoreError::Unusable(said)) if said == reason), "{refused:?}");
            assert_eq!(std::fs::read(file).ok(), before);
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
