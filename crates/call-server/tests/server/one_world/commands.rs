//! The program in the hands of an operator: what its commands need, and whether its sentences and its log say what to do.

use super::program::{listening, post_json, program, refused, started_once};
use kit_server::folder::Folder;
use serde_json::json;
use std::{
    io::Read,
    process::{Command, Stdio},
};

#[test]
fn a_command_about_people_needs_neither_the_secrets_nor_the_certificate_of_the_server() {
    let folder = Folder::new();
    let (file, settings) = (folder.0.join("calls.sqlite"), folder.0.join("calls.toml"));
    started_once(&file);
    let text = format!(
        "database = {file:?}\nlisten = '127.0.0.1:0'\nice-server = ['turn:calls.test:3478']\n\
         tls-certificate = '/nowhere/chain.pem'\ntls-key = '/nowhere/key.pem'\n"
    );
    std::fs::write(&settings, text).unwrap();
    let settings = ["--config", settings.to_str().unwrap()];
    let copy = folder.0.join("copy.sqlite");
    let copy = copy.to_str().unwrap();
    for command in [
        &["user", "list"][..],
        &["user", "add", "carla", "--generate"],
        &["user", "sign-out", "carla"],
        &["invite"],
        &["invite", "list"],
        &["backup", copy],
        &["restore", copy],
        &["forget", "--older-than-days", "1"],
    ] {
        let output = program(&[command, &settings].concat()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{command:?}: {said}");
    }
    assert!(refused(&settings).contains("needs credentials"), "a server needs them");
    let checked = program(&[&["config", "check"], &settings[..]].concat()).output().unwrap();
    let said = String::from_utf8(checked.stderr).unwrap();
    assert_eq!(checked.status.code(), Some(1), "{said}");
    assert!(said.contains("needs credentials") && said.contains("no file /nowhere/chain.pem"), "{said}");
}

#[test]
fn a_command_in_the_wrong_folder_says_where_it_looked_and_makes_no_database() {
    let folder = Folder::new();
    std::fs::create_dir_all(&folder.0).unwrap();
    let copy = folder.0.join("copy.sqlite");
    for command in [
        &["user", "list"][..],
        &["user", "add", "carla", "--generate"],
        &["user", "delete", "carla"],
        &["invite"],
        &["invite", "list"],
        &["backup", copy.to_str().unwrap()],
        &["forget", "--older-than-days", "1"],
    ] {
        let output = program(command).current_dir(&folder.0).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{command:?}: {said}");
        assert!(said.contains("data/calls.sqlite") && said.contains("--database or --config"), "{said}");
        assert!(said.contains(&*folder.0.to_string_lossy()), "{said}");
    }
    assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 0, "nothing was made");
}

/// What the program logs until it is stopped; meanwhile something is done with it.
fn log_of(arguments: &[&str], meanwhile: impl FnOnce(std::net::SocketAddr)) -> String {
    let mut child = program(arguments).env("CALLS_LOG", "info").spawn().unwrap();
    meanwhile(listening(&mut child));
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    let mut log = String::new();
    child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    child.wait().unwrap();
    log
}

#[test]
fn a_server_without_accounts_says_how_the_first_one_is_created() {
    let folder = Folder::new();
    let file = folder.0.join("calls.sqlite");
    let file = file.to_str().unwrap();
    let arguments = ["--listen", "127.0.0.1:0", "--no-ice-servers", "--database", file];
    let first = log_of(&arguments, |_| ());
    let line = first.lines().find(|line| line.contains("call-server user add NAME"));
    assert!(line.is_some_and(|line| line.contains(file)), "{first}");
    let added = program(&["user", "add", "carla", "--generate", "--database", file]).output().unwrap();
    assert!(added.status.success());
    let second = log_of(&arguments, |_| ());
    assert!(!second.contains("user add"), "{second}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_does_not_tell_again_which_sessions_ended() {
    let folder = Folder::new();
    let file = folder.0.join("calls.sqlite");
    let open = ["--listen", "127.0.0.1:0", "--no-ice-servers", "--registration", "open", "--database"];
    let arguments = [&open[..], &[file.to_str().unwrap()]].concat();
    let runtime = tokio::runtime::Handle::current();
    let signs_in_and_out = async |address| {
        let account = json!({ "username": "carla", "password": "correct horse" });
        let session = post_json(address, "/api/auth/register", &account).await;
        let token = json!({ "refresh_token": session["refresh_token"] });
        post_json(address, "/api/auth/logout", &token).await;
    };
    let (first, second) = tokio::task::block_in_place(|| {
        (
            log_of(&arguments, |address| runtime.block_on(signs_in_and_out(address))),
            log_of(&arguments, |_| ()),
        )
    });
    assert_eq!(first.matches("session ended").count(), 1, "{first}");
    assert_eq!(second.matches("session ended").count(), 0, "{second}");
}

#[cfg(unix)]
#[test]
fn whose_a_file_is_that_may_not_be_used_is_said_with_what_to_do() {
    use std::os::unix::{fs::PermissionsExt, process::CommandExt};
    const NOBODY: u32 = 65_534;
    let folder = Folder::new();
    std::fs::create_dir_all(&folder.0).unwrap();
    std::fs::set_permissions(&folder.0, PermissionsExt::from_mode(0o777)).unwrap();
    let file = folder.0.join("calls.sqlite");
    started_once(&file);
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_call-server"));
    command.args(["--listen", "127.0.0.1:0", "--database", file.to_str().unwrap()]);
    command.uid(NOBODY).stdout(Stdio::piped()).stderr(Stdio::piped());
    // Only root can do this, in a place where others may run the program.
    let Ok(output) = command.output() else { return };
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains(" belongs to root") && said.contains("chown"), "{said}");
    assert!(!said.contains("choose another one"), "{said}");
}
