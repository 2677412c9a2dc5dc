//! The WebDriver BiDi connection of a Firefox, for what plain WebDriver cannot do: a script that runs in every page before
//! the page's own. Subscribes to nothing, so that only replies arrive.

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// An open connection, and how many commands were sent over it.
pub(super) struct Bidi(Mutex<(WebSocketStream<MaybeTlsStream<TcpStream>>, u64)>);

impl Bidi {
    /// Connects to a session's address.
    pub(super) async fn connect(url: &str) -> Result<Self> {
        let (socket, _) = connect_async(url).await.with_context(|| format!("no BiDi connection to {url}"))?;
        Ok(Self(Mutex::new((socket, 0))))
    }

    /// Runs a script in every page from now on, in all tabs.
    pub(super) async fn preload(&self, script: &str) -> Result<()> {
        let function = format!("() => {{ {script} }}");
        self.command("script.addPreloadScript", &json!({ "functionDeclaration": function })).await
    }

    async fn command(&self, method: &str, parameters: &Value) -> Result<()> {
        let (socket, sent) = &mut *self.0.lock().await;
        *sent += 1;
        let command = json!({ "id": *sent, "method": method, "params": parameters });
        socket.send(Message::text(command.to_string())).await?;
        while let Some(message) = socket.next().await {
            let Message::Text(text) = message? else { continue };
            let reply: Value = serde_json::from_str(&text)?;
            if reply["id"].as_u64() != Some(*sent) {
                continue;
            }
            if reply["type"] == "error" {
                bail!("{method}: {reply}");
            }
            return Ok(());
        }
        bail!("{method}: the browser closed the connection")
    }
}
