//! `cargo xtask run`: from a fresh machine to a running product. Owns the order of the steps and the messages;
//! finally it replaces itself with the server, so that Ctrl+C reaches the server alone.

use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::{Arg, Args};

use crate::client::{self, Profile};
use crate::{exec, places, server, setup};

/// Build client and server, start the server on an SQLite file and serve the client from it.
///
/// Installs missing tools first (see `setup`). The first start takes minutes, later ones seconds.
/// Also takes the server's flags, such as --ring-seconds, --allow-origin or --ice-server: `call-server --help`
/// lists them.
/// Stays in the foreground; Ctrl+C stops the server.
#[derive(Args)]
pub(crate) struct Options {
    /// Port to listen on; 0 takes any free port.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Address to listen on; 0.0.0.0 means every network of this machine.
    #[arg(long, value_name = "ADDR", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    listen: IpAddr,
    /// Folder of the database [default: ./data of the checkout].
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Do not create the demo accounts.
    #[arg(long)]
    no_demo: bool,
    /// Debug builds of client and server: faster to build, larger and slower to use.
    #[arg(long)]
    debug: bool,
    /// Flags of the server, as `call-server --help` lists them, such as --ring-seconds 10.
    #[arg(value_name = "FLAGS OF THE SERVER", last = true)]
    server: Vec<String>,
}

/// Moves flags that `run` does not know behind `--`, where they are passed on to the server, so that nobody
/// needs to know which program reads which flag.
pub(crate) fn with_server_flags(line: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut line: Vec<OsString> = line.into_iter().collect();
    if line.get(1).is_none_or(|command| command != "run") {
        return line;
    }
    let known =
        Options::augment_args(clap::Command::new("run").arg(Arg::new("help").long("help").short('h')));
    let is_known = |flag: &str| {
        let name = flag.split('=').next().unwrap_or_default();
        let names = |arg: &Arg| {
            let long = arg.get_long().map(|long| format!("--{long}"));
            let short = arg.get_short().map(|short| format!("-{short}"));
            [long, short].into_iter().flatten().any(|own| own == name)
        };
        known.get_arguments().any(names)
    };
    let typed = line.split_off(2);
    let (mut own, mut servers) = (Vec::new(), Vec::new());
    let mut typed = typed.into_iter();
    let mut is_own = true;
    for word in typed.by_ref() {
        let text = word.to_string_lossy();
        if text == "--" {
            break;
        }
        // An argument that is no flag is the value of the flag before it.
        if text.starts_with('-') {
            is_own = is_known(&text);
        }
        if is_own { own.push(word) } else { servers.push(word) }
    }
    servers.extend(typed);
    line.extend(own);
    line.push("--".into());
    line.extend(servers);
    line
}

/// The command `run`.
pub(crate) fn run(options: &Options) -> Result<()> {
    let address = SocketAddr::new(options.listen, options.port);
    // Checks what the person may have to fix before the steps that take time.
    check_address(address)?;
    check_demo(options)?;
    let data = options.data.clone().unwrap_or_else(|| places::root().join("data"));
    check_writable(&data)?;
    let tools = setup::ensure()?;
    let profile = if options.debug { Profile::Debug } else { Profile::Release };
    let program = server::build(profile)?;
    let arguments = server_arguments(options, address, &data);
    check_arguments(&program, &arguments)?;
    let dist = places::dist();
    client::build(&tools, profile, &dist)?;
    print!("{}", welcome(options));
    become_server(Command::new(program).args(arguments).arg("--client").arg(dist))
}

/// Has the server check its flags before the client is built, which takes longest.
fn check_arguments(program: &Path, arguments: &[String]) -> Result<()> {
    let mut check = Command::new(program);
    let checked = check.args(["config", "check"]).args(arguments).output();
    let checked = checked.with_context(|| format!("could not start `{}`", exec::describe(&check)))?;
    if checked.status.success() {
        return Ok(());
    }
    bail!("{}", String::from_utf8_lossy(&checked.stderr).trim_end())
}

fn check_address(address: SocketAddr) -> Result<()> {
    match TcpListener::bind(address) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            bail!(
                "port {} is in use: stop the program that uses it, or choose another port with --port",
                address.port()
            )
        }
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            bail!("port {} is reserved for the system: choose a port above 1023 with --port", address.port())
        }
        Err(error) => bail!("cannot listen on {address}: {error}"),
    }
}

/// The demo accounts have a password that everybody knows.
fn check_demo(options: &Options) -> Result<()> {
    let is_meant = options.server.iter().any(|flag| flag == "--demo-on-network");
    if options.listen.is_loopback() || options.no_demo || is_meant {
        return Ok(());
    }
    bail!(
        "--listen {} lets other machines in, and everybody knows the password of the demo accounts: \
         leave them out with --no-demo, or add --demo-on-network to say that you mean it",
        options.listen
    )
}

fn check_writable(data: &Path) -> Result<()> {
    let trial = data.join(".writable");
    let outcome =
        fs::create_dir_all(data).and_then(|()| fs::write(&trial, "")).and_then(|()| fs::remove_file(trial));
    outcome.with_context(|| {
        format!("cannot write to the folder {}: choose another one with --data", data.display())
    })
}

fn server_arguments(options: &Options, address: SocketAddr, data: &Path) -> Vec<String> {
    let database = data.join("calls.sqlite");
    let mut arguments = vec!["--listen".to_owned(), address.to_string()];
    arguments.extend(["--database".to_owned(), database.display().to_string()]);
    if options.no_demo {
        // A server that only this machine can reach, for developers.
        let who = if options.listen.is_loopback() { "open" } else { "closed" };
        arguments.extend(["--registration".to_owned(), who.to_owned()]);
    } else {
        arguments.push("--demo".to_owned());
    }
    arguments.extend(relay(options));
    arguments.extend(options.server.iter().cloned());
    arguments
}

