//! What every wing stands on: the two databases behind one kind of session, statements and their values, time limits,
//! and the file of SQLite with its copies. Never knows what a table means.

pub(super) mod backup;
pub(super) mod database_file;
pub(super) mod disk_space;
pub(super) mod file_lock;
pub(super) mod migrator;
pub(super) mod pg_limits;
pub(super) mod pg_moment;
pub(super) mod pool;
pub(super) mod postgres;
pub(super) mod query;
pub(super) mod row;
pub(super) mod script;
pub(super) mod session;
pub(super) mod sqlite;
pub(super) mod stopwatch;
