//! `cargo xtask run`: everything from a fresh machine to a running product.
//! Owns the order and the words around it; at the end it becomes the server, so Ctrl+C reaches that alone.

use std::fs;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::client::{self, Profile};
use crate::{exec, places, server, setup};

/// Build client and server, start the server on an SQLite file and serve the client from it.
///
/// Installs first what is missing (see `setup`). The first start takes minutes, later ones seconds.
/// Stays in the foreground; Ctrl+C stops the server.
#[derive(Args)]
pub(crate) struct Options {
    /// Port to listen on; 0 takes any free one.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Address to listen on; 0.0.0.0 is every network of this machine.
    #[arg(long, value_name = "ADDR", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    listen: IpAddr,
    /// Folder of the database [default: ./data of the checkout].
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Seconds until a call that nobody answers is missed.
    #[arg(long, value_name = "N", default_value_t = 45, value_parser = clap::value_parser!(u32).range(1..=600))]
    ring_seconds: u32,
    /// Leave out the demo accounts.
    #[arg(long)]
    no_demo: bool,
    /// Make the demo accounts although --listen lets other machines in: whoever reaches the server can sign in with them.
    #[arg(long, conflicts_with = "no_demo")]
    demo_on_network: bool,
    /// Debug builds of client and server: quicker to build, larger and slower to use.
    #[arg(long)]
    debug: bool,
    /// Origin of another site whose pages may embed the calls; may be given several times.
    #[arg(long, value_name = "URL")]
    allow_origin: Vec<String>,
    /// STUN or TURN server instead of the built-in ones; may be given several times.
    #[arg(long, value_name = "URL", conflicts_with = "no_ice_servers")]
    ice_server: Vec<String>,
    /// No STUN or TURN server at all: calls stay within one network.
    #[arg(long)]
    no_ice_servers: bool,
}

/// The command `run`.
pub(crate) fn run(options: &Options) -> Result<()> {
    let address = SocketAddr::new(options.listen, options.port);
    // What a person has to settle comes before what takes time.
    check_address(address)?;
    check_demo(options)?;
    let data = options.data.clone().unwrap_or_else(|| places::root().join("data"));
    check_writable(&data)?;
    let tools = setup::ensure()?;
    let profile = if options.debug { Profile::Debug } else { Profile::Release };
    let dist = places::dist();
    client::build(&tools, profile, &dist)?;
    let program = server::build(profile)?;
    print!("{}", welcome(options));
    become_server(Command::new(program).args(server_arguments(options, address, &data, &dist)))
}

fn check_address(address: SocketAddr) -> Result<()> {
    match TcpListener::bind(address) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            bail!("port {} is in use: stop what uses it, or choose another with --port", address.port())
        }
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            bail!("port {} is reserved for the system: choose one above 1023 with --port", address.port())
        }
        Err(error) => bail!("cannot listen on {address}: {error}"),
    }
}

/// Everybody knows the password of the demo accounts.
fn check_demo(options: &Options) -> Result<()> {
    if options.listen.is_loopback() || options.no_demo || options.demo_on_network {
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
        format!("the folder {} cannot be written: choose another with --data", data.display())
    })
}

fn server_arguments(options: &Options, address: SocketAddr, data: &Path, dist: &Path) -> Vec<String> {
    let database = data.join("calls.sqlite");
    let mut arguments = vec!["--listen".to_owned(), address.to_string()];
    arguments.extend(["--database".to_owned(), database.display().to_string()]);
    arguments.extend(["--client".to_owned(), dist.display().to_string()]);
    arguments.extend(["--ring-seconds".to_owned(), options.ring_seconds.to_string()]);
    arguments.extend(options.allow_origin.iter().flat_map(|url| ["--allow-origin".to_owned(), url.clone()]));
    arguments.extend(options.ice_server.iter().flat_map(|url| ["--ice-server".to_owned(), url.clone()]));
    if options.no_ice_servers {
        arguments.push("--no-ice-servers".to_owned());
    }
    if options.no_demo {
        // A server of this machine only, for whoever develops on it.
        let who = if options.listen.is_loopback() { "open" } else { "closed" };
        arguments.extend(["--registration".to_owned(), who.to_owned()]);
    } else {
        arguments.push("--demo".to_owned());
    }
    if options.demo_on_network {
        arguments.push("--demo-on-network".to_owned());
    }
    arguments
}

/// What a person reads when all is built.
fn welcome(options: &Options) -> String {
    let place = match options.port {
        0 => "the address below".to_owned(),
        port if options.listen.is_unspecified() => format!("http://localhost:{port}"),
        port => format!("http://{}", SocketAddr::new(options.listen, port)),
    };
    let accounts = if options.no_demo && options.listen.is_loopback() {
        "There are no demo accounts: make two on the page.\n"
    } else if options.no_demo {
        "There are no accounts, and the page makes none: `call-server user add NAME`, with the same --database, does.\n"
    } else {
        "Demo accounts: anna and ben, password messenger (--no-demo leaves them out).\n\
         Sign in as each in a window of its own, then press Voice or Video.\n"
    };
    format!("\nMessenger Calls opens at {place}\n{accounts}Ctrl+C stops the server.\n\n")
}

/// Hands this process over to the server.
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
        Line::parse_from(std::iter::once("run").chain(line.split_whitespace())).options
    }

    fn arguments(line: &str) -> String {
        let options = options(line);
        let address = SocketAddr::new(options.listen, options.port);
        server_arguments(&options, address, Path::new("data"), Path::new("dist")).join(" ")
    }

    #[test]
    fn the_server_is_told_everything() {
        assert_eq!(
            arguments(""),
            "--listen 127.0.0.1:8080 --database data/calls.sqlite --client dist --ring-seconds 45 --demo"
        );
        assert_eq!(
            arguments(
                "--port 0 --listen ::1 --ring-seconds 3 --no-demo --allow-origin http://a --allow-origin http://b"
            ),
            "--listen [::1]:0 --database data/calls.sqlite --client dist --ring-seconds 3 \
             --allow-origin http://a --allow-origin http://b --registration open"
        );
        assert!(arguments("--ice-server stun:a:1").contains(" --ice-server stun:a:1 "));
        assert!(arguments("--no-ice-servers").contains(" --no-ice-servers "));
        assert!(arguments("--listen 0.0.0.0 --no-demo").ends_with(" --registration closed"));
        assert!(arguments("--listen 0.0.0.0 --demo-on-network").ends_with(" --demo --demo-on-network"));
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
        let sentence =
            format!("port {} is in use: stop what uses it, or choose another with --port", address.port());
        assert_eq!(error, sentence);
        drop(holder);
        assert!(check_address(address).is_ok());
    }

    #[test]
    fn an_unwritable_folder_is_one_clear_sentence() {
        let file = std::env::temp_dir().join(format!("xtask-data-{}", std::process::id()));
        fs::write(&file, "no folder").unwrap();
        let error = check_writable(&file).unwrap_err().to_string();
        assert!(error.contains("cannot be written: choose another with --data"), "{error}");
        fs::remove_file(&file).unwrap();
    }
}
