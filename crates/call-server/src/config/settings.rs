//! Every setting as it takes effect, with its origin: printed as a file that could be used, and searched for pairs that
//! exclude each other. Never shows a secret, nor what an address holds of passwords.

use super::shape::Shape;
use std::{fmt, path::PathBuf};
use toml::Value;

/// Every setting as it takes effect; shown, it is the text of a configuration file.
#[derive(Debug)]
pub struct Settings {
    all: Vec<Setting>,
    excluding: Vec<(String, String)>,
    file: Option<PathBuf>,
}

/// One setting.
#[derive(Debug)]
pub(super) struct Setting {
    pub(super) name: String,
    pub(super) shape: Shape,
    pub(super) values: Vec<String>,
    pub(super) secret: bool,
    pub(super) origin: Origin,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The command line.
    Flag,
    /// The environment variable of this name.
    Variable(String),
    /// The configuration file.
    File,
    /// Nobody set it.
    Default,
}

impl Settings {
    /// The settings, the pairs of names that exclude each other, and the file that was read.
    pub(super) fn new(all: Vec<Setting>, excluding: Vec<(String, String)>, file: Option<PathBuf>) -> Self {
        Self { all, excluding, file }
    }

    /// The pairs that are both given although one excludes the other, one sentence each.
    pub(super) fn contradictions(&self) -> Vec<String> {
        let given = |name: &str| self.all.iter().find(|setting| setting.name == name && setting.is_given());
        let issuer = ["issuer-jwks", "issuer-secret"].into_iter().any(|name| given(name).is_some());
        let nobodys = ["issuer-audience", "issuer-name"].into_iter().filter(|_| !issuer).filter_map(given);
        let nobodys = nobodys.map(|setting| {
            format!(
                "--{} ({}) says something about an issuer's tokens, and there is no issuer: add --issuer-jwks or \
                 CALLS_ISSUER_SECRET, or leave it out",
                setting.name,
                self.place(&setting.origin)
            )
        });
        self.excluded(|_| true).chain(nobodys).collect()
    }

    /// The same about the database alone.
    pub(super) fn database_contradictions(&self) -> Vec<String> {
        self.excluded(|name| name.starts_with("database")).collect()
    }

    /// Settings that exclude each other, of those whose names are asked for.
    fn excluded(&self, asked: impl Fn(&str) -> bool) -> impl Iterator<Item = String> {
        let given = |name: &str| self.all.iter().find(|setting| setting.name == name && setting.is_given());
        let pairs = self.excluding.iter().filter(move |(one, other)| asked(one) && asked(other));
        let both = pairs.filter_map(move |(one, other)| Some((given(one)?, given(other)?)));
        both.map(|(one, other)| {
            let (here, there) = (self.place(&one.origin), self.place(&other.origin));
            format!(
                "--{} ({here}) and --{} ({there}) contradict each other: leave one of them out",
                one.name, other.name
            )
        })
    }

    /// What is given and of no use without something else that is not, one sentence each.
    pub(super) fn useless(&self) -> Vec<String> {
        let of_tables = |name: &str| {
            ["users-", "conversations-", "members-", "messages-"].iter().any(|begin| name.starts_with(begin))
        };
        let column = |setting: &&Setting| {
            of_tables(&setting.name) && !setting.name.ends_with("-table") && setting.is_given()
        };
        let mut sentences = Vec::new();
        if self.is_given("turn-credential-hours") && !self.is_given("turn-secret") {
            sentences.push(
                "--turn-credential-hours has no effect without the secret of the TURN server".to_owned(),
            );
        }
        for name in ["relay-listen", "relay-address"] {
            if self.is_given(name) && !self.is_given("relay") {
                sentences.push(format!("--{name} has no effect without --relay"));
            }
        }
        if self.is_given("hsts-seconds") && !self.is_given("tls-certificate") {
            sentences.push(
                "--hsts-seconds has no effect without --tls-certificate: behind a proxy, the proxy says it"
                    .to_owned(),
            );
        }
        if let Some(column) = self.all.iter().find(column)
            && !self.all.iter().any(|setting| setting.name.ends_with("-table") && setting.is_given())
        {
            sentences.push(format!(
                "--{} has no effect without an application's tables, such as --users-table",
                column.name
            ));
        }
        sentences
    }

