//! The server as people meet it: real requests and real sockets against servers on free ports.
//!
//! This program is compiled once and run three times: on SQLite, with `TEST_WORLD=postgres` on PostgreSQL, and with
//! `TEST_WORLD=nodes` on two nodes. The three modules below say which tests run where; `cargo xtask test` passes their
//! names as filters. Tests that are about PostgreSQL or about several nodes are the programs `postgres` and `nodes`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

/// Runs on SQLite, on PostgreSQL, and with every second person at another node.
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

/// Runs on SQLite and on PostgreSQL, but not with several nodes: these are about one server (its answers, limits,
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

/// Runs on SQLite only, for the reason that stands beside each.
mod one_world {
    // The copies of an SQLite file.
    mod backups;
    // The clock of one server; with PostgreSQL the clock is the database's.
    mod clock;
    // Flags and environment, before any database is opened.
    mod configuration;
    // Places of connections, not the database.
    mod crowds;
    // The program and its connections, not its database.
    mod draining;
    // The client's files, not the database.
    mod embedded;
    // The size limit of an SQLite file.
    mod full;
    // Who holds an SQLite file.
    mod holding;
    // A lock on an SQLite file.
    mod locked;
    // An SQLite file that another program keeps; PostgreSQL has its own.
    mod outage;
    // The program from outside; PostgreSQL has its own.
    mod program;
    // How sockets prove that they live, not the database.
    mod proofs;
    // Places of connections, not the database.
    mod shares;
    // The schema and settings of an SQLite file; PostgreSQL has its own.
    mod store;
    // Certificates and handshakes, not the database.
    mod tls;
    // An SQLite file of an older version.
    mod upgrade;
}
