//! Bindings that web-sys lacks, or has behind an unstable compiler flag. Owns no behaviour.

use js_sys::{Array, Object, Promise};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The rest of `RTCPeerConnection`.
    #[wasm_bindgen(extends = Object)]
    pub(super) type PeerConnection;

    /// Without an argument: creates the description for the signalling state, and sets it.
    #[wasm_bindgen(method, js_name = setLocalDescription)]
    pub(super) fn set_local_description(this: &PeerConnection) -> Promise;

    /// The next offer restarts ICE.
    #[wasm_bindgen(method, js_name = restartIce)]
    pub(super) fn restart_ice(this: &PeerConnection);

    /// The rest of `RTCRtpTransceiver`.
    #[wasm_bindgen(extends = Object)]
    pub(super) type Transceiver;

    /// In which directions media may flow; throws where the section has been rejected.
    #[wasm_bindgen(method, catch, setter, js_name = direction)]
    pub(super) fn set_direction(this: &Transceiver, direction: &str) -> Result<(), JsValue>;

    /// The rest of `RTCIceCandidate`.
    #[wasm_bindgen(extends = Object)]
    pub(super) type Candidate;

    /// Which ICE generation the candidate belongs to.
    #[wasm_bindgen(method, getter, js_name = usernameFragment)]
    pub(super) fn username_fragment(this: &Candidate) -> Option<String>;

    /// The rest of `RTCRtpReceiver`.
    #[wasm_bindgen(extends = Object)]
    pub(super) type Receiver;

    /// What was played within the last ten seconds, and when.
    #[wasm_bindgen(method, js_name = getSynchronizationSources)]
    pub(super) fn synchronization_sources(this: &Receiver) -> Array;

    /// The rest of `RTCRtpSender`.
    #[wasm_bindgen(extends = Object)]
    pub(super) type Sender;

    /// Says that the tracks of these streams belong together; not in every browser.
    #[wasm_bindgen(method, catch, js_name = setStreams, variadic)]
    pub(super) fn set_streams(this: &Sender, streams: &Array) -> Result<(), JsValue>;
}
