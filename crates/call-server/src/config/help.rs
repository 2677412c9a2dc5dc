//! What `--help` shows: settings under headings, each command with what concerns it, and examples at the end.
//! Never defines a setting: the flags are.

use clap::{Arg, Command};

/// Settings without which nothing of what an operator orders once can be done.
const OF_EVERY_TASK: [&str; 3] = ["config", "database", "database-url"];

pub(super) const AFTER: &str = "\
Without a command the server is started. Every flag can be set by its environment variable, too, and by a key of the same name \
in the file of --config. A flag comes before its variable, that before the file.

Secrets (--jwt-secret, --database-url with a password, and so on) are refused as flags, since everybody on the machine can list \
them: set the variable, name a file that holds the secret with the variable's name and _FILE (CALLS_JWT_SECRET_FILE), or write \
them into the file of --config.

Examples:
  call-server --demo                                 try it on this machine: http://127.0.0.1:8080, anna and ben
  call-server config check                           what takes effect, where it comes from, and what is wrong with it
  call-server --config /etc/call-server.toml         serve as a file says
  call-server --listen 127.0.0.1:8080 --behind-proxy --allow-origin https://chat.example
                                                     serve behind a proxy that encrypts, for a page of another origin
  DATABASE_URL=postgres://calls:…@db.example/calls call-server --listen 0.0.0.0:443 --tls-certificate chain.pem --tls-key key.pem
                                                     serve on PostgreSQL, with a certificate of one's own";

const AFTER_TASK: &str = "The other settings of the server are taken, too: see call-server --help.";

/// The commands with every setting, of which they show what concerns them.
pub(super) fn in_tasks(command: Command) -> Command {
    let settings: Vec<Arg> = command.get_arguments().filter(|arg| arg.get_env().is_some()).cloned().collect();
    command.mut_subcommands(|task| with(task, &settings))
}

fn with(task: Command, settings: &[Arg]) -> Command {
    let shown = |arg: &Arg| arg.get_long().is_some_and(|name| OF_EVERY_TASK.contains(&name));
    let settings_here = settings.iter().map(|arg| arg.clone().hide(!shown(arg)));
    task.mut_subcommands(|inner| with(inner, settings)).args(settings_here).after_help(AFTER_TASK)
}
