//! What only PostgreSQL has: an application's own tables, roles and rights, connections that are lost. What PostgreSQL
//! shares with SQLite is `../server` in another world.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

mod company;
mod existing_tables;
mod lost;
mod outage;
mod program;
mod proxy;
mod row_level_security;
mod schema;
mod silent;
