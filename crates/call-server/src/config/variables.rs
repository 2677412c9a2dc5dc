//! The environment as it is: names that set nothing, and values that were not meant.
//! Never reads what a setting is: clap does.

use super::{mistakes::nearest, secrets};
use clap::{
    Arg, ArgAction, Command,
    builder::{BoolishValueParser, Resettable},
};
use std::env;

/// What all our variables but two begin with.
const OURS: &str = "CALLS_";
/// What the build reads.
const OF_THE_BUILD: &str = "CALLS_EMBED_CLIENT";

/// A flag as it takes part in everything: a variable that is empty is none, since compositions and service files write
/// `NAME=` for what is not set; and what switches something says so in a word that means it.
pub(super) fn as_meant(arg: Arg) -> Arg {
    let is_empty = arg.get_env().and_then(env::var_os).is_some_and(|value| value.is_empty());
    let arg = if is_empty { arg.env(Resettable::Reset) } else { arg };
    if matches!(arg.get_action(), ArgAction::SetTrue) {
        arg.value_parser(BoolishValueParser::new())
    } else {
        arg
    }
}

/// The value that still has its quotes, as one sentence.
pub(super) fn quoted(command: &Command) -> Option<String> {
    let has_quotes = |text: &str| {
        let inside = |quote| text.len() >= 2 && text.starts_with(quote) && text.ends_with(quote);
        inside('"') || inside('\'')
    };
    let mut names = command.get_arguments().filter_map(Arg::get_env);
    let name = names.find(|name| env::var(name).is_ok_and(|value| has_quotes(&value)))?.to_string_lossy();
    Some(format!(
        "the quotes around the value of {name} are a part of it: leave them out (files for Docker's --env-file have none)"
    ))
}

/// The variables that look like ours and set nothing, one sentence each.
pub(super) fn unknown(command: &Command) -> Vec<String> {
    let mut known: Vec<String> = command
        .get_arguments()
        .filter_map(Arg::get_env)
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    known.extend(secrets::variables(command));
    // One that is empty sets nothing on purpose.
    let set = env::vars_os().filter(|(_, value)| !value.is_empty());
    let set = set.filter_map(|(name, _)| name.into_string().ok());
    among(set, &known)
}

fn among(set: impl Iterator<Item = String>, known: &[String]) -> Vec<String> {
    // Kubernetes tells every container of a service named "calls".
    let of_kubernetes =
        |rest: &str| rest == "PORT" || rest.starts_with("PORT_") || rest.starts_with("SERVICE_");
    let mut unknown: Vec<String> = set
        .filter(|name| name.strip_prefix(OURS).is_some_and(|rest| !of_kubernetes(rest)))
        .filter(|name| name != OF_THE_BUILD && !known.contains(name))
        .collect();
    unknown.sort();
    let rest = |name: &str| name.strip_prefix(OURS).unwrap_or(name).to_owned();
    let ends: Vec<String> = known.iter().map(|name| rest(name)).collect();
    let sentence = |name: String| match nearest(&rest(&name), ends.iter().map(String::as_str)) {
        Some(meant) => format!("the variable {name} sets nothing; did you mean {OURS}{meant}?"),
        None => format!("the variable {name} sets nothing; call-server --help lists those that do"),
    };
    unknown.into_iter().map(sentence).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_variable_is_named_with_what_was_meant() {
        let known =
            ["CALLS_LISTEN", "CALLS_ICE_SERVER", "DATABASE_URL", "CALLS_JWT_SECRET_FILE"].map(str::to_owned);
        let said = |names: &[&str]| among(names.iter().map(|name| (*name).to_owned()), &known);
        assert_eq!(
            said(&["CALLS_LISTEN", "PATH", "CALLS_JWT_SECRET_FILE", "CALLS_EMBED_CLIENT"]),
            Vec::<String>::new()
        );
        assert_eq!(
            said(&["CALLS_LISTEM"]),
            ["the variable CALLS_LISTEM sets nothing; did you mean CALLS_LISTEN?"]
        );
        assert!(said(&["CALLS_ICE_SERVERS"])[0].ends_with("did you mean CALLS_ICE_SERVER?"));
        assert!(said(&["CALLS_COLOUR"])[0].ends_with("lists those that do"));
        assert_eq!(said(&["CALLS_PORT_8080_TCP", "CALLS_SERVICE_HOST", "CALLS_PORT"]), Vec::<String>::new());
    }
}
