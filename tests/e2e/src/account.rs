//! An account on the server, created over REST: what is not being tested is not clicked. Never opens a browser.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::server::Server;

const PASSWORD: &str = "correct-horse";

/// A person's account.
#[derive(Clone, Debug)]
pub struct Account {
    /// The unique name.
    pub username: String,
    /// The display name.
    pub display_name: String,
    /// The password.
    pub password: String,
    /// The id.
    pub id: String,
    /// An access token that outlives every test.
    pub token: String,
}

impl Account {
    /// Registers a person; the unique name is the display name in small letters.
    pub async fn register(server: &Server, name: &str) -> Result<Self> {
        let username = name.to_lowercase();
        let body = json!({ "username": username, "display_name": name, "password": PASSWORD });
        let reply = server.post("/api/auth/register", None, &body).await?;
        Self::read(&reply, PASSWORD)
    }

    /// An account that is not registered yet.
    pub fn imagined(name: &str) -> Self {
        Self {
            username: name.to_lowercase(),
            display_name: name.to_owned(),
            password: PASSWORD.to_owned(),
            id: String::new(),
            token: String::new(),
        }
    }

    /// Signs in to an account that exists.
    pub async fn existing(server: &Server, username: &str, password: &str) -> Result<Self> {
        let body = json!({ "username": username, "password": password });
        let reply = server.post("/api/auth/login", None, &body).await?;
        Self::read(&reply, password)
    }

    fn read(reply: &Value, password: &str) -> Result<Self> {
        let text = |pointer: &str| -> Result<String> {
            let value = reply.pointer(pointer).and_then(Value::as_str);
            Ok(value.with_context(|| format!("no {pointer} in {reply}"))?.to_owned())
        };
        Ok(Self {
            username: text("/user/username")?,
            display_name: text("/user/display_name")?,
            password: password.to_owned(),
            id: text("/user/id")?,
            token: text("/access_token")?,
        })
    }

    /// Sends a contact request.
    pub async fn ask(&self, server: &Server, other: &Self) -> Result<()> {
        let body = json!({ "username": other.username });
        server.post("/api/contacts", Some(&self.token), &body).await.map(drop)
    }

    /// Sends a contact request, which the other person accepts. Returns the id of the conversation.
    pub async fn befriend(&self, server: &Server, other: &Self) -> Result<String> {
        self.ask(server, other).await?;
        let path = format!("/api/contacts/{}/accept", self.id);
        let contact = server.post(&path, Some(&other.token), &json!({})).await?;
        let conversation = contact["conversation_id"].as_str();
        Ok(conversation.with_context(|| format!("no conversation in {contact}"))?.to_owned())
    }
}
