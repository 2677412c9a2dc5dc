//! The program's configuration as operators use it: variables, the file, and `config check`.

use kit_server::folder::Folder;
use std::process::{Command, Output};

fn program(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_call-server"));
    command.args(arguments).envs(variables.iter().copied()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_flag_overrides_its_variable_that_overrides_the_file_and_an_empty_variable_counts_as_unset() {
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
fn a_contradiction_is_reported_in_one_sentence_by_the_check_and_at_start() {
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
fn an_unusable_file_prevents_the_start_with_one_sentence() {
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

/// What the check prints to standard error, and how it exits.
fn checked(arguments: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, String) {
    let output = program(&[&["config", "check"], arguments].concat(), variables);
    (output.status.code(), text(&output.stderr))
}

#[test]
fn a_secret_comes_from_a_variable_or_a_file_and_never_from_a_flag() {
    let folder = Folder::new();
    let file = folder.0.join("secret");
    std::fs::write(&file, "0123456789abcdef0123456789abcdef\n").unwrap();
    let file = file.to_str().unwrap();
    let sesame = "sesame sesame sesame sesame sesame";
    for (flag, value, variable) in [
        ("--jwt-secret", sesame, "CALLS_JWT_SECRET"),
        ("--issuer-secret", sesame, "CALLS_ISSUER_SECRET"),
        ("--turn-secret", sesame, "CALLS_TURN_SECRET"),
        ("--turn-credential", sesame, "CALLS_TURN_CREDENTIAL"),
        ("--database-url", "postgres://calls:sesame@db.test/calls", "DATABASE_URL"),
        ("--database-url", "postgres://db.test/calls?user=calls&password=sesame", "DATABASE_URL"),
        ("--nats-url", "nats://calls:sesame@bus.test", "NATS_URL"),
        ("--nats-url", "nats://sesame@bus.test", "NATS_URL"),
    ] {
        let (code, said) = checked(&[flag, value], &[]);
        assert_eq!((code, said.lines().count()), (Some(1), 1), "{flag}: {said}");
        assert!(said.contains(variable) && said.contains(&format!("{variable}_FILE")), "{flag}: {said}");
        assert!(!said.contains("sesame"), "{flag}: {said}");
    }
    let addresses = ["--database-url", "postgres://db.test/calls", "--nats-url", "nats://bus.test"];
    let (code, said) = checked(&addresses, &[("CALLS_BUS_KEY", sesame)]);
    assert_eq!((code, said.as_str()), (Some(0), ""), "an address without a password is no secret");
    // Compose files write `NAME=` for what is not set.
    let shown = program(&["config", "check"], &[("CALLS_JWT_SECRET_FILE", file), ("CALLS_JWT_SECRET", "")]);
    let shown = (text(&shown.stdout), text(&shown.stderr));
    assert!(
        shown.0.contains("# jwt-secret = \"(set)\" # variable CALLS_JWT_SECRET_FILE, not shown"),
        "{shown:?}"
    );
    assert_eq!(shown.1, "");
    let (code, said) = checked(&[], &[("CALLS_JWT_SECRET_FILE", file), ("CALLS_JWT_SECRET", sesame)]);
    assert!(code == Some(1) && said.contains("are both set"), "{said}");
    for bad in ["nowhere", "empty"] {
        let path = folder.0.join(bad);
        if bad == "empty" {
            std::fs::write(&path, "\n").unwrap();
        }
        let (code, said) = checked(&[], &[("CALLS_TURN_SECRET_FILE", path.to_str().unwrap())]);
        assert!(code == Some(1) && said.contains("CALLS_TURN_SECRET_FILE"), "{said}");
    }
}

#[test]
fn settings_that_make_no_sense_are_refused_with_advice() {
    for (arguments, variables, sentence) in [
        (&["--log", "loud"][..], &[][..], "cannot read \"loud\" in the log filter"),
        (&["--client", "no/such/folder"], &[], "there is no folder no/such/folder"),
        (&["--issuer-audience", "calls"], &[], "there is no issuer: add --issuer-jwks"),
        (&["--issuer-name", "https://id.example"], &[], "there is no issuer: add --issuer-jwks"),
        (&["--issuer-jwks", "http://id.example/keys"], &[], "use https://id.example/keys"),
        (&["--listen", ":8080"], &[], "0.0.0.0:8080 for everybody"),
        (&["--listen", "127.0.0.1:80", "--metrics-listen", "127.0.0.1:80"], &[], "another port"),
        (&["--allow-origins", "https://a.test"], &[], "'--allow-origin'"),
        (&["--ring-seconds", "45s"], &[], "it is a whole number, without a unit"),
        (&["--database", "postgres://a/b"], &[], "named by DATABASE_URL"),
        (&[], &[("CALLS_LISTEN", "\"127.0.0.1:8080\"")], "the quotes around the value of CALLS_LISTEN"),
        (&[], &[("CALLS_DEMO", "flase")], "--demo"),
    ] {
        let (code, said) = checked(arguments, variables);
        assert!(code.is_some_and(|code| code > 0), "{arguments:?} {variables:?}: {said}");
        assert!(said.contains(sentence), "{arguments:?} {variables:?}: {said}");
    }
    assert_eq!(checked(&["--listen", "localhost:8080"], &[("CALLS_DEMO", "no")]), (Some(0), String::new()));
}

#[test]
fn doubtful_settings_are_reported_and_refused_only_on_request() {
    for (arguments, variables, sentence) in [
        (
            &[][..],
            &[("CALLS_LISTEM", "127.0.0.1:1")][..],
            "CALLS_LISTEM sets nothing; did you mean CALLS_LISTEN?",
        ),
        (&["--tls-self-signed", "--behind-proxy"], &[], "leave --behind-proxy out"),
        (&["--metrics-listen", "0.0.0.0:9464"], &[], "shows the measurements to everybody"),
        (&["--listen", "0.0.0.0:8080"], &[], "no microphone"),
        (&["--log", "info,call_srver=debug"], &[], "did you mean call_server?"),
        (&["--members-user", "profile_id"], &[], "has no effect without an application's tables"),
    ] {
        let (code, said) = checked(arguments, variables);
        assert_eq!((code, said.lines().count()), (Some(0), 1), "{said}");
        assert!(said.starts_with("call-server: warning: ") && said.contains(sentence), "{said}");
        assert_eq!(checked(&[arguments, &["--strict"]].concat(), variables).0, Some(1), "{said}");
    }
    assert_eq!(checked(&["--strict"], &[]), (Some(0), String::new()));
}

#[test]
fn the_help_of_a_command_shows_its_own_flags_and_every_setting_is_accepted() {
    let all = text(&program(&["--help"], &[]).stdout);
    for part in
        ["Server:", "Database:", "HTTPS:", "STUN and TURN:", "Log and measurements:", "Examples:", "_FILE"]
    {
        assert!(all.contains(part), "{part} is not in {all}");
    }
    for task in [&["forget", "--help"][..], &["config", "check", "--help"]] {
        let help = text(&program(task, &[]).stdout);
        assert!(help.contains("--database-url") && help.contains("see call-server --help"), "{help}");
        assert!(!help.contains("--ring-seconds") && help.lines().count() < 40, "{help}");
    }
    let shown = program(&["config", "check", "--ring-seconds", "20"], &[("CALLS_KEEP_DAYS", "9")]);
    let shown = text(&shown.stdout);
    assert!(shown.contains("\nring-seconds = 20 # flag\n"), "{shown}");
    assert!(shown.contains("\nkeep-days = 9 # variable CALLS_KEEP_DAYS\n"), "{shown}");
}
