//! The received media bytes: the one figure of `getStats` that the machine needs. Never interprets it.

use crate::platform::js::{get, get_text};
use js_sys::Map;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::RtcPeerConnection;

/// RTP payload bytes of all inbound streams since the connection began.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count that JavaScript keeps as a float"
)]
pub(super) async fn media_bytes(connection: &RtcPeerConnection) -> Option<u64> {
    let report: Map = JsFuture::from(connection.get_stats()).await.ok()?.unchecked_into();
    let mut bytes = 0.0;
    report.for_each(&mut |entry, _id| {
        if get_text(&entry, "type").as_deref() == Some("inbound-rtp") {
            bytes += get(&entry, "bytesReceived").as_f64().unwrap_or_default();
        }
    });
    Some(bytes as u64)
}
