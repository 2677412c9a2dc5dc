//! The API's own documentation: what it describes exists, and nothing else.

use call_protocol::{ClientFrame, ErrorCode, ServerFrame};
use call_rules::{Refusal, Uninvited};
use call_server::close_codes;
use call_server::error::ApiError;
use http_body_util::Full;
use kit_server::{person::Person, rest::send, test_server::TestServer};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

async fn document(server: &TestServer) -> Value {
    let request = server.request("GET", "/api/openapi.json").body(Full::default()).unwrap();
    let reply = send(request).await;
    assert_eq!((reply.status, reply.header("content-type")), (200, "application/json"));
    reply.body
}

/// Path, method and description of every operation.
fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            let item = item.as_object().unwrap().iter();
            item.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
        })
        .collect()
}

/// A documented address, with ids that belong to nothing.
fn address(path: &str) -> String {
    let id = "00000000-0000-7000-8000-000000000000";
    path.split('/').map(|part| if part.starts_with('{') { id } else { part }).collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn every_documented_address_serves_the_documented_methods_and_no_others() {
    let server = TestServer::new().await;
    let anna = server.person("anna").await;
    let document = document(&server).await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    for path in document["paths"].as_object().unwrap().keys() {
        for method in METHODS {
            let described = document["paths"][path].get(method).is_some();
            let reply = anna.ask(&method.to_uppercase(), &address(path), None, None).await;
            let nowhere = reply.text.contains("there is nothing at this address");
            assert!(!nowhere, "{method} {path} is documented but not served");
            assert_eq!(reply.status != 405, described, "{method} {path}: {}", reply.text);
            if described {
                let status = reply.status.to_string();
                let statuses = &document["paths"][path][method]["responses"];
                assert!(statuses.get(&status).is_some(), "{method} {path} answers {status}: {}", reply.text);
            }
        }
    }
}

#[tokio::test]
async fn every_operation_has_a_unique_name_a_summary_and_the_error_envelope() {
    let server = TestServer::new().await;
    let document = document(&server).await;
    let mut names = BTreeSet::new();
    for (path, method, operation) in operations(&document) {
        let name = operation["operationId"].as_str().unwrap();
        assert!(names.insert(name), "{name} is the name of two operations");
        assert!(operation["summary"].as_str().is_some_and(|text| text.len() >= 8), "{method} {path}");
        assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{method} {path}");
        for (status, response) in operation["responses"].as_object().unwrap() {
            assert!(!response["description"].as_str().unwrap().is_empty(), "{method} {path} {status}");
            // What a load balancer reads is not an error of a client.
            if status.as_str() >= "400" && (path, status.as_str()) != ("/readyz", "503") {
                let schema = &response["content"]["application/json"]["schema"]["$ref"];
                assert_eq!(schema, "#/components/schemas/ErrorEnvelope", "{method} {path} {status}");
            }
        }
    }
    assert!(names.len() >= 20, "{names:?}");
}

#[tokio::test]
async fn every_reference_resolves() {
    let server = TestServer::new().await;
    let document = document(&server).await;
    let text = document.to_string();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for reference in text.split("#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name} is referenced but not defined");
    }
    assert!(document["components"]["securitySchemes"]["bearer"].is_object());
}

#[tokio::test]
async fn every_error_of_the_server_is_documented_with_its_status() {
    let server = TestServer::new().await;
    let document = document(&server).await;
    let described = |code: ErrorCode, status: Option<&str>| {
        operations(&document).iter().any(|(_, _, operation)| {
            let responses = operation["responses"].as_object().unwrap().iter();
            let mut those = responses.filter(|(found, _)| status.is_none_or(|status| status == *found));
            those.any(|(_, response)| {
                let example = &response["content"]["application/json"]["examples"][code.as_str()];
                example["value"]["error"]["code"] == code.as_str()
            })
        })
    };
    let (refusals, doors) = (Refusal::ALL.map(ApiError::refused), Uninvited::ALL.map(ApiError::Uninvited));
    for error in refusals.into_iter().chain(doors) {
        let (code, status) = (error.code(), error.status());
        assert!(described(code, Some(status.as_str())), "{error:?} is not documented");
    }
    // These are sent on a socket only, are the same for every address, or are never sent.
    let elsewhere = [
        ErrorCode::UnknownFrame,
        ErrorCode::UnsupportedVersion,
        ErrorCode::MethodNotAllowed,
        ErrorCode::Unknown,
    ];
    for code in ErrorCode::ALL.into_iter().filter(|code| !elsewhere.contains(code)) {
        assert!(described(code, None), "{} is not documented", code.as_str());
    }
    let text = document["info"]["description"].as_str().unwrap();
    assert!(text.contains("405 `method_not_allowed`"), "{text}");
    let codes = document["components"]["schemas"]["ErrorCode"]["enum"].as_array().unwrap();
    assert_eq!(*codes, ErrorCode::ALL.map(|code| json!(code.as_str())), "in the order of the protocol");
}

