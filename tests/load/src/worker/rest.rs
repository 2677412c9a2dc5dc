//! One person's requests, over one connection that stays open, as a browser's do. Not the tests' client: a measurement
//! chooses the source address (20,000 connections need several), and no pool may come between it and the server.
//! Never retries.

use super::socket::Shared;
use crate::people;
use anyhow::{Context, Result, bail};
use http_body_util::{BodyExt, Full};
use hyper::{Request, body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use serde_json::Value;

/// An open connection with its person's token.
pub(super) struct Rest {
    sender: http1::SendRequest<Full<Bytes>>,
    host: String,
    bearer: String,
    device: String,
}

impl Rest {
    /// Connects.
    pub(super) async fn open(shared: &Shared, person: u32) -> Result<Self> {
        let stream = shared.connection(person).await?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(async move {
            // A connection that breaks fails the request that waits for it.
            let _ = connection.await;
        });
        Ok(Self {
            sender,
            host: shared.target(person).to_string(),
            bearer: format!("Bearer {}", people::token(person, &shared.brief.secret)?),
            device: people::device(person),
        })
    }

    /// Posts; the reply, when it is a success.
    pub(super) async fn post(&mut self, path: &str, body: Option<String>) -> Result<Value> {
        let mut request = Request::post(path)
            .header("host", &self.host)
            .header("authorization", &self.bearer)
            .header("x-device-id", &self.device);
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let request = request.body(Full::new(Bytes::from(body.unwrap_or_default())))?;
        self.sender.ready().await?;
        let reply = self.sender.send_request(request).await.with_context(|| format!("POST {path}"))?;
        let status = reply.status();
        let bytes = reply.into_body().collect().await?.to_bytes();
        if !status.is_success() {
            bail!("POST {path} was answered with {status}: {}", String::from_utf8_lossy(&bytes));
        }
        Ok(serde_json::from_slice(&bytes)?)
    }
}
