//! One HTTP request with JSON in and out, for accounts and for what a test wants to know of the server.

use anyhow::{Context, Result, bail};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// Asks and reads the reply; anything but a success is an error with the reply's text.
pub(crate) async fn request(
    method: &str,
    url: &str,
    token: Option<&str>,
    body: Option<&Value>,
) -> Result<Value> {
    let mut request = Request::builder().method(method).uri(url);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    if body.is_some() {
        request = request.header("content-type", "application/json");
    }
    let body = Full::new(Bytes::from(body.map(Value::to_string).unwrap_or_default()));
    let client: Client<HttpConnector, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let reply = client.request(request.body(body)?).await.with_context(|| format!("{method} {url}"))?;
    let status = reply.status();
    let text = reply.into_body().collect().await?.to_bytes();
    let text = String::from_utf8_lossy(&text);
    if !status.is_success() {
        bail!("{method} {url} was answered with {status}: {text}");
    }
    if text.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(&text).with_context(|| format!("{method} {url} was answered with {text}"))
}
