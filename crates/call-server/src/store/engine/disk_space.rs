//! Room that is kept for whatever ends: a call that is over must be written down, also when the disk is full. Two things
//! take the room away: the operator's limit, which endings may pass, since each belongs to a call that was written below
//! it; and the disk, for which a file beside the database holds some bytes that endings are given when they need them.
//! Never given to anything else: while that file is gone, everything else is refused as if there were no room.

use crate::store::engine::database_file;
use std::{
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

/// Bytes: what some hundred endings take. SQLite writes about fifteen pages for one, and begins its log anew every thousand.
const KEPT: usize = 1024 * 1024;

/// How much room a transaction may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Room {
    /// What the operator allows.
    Usual,
    /// More than that.
    BeyondTheLimit,
    /// What is kept on the disk, too.
    Kept,
}

impl Room {
    /// What to try next, when there was not enough.
    pub(in crate::store) fn more(self) -> Option<Self> {
        match self {
            Self::Usual => Some(Self::BeyondTheLimit),
            Self::BeyondTheLimit => Some(Self::Kept),
            Self::Kept => None,
        }
    }
}

/// Does what ends a call, and once more with more room where the store has some for it. (No function: a closure that makes
/// futures is not known to be `Send`.)
macro_rules! with_more_room {
    ($store:expr, $room:ident => $work:expr) => {{
        let mut $room = Room::Usual;
        loop {
            let outcome = $work.await;
            match $store.more_room($room, &outcome) {
                Some(more) => $room = more,
                None => break outcome,
            }
        }
    }};
}
pub(in crate::store) use with_more_room;

/// The file that holds the room.
#[derive(Debug)]
pub(in crate::store) struct Reserve {
    file: PathBuf,
    /// The room was given away and could not be taken back yet.
    spent: AtomicBool,
}

impl Reserve {
    /// Holds room beside a database. Where no such file can be made, none is held.
    pub(in crate::store) async fn beside(database: &Path) -> Self {
        let reserve =
            Self { file: database_file::beside(database, "-reserve"), spent: AtomicBool::new(true) };
        reserve.take_back().await;
        reserve
    }

    /// Whether the room was given away: then it is needed for endings, and nothing else may have it.
    pub(in crate::store) fn is_spent(&self) -> bool {
        self.spent.load(Ordering::Relaxed)
    }

    /// Gives the room to whatever is written next.
    pub(in crate::store) async fn give(&self) {
        if !self.spent.swap(true, Ordering::Relaxed) {
            tracing::error!("the disk is full: only the ends of calls are written from here on");
        }
        // It may have been given already.
        let _ = tokio::fs::remove_file(&self.file).await;
    }

    /// Holds the room again, if there is enough.
    pub(in crate::store) async fn take_back(&self) {
        if !self.is_spent() {
            return;
        }
        let held = tokio::fs::metadata(&self.file).await.is_ok_and(|file| file.len() == KEPT as u64);
        let full = !held && is_full(fill(self.file.clone()).await);
        if full {
            // A file that could be filled in part only is removed.
            let _ = tokio::fs::remove_file(&self.file).await;
        }
        self.spent.store(full, Ordering::Relaxed);
    }
}

async fn fill(path: PathBuf) -> std::io::Result<()> {
    let fill = move || {
        database_file::owned()
            .write(true)
            .create(true)
            .truncate(true)
            .open(path)?
            .write_all(&vec![0x5a; KEPT])
    };
    tokio::task::spawn_blocking(fill).await.unwrap_or(Ok(()))
}

fn is_full(written: std::io::Result<()>) -> bool {
    written.is_err_and(|error| matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_room_is_held_given_and_held_again() {
        let name = format!("call-server-reserve-{}", std::process::id());
        let database = std::env::temp_dir().join(name);
        let file = PathBuf::from(format!("{}-reserve", database.display()));
        let reserve = Reserve::beside(&database).await;
        assert_eq!((reserve.is_spent(), std::fs::metadata(&file).unwrap().len()), (false, KEPT as u64));
        reserve.give().await;
        assert!(reserve.is_spent() && !file.exists());
        reserve.take_back().await;
        assert!(!reserve.is_spent() && file.exists());
        std::fs::remove_file(file).unwrap();
    }

    #[tokio::test]
    async fn where_no_file_can_be_made_everything_is_written_as_before() {
        let reserve = Reserve::beside(Path::new("/no such folder/calls.sqlite")).await;
        assert!(!reserve.is_spent());
        assert!(is_full(Err(ErrorKind::StorageFull.into())) && !is_full(Err(ErrorKind::NotFound.into())));
    }
}
