//! The step `api` of the tests: Schemathesis reads the description that the server serves of itself, sends it requests that
//! fit the description and requests that do not, and compares the answers with what is described.
//! Owns the server that is tested; what the requests need to find there is made by `people`.

mod people;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use self::people::People;
use crate::{exec, native, places, report, setup};

/// An answer that breaks one of these is a defect.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_schema_conformance,unsupported_method,allow_header_conformance";
/// Any number; a fixed one, so that a failure can be repeated.
const SEED: &str = "20260101";

/// Who sends the requests of a pass, and for how long, in seconds.
const PASSES: [(&str, Pass, &str); 3] = [
    ("somebody signed in, about things that exist", Pass::Known, "70"),
    ("somebody signed in, about anything", Pass::Anything, "25"),
    ("somebody who is not signed in", Pass::Stranger, "15"),
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
    report::heading("building the server", "what changed since the last time");
    let program = native::build_beside_e2e("call-server")?;
    let mut server = Server::start(&program)?;
    let helper = native::build_beside_e2e(people::PROGRAM)?;
    let (people, _connected) = People::meet(&helper, &server.address)?;
    for (who, pass, seconds) in PASSES {
        report::heading(&format!("requests of {who}"), &format!("{seconds} s"));
        let config = server.folder.join("schemathesis.toml");
        fs::write(&config, configuration(&people, pass)).context("the configuration cannot be written")?;
        let mut tests = exec::command(&schemathesis);
        tests.current_dir(&server.folder).arg("--config-file").arg(&config);
        tests.arg("run").arg(format!("http://{}/api/openapi.json", server.address));
        tests.args(["--checks", CHECKS, "--continue-on-failure", "--generation-database", "none"]);
        tests.args(["--seed", SEED, "--max-time", seconds]);
        exec::run(&mut tests)?;
        if let Some(status) = server.process.try_wait()? {
            bail!("the server ended ({status})");
        }
    }
    Ok(())
}

/// Names what exists, and fails a pass whose token is refused: every answer would be the same and as described.
fn configuration(people: &People, pass: Pass) -> String {
    let mut text = String::new();
    if pass != Pass::Stranger {
        text.push_str(&format!("headers = {{ Authorization = \"Bearer {}\" }}\n", people.token));
        text.push_str("warnings = { display = [\"missing_auth\"], fail-on = [\"missing_auth\"] }\n");
        // Nobody guesses a name with its password: these answer 401 whoever asks.
        for path in ["/api/auth/login", "/api/auth/refresh"] {
            text.push_str(&format!("[[operations]]\ninclude-path = \"{path}\"\nwarnings = false\n"));
        }
        // Nor the password that ends an account or is changed, nor what an invitation holds.
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

/// A server on a free port; ended, and its database removed, when dropped.
struct Server {
    process: Child,
    address: String,
    folder: PathBuf,
}

impl Server {
    fn start(program: &PathBuf) -> Result<Self> {
        let folder = places::native_target().join(format!("api-{}", std::process::id()));
        fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        let mut command = Command::new(program);
        command.args(["--listen", "127.0.0.1:0", "--demo", "--no-ice-servers", "--rate-factor", "0"]);
        command.args(["--log", "warn", "--database"]).arg(folder.join("calls.sqlite"));
        let process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let process = process.context("the server could not be started")?;
        let mut server = Self { process, address: String::new(), folder };
        let output = server.process.stdout.take().context("the server has no output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let address = line.trim_end().strip_prefix("listening on http://");
        server.address = address.context("the server did not say where it listens")?.to_owned();
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // If it ended by itself there is nothing left to end.
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
