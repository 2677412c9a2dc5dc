//! What browsers get: the client's files, the headers that protect the page, and what other origins may use.

use http_body_util::Full;
use kit_server::{
    rest::{Reply, send},
    test_server::TestServer,
};
use serde_json::json;

async fn get(server: &TestServer, path: &str, headers: &[(&str, &str)]) -> Reply {
    ask(server, "GET", path, headers).await
}

async fn ask(server: &TestServer, method: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
    let request = headers
        .iter()
        .fold(server.request(method, path), |request, (name, value)| request.header(*name, *value));
    send(request.body(Full::default()).unwrap()).await
}

async fn with_client() -> TestServer {
    let server =
        TestServer::with(|config| config.allow_origins = vec!["https://chat.example".to_owned()]).await;
    let dist = server.folder.0.join("dist");
    std::fs::create_dir_all(dist.join("sounds")).unwrap();
    std::fs::write(dist.join("index.html"), "<html><script type=\"module\">start()</script></html>").unwrap();
    std::fs::write(dist.join("calls.js"), "export const mount = 1;".repeat(100)).unwrap();
    std::fs::write(dist.join("app-0123456789abcdef.js"), "//".repeat(2_000)).unwrap();
    std::fs::write(dist.join("app-0123456789abcdef_bg.wasm"), "\0asm").unwrap();
    std::fs::write(dist.join("app-0123456789abcdef_bg.wasm.br"), "squeezed").unwrap();
    std::fs::write(dist.join("sounds/video_call.mp3"), "ID3".repeat(1_000)).unwrap();
    server
}

#[tokio::test]
async fn the_page_may_run_its_own_code_and_nothing_else() {
    let server = with_client().await;
    for path in ["/", "/index.html"] {
        let page = get(&server, path, &[]).await;
        assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
        let policy = page.header("content-security-policy").to_owned();
        for rule in [
            "default-src 'none'",
            "script-src 'self' 'wasm-unsafe-eval' 'sha256-",
            "style-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "object-src 'none'",
            &format!("connect-src 'self' ws://{}", server.address),
        ] {
            assert!(policy.contains(rule), "{rule} is not in {policy}");
        }
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{policy}");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("referrer-policy"), "same-origin");
        assert!(page.header("permissions-policy").contains("camera=(self), microphone=(self)"));
    }
}

#[tokio::test]
async fn every_reply_has_the_security_headers_including_errors() {
    let server = with_client().await;
    for path in ["/api/config", "/api/me", "/nothing", "/calls.js", "/healthz"] {
        let reply = get(&server, path, &[]).await;
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(
            reply.header("content-security-policy"),
            "default-src 'none'; frame-ancestors 'none'",
            "{path}"
        );
    }
}

#[tokio::test]
async fn personal_replies_are_never_cached_and_the_page_has_no_opener() {
    let server = with_client().await;
    let anna = server.person("anna").await;
    for path in ["/api/me", "/api/contacts", "/api/calls/history", "/api/calls/x/nothing", "/api/config"] {
        let reply = anna.get(path).await;
        assert_eq!(reply.header("cache-control"), "no-store", "{path}");
        assert_eq!(reply.header("strict-transport-security"), "", "{path}: nothing is encrypted here");
        assert_eq!(reply.header("cross-origin-opener-policy"), "", "{path}");
    }
    let tokens = anna.post("/api/auth/refresh", serde_json::json!({ "refresh_token": "none" })).await;
    assert_eq!((tokens.status, tokens.header("cache-control")), (401, "no-store"));
    assert_eq!(get(&server, "/api/me", &[]).await.header("cache-control"), "no-store", "errors, too");
    let page = get(&server, "/", &[]).await;
    assert_eq!(page.header("cache-control"), "no-cache");
    assert_eq!(page.header("cross-origin-opener-policy"), "same-origin-allow-popups");
    let module = get(&server, "/calls.js", &[]).await;
    assert_eq!(module.header("cross-origin-opener-policy"), "", "pages of other origins load it");
    assert_eq!(module.header("cross-origin-resource-policy"), "cross-origin");
}

#[tokio::test]
async fn an_isolated_page_may_play_the_sounds_which_browsers_request_in_ranges() {
    let server = with_client().await;
    let sound = "/sounds/video_call.mp3";
    for (headers, status) in [(&[][..], 200), (&[("range", "bytes=0-0")][..], 206)] {
        let reply = get(&server, sound, headers).await;
        let told =
            (reply.status, reply.header("cross-origin-resource-policy"), reply.header("cache-control"));
        assert_eq!(told, (status, "cross-origin", "no-cache"));
    }
}

#[tokio::test]
async fn files_with_hashed_names_are_cached_for_a_year_and_others_are_revalidated() {
    let server = with_client().await;
    for path in ["/app-0123456789abcdef.js", "/app-0123456789abcdef_bg.wasm"] {
        assert_eq!(
            get(&server, path, &[]).await.header("cache-control"),
            "public, max-age=31536000, immutable"
        );
    }
    for path in ["/", "/calls.js", "/sounds/video_call.mp3"] {
        let first = get(&server, path, &[]).await;
        assert_eq!((first.status, first.header("cache-control")), (200, "no-cache"), "{path}");
        let tag = first.header("etag").to_owned();
        assert!(!tag.is_empty(), "{path}");
        let second = get(&server, path, &[("if-none-match", &tag)]).await;
        assert_eq!((second.status, second.text.len()), (304, 0), "{path}");
        // A browser replaces the headers of a cached response with these.
        let policy = "content-security-policy";
        assert_eq!(second.header(policy), first.header(policy), "{path}");
    }
    assert_eq!(
        get(&server, "/app-0123456789abcdef_bg.wasm", &[]).await.header("content-type"),
        "application/wasm"
    );
    assert_eq!(get(&server, "/missing-0123456789abcdef.js", &[]).await.header("cache-control"), "");
}

