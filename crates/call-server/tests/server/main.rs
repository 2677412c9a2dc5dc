//! The server as its users see it: real requests and real sockets with servers on free ports.
//!
//! This program is compiled once and run three times: on SQLite, with `TEST_WORLD=postgres` on PostgreSQL, and
//! with `TEST_WORLD=nodes` on two nodes. The three modules below say which tests run where; `cargo xtask test`
//! uses their names as filters. Tests of PostgreSQL and of several nodes are in the programs `postgres` and
//! `nodes`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

/// Run on SQLite, on PostgreSQL, and with every second person on another node.
mod every_world {
    mod answering;
    mod blocks;
    mod calling;
    mod contacts;
    mod deletion;
    mod endings;
    mod hiding;
    mod leases;
    mod leaving;
    mod nameless;
    mod once;
    mod parting;
    mod races;
    mod signals;
}

/// Run on SQLite and on PostgreSQL, but not with several nodes: they test one server (its responses, limits,
/// connections and operator), so a second node would only repeat them.
mod both_databases {
    mod abuse;
    mod accounts;
    mod bad_input;
    mod document;
    mod documented;
    mod doors;
    mod floods;
    mod guessing;
    mod issuer;
    mod issuer_away;
    mod issuer_keys;
    mod measuring;
    mod older;
    mod operating;
    mod readiness;
    mod relays;
    mod retention;
    mod serving;
    mod sessions;
    mod slow;
    mod sockets;
    mod spelling;
    mod transitions;
}

/// Run on SQLite only, for the reason given for each.
mod one_world {
    // Backups of an SQLite file.
    mod backups;
    // The program's commands on an SQLite file; their other effects are in `operating`.
    mod commands;
    // One server's clock; PostgreSQL provides its own.
    mod clock;
    // Flags and environment, before any database is opened.
    mod configuration;
    // Connection limits, independent of the database.
    mod crowds;
    // The program and its connections, independent of its database.
    mod draining;
    // The client's files, independent of the database.
    mod embedded;
    // The size limit of an SQLite file.
    mod full;
    // The lock of an SQLite file.
    mod holding;
    // A locked SQLite file.
    mod locked;
    // An SQLite file that another program has locked; PostgreSQL has a test of its own.
    mod outage;
    // The program from outside; PostgreSQL has tests of its own.
    mod program;
    // How sockets prove that they are alive, independent of the database.
    mod proofs;
    // Connection limits, independent of the database.
    mod shares;
    // The schema and settings of an SQLite file; PostgreSQL has tests of its own.
    mod store;
    // Certificates and handshakes, independent of the database.
    mod tls;
    // An SQLite file of an older version.
    mod upgrade;
}
