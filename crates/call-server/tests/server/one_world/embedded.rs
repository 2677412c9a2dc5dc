//! A program with the client embedded: browsers see no difference from a folder.

use call_server::web_client::{Asset, Client};
use http_body_util::Full;
use kit_server::{
    rest::{Reply, send},
    test_server::TestServer,
};
use std::{
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

const PAGE: &str = "<html><script type=\"module\">start()</script></html>";
const SCRIPT: &str = "export const a = 1; export const b = 2; export const c = 3;";

async fn server() -> TestServer {
    let files = [
        ("index.html", PAGE),
        ("calls.js", SCRIPT),
        ("app-0123456789abcdef_bg.wasm", "\0asm"),
        ("app-0123456789abcdef_bg.wasm.br", "brotli"),
        ("app-0123456789abcdef_bg.wasm.gz", "gzip"),
        ("sounds/ended.mp3", "ID3 0123456789"),
    ];
    let built = UNIX_EPOCH + Duration::from_secs(1_767_225_600);
    let asset = |text: &'static str| Asset { bytes: text.as_bytes().into(), built };
    let assets = files.map(|(path, text)| (path.to_owned(), asset(text)));
    let client = Client::Embedded(Arc::new(assets.into_iter().collect()));
    TestServer::with(|config| config.client = client).await
}

async fn ask(server: &TestServer, method: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
    let request = server.request(method, path);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    send(request.body(Full::default()).unwrap()).await
}

#[tokio::test]
async fn the_page_is_sent_with_its_policy_and_revalidated() {
    let server = server().await;
    let page = ask(&server, "GET", "/", &[]).await;
    assert_eq!((page.status, page.text.as_str()), (200, PAGE));
    assert!(page.header("content-security-policy").contains("'wasm-unsafe-eval' 'sha256-"));
    assert_eq!(page.header("cache-control"), "no-cache");
    let again = ask(&server, "GET", "/", &[("if-none-match", page.header("etag"))]).await;
    assert_eq!((again.status, again.text.len()), (304, 0));
}

#[tokio::test]
async fn files_compressed_at_build_time_are_sent_unchanged() {
    let server = server().await;
    let path = "/app-0123456789abcdef_bg.wasm";
    for (accepted, encoding, text) in
        [("gzip, br", "br", "brotli"), ("gzip", "gzip", "gzip"), ("", "", "\0asm")]
    {
        let reply = ask(&server, "GET", path, &[("accept-encoding", accepted)]).await;
        assert_eq!((reply.status, reply.header("content-encoding")), (200, encoding), "{accepted}");
        assert_eq!((reply.text.as_str(), reply.header("content-type")), (text, "application/wasm"));
        assert_eq!(reply.header("cache-control"), "public, max-age=31536000, immutable");
    }
}

#[tokio::test]
async fn a_file_is_sent_again_only_if_it_changed_and_in_ranges_on_request() {
    let server = server().await;
    let first = ask(&server, "GET", "/calls.js", &[]).await;
    assert_eq!((first.status, first.text.as_str(), first.header("cache-control")), (200, SCRIPT, "no-cache"));
    assert!(!first.header("etag").is_empty());
    let second = ask(&server, "GET", "/calls.js", &[("if-none-match", first.header("etag"))]).await;
    assert_eq!((second.status, second.text.len()), (304, 0));
    let head = ask(&server, "HEAD", "/calls.js", &[]).await;
    assert_eq!((head.status, head.header("content-length")), (200, SCRIPT.len().to_string().as_str()));
    let part = ask(&server, "GET", "/sounds/ended.mp3", &[("range", "bytes=4-6")]).await;
    assert_eq!((part.status, part.text.as_str(), part.header("content-type")), (206, "012", "audio/mpeg"));
}

#[tokio::test]
async fn no_other_file_is_served() {
    let server = server().await;
    for path in
        ["/missing.js", "/sounds", "/sounds/", "/../Cargo.toml", "/%2e%2e/Cargo.toml", "/sounds/../../x"]
    {
        let reply = ask(&server, "GET", path, &[]).await;
        assert!([404, 307].contains(&reply.status), "{path}: {}", reply.status);
        if reply.status == 307 {
            assert_eq!((path, reply.header("location")), ("/sounds", "/sounds/"));
        }
    }
}
