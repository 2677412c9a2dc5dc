//! Fakes for browser tests: `fetch` and `WebSocket`, answered by the test, a clock that the test moves, and
//! counters of the page's tracks, peer connections, listeners and timers.

use js_sys::{Array, Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::MediaStreamTrack;

#[wasm_bindgen(inline_js = r#"
const real = {
  fetch: window.fetch.bind(window), WebSocket: window.WebSocket, play: HTMLMediaElement.prototype.play,
  RTCPeerConnection: window.RTCPeerConnection, gum: navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices),
};
let requests = [], sockets = [], tracks = [], peers = [], played = [];

// Listeners on window and document, and timers, that are still active.
const listeners = new Set(), timers = new Set();
for (const target of [window, document]) {
  const { addEventListener, removeEventListener } = target;
  target.addEventListener = (kind, heard, ...more) => { listeners.add(heard); addEventListener.call(target, kind, heard, ...more); };
  target.removeEventListener = (kind, heard, ...more) => { listeners.delete(heard); removeEventListener.call(target, kind, heard, ...more); };
}
for (const [set, clear] of [['setTimeout', 'clearTimeout'], ['setInterval', 'clearInterval']]) {
  const [start, stop] = [window[set].bind(window), window[clear].bind(window)];
  window[set] = (callback, wait, ...more) => {
    const id = start((...given) => { if (set === 'setTimeout') timers.delete(id); callback(...given); }, wait, ...more);
    timers.add(id);
    return id;
  };
  window[clear] = (id) => { timers.delete(id); stop(id); };
}

