//! The program's configuration as operators meet it: variables, the file, and `config check`.

use crate::town::Folder;
use std::process::{Command, Output};

fn program(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_call-server"));
    command.args(arguments).envs(variables.iter().copied()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_flag_comes_before_its_variable_that_before_the_file_and_an_empty_variable_is_none() {
    let folder = Folder::new();
    let file = folder.0.join("calls.toml");
    std::fs::write(&file, "ring-seconds = 20\nkeep-days = 20\nrate-factor = 20\ndemo = true\n").unwrap();
    let variables = [
        ("CALLS_CONFIG", file.to_str().unwrap()),
        ("CALLS_RING_SECONDS", "30"),
        ("CALLS_RATE_FACTOR", ""),
        ("CALLS_TURN_SECRET", ""),
        ("CALLS_KEEP_DAYS", "30"),
        ("CALLS_ALLOW_ORIGIN", "https://a.test,https://b.test"),
        ("CALLS_JWT_SECRET", "a secret of thirty-two characters"),
    ];
    let output = program(&["--ring-seconds", "40", "config", "check"], &variables);
    let shown = text(&output.stdout);
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""));
    let from_file = format!("\nrate-factor = 20 # file {}\n", file.display());
    for line in [
        "\nring-seconds = 40 # flag\n",
        "\nkeep-days = 30 # variable CALLS_KEEP_DAYS\n",
        "\nallow-origin = [\"https://a.test\", \"https://b.test\"] # variable CALLS_ALLOW_ORIGIN\n",
        "\n# turn-secret is not set\n",
        "\n# jwt-secret = \"(set)\" # variable CALLS_JWT_SECRET, not shown\n",
        &from_file,
    ] {
        assert!(shown.contains(line), "{line:?} is not in {shown}");
    }
    assert!(!shown.contains("thirty-two"), "{shown}");
}

#[test]
fn a_contradiction_is_one_sentence_for_the_check_and_for_the_start() {
    let variables = [("DATABASE_URL", "postgres://calls:sesame@127.0.0.1:1/calls")];
    for task in [&["config", "check"][..], &[]] {
        let output = program(&[task, &["--database", "a.sqlite"]].concat(), &variables);
        let error = text(&output.stderr);
        assert_eq!((output.status.code(), error.lines().count()), (Some(1), 1), "{error}");
        assert!(error.contains("--database-url (variable DATABASE_URL) and --database (flag)"), "{error}");
        assert!(!error.contains("sesame") && !text(&output.stdout).contains("sesame"), "{error}");
    }
}

#[test]
fn a_file_that_cannot_be_used_stops_the_start_with_one_sentence() {
    let folder = Folder::new();
    let file = folder.0.join("calls.toml");
    std::fs::write(&file, "rings = 3").unwrap();
    for arguments in [&[][..], &["config", "check"]] {
        let output = program(arguments, &[("CALLS_CONFIG", file.to_str().unwrap())]);
        let error = text(&output.stderr);
        assert_eq!(
            (output.status.code(), output.stdout.len(), error.lines().count()),
            (Some(1), 0, 1),
            "{error}"
        );
        assert!(error.contains("calls.toml: rings is no setting"), "{error}");
    }
}
