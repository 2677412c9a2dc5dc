//! HTTP requests, and what tests check in a reply. Never retries.

use crate::PATIENCE;
use anyhow::{Context, Result, bail};
use http_body_util::{BodyExt, Full};
use hyper::{HeaderMap, Request, body::Bytes};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::Value;
use tokio::time::timeout;

/// A reply of the server.
#[derive(Debug)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// Every header.
    pub headers: HeaderMap,
    /// The body as JSON; null if it is none.
    pub body: Value,
    /// The body as received.
    pub text: String,
}

/// Sends a request that is expected to get a reply, of any status.
pub async fn send(request: Request<Full<Bytes>>) -> Reply {
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let reply = timeout(PATIENCE, exchange(request)).await;
    let reply = reply.unwrap_or_else(|_| panic!("no reply to {method} {uri} within {PATIENCE:?}"));
    reply.unwrap_or_else(|error| panic!("no reply to {method} {uri}: {error:#}"))
}

/// Sends a request with a JSON body, or none.
///
/// # Errors
/// When no reply arrives, or when its status is an error; the error contains the reply's text then.
pub async fn json(method: &str, url: &str, token: Option<&str>, body: Option<&Value>) -> Result<Value> {
    let mut request = Request::builder().method(method).uri(url);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    if body.is_some() {
        request = request.header("content-type", "application/json");
    }
    let request = request.body(Full::from(body.map(Value::to_string).unwrap_or_default()))?;
    let reply = exchange(request).await.with_context(|| format!("{method} {url}"))?;
    if !(200..300).contains(&reply.status) {
        bail!("{method} {url} was answered with {}: {}", reply.status, reply.text);
    }
    if reply.body.is_null() && !reply.text.is_empty() && reply.text != "null" {
        bail!("{method} {url} did not return JSON: {}", reply.text);
    }
    Ok(reply.body)
}

async fn exchange(request: Request<Full<Bytes>>) -> Result<Reply> {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let (parts, body) = client.request(request).await?.into_parts();
    let bytes = body.collect().await?.to_bytes();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    Ok(Reply { status: parts.status.as_u16(), headers: parts.headers, body, text })
}

impl Reply {
    /// The stable code of an error.
    pub fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    /// Asserts that it is this error, with a message for people.
    #[track_caller]
    pub fn is(&self, status: u16, code: &str) {
        let came = (self.status, self.code());
        assert_eq!(came, (status, code), "(left came, right was expected) the reply: {}", self.text);
        let message = self.body["error"]["message"].as_str().unwrap_or_default();
        assert!(!message.is_empty(), "expected a text for people beside `{code}`; the reply: {}", self.text);
    }

    /// A header; empty if it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}