#[tokio::test]
async fn every_frame_is_documented_under_its_type() {
    let document = document(&TestServer::new().await).await;
    for (name, words) in [("ClientFrame", &ClientFrame::TYPES[..]), ("ServerFrame", &ServerFrame::TYPES[..])]
    {
        let described = document["components"]["schemas"][name].to_string();
        for word in words {
            assert!(
                described.contains(&format!("[\"{word}\"]")),
                "{name} does not describe {word}: {described}"
            );
        }
    }
}

#[tokio::test]
async fn every_rate_limit_error_says_how_long_to_wait() {
    let server = TestServer::new().await;
    let document = document(&server).await;
    let mut limited = 0;
    for (path, method, operation) in operations(&document) {
        let Some(response) = operation["responses"].get("429") else { continue };
        limited += 1;
        assert!(response["headers"]["retry-after"].is_object(), "{method} {path}");
        for (code, example) in response["content"]["application/json"]["examples"].as_object().unwrap() {
            let wait = example["value"]["error"]["retry_after"].as_u64();
            assert!(wait.is_some_and(|seconds| seconds >= 1), "{method} {path} {code}");
        }
    }
    assert!(limited >= 7, "{limited} operations are limited");
}

#[tokio::test]
async fn a_call_is_documented_with_all_its_required_fields() {
    let server = TestServer::new().await;
    let document = document(&server).await;
    let schemas = &document["components"]["schemas"];
    let required = |schema: &Value| -> BTreeSet<String> {
        let names = schema["required"].as_array().into_iter().flatten();
        names.map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    let call = required(&schemas["Call"]);
    for field in ["id", "status", "started_at", "ended_at", "error_reason", "duration_seconds"] {
        assert!(call.contains(field), "{field}: {call:?}");
    }
    let reply = schemas["CallReply"]["allOf"].to_string();
    assert!(reply.contains("/Call\"") && reply.contains("/LiveCall\""), "{reply}");
    let frames = schemas["ServerFrame"]["oneOf"].as_array().unwrap();
    let signal = frames.iter().find(|frame| frame.to_string().contains("recipient_id")).unwrap();
    let signal = required(signal);
    assert!(signal.contains("recipient_id") && signal.contains("timestamp"), "{signal:?}");
}

#[tokio::test]
async fn the_documented_limits_are_the_real_ones() {
    let server = TestServer::new().await;
    let document = document(&server).await;
    let anna = server.person("anna").await;
    let ben = server.person("ben").await;
    let conversation = server.befriend(&anna, &ben).await;
    let longest = |schema: &str, field: &str| {
        document["components"]["schemas"][schema]["properties"][field]["maxLength"].as_u64().unwrap() as usize
    };
    let content = longest("PostMessage", "content");
    let messages = format!("/api/conversations/{conversation}/messages");
    let write = async |person: &Person, length: usize| {
        person.post(&messages, json!({ "content": "ä".repeat(length) })).await.status
    };
    assert_eq!([write(&anna, content).await, write(&anna, content + 1).await], [201, 422]);
    let name = longest("Registration", "display_name");
    let register = async |username: &str, length: usize| {
        let body =
            json!({ "username": username, "display_name": "ä".repeat(length), "password": "long enough" });
        anna.post("/api/auth/register", body).await.status
    };
    assert_eq!([register("carla", name).await, register("dora", name + 1).await], [201, 422]);
}

#[tokio::test]
async fn every_code_with_which_the_server_closes_a_socket_is_described() {
    let server = TestServer::new().await;
    let document = document(&server).await;
    let said = document["paths"]["/api/socket"]["get"]["description"].as_str().unwrap();
    for code in close_codes::SENT {
        assert!(said.contains(&format!(" {code} ")), "{code} in {said}");
    }
}
