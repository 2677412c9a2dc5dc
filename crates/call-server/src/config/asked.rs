//! What the program was asked to do, and with what: a flag comes before its variable, that before the file, that before
//! the default. Every flag takes part by itself, those of flattened groups too.
//! Never decides what a value means: see `Config`.

use super::{
    Arguments, Config,
    file::{File, reason},
    help::in_tasks,
    orders::{InviteTask, UserTask},
    secrets::{self, SecretFiles, is_secret},
    settings::{Origin, Setting, Settings},
    shape::Shape,
    variables,
};
use crate::web_client::Client;
use call_protocol::UserId;
use clap::{
    Arg, ArgMatches, Command, CommandFactory, FromArgMatches, Subcommand,
    builder::Resettable,
    error::{ContextKind, ContextValue},
    parser::ValueSource,
};
use std::{env, error::Error, ffi::OsString, path::PathBuf};

/// What the program can do besides serving.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Task {
    /// Look at the configuration without starting anything
    #[command(subcommand)]
    Config(ConfigTask),
    /// See whether something works from here
    #[command(subcommand)]
    Check(CheckTask),
    /// Delete calls that ended, and rows of the audit log that were written, more than so many days ago
    Forget {
        /// The age in days from which on everything is deleted
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
        older_than_days: u32,
    },
    /// Copy the database to a new file; a server may be running
    Backup {
        /// The file to create
        file: PathBuf,
    },
    /// Restore such a copy; a server may be running; the present database is copied beside it first
    Restore {
        /// The copy
        file: PathBuf,
    },
    /// Create, list and delete accounts, set passwords, and sign accounts out
    #[command(subcommand)]
    User(UserTask),
    /// Create an invitation to register, and print its link; list and revoke invitations
    Invite {
        /// What to do instead of creating one
        #[command(subcommand)]
        instead: Option<InviteTask>,
        /// How many accounts can be created with it
        #[arg(long, default_value_t = 1, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=10_000))]
        uses: u32,
        /// For how many days it is valid
        #[arg(long, default_value_t = 7, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3_650))]
        days: u32,
        /// A note, such as whom it is for
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
    /// The same as user delete, by id
    #[command(hide = true)]
    DeleteUser {
        /// The person's id, a UUID
        #[arg(value_parser = person)]
        id: UserId,
    },
}

/// What can be checked.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum CheckTask {
    /// Try every way to the relay of the server that runs with these settings (--relay): an allocation, and a packet through it
    Relay,
}

/// What can be done with the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum ConfigTask {
    /// Print what takes effect, as a configuration file, and where each value comes from; refuse contradictions (status 1),
    /// and point out what is hardly meant
    Check {
        /// Refuse what is hardly meant, too
        #[arg(long)]
        strict: bool,
    },
}

/// The command line, the environment and the file, read and put together.
#[derive(Debug)]
pub struct Asked {
    /// What to do; to serve when it is left out.
    pub task: Option<Task>,
    /// What to do it with.
    pub config: Config,
    /// Every setting and where it comes from.
    pub settings: Settings,
    /// What can be used and is hardly meant, one sentence each.
    pub warnings: Vec<String>,
}

/// Why nothing can be done.
#[derive(Debug)]
enum Refusal {
    /// What clap says, help and version included.
    Usage(clap::Error),
    /// One sentence.
    Sentence(String),
}

impl Asked {
    /// Reads the command line, the environment and the file; prints help or what is wrong, and leaves, where clap does.
    ///
    /// # Errors
    /// One sentence about the file.
    pub fn from_environment() -> Result<Self, String> {
        Self::read(env::args_os()).map_err(|refusal| match refusal {
            Refusal::Usage(error) => error.exit(),
            Refusal::Sentence(sentence) => sentence,
        })
    }

    /// What contradicts itself in what the task needs, one sentence each; nothing may be started with it. Commands that only
    /// use the database are given without the server's secrets, perhaps in an emergency.
    pub fn contradictions(&self) -> Vec<String> {
        if !is_about_serving(self.task.as_ref()) {
            let mut sentences = self.settings.database_contradictions();
            sentences.extend(self.config.database_contradictions());
            return sentences;
        }
        let mut sentences = self.settings.contradictions();
        sentences.extend(self.config.contradictions());
        sentences.extend(self.missing_client());
        if matches!(self.task, Some(Task::Config(_))) {
            // A start finds it out by itself, and more exactly.
            sentences.extend(self.config.tls.missing_file());
        }
        sentences
    }

