//! How the camera's video is sent: start and maximum bitrate, frame rate before resolution. Never chooses a camera.

use crate::platform::js;
use js_sys::Array;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::RtcRtpSender;

/// Enough for 640x480 at 15 frames, in bits per second.
const MOST_BITS: u32 = 800_000;
/// The most that is sent, in kilobits per second: without a start, VP8 sits at 320x240 until the estimate has grown,
/// and with a lower one the first picture, which is a large one, takes longer to travel.
const START_KILOBITS: u32 = MOST_BITS / 1000;

/// A remote description that makes this browser begin sending VP8 at a useful bitrate.
pub fn hint_start_bitrate(sdp: &str) -> String {
    let mut hinted = String::with_capacity(sdp.len() + 48);
    for line in sdp.split_inclusive('\n') {
        hinted.push_str(line);
        let payload =
            line.strip_prefix("a=rtpmap:").and_then(|map| map.trim_end().strip_suffix(" VP8/90000"));
        // A second format line for one payload would not be valid.
        if let Some(payload) = payload
            && !sdp.contains(&["\na=fmtp:", payload, " "].concat())
        {
            hinted.push_str(&format!("a=fmtp:{payload} x-google-start-bitrate={START_KILOBITS}\r\n"));
        }
    }
    hinted
}

/// Sets the maximum bitrate and what to degrade first; a browser that refuses keeps its defaults.
pub(super) async fn tune(sender: RtcRtpSender) {
    let parameters = sender.get_parameters();
    let Some(encodings) = js::get_as::<Array>(&parameters, "encodings") else { return };
    for encoding in encodings.iter() {
        js::set(&encoding, "maxBitrate", MOST_BITS);
    }
    js::set(&parameters, "degradationPreference", "maintain-framerate");
    // The same object: it carries the `transactionId`.
    let _tuned = JsFuture::from(sender.set_parameters_with_parameters(parameters.unchecked_ref())).await;
}
