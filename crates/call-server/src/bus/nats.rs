//! NATS, the fast way between nodes. Connects by itself, for ever; waited for at the start only, for a second at most.

use async_nats::{Client, ConnectOptions, Event, ServerAddr, Subscriber};
use percent_encoding::percent_decode_str;
use std::{str::FromStr, time::Duration};
use tokio::time::timeout;

/// The one subject: every node hears every notice, and drops what is for nobody who is connected to it.
const SUBJECT: &str = "messenger-calls.notices";
/// How long NATS may take to accept a notice.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often a silent server is asked whether it lives; the third question without an answer gives it up.
const PING: Duration = Duration::from_secs(1);
/// How long an attempt to connect may take.
const CONNECT: Duration = Duration::from_secs(2);
/// The pause between attempts to connect.
const RETRY: Duration = Duration::from_millis(300);

/// Why there is no bus; a server that does not answer is none of these reasons, it is tried again.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the bus: {0}; write its address as nats://host:4222")]
pub struct BusError(String);

/// Connects to a server of this address, now or as soon as it answers.
///
/// # Errors
/// When the address cannot be read.
pub(super) async fn join(
    url: &str,
    name: &str,
    note: impl Fn(Event) + Send + Sync + 'static,
) -> Result<(Client, Subscriber), BusError> {
    let refused = |error: &dyn std::error::Error| BusError(error.to_string());
    // Several servers of one cluster are written with commas between them.
    let addresses = url.split(',').map(|part| ServerAddr::from_str(part.trim()));
    let addresses = addresses.collect::<Result<Vec<_>, _>>().map_err(|error| refused(&error))?;
    let client = signing_in(&addresses)
        .name(name)
        .no_echo()
        .ping_interval(PING)
        .connection_timeout(CONNECT)
        .reconnect_delay_callback(|attempt| if attempt <= 1 { Duration::ZERO } else { RETRY })
        .retry_on_initial_connect()
        .event_callback(move |event| {
            note(event);
            std::future::ready(())
        })
        .connect(addresses)
        .await
        .map_err(|error| refused(&error))?;
    let subscriber = client.subscribe(SUBJECT).await.map_err(|error| refused(&error))?;
    // The subscription has to have arrived before anybody connects to this node, who otherwise would miss what comes between
    // their snapshot and it. A server that cannot be reached is not waited for: snapshots are sent again once it is there.
    let _heard = timeout(PATIENCE, client.flush()).await;
    Ok((client, subscriber))
}

/// Signs in as the first address says, as the tools of NATS read it: name:password@host, or token@host.
fn signing_in(addresses: &[ServerAddr]) -> ConnectOptions {
    let plain = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let who = addresses.iter().find_map(|one| Some((one.username()?, one.password())));
    match who {
        Some((name, Some(password))) => ConnectOptions::with_user_and_password(plain(name), plain(password)),
        Some((token, None)) => ConnectOptions::with_token(plain(token)),
        None => ConnectOptions::new(),
    }
}

/// Publishes a notice; whether it was accepted.
pub(super) async fn publish(client: &Client, notice: String) -> bool {
    matches!(timeout(PATIENCE, client.publish(SUBJECT, notice.into())).await, Ok(Ok(())))
}