    /// The folder of the client that somebody named and that is not there.
    fn missing_client(&self) -> Option<String> {
        let Client::Folder(folder) = &self.config.client else { return None };
        let missing = self.settings.is_given("client") && !folder.is_dir();
        missing.then(|| {
            let folder = folder.display();
            format!("there is no folder {folder}, which --client names as the built web client: build it there, or leave --client out")
        })
    }

    fn read(line: impl IntoIterator<Item = OsString>) -> Result<Self, Refusal> {
        let line: Vec<OsString> = line.into_iter().collect();
        let defined = Arguments::command();
        // What excludes each other is told apart from what is misspelt, and holds for the file, too.
        let excluding = excluding(&defined);
        let command = defined
            .clone()
            .mut_args(|arg| variables::as_meant(arg.conflicts_with(Resettable::Reset)).global(true));
        if let Some(sentence) = variables::quoted(&defined) {
            return Err(Refusal::Sentence(sentence));
        }
        let misspelt = |error| usage(&command, error);
        let mut matches = in_tasks(command.clone()).try_get_matches_from(&line).map_err(misspelt)?;
        let path = matches.get_one::<PathBuf>("config").cloned();
        let file =
            path.as_ref().map(|path| File::read(path, &command)).transpose().map_err(Refusal::Sentence)?;
        let secrets = SecretFiles::read(&defined, &command).map_err(Refusal::Sentence)?;
        let with_files = |arg| {
            let arg = file.iter().fold(arg, |arg, file| file.as_default(arg));
            secrets.as_default(arg)
        };
        matches = in_tasks(command.clone().mut_args(with_files))
            .try_get_matches_from(&line)
            .map_err(Refusal::Usage)?;
        if let Some(sentence) = secrets::shown(&defined, &matches) {
            return Err(Refusal::Sentence(sentence));
        }
        let settings = command
            .get_arguments()
            .filter(|arg| arg.get_long().is_some_and(|name| name != "config"))
            .map(|arg| setting(arg, &matches, (file.as_ref(), &secrets)))
            .collect();
        let arguments = Arguments::from_arg_matches(&matches).map_err(Refusal::Usage)?;
        let task = arguments.task.clone();
        let open = path.clone().filter(|path| secrets::is_open(path));
        let settings = Settings::new(settings, excluding, path);
        let config = Config::from(arguments);
        let mut warnings = variables::unknown(&defined);
        warnings.extend(settings.useless());
        warnings.extend(config.warnings());
        if let Some(path) = open.filter(|_| settings.has_secret_in_file()) {
            let path = path.display();
            warnings
                .push(format!("everybody on this machine may read the secrets in {path}: chmod 640 {path}"));
        }
        if let Client::Folder(folder) = &config.client
            && settings.is_given("client")
            && !folder.join("index.html").is_file()
        {
            let folder = folder.display();
            warnings.push(format!(
                "there is no index.html in {folder}: is it the folder of the built web client?"
            ));
        }
        Ok(Self { task, config, settings, warnings })
    }
}

/// Whether a server is started, or what it would be started with is looked at: other tasks use the database alone.
fn is_about_serving(task: Option<&Task>) -> bool {
    matches!(task, None | Some(Task::Config(_) | Task::Check(_)))
}

fn person(text: &str) -> Result<UserId, &'static str> {
    UserId::parse(text.trim()).ok_or("an id is a UUID, such as 0190a2f4-1b7c-7def-8a9b-0c1d2e3f4a5b")
}

/// What clap says, unless it would repeat a secret that cannot be used.
fn usage(command: &Command, error: clap::Error) -> Refusal {
    let name = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(shown)) => shown.split([' ', '=']).next().unwrap_or_default().to_owned(),
        Some(_) | None => return Refusal::Usage(error),
    };
    let secret = |arg: &Arg| is_secret(arg) && arg.get_long() == name.strip_prefix("--");
    match error.source() {
        Some(why) if command.get_arguments().any(secret) || why.is::<std::num::ParseIntError>() => {
            Refusal::Sentence(format!("the value of {name} cannot be used: {}", reason(why)))
        }
        Some(_) | None => Refusal::Usage(error),
    }
}

