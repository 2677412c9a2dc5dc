//! What an operator may order about accounts and invitations.
//! Never does it: see `operator_commands`.

use clap::Subcommand;
use std::env;

/// What can be done with accounts, also while a server runs on the same database.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum UserTask {
    /// Create an account; its password is asked for, or read from the standard input
    Add {
        /// The unique name: 3 to 32 of a-z, 0-9, dot, dash and underscore
        who: String,
        /// The name that others see; the unique name when left out
        #[arg(long, value_name = "NAME")]
        display_name: Option<String>,
        /// Generate a password, and print it once
        #[arg(long)]
        generate: bool,
    },
    /// List the accounts: id, name, when each was created and last used, and its number of sessions
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Set a new password, and end all sessions of the account
    ResetPassword {
        /// The unique name, or the id
        who: String,
        /// Generate a password, and print it once
        #[arg(long)]
        generate: bool,
    },
    /// Sign an account out everywhere
    SignOut {
        /// The unique name, or the id
        who: String,
    },
    /// Delete an account; others keep the calls and messages that they shared with it
    Delete {
        /// The unique name, or the id
        who: String,
    },
}

/// What can be done with invitations that there are.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum InviteTask {
    /// List the invitations: id, uses, expiry, who created it, and the note; the links are not kept
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Revoke an invitation
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
