//! The optional TOML file: its keys are the long names of the flags, with dashes or underscores.
//! Never knows a flag by name: what a key may be, and what its value must look like, is read from the command line's own
//! definition, so that a flag that is added can be set in the file at once.

use super::{mistakes::nearest, shape::Shape};
use clap::{Arg, Command, builder::Resettable, error::ErrorKind};
use std::{collections::BTreeMap, error::Error, fs, path::Path};
use toml::{Table, Value};

/// What a file sets, as raw values by the flag's long name.
#[derive(Debug)]
pub(super) struct File {
    values: BTreeMap<String, Vec<String>>,
}

impl File {
    /// Reads a file and checks every value as the flag's own parser does.
    ///
    /// # Errors
    /// One sentence that names the file and the key.
    pub(super) fn read(path: &Path, command: &Command) -> Result<Self, String> {
        let text = fs::read_to_string(path)
            .map_err(|error| format!("cannot read the configuration file {}: {error}", path.display()))?;
        Self::parse(&text, command).map_err(|sentence| format!("{}: {sentence}", path.display()))
    }

    fn parse(text: &str, command: &Command) -> Result<Self, String> {
        let table: Table = text.parse().map_err(|error| not_toml(text, &error))?;
        let alone = command.clone().mut_args(|arg| arg.env(Resettable::Reset));
        let mut values = BTreeMap::new();
        for (key, value) in table {
            let name = key.replace('_', "-");
            let arg = flag(command, &name).ok_or_else(|| no_setting(command, &key, &name))?;
            let raw = raw(Shape::of(arg), &value).map_err(|wanted| format!("{key} must be {wanted}"))?;
            refuse_what_the_flag_refuses(&alone, arg, &name, &raw)
                .map_err(|reason| format!("{key} cannot be used: {reason}"))?;
            if values.insert(name, raw).is_some() {
                return Err(format!("{key} is there twice, with dashes and with underscores"));
            }
        }
        Ok(Self { values })
    }

    /// The flag with the file's value as its default, so that a flag or variable that is given comes before it.
    pub(super) fn as_default(&self, arg: Arg) -> Arg {
        match arg.get_long().and_then(|name| self.values.get(name)) {
            Some(values) => {
                let values = values.clone();
                arg.default_values(values)
            }
            None => arg,
        }
    }

    /// Whether the file sets a flag.
    pub(super) fn sets(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }
}

fn no_setting(command: &Command, key: &str, name: &str) -> String {
    let known = command.get_arguments().filter_map(Arg::get_long).filter(|known| *known != "config");
    match nearest(name, known) {
        Some(meant) => format!("{key} is no setting; did you mean {meant}?"),
        None => {
            format!(
                "{key} is no setting; the keys are the flags of call-server --help, without the dashes in front"
            )
        }
    }
}

fn flag<'a>(command: &'a Command, name: &str) -> Option<&'a Arg> {
    // One file is enough: it names no other.
    let usable = |arg: &&Arg| arg.get_long() == Some(name) && name != "config";
    command.get_arguments().find(usable)
}

/// The value as it would stand on the command line; otherwise what it has to be.
fn raw(shape: Shape, value: &Value) -> Result<Vec<String>, &'static str> {
    match (shape, value) {
        (Shape::List, Value::Array(items)) => items
            .iter()
            .map(|item| scalar(item).ok_or("a list of texts, such as [\"one\", \"two\"]"))
            .collect(),
        (Shape::List, _) => Err("a list of texts, such as [\"one\", \"two\"]"),
        (Shape::Switch, Value::Boolean(on)) => Ok(vec![on.to_string()]),
        (Shape::Switch, _) => Err("true or false"),
        (Shape::Number, Value::Integer(_) | Value::Float(_)) | (Shape::Text, Value::String(_)) => {
            Ok(scalar(value).into_iter().collect())
        }
        (Shape::Number, _) => Err("a number without quotes"),
        (Shape::Text, _) => Err("a text in quotes"),
        (Shape::Scalar, value) => scalar(value).map(|one| vec![one]).ok_or("a text in quotes or a number"),
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Boolean(_) | Value::Datetime(_) | Value::Array(_) | Value::Table(_) => None,
    }
}

/// Gives the values to the flag alone; what it says of the others that are missing does not matter yet.
pub(super) fn refuse_what_the_flag_refuses(
    alone: &Command,
    arg: &Arg,
    name: &str,
    raw: &[String],
) -> Result<(), String> {
    if Shape::of(arg) == Shape::Switch {
        return Ok(());
    }
    for value in raw {
        let line = ["call-server".to_owned(), format!("--{name}={value}")];
        let Err(error) = alone.clone().try_get_matches_from(line) else { continue };
        if matches!(error.kind(), ErrorKind::ValueValidation | ErrorKind::InvalidValue) {
            return Err(error.source().map_or_else(|| choices(arg), reason));
        }
    }
    Ok(())
}

/// Why a value cannot be used, in words for who typed it.
pub(super) fn reason(error: &(dyn Error + 'static)) -> String {
    if error.is::<std::num::ParseIntError>() {
        return "it is a whole number, without a unit".to_owned();
    }
    error.to_string()
}

fn choices(arg: &Arg) -> String {
    let names: Vec<_> = arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
    if names.is_empty() { "it is empty".to_owned() } else { format!("it is one of {}", names.join(", ")) }
}

/// In one line, without the piece of the file that `toml` would show: it may hold a secret.
fn not_toml(text: &str, error: &toml::de::Error) -> String {
    let line =
        error.span().map_or(1, |span| 1 + text.bytes().take(span.start).filter(|b| *b == b'\n').count());
    let message = error.message().lines().collect::<Vec<_>>().join(", ");
    format!("line {line} is not TOML: {message}")
}
