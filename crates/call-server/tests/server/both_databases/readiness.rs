//! What a load balancer sees, and the trace that a request belongs to.

use call_protocol::close_code;
use call_server::service::readiness::Part;
use http_body_util::Full;
use kit_server::{
    rest::send,
    test_server::{PATIENCE, TestServer},
};
use serde_json::json;

#[tokio::test]
async fn a_healthy_server_is_alive_and_ready() {
    let server = TestServer::new().await;
    for path in ["/healthz", "/readyz"] {
        let reply = server.get(path).await;
        assert_eq!((reply.status, reply.body), (200, json!({ "status": "ok" })), "{path}");
    }
}

#[tokio::test]
async fn a_stopping_server_is_not_ready_from_its_first_close_frame_on() {
    let server = TestServer::with(|config| config.timings.drain = PATIENCE).await;
    let mut anna = server.person("anna").await.connect("anna-1").await;
    let app = server.app.clone();
    assert_eq!(app.readiness.obstacle().await, None);
    let stopping = tokio::spawn(server.stop());
    assert_eq!(anna.socket.close_code().await, Some(close_code::GOING_AWAY));
    let found = app.readiness.obstacle().await.map(|obstacle| (obstacle.part, obstacle.reason));
    assert_eq!(found, Some((Part::Server, "the server stops")));
    drop(anna);
    drop(stopping.await.unwrap());
}

#[tokio::test]
async fn a_request_stays_in_its_trace_and_one_without_begins_its_own() {
    let server = TestServer::new().await;
    let id = "4bf92f3577b34da6a3ce929d0e0e4736";
    let parent = format!("00-{id}-00f067aa0ba902b7-01");
    for path in ["/api/me", "/api/config", "/nothing", "/healthz"] {
        let request = server.request("GET", path).header("traceparent", &parent);
        let reply = send(request.body(Full::default()).unwrap()).await;
        assert!(
            reply.header("traceresponse").starts_with(&format!("00-{id}-")),
            "{path}: {:?}",
            reply.headers
        );
        let [one, two] = [server.get(path).await, server.get(path).await];
        assert_eq!(one.header("traceresponse").len(), parent.len(), "{path}");
        assert_ne!(one.header("traceresponse")[..35], two.header("traceresponse")[..35], "{path}");
    }
}
