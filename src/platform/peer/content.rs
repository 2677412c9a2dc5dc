//! Which sections of a description carry a shared screen: those with `a=content:slides` (RFC 4796). Browsers leave out the
//! attribute and ignore it, so it is added to what is sent and read from what comes.
//! Never decides which slots there are.

use crate::platform::js;
use js_sys::{Array, Function};
use wasm_bindgen::JsValue;
use web_sys::RtcRtpTransceiver;

/// The codecs of a screen: every browser has them, and each further one makes the offer longer.
const CODECS: [&str; 3] = ["video/VP8", "video/rtx", "audio/opus"];

const SLIDES: &str = "a=content:slides";

/// The description with the sections of these identification tags (`a=mid`) marked.
pub fn mark(sdp: &str, mids: &[String]) -> String {
    let mut marked = String::with_capacity(sdp.len() + mids.len() * (SLIDES.len() + 2));
    for line in sdp.split_inclusive('\n') {
        marked.push_str(line);
        let mid = line.trim_end().strip_prefix("a=mid:");
        if mid.is_some_and(|mid| mids.iter().any(|marked| marked == mid)) {
            marked.push_str(SLIDES);
            marked.push_str("\r\n");
        }
    }
    marked
}

/// The identification tags of the marked sections.
pub fn slides(sdp: &str) -> Vec<String> {
    let sections = sdp.split("\nm=").skip(1).filter(|section| section.lines().any(|line| line == SLIDES));
    let mid = |section: &str| section.lines().find_map(|line| line.strip_prefix("a=mid:")).map(str::to_owned);
    sections.filter_map(mid).collect()
}

/// Offers a transceiver with few codecs, so that the offer stays short; a browser that refuses offers all it has.
pub(super) fn keep_short(transceiver: &RtcRtpTransceiver, kind: &str) {
    let receiver = js::get(&js::window(), "RTCRtpReceiver");
    let asked = js::get_as::<Function>(&receiver, "getCapabilities")
        .and_then(|ask| ask.call1(&receiver, &JsValue::from(kind)).ok());
    let codecs = asked.and_then(|capabilities| js::get_as::<Array>(&capabilities, "codecs"));
    let prefer = js::get_as::<Function>(transceiver, "setCodecPreferences");
    if let (Some(codecs), Some(prefer)) = (codecs, prefer) {
        let short: Array = codecs
            .iter()
            .filter(|codec| {
                js::get_text(codec, "mimeType").is_some_and(|name| CODECS.contains(&name.as_str()))
            })
            .collect();
        let _refused = prefer.call1(transceiver, &short);
    }
}