/// The server's own relay at any free port, unless somebody says something about it; where it listens everywhere, only they
/// know by which name it is found.
fn relay(options: &Options) -> Vec<String> {
    let is_about_it = |flag: &String| {
        ["--relay", "--ice-server", "--no-ice-servers", "--turn-"].iter().any(|name| flag.starts_with(name))
    };
    if options.listen.is_unspecified() || options.server.iter().any(is_about_it) {
        return Vec::new();
    }
    let listen = SocketAddr::new(options.listen, 0).to_string();
    ["--relay".to_owned(), "--relay-listen".to_owned(), listen].to_vec()
}

/// The message that is printed once everything is built.
fn welcome(options: &Options) -> String {
    let place = match options.port {
        0 => "the address printed below".to_owned(),
        port if options.listen.is_unspecified() => format!("http://localhost:{port}"),
        port => format!("http://{}", SocketAddr::new(options.listen, port)),
    };
    let accounts = if options.no_demo && options.listen.is_loopback() {
        "There are no demo accounts: create two on the page.\n"
    } else if options.no_demo {
        "There are no accounts, and none can be created on the page: use `call-server user add NAME` with the same --database.\n"
    } else {
        "Demo accounts: anna and ben, password messenger (--no-demo leaves them out).\n\
         Sign in as each in a window of its own, then press Voice or Video.\n"
    };
    format!("\nMessenger Calls is at {place}\n{accounts}Ctrl+C stops the server.\n\n")
}

/// Replaces this process with the server.
#[cfg(unix)]
fn become_server(command: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    let error = command.exec();
    Err(error).with_context(|| format!("could not start `{}`", exec::describe(command)))
}

/// Runs the server until it ends.
#[cfg(not(unix))]
fn become_server(command: &mut Command) -> Result<()> {
    exec::run(command)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    fn options(line: &str) -> Options {
        let line = ["xtask", "run"].into_iter().chain(line.split_whitespace()).map(OsString::from);
        let line = with_server_flags(line).into_iter().skip(1);
        Line::parse_from(line).options
    }

    fn arguments(line: &str) -> String {
        let options = options(line);
        let address = SocketAddr::new(options.listen, options.port);
        server_arguments(&options, address, Path::new("data")).join(" ")
    }

    #[test]
    fn the_server_is_told_everything() {
        assert_eq!(
            arguments(""),
            "--listen 127.0.0.1:8080 --database data/calls.sqlite --demo --relay --relay-listen 127.0.0.1:0"
        );
        assert_eq!(
            arguments(
                "--port 0 --allow-origin http://a --listen ::1 --ring-seconds 3 --no-demo --allow-origin http://b"
            ),
            "--listen [::1]:0 --database data/calls.sqlite --registration open --relay --relay-listen [::1]:0 \
             --allow-origin http://a --ring-seconds 3 --allow-origin http://b"
        );
        assert!(arguments("--ice-server stun:a:1 --port 0").ends_with(" --ice-server stun:a:1"));
        assert!(arguments("--no-ice-servers").ends_with(" --no-ice-servers"));
        assert!(arguments("--listen 0.0.0.0 --no-demo").ends_with(" --registration closed"));
        assert!(arguments("--listen 0.0.0.0 --demo-on-network").ends_with(" --demo --demo-on-network"));
        assert!(
            arguments("--ring-seconds=3 --port=0 -- --keep-days 7")
                .ends_with(" --ring-seconds=3 --keep-days 7")
        );
    }

    #[test]
    fn other_commands_are_left_as_they_were_typed() {
        let line: Vec<_> = ["xtask", "test", "--only", "lint"].into_iter().map(OsString::from).collect();
        assert_eq!(with_server_flags(line.clone()), line);
    }

    #[test]
    fn demo_accounts_are_for_this_machine_unless_it_is_said_twice() {
        for line in ["", "--listen ::1", "--listen 0.0.0.0 --no-demo", "--listen 0.0.0.0 --demo-on-network"] {
            assert!(check_demo(&options(line)).is_ok(), "{line}");
        }
        let sentence = check_demo(&options("--listen 0.0.0.0")).unwrap_err().to_string();
        assert!(sentence.contains("--no-demo") && sentence.contains("--demo-on-network"), "{sentence}");
    }

    #[test]
    fn the_welcome_names_the_address_and_the_demo_accounts() {
        let text = welcome(&options("--port 8123"));
        assert!(
            text.contains("http://127.0.0.1:8123") && text.contains("anna and ben, password messenger"),
            "{text}"
        );
        assert!(!welcome(&options("--no-demo")).contains("anna"));
        assert!(welcome(&options("--listen 0.0.0.0")).contains("http://localhost:8080"));
        assert!(welcome(&options("--listen ::1")).contains("http://[::1]:8080"));
    }

    #[test]
    fn a_busy_port_is_one_clear_sentence() {
        let holder = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = holder.local_addr().unwrap();
        let error = check_address(address).unwrap_err().to_string();
        let sentence = format!(
            "port {} is in use: stop the program that uses it, or choose another port with --port",
            address.port()
        );
        assert_eq!(error, sentence);
        drop(holder);
        assert!(check_address(address).is_ok());
    }

    #[test]
    fn an_unwritable_folder_is_one_clear_sentence() {
        let file = std::env::temp_dir().join(format!("xtask-data-{}", std::process::id()));
        fs::write(&file, "no folder").unwrap();
        let error = check_writable(&file).unwrap_err().to_string();
        assert!(
            error.contains("cannot write to the folder") && error.contains("choose another one with --data"),
            "{error}"
        );
        fs::remove_file(&file).unwrap();
    }
}