/// The pairs of flags that exclude each other, by their long names.
fn excluding(command: &Command) -> Vec<(String, String)> {
    let name = |arg: &Arg| arg.get_long().unwrap_or_default().to_owned();
    let pairs = command.get_arguments().flat_map(|arg| {
        let others = command.get_arg_conflicts_with(arg);
        others.into_iter().map(move |other| (name(arg), name(other)))
    });
    let mut found: Vec<(String, String)> = Vec::new();
    for (one, other) in pairs {
        if !found.iter().any(|(a, b)| (a, b) == (&one, &other) || (a, b) == (&other, &one)) {
            found.push((one, other));
        }
    }
    found
}

fn setting(arg: &Arg, matches: &ArgMatches, (file, secrets): (Option<&File>, &SecretFiles)) -> Setting {
    let (id, name) = (arg.get_id().as_str(), arg.get_long().unwrap_or_default());
    let shape = Shape::of(arg);
    let raw = matches.get_raw(id).into_iter().flatten().map(|value| value.to_string_lossy().into_owned());
    let values = match shape {
        Shape::Switch => vec![matches.try_get_one(id).ok().flatten().copied().unwrap_or(false).to_string()],
        Shape::Number | Shape::Text | Shape::List | Shape::Scalar => raw.collect(),
    };
    let origin = match matches.value_source(id) {
        Some(ValueSource::CommandLine) => Origin::Flag,
        Some(ValueSource::EnvVariable) => {
            Origin::Variable(arg.get_env().unwrap_or_default().to_string_lossy().into_owned())
        }
        _ if file.is_some_and(|file| file.sets(name)) => secrets.origin(name).unwrap_or(Origin::File),
        _ => secrets.origin(name).unwrap_or(Origin::Default),
    };
    Setting { name: name.to_owned(), shape, values, secret: is_secret(arg), origin }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// Asks with a file of this text; the file is named `calls.toml`.
    fn asked(test: &str, text: &str, line: &[&str]) -> Result<Asked, String> {
        let folder = env::temp_dir().join(format!("call-server-{test}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("calls.toml");
        std::fs::write(&file, text).unwrap();
        let all = ["call-server", "--config", file.to_str().unwrap()].into_iter().chain(line.iter().copied());
        let asked = Asked::read(all.map(OsString::from)).map_err(|refusal| match refusal {
            Refusal::Usage(error) => error.to_string(),
            Refusal::Sentence(sentence) => sentence,
        });
        std::fs::remove_dir_all(&folder).unwrap();
        asked
    }

    #[test]
    fn a_file_sets_what_flags_set_and_a_flag_comes_before_it() {
        let text = "listen = '127.0.0.1:1234'\nring_seconds = 30\ndemo = true\nkeep-days = 7\n\
                    allow-origin = ['https://a.test', 'https://b.test']\nrate-factor = 3";
        let config = asked("sets", text, &["--rate-factor", "5"]).unwrap().config;
        assert_eq!((config.listen.port(), config.demo, config.keep_days), (1234, true, Some(7)));
        assert_eq!(config.timings.calls.ring, Duration::from_secs(30));
        assert_eq!(config.allow_origins, ["https://a.test", "https://b.test"]);
        assert_eq!(config.limits.rates, crate::config::Rates::default().scaled(5));
        assert_eq!(config.limits.database_connections, 16, "the default");
    }

    #[test]
    fn a_key_that_is_unknown_or_of_the_wrong_type_is_one_sentence_with_file_and_key() {
        for (text, sentence) in [
            ("rings = 1", "calls.toml: rings is no setting; the keys are the flags"),
            ("ring-second = 1", "calls.toml: ring-second is no setting; did you mean ring-seconds?"),
            ("config = 'other.toml'", "calls.toml: config is no setting"),
            ("help = true", "calls.toml: help is no setting"),
            ("ring-seconds = '45'", "calls.toml: ring-seconds must be a number without quotes"),
            ("ring-seconds = 0", "calls.toml: ring-seconds cannot be used: 0 is not in 1..=600"),
            ("ring-seconds = 1.5", "calls.toml: ring-seconds cannot be used: it is a whole number"),
            ("database = 3", "calls.toml: database must be a text in quotes"),
            ("database = ''", "calls.toml: database cannot be used: it is empty"),
            ("demo = 'yes'", "calls.toml: demo must be true or false"),
            ("listen = 'here'", "calls.toml: listen cannot be used: it is an IP address and a port"),
            ("allow-origin = 'https://a.test'", "calls.toml: allow-origin must be a list of texts"),
            ("allow-origin = ['*']", "calls.toml: allow-origin cannot be used: an origin is scheme"),
            ("keep-days = 1\nkeep_days = 2", "is there twice, with dashes and with underscores"),
            ("[tls]\nkey = 1", "calls.toml: tls is no setting"),
            ("demo = true\nring-seconds 45", "calls.toml: line 2 is not TOML"),
        ] {
            let said = asked("refuses", text, &[]).unwrap_err();
            assert!(said.contains(sentence) && said.lines().count() == 1, "{text}: {said}");
        }
        let missing =
            Asked::read(["call-server", "--config", "nowhere.toml"].map(OsString::from)).unwrap_err();
        assert!(
            matches!(missing, Refusal::Sentence(s) if s.starts_with("cannot read the configuration file nowhere.toml"))
        );
    }

    #[test]
    fn a_secret_in_a_file_that_cannot_be_used_is_not_repeated() {
        for text in ["jwt-secret = 'sesame'", "jwt-secret = 'sesame", "database-url = 'sesame'"] {
            let said = asked("secret", text, &[]).unwrap_err();
            assert!(!said.contains("sesame"), "{said}");
        }
        let said = asked("flag", "", &["--jwt-secret", "sesame"]).unwrap_err();
        assert_eq!(said, "the value of --jwt-secret cannot be used: the secret must have at least 32 bytes");
    }

    #[test]
    fn what_excludes_each_other_is_noticed_wherever_it_comes_from() {
        let url = "postgres://a:b@localhost/c";
        let asked_twice = asked("both", &format!("database-url = '{url}'"), &["--database", "a.sqlite"]);
        let sentences = asked_twice.unwrap().contradictions();
        assert_eq!(sentences.len(), 1, "{sentences:?}");
        assert!(
            sentences[0].starts_with("--database-url (file ") && sentences[0].contains("--database (flag)"),
            "{sentences:?}"
        );
        let off = asked("off", "no-ice-servers = false\nice-server = ['stun:a']", &[]).unwrap();
        assert_eq!(off.contradictions(), Vec::<String>::new(), "a switch that is off excludes nothing");
        let on = asked("on", "no-ice-servers = true\nice-server = ['stun:a']", &[]).unwrap();
        assert_eq!(on.contradictions().len(), 1);
    }

    #[test]
    fn what_is_printed_can_be_used_as_the_file_and_shows_no_secret() {
        let text = "database-url = 'postgres://calls:pass/word@db.test:5433/app?sslmode=require'\n\
                    jwt-secret = '0123456789abcdef0123456789abcdef'\nring-seconds = 30\nallow-origin = ['https://a.test']";
        let line = ["config", "check", "--demo", "--keep-days", "9"];
        let first = asked("prints", text, &line).unwrap();
        assert_eq!(first.task, Some(Task::Config(ConfigTask::Check { strict: false })));
        let shown = first.settings.to_string();
        assert!(
            !shown.contains("0123456789") && !shown.contains("word") && !shown.contains("calls:"),
            "{shown}"
        );
        for line in [
            "\nring-seconds = 30 # file ",
            "\nallow-origin = [\"https://a.test\"] # file ",
            "\ndemo = true # flag\n",
            "\nkeep-days = 9 # flag\n",
            "\n# database-url = \"postgres://(set)@db.test:5433/app?(set)\" # file ",
            "\n# jwt-secret = \"(set)\" # file ",
            "\n# listen = \"127.0.0.1:8080\" # default\n",
            "\n# behind-proxy = false # default\n",
        ] {
            assert!(shown.contains(line), "{line:?} is not in {shown}");
        }
        let again = asked("again", &shown, &[]).unwrap().config;
        assert_eq!((again.demo, again.keep_days), (true, Some(9)));
        assert_eq!(again.allow_origins, first.config.allow_origins);
        assert_eq!(again.timings.calls.ring, first.config.timings.calls.ring);
    }
}
