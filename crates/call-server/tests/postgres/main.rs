//! What only PostgreSQL has: an application's own tables, roles and privileges, lost connections. What works
//! the same on SQLite is tested in `../server`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

mod company;
mod existing_tables;
mod lost;
mod outage;
mod program;
mod proxy;
mod questions;
mod row_level_security;
mod schema;
mod silent;
