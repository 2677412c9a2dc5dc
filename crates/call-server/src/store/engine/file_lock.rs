//! One server per SQLite file: what is in its memory (sockets, calls that ring) is only true as long as nobody else serves from
//! the same file. Never keeps away commands that an operator gives beside a running server: these ask the database.

use crate::store::engine::database_file;
use std::{
    fs::{File, TryLockError},
    io::{self, Read, Seek, Write},
    net::SocketAddr,
    path::Path,
    time::Duration,
};

/// How often the lock is tried, with a pause between: a child that its last holder just started keeps it open until it runs.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(20);

/// A file that nobody else serves, until this is dropped or the process is gone.
#[derive(Debug)]
pub struct Hold {
    _lock: Option<File>,
}

/// Why a file cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum HoldError {
    /// Another server serves it; what that one wrote about itself.
    #[error("another server serves it already ({0})")]
    Held(String),
    /// Its folder cannot be made.
    #[error("its folder cannot be made: {0}")]
    Folder(io::Error),
    /// The file that is locked cannot be written.
    #[error("beside it nothing can be written: {0}")]
    Lock(#[from] io::Error),
}

impl Hold {
    /// Holds a database file for a server that listens there.
    ///
    /// # Errors
    /// When another one holds it, or beside it nothing can be written.
    pub fn of(database: &Path, listens: SocketAddr) -> Result<Self, HoldError> {
        database_file::make_folder(database).map_err(HoldError::Folder)?;
        // By whatever name it is opened: a link beside which another lock would be is followed.
        let named = database.canonicalize().unwrap_or_else(|_| database.to_owned());
        let path = database_file::beside(&named, "-lock");
        let mut lock =
            database_file::owned().read(true).write(true).create(true).truncate(false).open(&path)?;
        let mut locked = lock.try_lock();
        for _ in 0..TRIES {
            if !matches!(locked, Err(TryLockError::WouldBlock)) {
                break;
            }
            std::thread::sleep(PAUSE);
            locked = lock.try_lock();
        }
        match locked {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // For people only, and the holder may be writing it at this moment.
                let _ = lock.take(200).read_to_string(&mut holder);
                let holder = holder.trim();
                return Err(HoldError::Held(
                    if holder.is_empty() { "just starting" } else { holder }.to_owned(),
                ));
            }
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                tracing::warn!(file = %path.display(), "files cannot be locked here: see to it that one server only uses it");
                return Ok(Self { _lock: None });
            }
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        lock.set_len(0)?;
        lock.rewind()?;
        writeln!(lock, "process {}, listening on {listens}", std::process::id())?;
        Ok(Self { _lock: Some(lock) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_served_by_one_and_whoever_comes_second_is_told_by_whom() {
        let folder = std::env::temp_dir().join(format!("call-server-hold-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let database = folder.join("calls.sqlite");
        std::fs::write(&database, "").unwrap();
        let here = SocketAddr::from(([127, 0, 0, 1], 8080));
        let first = Hold::of(&database, here).unwrap();
        let Err(HoldError::Held(holder)) = Hold::of(&database, here) else { panic!("two serve it") };
        assert_eq!(holder, format!("process {}, listening on 127.0.0.1:8080", std::process::id()));
        #[cfg(unix)]
        {
            let link = folder.join("link.sqlite");
            std::os::unix::fs::symlink(&database, &link).unwrap();
            assert!(matches!(Hold::of(&link, here), Err(HoldError::Held(_))), "by another name");
        }
        drop(first);
        Hold::of(&database, here).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