#[tokio::test]
async fn files_are_sent_compressed_if_the_browser_accepts_it() {
    let server = with_client().await;
    let plain = get(&server, "/app-0123456789abcdef.js", &[]).await;
    assert_eq!((plain.header("content-encoding"), plain.text.len()), ("", 4_000));
    let zipped = get(&server, "/app-0123456789abcdef.js", &[("accept-encoding", "gzip")]).await;
    assert_eq!(zipped.header("content-encoding"), "gzip");
    assert!(zipped.text.len() < 400);
    let sound = get(&server, "/sounds/video_call.mp3", &[("accept-encoding", "gzip")]).await;
    assert_eq!((sound.header("content-type"), sound.header("content-encoding")), ("audio/mpeg", ""));
    let squeezed = get(&server, "/app-0123456789abcdef_bg.wasm", &[("accept-encoding", "gzip, br")]).await;
    assert_eq!((squeezed.header("content-encoding"), squeezed.text.as_str()), ("br", "squeezed"));
    assert_eq!(squeezed.header("content-type"), "application/wasm");
}

#[tokio::test]
async fn pages_of_an_allowed_origin_may_use_rest_and_load_the_module() {
    let server = with_client().await;
    let origin = ("origin", "https://chat.example");
    for path in
        ["/api/config", "/calls.js", "/app-0123456789abcdef_bg.wasm", "/sounds/video_call.mp3", "/api/me"]
    {
        let reply = get(&server, path, &[origin]).await;
        assert_eq!(reply.header("access-control-allow-origin"), "https://chat.example", "{path}");
        // Without this, a page that is isolated by COEP may not load it.
        let policy = if path.starts_with("/api/") { "" } else { "cross-origin" };
        assert_eq!(reply.header("cross-origin-resource-policy"), policy, "{path}");
        let vary: Vec<_> =
            reply.headers.get_all("vary").iter().map(|value| value.to_str().unwrap()).collect();
        assert!(vary.join(",").to_ascii_lowercase().contains("origin"), "{path}: {vary:?}");
    }
    let asked = [
        origin,
        ("access-control-request-method", "POST"),
        (
            "access-control-request-headers",
            "authorization,content-type,x-device-id,idempotency-key,traceparent",
        ),
    ];
    let preflight = ask(&server, "OPTIONS", "/api/calls/initiate", &asked).await;
    assert_eq!(preflight.status, 200);
    // What a page sends while it is being closed.
    for path in ["/api/calls/c1/end", "/api/calls/c1/decline"] {
        let farewell = ask(&server, "OPTIONS", path, &asked).await;
        assert_eq!(farewell.status, 200, "{path}");
        for header in ["origin", "headers", "methods"] {
            let header = format!("access-control-allow-{header}");
            assert_eq!(farewell.header(&header), preflight.header(&header), "{path}");
        }
        assert_eq!(
            farewell.header("access-control-max-age"),
            preflight.header("access-control-max-age"),
            "{path}"
        );
    }
    assert_eq!(preflight.header("access-control-allow-origin"), "https://chat.example");
    let allowed = preflight.header("access-control-allow-headers");
    for header in ["authorization", "content-type", "x-device-id", "idempotency-key", "traceparent"] {
        assert!(allowed.contains(header), "{allowed}");
    }
    assert!(preflight.header("access-control-allow-methods").contains("DELETE"));
    assert!(
        preflight.header("access-control-max-age").parse::<u32>().unwrap() >= 600,
        "cached by the browser"
    );
}

#[tokio::test]
async fn pages_of_other_origins_get_nothing() {
    let server = with_client().await;
    for origin in ["https://evil.example", "null", "https://chat.example.evil.example"] {
        let reply = get(&server, "/api/config", &[("origin", origin)]).await;
        assert_eq!(reply.header("access-control-allow-origin"), "", "{origin}");
    }
}

#[tokio::test]
async fn the_client_is_told_what_it_needs_before_anybody_signs_in() {
    let server = TestServer::with(|config| {
        config.ice_servers = vec!["stun:10.0.0.1:3478".to_owned()];
        config.timings.calls.ring = std::time::Duration::from_secs(20);
    })
    .await;
    let expected = json!({
        "calls_enabled": true, "ring_seconds": 20, "ice_servers": [{ "urls": ["stun:10.0.0.1:3478"] }], "demo": false,
        "accounts_elsewhere": false, "registration": "open"
    });
    assert_eq!(get(&server, "/api/config", &[]).await.body, expected);
    assert_eq!(get(&server, "/healthz", &[]).await.body, json!({ "status": "ok" }));
}

#[tokio::test]
async fn a_client_that_is_not_built_is_reported_in_one_sentence() {
    let server = TestServer::new().await;
    let reply = get(&server, "/", &[]).await;
    assert_eq!(reply.status, 404);
    assert!(reply.text.contains("not built"), "{}", reply.text);
}
