//! The first frame of a socket: who connects, with a token that is good now. Never sends it.

use crate::credentials::{Credentials, NoToken};
use crate::network::Network;
use call_protocol::{Hello, PROTOCOL_VERSION};
use std::rc::Rc;

/// Waits for the token.
pub(super) async fn hello<N: Network>(credentials: Rc<Credentials<N>>) -> Result<Hello, NoToken> {
    let token = credentials.token().await;
    let device = credentials.device().await;
    Ok(Hello {
        token: token?,
        protocol: PROTOCOL_VERSION,
        device_id: device.id.clone(),
        device_label: Some(device.label.clone()),
        proofs: true,
    })
}