    /// Whether somebody set it.
    pub(super) fn is_given(&self, name: &str) -> bool {
        self.all.iter().any(|setting| setting.name == name && setting.is_given())
    }

    /// Whether the file sets a secret.
    pub(super) fn has_secret_in_file(&self) -> bool {
        self.all.iter().any(|setting| {
            setting.secret && setting.origin == Origin::File && matches!(setting.value(), Shown::Hidden(_))
        })
    }

    fn place(&self, origin: &Origin) -> String {
        match origin {
            Origin::Flag => "flag".to_owned(),
            Origin::Variable(name) => format!("variable {name}"),
            Origin::File => {
                let file = self.file.as_ref().map(|file| file.display().to_string()).unwrap_or_default();
                format!("file {file}")
            }
            Origin::Default => "default".to_owned(),
        }
    }
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "# What takes effect, and where it comes from. Behind a # are defaults, and secrets, which are not shown."
        )?;
        for setting in &self.all {
            let place = self.place(&setting.origin);
            let name = &setting.name;
            match (setting.value(), &setting.origin) {
                (Shown::Nothing, _) => writeln!(f, "# {name} is not set")?,
                (Shown::Hidden(value), _) => writeln!(f, "# {name} = {value} # {place}, not shown")?,
                (Shown::Whole(value), Origin::Default) => writeln!(f, "# {name} = {value} # {place}")?,
                (Shown::Whole(value), Origin::Flag | Origin::Variable(_) | Origin::File) => {
                    writeln!(f, "{name} = {value} # {place}")?;
                }
            }
        }
        Ok(())
    }
}

/// A value as it may be shown.
enum Shown {
    /// There is none.
    Nothing,
    /// All of it.
    Whole(String),
    /// With something taken out.
    Hidden(String),
}

impl Setting {
    /// A switch that is off is as good as none.
    fn is_given(&self) -> bool {
        let off = self.shape == Shape::Switch && self.values == ["false"];
        self.origin != Origin::Default && !off
    }

    fn value(&self) -> Shown {
        if self.values.is_empty() {
            return if self.origin == Origin::Default {
                Shown::Nothing
            } else {
                Shown::Whole("[]".to_owned())
            };
        }
        let safe: Vec<String> = self.values.iter().map(|value| safe(value, self.secret)).collect();
        let hidden = safe != self.values;
        let text = match self.shape {
            Shape::List => Value::from(safe).to_string(),
            Shape::Switch | Shape::Number => safe.concat(),
            Shape::Text | Shape::Scalar => Value::from(safe.concat()).to_string(),
        };
        if hidden { Shown::Hidden(text) } else { Shown::Whole(text) }
    }
}

/// Whether an address says with which password somebody signs in.
pub(super) fn sign_in(address: &str) -> bool {
    let (scheme, rest) = address.split_once("://").unwrap_or_default();
    let account = rest.rsplit_once('@').map(|(account, _)| account);
    // NATS takes a token alone; several servers are a list.
    account.is_some_and(|account| account.contains(':') || !scheme.starts_with("postgres"))
        || rest.split(['?', '&']).skip(1).any(|option| option.starts_with("password="))
}

/// A value without what must not be seen: all of a secret; of an address who signs in, with what.
fn safe(value: &str, secret: bool) -> String {
    let Some((scheme, rest)) = value.split_once("://") else {
        return if secret { "(set)".to_owned() } else { value.to_owned() };
    };
    // A password may hold a slash that should have been escaped: what is before the last @ is never shown.
    let (host, signs_in) = match rest.rsplit_once('@') {
        Some((_, host)) => (host, true),
        None => (rest, false),
    };
    if !signs_in && !secret {
        return value.to_owned();
    }
    let (host, options) = host.split_once('?').map_or((host, ""), |(host, _)| (host, "?(set)"));
    format!("{scheme}://{}{host}{options}", if signs_in { "(set)@" } else { "" })
}
