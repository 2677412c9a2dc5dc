//! The metrics for operators, and that they reveal nothing about anybody.

use call_protocol::{DeviceId, UserId};
use call_server::{clock::Tick, hub::Hub, model::Frame};
use http_body_util::Full;
use kit_server::{
    rest::{Reply, send},
    test_server::{TestServer, eventually},
};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    time::Duration,
};

async fn measured() -> TestServer {
    TestServer::with(|config| config.metrics.listen = Some(SocketAddr::from(([127, 0, 0, 1], 0)))).await
}

async fn metrics(server: &TestServer) -> Reply {
    let request = tokio_tungstenite::tungstenite::http::Request::builder();
    let request = request.uri(format!("http://{}/metrics", server.metrics.unwrap()));
    send(request.body(Full::default()).unwrap()).await
}

/// The value of a series, by its name with labels; none if it was never counted.
fn value(text: &str, series: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.map(|value| value.parse().unwrap())
}

#[tokio::test]
async fn an_answered_and_ended_call_is_counted_once_with_its_setup_times() {
    let server = measured().await;
    let (mut anna, mut ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    let text = metrics(&server).await.text;
    assert_eq!(value(&text, "calls_ringing"), Some(1.0), "{text}");
    server.clock.advance(Duration::from_secs(4));
    ben.act(&call, "answer").await;
    anna.socket.until("call_answered").await;
    anna.signal(&call, json!({ "type": "offer", "data": { "sdp": "x" } })).await;
    ben.socket.until("signal").await;
    server.clock.advance(Duration::from_secs(2));
    anna.media_flows(&call).await;
    eventually(async || {
        anna.person.get(&format!("/api/calls/active/{conversation}")).await.body["call"]["started_at"]
            .is_string()
    })
    .await;
    ben.act(&call, "end").await;
    ben.act(&call, "end").await;
    let text = metrics(&server).await.text;
    for (series, expected) in [
        ("calls_finished_total{status=\"ended\",reason=\"\"}", 1.0),
        ("calls_ring_seconds_count", 1.0),
        ("calls_ring_seconds_sum", 4.0),
        ("calls_connect_seconds_count", 1.0),
        ("calls_connect_seconds_sum", 2.0),
        ("calls_signals_total{type=\"offer\"}", 1.0),
        ("calls_sockets", 2.0),
        ("calls_sockets_waiting", 0.0),
        ("calls_ringing", 0.0),
        ("calls_active", 0.0),
        ("calls_http_requests_total{method=\"POST\",route=\"/api/calls/{id}/answer\",status=\"200\"}", 1.0),
    ] {
        assert_eq!(value(&text, series), Some(expected), "{series} in\n{text}");
    }
    let finished = |line: &&str| line.starts_with("calls_finished_total{") && !line.ends_with(" 0");
    assert_eq!(text.lines().filter(finished).count(), 1, "{text}");
}

#[tokio::test]
async fn missed_and_busy_calls_and_every_refusal_are_counted_by_their_codes() {
    let server = measured().await;
    let (anna, mut ben, conversation) = server.anna_and_ben().await;
    let carla = server.person("carla").await;
    let other = server.befriend(&carla, &ben.person).await;
    let carla = carla.connect("carla-1").await;
    let call = anna.rings(&conversation).await;
    carla.call(&other).await.is(409, "busy");
    anna.act(&call, "end").await;
    ben.media_flows("no-such-call").await;
    ben.socket.until("error").await;
    anna.person.get("/api/nothing").await.is(404, "not_found");
    let text = metrics(&server).await.text;
    for series in [
        "calls_finished_total{status=\"missed\",reason=\"cancelled\"}",
        "calls_finished_total{status=\"missed\",reason=\"busy\"}",
        "calls_refusals_total{code=\"busy\"}",
        "calls_refusals_total{code=\"call_not_found\"}",
        "calls_refusals_total{code=\"not_found\"}",
        "calls_http_requests_total{method=\"GET\",route=\"other\",status=\"404\"}",
    ] {
        assert_eq!(value(&text, series), Some(1.0), "{series} in\n{text}");
    }
}

#[tokio::test]
async fn the_metrics_are_open_metrics_and_name_nobody() {
    let server = measured().await;
    let (anna, ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    anna.act(&call, "end").await;
    anna.person
        .post(&format!("/api/conversations/{conversation}/messages"), json!({ "content": "hello" }))
        .await;
    let reply = metrics(&server).await;
    assert_eq!(reply.header("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
    let text = &reply.text;
    assert!(text.ends_with("# EOF\n"), "{text}");
    for line in text.lines() {
        let comment = ["# HELP ", "# TYPE ", "# UNIT ", "# EOF"].iter().any(|begin| line.starts_with(begin));
        let sample = line.rsplit_once(' ').is_some_and(|(series, value)| {
            let name = series.split('{').next().unwrap_or_default();
            let plain = name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            plain && name.starts_with("calls_") && value.parse::<f64>().is_ok()
        });
        assert!(comment || sample, "{line}");
    }
    for secret in [&anna.person.id.0, &ben.person.id.0, &conversation, &call, "anna", "ben-1"] {
        assert!(!text.contains(secret), "{secret} is in\n{text}");
    }
    for part in ["messages", "begin", "accounts"] {
        assert!(text.contains(&format!("calls_store_seconds_count{{part=\"{part}\"")), "{part} in\n{text}");
    }
    assert!(text.contains("calls_build_info{version=\""), "{text}");
}

#[test]
fn the_longest_queue_is_reported() {
    let hub = Hub::new(Tick::default());
    let [anna, ben] = ["anna", "ben"].map(UserId::from);
    let device = DeviceId::from("d1");
    let mut reads = hub.connect((&anna, &device), None, 8, Tick::default());
    let _reads_nothing = hub.connect((&ben, &device), None, 8, Tick::default());
    assert_eq!(hub.load(), (2, 0, 0));
    for user in [&anna, &ben, &ben, &ben] {
        hub.send(user, &Frame::ContactRemoved { user_id: anna.clone() });
    }
    assert_eq!(hub.load(), (2, 4, 3));
    reads.frames.try_recv().unwrap();
    assert_eq!(hub.load(), (2, 3, 3));
}

#[tokio::test]
async fn people_cannot_see_the_metrics() {
    let server = measured().await;
    let anna = server.person("anna").await;
    anna.get("/metrics").await.is(404, "not_found");
    assert_eq!(TestServer::new().await.metrics, None, "nobody listens unless the operator says where");
}

#[tokio::test]
async fn an_alarm_can_be_tried_before_what_it_is_for_has_happened() {
    let server = measured().await;
    let text = metrics(&server).await.text;
    for series in [
        "calls_notices_refused_total{reason=\"forged\"}",
        "calls_notices_refused_total{reason=\"unsigned\"}",
        "calls_finished_total{status=\"failed\",reason=\"connect_timeout\"}",
        "calls_refusals_total{code=\"storage_full\"}",
        "calls_signals_total{type=\"ice_candidate\"}",
        "calls_sockets_closed_total{code=\"4013\"}",
    ] {
        assert_eq!(value(&text, series), Some(0.0), "{series} in\n{text}");
    }
}

#[tokio::test]
async fn the_page_about_the_metrics_names_those_that_there_are_with_their_labels() {
    let server = measured().await;
    let (anna, _ben, conversation) = server.anna_and_ben().await;
    let call = anna.rings(&conversation).await;
    anna.act(&call, "end").await;
    let text = metrics(&server).await.text;
    let mut served = BTreeMap::<&str, BTreeSet<&str>>::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let series = line.rsplit_once(' ').unwrap().0;
        let (name, labels) = series.split_once('{').unwrap_or((series, ""));
        let name =
            ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
        let labels = labels.split(['"', '{', '}', ',']).filter_map(|part| part.strip_suffix('='));
        served.entry(name).or_default().extend(labels.filter(|label| *label != "le"));
    }
    let page = include_str!("../../../../../docs/metrics.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    let documented = rows.map(|row| {
        let mut cells = row.split(" | ");
        let (name, labels) = (cells.next().unwrap().trim_end_matches('`'), cells.next().unwrap());
        (name, labels.split('`').skip(1).step_by(2).collect())
    });
    assert_eq!(documented.collect::<BTreeMap<&str, BTreeSet<&str>>>(), served);
}
