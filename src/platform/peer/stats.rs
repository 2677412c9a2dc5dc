//! How many bytes have arrived: the figures of `getStats` that the machine needs. Never interprets them.

use crate::platform::js::{get, get_text};
use js_sys::Map;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::RtcPeerConnection;

/// What has arrived since the connection began.
#[derive(Default)]
pub(super) struct Counts {
    /// RTP payload of all inbound streams.
    pub(super) media_bytes: u64,
    /// Everything on the transport, if the browser counts it.
    pub(super) transport_bytes: Option<u64>,
}

/// Chromium counts by transport, Firefox by path only.
pub(super) async fn counts(connection: &RtcPeerConnection) -> Option<Counts> {
    let report: Map = JsFuture::from(connection.get_stats()).await.ok()?.unchecked_into();
    let mut counts = Counts::default();
    let mut by_path = None;
    report.for_each(&mut |entry, _id| match get_text(&entry, "type").as_deref() {
        Some("inbound-rtp") => counts.media_bytes += bytes(&entry).unwrap_or_default(),
        Some("transport") => add(&mut counts.transport_bytes, bytes(&entry)),
        Some("candidate-pair") => add(&mut by_path, bytes(&entry)),
        _ => {}
    });
    counts.transport_bytes = counts.transport_bytes.or(by_path);
    Some(counts)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count that JavaScript keeps as a float"
)]
fn bytes(entry: &JsValue) -> Option<u64> {
    get(entry, "bytesReceived").as_f64().map(|bytes| bytes as u64)
}

fn add(sum: &mut Option<u64>, bytes: Option<u64>) {
    if let Some(bytes) = bytes {
        *sum = Some(sum.unwrap_or_default() + bytes);
    }
}