// A clock and timers that the test moves: nothing fires before `pass` or `sleepThrough`.
const pause = window.setTimeout.bind(window), own = { Date: Date.now };
for (const name of ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval']) own[name] = window[name];
let now = 0, waiting = new Map(), next = 1e9;
export function takeTime() {
  now = own.Date(); waiting = new Map();
  Date.now = () => now;
  const start = (again) => (callback, wait) => {
    waiting.set(++next, { callback, at: now + wait, again: again && wait });
    return next;
  };
  window.setTimeout = start(false); window.setInterval = start(true);
  window.clearTimeout = window.clearInterval = (id) => { if (!waiting.delete(id)) own.clearTimeout(id); };
}
export async function pass(milliseconds) {
  const end = now + milliseconds;
  for (;;) {
    const due = [...waiting].filter(([, timer]) => timer.at <= end).sort(([, one], [, other]) => one.at - other.at)[0];
    if (!due) break;
    const [id, timer] = due;
    now = Math.max(now, timer.at);
    if (timer.again) timer.at += timer.again; else waiting.delete(id);
    timer.callback();
    await new Promise((done) => pause(done, 0));
  }
  now = end;
  await new Promise((done) => pause(done, 0));
}
// The machine is suspended: the wall clock advances, timers do not.
export function sleepThrough(milliseconds) {
  now += milliseconds;
  for (const timer of waiting.values()) timer.at += milliseconds;
}
export function giveTimeBack() { Date.now = own.Date; Object.assign(window, { ...own, Date: window.Date }); }
export function moment(milliseconds) { return new Promise((done) => pause(done, milliseconds)); }
export function pageListeners() { return listeners.size; }
export function runningTimers() { return timers.size; }

class FakeSocket extends EventTarget {
  constructor(url) {
    super();
    Object.assign(this, { url, readyState: 0, sent: [] });
    sockets.push(this);
    queueMicrotask(() => { this.readyState = 1; this.dispatchEvent(new Event('open')); });
  }
  send(text) { this.sent.push(text); window.fakeServer?.(this, JSON.parse(text)); }
  close() { this.readyState = 3; }
}

export function install(answer, server) {
  requests = []; sockets = []; tracks = []; peers = []; played = [];
  window.fetch = async (asked) => {
    const { url, method, keepalive } = asked;
    const request = { url, method, keepalive, headers: Object.fromEntries(asked.headers), body: (await asked.text()) || null };
    requests.push(request);
    const reply = await answer(request);
    if (!reply) throw new TypeError('Failed to fetch');
    return new Response(reply.body ?? null, { status: reply.status });
  };
  window.WebSocket = FakeSocket;
  window.fakeServer = (socket, frame) => server?.(socket, frame);
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    const stream = await real.gum(constraints);
    tracks.push(...stream.getTracks());
    return stream;
  };
  window.RTCPeerConnection = class extends real.RTCPeerConnection {
    constructor(...given) { super(...given); peers.push(this); }
  };
}
export function restore() {
  window.fetch = real.fetch; window.WebSocket = real.WebSocket; window.RTCPeerConnection = real.RTCPeerConnection;
  navigator.mediaDevices.getUserMedia = real.gum; HTMLMediaElement.prototype.play = real.play;
}
export function seenRequests() { return requests; }
export function seenSockets() { return sockets; }
export function seenTracks() { return tracks; }
export function say(socket, frame) {
  socket.dispatchEvent(new MessageEvent('message', { data: typeof frame === 'string' ? frame : JSON.stringify(frame) }));
}
export function shut(socket, code) { socket.readyState = 3; socket.dispatchEvent(new CloseEvent('close', { code })); }
export function parse(text) { return JSON.parse(text); }
export function refusePlaying(refused) {
  HTMLMediaElement.prototype.play = function () {
    played.push(this.src);
    return refused ? Promise.reject(new DOMException('no gesture yet', 'NotAllowedError')) : Promise.resolve();
  };
}
export function played_(part) { return played.filter((address) => address.includes(part)).length; }
export function hide(hidden) {
  Object.defineProperty(document, 'visibilityState', { get: () => hidden ? 'hidden' : 'visible', configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}
export function refusePlayingWith(name) {
  HTMLMediaElement.prototype.play = () => Promise.reject(new DOMException('', name));
}
export function neverPlay() { HTMLMediaElement.prototype.play = () => new Promise(() => {}); }
// Permissions Policy disables a feature; getUserMedia then rejects with the same error as after a refusal.
export function forbid(feature) {
  const value = { allowsFeature: (asked) => asked !== feature };
  Object.defineProperty(document, 'featurePolicy', { value, configurable: true });
  navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('Permission denied', 'NotAllowedError'); };
}
export function allow() { delete document.featurePolicy; }
// An offer from another program, with these media sections, with or without BUNDLE.
export async function foreignOffer(kinds, bundled) {
  const pc = new real.RTCPeerConnection({ bundlePolicy: 'max-compat' });
  for (const kind of kinds) pc.addTransceiver(kind, { direction: 'sendrecv' });
  await pc.setLocalDescription();
  const { sdp } = pc.localDescription;
  pc.close();
  return bundled ? sdp : sdp.replace(/a=group:BUNDLE[^\r]*\r\n/, '');
}
// The transceivers of the newest peer connection: kind, direction, kind of the sent track.
export function sections() {
  return peers.at(-1).getTransceivers().map((one) => [one.receiver.track.kind, one.direction, one.sender.track?.kind ?? 'nothing'].join(' '));
}
export function noCandidate(url, errorCode) {
  const event = new Event('icecandidateerror');
  Object.assign(event, { url, errorCode });
  peers.at(-1).dispatchEvent(event);
}
export function takeLock(name) {
  let release;
  const held = new Promise((resolve) => { release = resolve; });
  return new Promise((granted) => {
    navigator.locks.request(name, () => { granted(release); return held; });
  });
}
export function setting(track, name) { return track.getSettings()[name]; }
export function liveTracks() { return tracks.filter((track) => track.readyState === 'live').length; }
export function openPeers() { return peers.filter((peer) => peer.connectionState !== 'closed').length; }
export function relayUser() {
  return peers.at(-1)?.getConfiguration().iceServers.map((server) => server.username).find(Boolean);
}
export function openSockets() { return sockets.filter((socket) => socket.readyState !== 3).length; }
// The page's text, including open shadow roots, without styles and scripts.
export function shownText() {
  const textOf = (node) => node instanceof Text ? node.data.trim() : /^(style|script)$/i.test(node.tagName ?? '') ? '' :
    [...(node.shadowRoot?.childNodes ?? []), ...node.childNodes].map(textOf).filter(Boolean).join(' ');
  return textOf(document.body);
}
export function requestLine(request) { return `${request.method} ${request.url}`; }
export function domException(name) { return new DOMException('', name); }
"#)]
extern "C" {
    /// Replaces `fetch` and `WebSocket`. `answer` gets each request and returns `{status, body}`, or nothing
    /// for a network failure; `server` gets each socket and the frame that was sent on it.
    pub fn install(answer: &JsValue, server: &JsValue);
    /// Restores the browser's own functions.
    pub fn restore();
    /// Every request since `install`, as `{url, method, headers, body}`.
    #[wasm_bindgen(js_name = seenRequests)]
    pub fn seen_requests() -> Array;
    /// Every socket since `install`, in order.
    #[wasm_bindgen(js_name = seenSockets)]
    pub fn seen_sockets() -> Array;
    #[wasm_bindgen(js_name = seenTracks)]
    fn seen_tracks() -> Array;
    /// Tracks that the page has acquired since `install` and that are still live.
    #[wasm_bindgen(js_name = liveTracks)]
    pub fn live_tracks() -> u32;
    /// Peer connections created since `install` that are not closed.
    #[wasm_bindgen(js_name = openPeers)]
    pub fn open_peers() -> u32;
    /// The TURN username of the newest peer connection.
    #[wasm_bindgen(js_name = relayUser)]
    pub fn relay_user() -> Option<String>;
    /// Sockets that are not closed.
    #[wasm_bindgen(js_name = openSockets)]
    pub fn open_sockets() -> u32;
    /// Listeners on window and document.
    #[wasm_bindgen(js_name = pageListeners)]
    pub fn page_listeners() -> u32;
    /// Pending timeouts and intervals.
    #[wasm_bindgen(js_name = runningTimers)]
    pub fn running_timers() -> u32;
    /// A setting of a track.
    pub fn setting(track: &MediaStreamTrack, name: &str) -> JsValue;
    /// Delivers a frame from the server.
    pub fn say(socket: &JsValue, frame: &JsValue);
    /// The server closes a socket.
    pub fn shut(socket: &JsValue, code: u16);
    /// JSON as a value.
    pub fn parse(text: &str) -> JsValue;
    /// Replaces the clock and the timers by ones that only `pass` moves.
    #[wasm_bindgen(js_name = takeTime)]
    pub fn replace_time();
    #[wasm_bindgen(js_name = pass)]
    fn pass_js(milliseconds: f64) -> Promise;
    /// The machine is suspended: the wall clock advances, timers do not.
    #[wasm_bindgen(js_name = sleepThrough)]
    pub fn sleep_through(milliseconds: f64);
    /// Restores the clock and the timers.
    #[wasm_bindgen(js_name = giveTimeBack)]
    pub fn restore_time();
    fn moment(milliseconds: f64) -> Promise;
    /// Makes the autoplay policy refuse playback, or allow it.
    #[wasm_bindgen(js_name = refusePlaying)]
    pub fn refuse_playing(refused: bool);
    /// How often a file whose address contains this was played since `install`.
    #[wasm_bindgen(js_name = played_)]
    pub fn played(part: &str) -> u32;
    /// Hides the page, or shows it again.
    pub fn hide(hidden: bool);
    /// `play()` rejects with this error.
    #[wasm_bindgen(js_name = refusePlayingWith)]
    pub fn refuse_playing_with(name: &str);
    /// `play()` never settles.
    #[wasm_bindgen(js_name = neverPlay)]
    pub fn never_play();
    /// Permissions Policy disables a feature for the page.
    pub fn forbid(feature: &str);
    /// Resets the Permissions Policy.
    pub fn allow();
    #[wasm_bindgen(js_name = foreignOffer)]
    fn foreign_offer_js(kinds: Array, bundled: bool) -> Promise;
    fn sections() -> Array;
    /// Fires `icecandidateerror` for an ICE server on the newest peer connection.
    #[wasm_bindgen(js_name = noCandidate)]
    pub fn no_candidate(url: &str, code: u16);
    #[wasm_bindgen(js_name = takeLock)]
    fn take_lock_js(name: &str) -> Promise;
    #[wasm_bindgen(js_name = shownText)]
    fn shown_text() -> String;
    #[wasm_bindgen(js_name = requestLine)]
    fn request_line(request: &JsValue) -> String;
    /// A `DOMException` with this name.
    #[wasm_bindgen(js_name = domException)]
    pub fn dom_exception(name: &str) -> JsValue;
}

/// Advances the replaced clock, and fires the timers that are due.
pub async fn pass(seconds: f64) {
    JsFuture::from(pass_js(seconds * 1000.0)).await.unwrap();
}

/// Every track that the page has acquired since `install`.
pub fn all_tracks() -> u32 {
    seen_tracks().length()
}

/// An offer from another program, with these media sections, with or without BUNDLE.
pub async fn foreign_offer(kinds: &[&str], bundled: bool) -> String {
    let kinds = kinds.iter().map(|kind| JsValue::from(*kind)).collect();
    JsFuture::from(foreign_offer_js(kinds, bundled)).await.unwrap().as_string().unwrap()
}

/// The transceivers of the newest peer connection: kind, direction, kind of the sent track.
pub fn sections_now() -> Vec<String> {
    sections().iter().filter_map(|section| section.as_string()).collect()
}

/// A lock held by another tab; call the function to release it.
pub async fn take_lock(name: &str) -> Function {
    JsFuture::from(take_lock_js(name)).await.unwrap().unchecked_into()
}

/// A function of the test that JavaScript can call.
pub fn function(body: impl Fn(JsValue) -> JsValue + 'static) -> JsValue {
    Closure::<dyn Fn(JsValue) -> JsValue>::new(body).into_js_value()
}

/// A function of the test with two arguments.
pub fn function2(body: impl Fn(JsValue, JsValue) + 'static) -> JsValue {
    Closure::<dyn Fn(JsValue, JsValue)>::new(body).into_js_value()
}

/// Waits for a condition, for at most a minute of real time: the first capture on a busy machine is slow.
pub async fn until(what: &str, so: impl Fn() -> bool) {
    for _ in 0..3000 {
        if so() {
            return;
        }
        // Real time, even while the page's clock is replaced.
        JsFuture::from(moment(20.0)).await.unwrap();
    }
    let requests: Vec<_> = seen_requests().iter().map(|request| request_line(&request)).collect();
    panic!("expected {what}; came: the page shows {:?} after the requests {requests:?}", shown_text());
}
