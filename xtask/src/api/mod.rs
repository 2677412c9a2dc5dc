//! The step `api` of the tests: Schemathesis reads the OpenAPI description that the server serves, sends valid
//! and invalid requests, and compares the responses with the description. Owns the server that is tested;
//! `people` creates what the requests refer to.

mod people;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use self::people::People;
use crate::{exec, native, places, report, setup};

/// A response that breaks one of these is a defect.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_schema_conformance,unsupported_method,allow_header_conformance";
/// Fixed, so that a failure can be repeated.
const SEED: &str = "20260101";

/// Who sends the requests of a pass, and for how many seconds.
const PASSES: [(&str, Pass, &str); 3] = [
    ("a signed-in person, for existing things", Pass::Known, "70"),
    ("a signed-in person, for anything", Pass::Anything, "25"),
    ("a person who is not signed in", Pass::Stranger, "15"),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pass {
    Known,
    Anything,
    Stranger,
}

/// Runs every pass against a debug server with a database of its own.
pub(crate) fn run() -> Result<()> {
    let schemathesis = setup::schemathesis()?;
    report::heading("building the server", "only what has changed");
    let program = native::build_beside_e2e("call-server")?;
    let mut server = Server::start(&program)?;
    let helper = native::build_beside_e2e(people::PROGRAM)?;
    let (people, _connected) = People::meet(&helper, &server.address)?;
    for (who, pass, seconds) in PASSES {
        report::heading(&format!("requests by {who}"), &format!("{seconds} s"));
        let config = server.folder.join("schemathesis.toml");
        fs::write(&config, configuration(&people, pass)).context("cannot write the configuration")?;
        let mut tests = exec::command(&schemathesis);
        tests.current_dir(&server.folder).arg("--config-file").arg(&config);
        tests.arg("run").arg(format!("http://{}/api/openapi.json", server.address));
        tests.args(["--checks", CHECKS, "--continue-on-failure", "--generation-database", "none"]);
        tests.args(["--seed", SEED, "--max-time", seconds]);
        exec::run(&mut tests)?;
        if let Some(status) = server.process.try_wait()? {
            bail!("the server exited ({status})");
        }
    }
    Ok(())
}

/// Tells Schemathesis what exists, and makes a pass fail whose token is refused: every response would be the
/// same and documented.
fn configuration(people: &People, pass: Pass) -> String {
    let mut text = String::new();
    if pass != Pass::Stranger {
        text.push_str(&format!("headers = {{ Authorization = \"Bearer {}\" }}\n", people.token));
        text.push_str("warnings = { display = [\"missing_auth\"], fail-on = [\"missing_auth\"] }\n");
        // No generated name has its password: these always answer 401.
        for path in ["/api/auth/login", "/api/auth/refresh"] {
            text.push_str(&format!("[[operations]]\ninclude-path = \"{path}\"\nwarnings = false\n"));
        }
        // Nor can it generate the account's password or a valid invitation.
        for name in ["DELETE /api/me", "PUT /api/me/password", "POST /api/auth/invitation"] {
            text.push_str(&format!("[[operations]]\ninclude-name = \"{name}\"\nwarnings = false\n"));
        }
    } else {
        text.push_str("warnings = false\n");
    }
    if pass == Pass::Known {
        let People { conversation, call, .. } = people;
        let paths = [
            ("/api/conversations/{id}/messages", "id", conversation),
            ("/api/calls/active/{conversation}", "conversation", conversation),
            ("/api/calls/initiate", "body.conversation_id", conversation),
            ("/api/calls/{id}/answer", "id", call),
            ("/api/calls/{id}/decline", "id", call),
            ("/api/calls/{id}/end", "id", call),
            ("/api/calls/{id}/signal", "id", call),
        ];
        for (path, name, id) in paths {
            text.push_str(&format!("[[operations]]\ninclude-path = \"{path}\"\n"));
            text.push_str(&format!("parameters = {{ \"{name}\" = \"{id}\" }}\n"));
        }
    }
    text
}

/// A server on a free port; it is stopped and its database removed when dropped.
struct Server {
    process: Child,
    address: String,
    folder: PathBuf,
}

impl Server {
    fn start(program: &PathBuf) -> Result<Self> {
        let folder = places::native_target().join(format!("api-{}", std::process::id()));
        fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let mut command = Command::new(program);
        command.args(["--listen", "127.0.0.1:0", "--demo", "--no-ice-servers", "--rate-factor", "0"]);
        command.args(["--log", "warn", "--database"]).arg(folder.join("calls.sqlite"));
        let process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let process = process.context("could not start the server")?;
        let mut server = Self { process, address: String::new(), folder };
        let output = server.process.stdout.take().context("the server has no output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let address = line.trim_end().strip_prefix("listening on http://");
        server.address = address.context("the server did not print its address")?.to_owned();
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // If it has already exited, there is nothing to stop.
        self.process.kill().ok();
        self.process.wait().ok();
        fs::remove_dir_all(&self.folder).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people() -> People {
        People { token: "t".into(), conversation: "v".into(), call: "c".into() }
    }

    #[test]
    fn only_those_who_are_signed_in_send_a_token_and_it_must_be_good() {
        for pass in [Pass::Known, Pass::Anything] {
            let text = configuration(&people(), pass);
            assert!(text.contains("Bearer t") && text.contains("fail-on = [\"missing_auth\"]"), "{text}");
        }
        assert!(!configuration(&people(), Pass::Stranger).contains("Bearer"));
    }

    #[test]
    fn one_pass_is_about_things_that_exist() {
        let text = configuration(&people(), Pass::Known);
        assert!(
            text.contains("include-path = \"/api/calls/{id}/end\"\nparameters = { \"id\" = \"c\" }"),
            "{text}"
        );
        assert!(!configuration(&people(), Pass::Anything).contains("parameters"));
    }
}
