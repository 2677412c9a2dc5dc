//! The two demo people as the tests of the API need them: signed in, in a conversation, one of them connected and called
//! by the other. Speaks just enough HTTP and WebSocket for that; judges nothing.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

/// How long the server may take for one answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// A connected device gives a sign of life well within the server's 30 s.
const SIGN_OF_LIFE: Duration = Duration::from_secs(5);

/// What requests can be about.
pub(super) struct People {
    /// The caller's access token.
    pub(super) token: String,
    /// The conversation of the two.
    pub(super) conversation: String,
    /// A call that rings.
    pub(super) call: String,
}

impl People {
    /// Signs both in, connects the callee, and calls.
    pub(super) fn meet(address: &str) -> Result<Self> {
        let [token, callee] = [sign_in(address, "anna")?, sign_in(address, "ben")?];
        stay_connected(address, &callee)?;
        let contacts = ask(address, "GET", "/api/contacts", Some(&token), "")?;
        let conversation = field(&contacts, "conversation_id")?;
        let wish = format!("{{\"conversation_id\":\"{conversation}\",\"call_type\":\"audio\"}}");
        let rings = ask(address, "POST", "/api/calls/initiate", Some(&token), &wish)?;
        let call = field(&rings, "id")?;
        Ok(Self { token, conversation, call })
    }
}

fn sign_in(address: &str, name: &str) -> Result<String> {
    let account = format!("{{\"username\":\"{name}\",\"password\":\"messenger\"}}");
    field(&ask(address, "POST", "/api/auth/login", None, &account)?, "access_token")
}

/// The first text of this name in a JSON text; ids and tokens need no unescaping.
fn field(json: &str, name: &str) -> Result<String> {
    let begin = format!("\"{name}\":\"");
    let value = json.split_once(&begin).and_then(|(_, rest)| rest.split_once('"'));
    Ok(value.with_context(|| format!("the server's answer has no `{name}`: {json}"))?.0.to_owned())
}

/// Sends a request and reads the whole reply; a status above 299 is an error.
fn ask(address: &str, method: &str, path: &str, token: Option<&str>, body: &str) -> Result<String> {
    let mut stream = open(address)?;
    let token = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{token}\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )?;
    let mut reply = String::new();
    stream.read_to_string(&mut reply)?;
    ensure!(reply.starts_with("HTTP/1.1 2"), "{method} {path} was refused: {reply}");
    Ok(reply)
}

fn open(address: &str) -> Result<TcpStream> {
    let stream = TcpStream::connect(address).context("the server cannot be reached")?;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Connects a device, and keeps it connected for as long as this program runs.
fn stay_connected(address: &str, token: &str) -> Result<()> {
    let mut stream = open(address)?;
    write!(
        stream,
        "GET /api/socket HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )?;
    let mut reply = Vec::new();
    while !reply.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        reply.extend(byte);
    }
    ensure!(reply.starts_with(b"HTTP/1.1 101"), "no socket: {}", String::from_utf8_lossy(&reply));
    let hello =
        format!("{{\"type\":\"hello\",\"token\":\"{token}\",\"protocol\":1,\"device_id\":\"ben-1\"}}");
    stream.write_all(&frame(TEXT, hello.as_bytes()))?;
    // The first byte of the snapshot: from now on the server knows the device.
    stream.read_exact(&mut [0])?;
    let mut reader = stream.try_clone()?;
    thread::spawn(move || while reader.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {});
    thread::spawn(move || {
        while stream.write_all(&frame(PONG, &[])).is_ok() {
            thread::sleep(SIGN_OF_LIFE);
        }
    });
    Ok(())
}

const TEXT: u8 = 1;
const PONG: u8 = 10;

/// A whole frame of a client (RFC 6455, section 5.2), masked with zeros.
fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    const LAST: u8 = 0x80;
    const MASKED: u8 = 0x80;
    let mut frame = vec![LAST | kind];
    match u8::try_from(payload.len()) {
        Ok(length @ 0..=125) => frame.push(MASKED | length),
        Ok(_) | Err(_) => {
            frame.push(MASKED | 126);
            frame.extend(u16::try_from(payload.len()).unwrap_or(u16::MAX).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_carry_their_length_in_one_byte_or_in_three() {
        assert_eq!(frame(PONG, &[]), [0x8a, 0x80, 0, 0, 0, 0]);
        assert_eq!(frame(TEXT, &[7; 200])[..8], [0x81, 0xfe, 0, 200, 0, 0, 0, 0]);
    }

    #[test]
    fn a_field_is_read_or_named() {
        assert_eq!(field(r#"[{"user":{},"id":"x"}]"#, "id").unwrap(), "x");
        assert!(field("{}", "id").unwrap_err().to_string().contains("`id`"));
    }
}
