//! The database file belongs to one server, and nobody else can read it.

use call_server::{Server, clock::Clock, config::Config};
use kit_server::test_server::TestServer;
use std::path::Path;

async fn start_on(file: &Path) -> Result<Server, String> {
    let config = Config {
        listen: ([127, 0, 0, 1], 0).into(),
        database: call_server::config::Database::File(file.to_owned()),
        ..Config::default()
    };
    Server::start(config, Clock::system()).await.map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_second_server_on_the_same_file_is_refused_and_says_which_process_serves_it() {
    let server = TestServer::new().await;
    let file = server.folder.0.join("calls.sqlite");
    let refused = start_on(&file).await.unwrap_err();
    let port = server.address.port();
    assert!(
        refused.contains("another server serves it already (process ")
            && refused.contains(&format!("listening on 127.0.0.1:{port}"))
            && refused.contains("stop the other server"),
        "{refused}"
    );
    // The first one keeps serving, and after it another one can start.
    let anna = server.person("anna").await;
    assert_eq!(anna.get("/api/me").await.status, 200);
    let (folder, _) = server.stop().await;
    drop(start_on(&folder.0.join("calls.sqlite")).await.unwrap());
}

#[cfg(unix)]
#[tokio::test]
async fn no_other_user_of_the_machine_can_read_messages_or_the_signing_key() {
    use std::os::unix::fs::PermissionsExt;
    let server = TestServer::new().await;
    let anna = server.person("anna").await;
    assert_eq!(anna.get("/api/me").await.status, 200);
    for entry in std::fs::read_dir(&server.folder.0).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} is {:o}", entry.path().display(), mode & 0o777);
    }
}

#[tokio::test]
async fn a_file_that_was_cut_off_while_it_served_is_never_taken_for_an_empty_database() {
    let server = TestServer::new().await;
    let copy = server.folder.0.join("cut-off.sqlite");
    let begun = std::fs::read(server.folder.0.join("calls.sqlite")).unwrap();
    std::fs::write(&copy, &begun[..5000.min(begun.len())]).unwrap();
    let refused = start_on(&copy).await.map(drop).unwrap_err();
    assert!(refused.contains("malformed"), "expected that the file is named as torn, but: {refused}");
}
