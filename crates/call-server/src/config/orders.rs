//! What an operator may order about accounts and invitations.
//! Never does it: see `operator_commands`.

use clap::Subcommand;
use std::env;

/// What can be done with accounts, also while a server runs on the same database.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum UserTask {
    /// Make an account; its password is asked for, or read from the standard input
    Add {
        /// The unique name: 3 to 32 of a-z, 0-9, dot, dash and underscore
        who: String,
        /// The name that others see; the unique name when left out
        #[arg(long, value_name = "NAME")]
        display_name: Option<String>,
        /// Make a password, and print it once
        #[arg(long)]
        generate: bool,
    },
    /// List the accounts: id, name, when it was made and last used, and how many sessions it has
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Give somebody another password, and end all of their sessions
    ResetPassword {
        /// The unique name, or the id
        who: String,
        /// Make a password, and print it once
        #[arg(long)]
        generate: bool,
    },
    /// End all of somebody's sessions
    SignOut {
        /// The unique name, or the id
        who: String,
    },
    /// Delete somebody's account; the others keep the calls and messages that they shared with it
    Delete {
        /// The unique name, or the id
        who: String,
    },
}

/// What can be done with invitations that there are.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum InviteTask {
    /// List the invitations: id, uses, end, who made it, and the note; their links cannot be read again
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Take an invitation back
    Revoke {
        /// The invitation's id
        invitation: String,
    },
}

/// What the operator is called on this machine; whoever became root is asked for first.
pub fn operator_name() -> String {
    let names = ["SUDO_USER", "USER", "LOGNAME", "USERNAME"];
    let found = names.into_iter().filter_map(|name| env::var(name).ok()).find(|name| !name.is_empty());
    found.unwrap_or_else(|| "operator".to_owned())
}
