//! Prepares the two demo people for the API tests: signed in, in a conversation, one of them connected and
//! called by the other. Prints the caller's token, the conversation and the call, and stays until its input
//! ends. Checks nothing.

use anyhow::{Context, Result};
use kit_client::{rest, socket::Socket};
use serde_json::{Value, json};
use std::net::SocketAddr;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let address: SocketAddr = std::env::args().nth(1).context("usage: demo-call ADDRESS")?.parse()?;
    let at = |path: &str| format!("http://{address}{path}");
    let sign_in = async |name: &str| {
        let account = json!({ "username": name, "password": "messenger" });
        text(&rest::json("POST", &at("/api/auth/login"), None, Some(&account)).await?, "/access_token")
    };
    let (token, callee) = (sign_in("anna").await?, sign_in("ben").await?);
    let mut device = Socket::open(address).await;
    device.hello(&callee, "ben-1").await;
    device.until("welcome").await;
    let contacts = rest::json("GET", &at("/api/contacts"), Some(&token), None).await?;
    let conversation = text(&contacts, "/0/conversation_id")?;
    let wanted = json!({ "conversation_id": conversation, "call_type": "audio" });
    let rings = rest::json("POST", &at("/api/calls/initiate"), Some(&token), Some(&wanted)).await?;
    println!("{token} {conversation} {}", text(&rings, "/call/id")?);
    // The device answers the server's pings in the meantime.
    tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink())).await??;
    Ok(())
}

fn text(reply: &Value, pointer: &str) -> Result<String> {
    let value = reply.pointer(pointer).and_then(Value::as_str);
    Ok(value.with_context(|| format!("expected a text at {pointer}, came {reply}"))?.to_owned())
}
