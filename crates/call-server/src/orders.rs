//! Part of the program: carries out what an operator orders about accounts and invitations, asks for passwords, and prints.
//! Never decides anything: see `operator_commands`.

use call_protocol::WhoRegisters;
use call_rules::Moment;
use call_server::{
    clock::Clock,
    config::{Config, InviteTask, UserTask, operator_name},
    ids,
    operator_commands::{self, Finding},
    service::invitations::Wanted,
    store::{Account, Invitation},
    timestamp,
};
use serde_json::{Value, json};
use std::io::{self, BufRead, IsTerminal, Write};

type Done = Result<(), Vec<String>>;

/// Does something with accounts.
pub(crate) async fn user(config: Config, task: UserTask) -> Done {
    let clock = Clock::system();
    match task {
        UserTask::Add { who, display_name, generate } => {
            let (password, made) = password(generate)?;
            let names = (who.as_str(), display_name.as_deref());
            let user = operator_commands::add_user(config, clock, names, password).await.map_err(said)?;
            println!("added: {} ({})", user.username, user.id);
            show(made);
            Ok(())
        }
        UserTask::List { json } => {
            let all = operator_commands::users(config, clock).await.map_err(said)?;
            print(json, all.iter().map(account).collect(), ACCOUNT);
            Ok(())
        }
        UserTask::ResetPassword { who, generate } => {
            let (password, made) = password(generate)?;
            let user =
                operator_commands::reset_password(config, clock, &who, password).await.map_err(said)?;
            println!("password set and signed out everywhere: {} ({})", user.username, user.id);
            show(made);
            Ok(())
        }
        UserTask::SignOut { who } => {
            let user = operator_commands::sign_out_named(config, clock, &who).await.map_err(said)?;
            println!("signed out everywhere: {} ({})", user.username, user.id);
            Ok(())
        }
        UserTask::Delete { who } => {
            let user = operator_commands::delete_named(config, clock, &who).await.map_err(said)?;
            println!("deleted: {} ({})", user.username, user.id);
            Ok(())
        }
    }
}

/// Makes an invitation, and prints its link alone on the standard output.
pub(crate) async fn invite(config: Config, uses: u32, days: u32, note: Option<String>) -> Done {
    let (_, is_guess) = config.public_address();
    let stays_shut = config.registration != WhoRegisters::Invite;
    let wanted = Wanted { uses, days, made_by: operator_name(), note };
    let link = operator_commands::invite(config, Clock::system(), wanted).await.map_err(said)?;
    println!("{link}");
    if is_guess {
        eprintln!("call-server: the address is a guess; --public-url says where people open the messenger");
    }
    if stays_shut {
        eprintln!(
            "call-server: invitations are asked for by a server that runs with --registration invite only"
        );
    }
    Ok(())
}

/// Does something with the invitations that there are.
pub(crate) async fn invitations(config: Config, task: InviteTask) -> Done {
    let clock = Clock::system();
    match task {
        InviteTask::List { json } => {
            let now = clock.now();
            let all = operator_commands::invitations(config, clock).await.map_err(said)?;
            print(json, all.iter().map(|one| invitation(one, now)).collect(), INVITATION);
            Ok(())
        }
        InviteTask::Revoke { invitation } => {
            operator_commands::revoke_invitation(config, clock, &invitation).await.map_err(said)?;
            println!("taken back: {invitation}");
            Ok(())
        }
    }
}

fn said(error: operator_commands::CommandError) -> Vec<String> {
    vec![error.to_string()]
}

const ACCOUNT: &[&str] = &["id", "username", "display_name", "created_at", "used_at", "sessions", "demo"];

fn account(one: &Account) -> Value {
    json!({
        "id": one.user.id, "username": one.user.username, "display_name": one.user.display_name,
        "created_at": timestamp::format(one.created_at), "used_at": one.used_at.map(timestamp::format),
        "sessions": one.sessions, "demo": one.demo,
    })
}

const INVITATION: &[&str] = &["id", "state", "used", "uses", "created_at", "expires_at", "made_by", "note"];

fn invitation(one: &Invitation, now: Moment) -> Value {
    let state = match call_rules::invitation(Some(one.terms), now) {
        Ok(()) => "good".to_owned(),
        Err(why) => format!("{why:?}").to_lowercase(),
    };
    json!({
        "id": one.id, "state": state, "used": one.terms.used, "uses": one.terms.uses,
        "created_at": timestamp::format(one.created_at), "expires_at": timestamp::format(one.terms.expires_at),
        "made_by": one.made_by, "note": one.note,
    })
}

/// As JSON, or with tabs between the columns.
fn print(json: bool, all: Vec<Value>, columns: &[&str]) {
    if json {
        println!("{:#}", Value::from(all));
        return;
    }
    println!("{}", columns.join("\t"));
    for one in all {
        let cell = |column: &&str| match &one[*column] {
            Value::Null => "-".to_owned(),
            Value::String(text) => text.clone(),
            other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                other.to_string()
            }
        };
        println!("{}", columns.iter().map(cell).collect::<Vec<_>>().join("\t"));
    }
}

/// A password, and once more if it was made here and has to be shown.
fn password(generate: bool) -> Result<(String, Option<String>), Vec<String>> {
    if generate {
        let made = ids::password();
        return Ok((made.clone(), Some(made)));
    }
    let unread = |error: io::Error| vec![format!("cannot read the password: {error}")];
    if !io::stdin().is_terminal() {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).map_err(unread)?;
        let line = line.trim_end_matches(['\r', '\n']);
        if line.is_empty() {
            let sentence =
                "no password came on the standard input: give one, or let one be made with --generate";
            return Err(vec![sentence.to_owned()]);
        }
        return Ok((line.to_owned(), None));
    }
    let first = rpassword::prompt_password("New password: ").map_err(unread)?;
    if rpassword::prompt_password("Once more: ").map_err(unread)? != first {
        return Err(vec!["these were two different passwords; nothing was changed".to_owned()]);
    }
    Ok((first, None))
}

/// Alone in its line, so that it can be taken from there.
fn show(made: Option<String>) {
    if let Some(made) = made {
        println!("password (shown this once): {made}");
    }
    // Nothing is lost when nobody reads it.
    let _written = io::stdout().flush();
}

/// Tries the ways to the relay, and prints what came of each.
pub(crate) async fn check_relay(config: &Config) -> Done {
    let findings = operator_commands::check_relay(config, &Clock::system()).await.map_err(said)?;
    for Finding { url, outcome } in &findings {
        match outcome {
            Ok(took) => println!("works: {url} (a packet came through in {} ms)", took.as_millis()),
            Err(reason) => println!("fails: {url}\n       {reason}"),
        }
    }
    println!(
        "This is what works from this machine. For others a firewall may be in between: try it from there, with the same settings."
    );
    let failed = findings.iter().filter(|finding| finding.outcome.is_err()).count();
    match failed {
        0 => Ok(()),
        _ => Err(vec![format!("{failed} of {} ways to the relay do not work", findings.len())]),
    }
}
