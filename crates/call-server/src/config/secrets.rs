//! Secrets, and the ways on which they come: a variable, a file that a variable names, or the configuration file. Never a
//! flag: everybody on the machine reads the list of processes.
//! Never knows a secret by name: whatever hides its value in the help is one.

use super::{
    file::refuse_what_the_flag_refuses,
    settings::{Origin, sign_in},
};
use clap::{Arg, ArgMatches, Command, builder::Resettable, parser::ValueSource};
use std::{collections::BTreeMap, env, ffi::OsString, fs, path::Path};

/// What the variables end in that name the file of a secret, as they are for images of containers.
const ENDING: &str = "_FILE";

/// The secrets that were read from files of their own, by the flag's long name.
#[derive(Debug, Default)]
pub(super) struct SecretFiles(BTreeMap<String, (String, String)>);

impl SecretFiles {
    /// Reads the files that variables name.
    ///
    /// # Errors
    /// One sentence that names the variable, and never shows what is in a file.
    pub(super) fn read(defined: &Command, command: &Command) -> Result<Self, String> {
        let alone = command.clone().mut_args(|arg| arg.env(Resettable::Reset));
        let mut read = BTreeMap::new();
        for arg in defined.get_arguments().filter(|arg| is_secret(arg)) {
            let (name, variable) = (arg.get_long().unwrap_or_default(), variable(arg));
            let Some(path) = given(&named_file(&variable)) else { continue };
            let named = named_file(&variable);
            if given(&variable).is_some() {
                return Err(format!("{variable} and {named} are both set: leave one of them out"));
            }
            let text = fs::read_to_string(&path).map_err(|error| {
                format!("cannot read the file that {named} names, {}: {error}", Path::new(&path).display())
            })?;
            let value = text.trim_end_matches(['\r', '\n']).to_owned();
            refuse_what_the_flag_refuses(&alone, arg, name, std::slice::from_ref(&value)).map_err(
                |reason| format!("what stands in the file that {named} names cannot be used: {reason}"),
            )?;
            read.insert(name.to_owned(), (value, named));
        }
        Ok(Self(read))
    }

    /// The flag with what was read as its default.
    pub(super) fn as_default(&self, arg: Arg) -> Arg {
        match arg.get_long().and_then(|name| self.0.get(name)) {
            Some((value, _)) => {
                let value = value.clone();
                arg.default_value(value)
            }
            None => arg,
        }
    }

    /// Where a secret comes from, if from a file of its own.
    pub(super) fn origin(&self, name: &str) -> Option<Origin> {
        self.0.get(name).map(|(_, variable)| Origin::Variable(variable.clone()))
    }
}

/// The secret that stands on the command line, where everybody sees it: one sentence on what to do.
pub(super) fn shown(command: &Command, matches: &ArgMatches) -> Option<String> {
    let mut secrets = command.get_arguments().filter(|arg| is_secret(arg));
    let shown = secrets.find(|arg| {
        let id = arg.get_id().as_str();
        let mut values = matches.get_raw(id).into_iter().flatten().map(|value| value.to_string_lossy());
        matches.value_source(id) == Some(ValueSource::CommandLine)
            && values.any(|value| !value.contains("://") || sign_in(&value))
    })?;
    let (name, variable) = (shown.get_long().unwrap_or_default(), variable(shown));
    let what = if ["database-url", "nats-url"].contains(&name) { "the password in it" } else { "the secret" };
    Some(format!(
        "--{name} would show {what} to everybody who lists the processes: set the variable {variable}, name a file that holds \
         it with {}, or write {name} into the file of --config",
        named_file(&variable)
    ))
}

/// Whether everybody may read a file that sets secrets.
pub(super) fn is_open(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o004 != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

/// Whether the value of a flag is not for everybody's eyes.
pub(super) fn is_secret(arg: &Arg) -> bool {
    arg.is_hide_env_values_set()
}

/// The variables that name files of secrets.
pub(super) fn variables(command: &Command) -> impl Iterator<Item = String> {
    command.get_arguments().filter(|arg| is_secret(arg)).map(|arg| named_file(&variable(arg)))
}

fn variable(arg: &Arg) -> String {
    arg.get_env().unwrap_or_default().to_string_lossy().into_owned()
}

fn named_file(variable: &str) -> String {
    format!("{variable}{ENDING}")
}

fn given(variable: &str) -> Option<OsString> {
    env::var_os(variable).filter(|value| !value.is_empty())
}
