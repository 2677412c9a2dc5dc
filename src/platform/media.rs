//! Sources of the slots: acquisitions (one `getUserMedia` each) by key, their tracks, permissions, and `devicechange`.
//! A released acquisition is stopped at once, or on arrival if the browser has not answered yet.
//! Never attaches a track to a connection.

use super::Emit;
use super::js::{self, error_name, object};
use super::listener::Listener;
use call_core::{Event, MediaError, MediaEvent, MediaKey, MediaRequest, Slot, Source, TrackKind};
use core::cell::RefCell;
use js_sys::Function;
use std::rc::{Rc, Weak};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    MediaStream, MediaStreamConstraints, MediaStreamTrack, MediaStreamTrackState, PermissionState,
    PermissionStatus,
};

/// All acquisitions of this device; dropping it stops them.
pub struct Media {
    inner: Rc<Inner>,
}

struct Inner {
    emit: Emit,
    held: RefCell<Vec<Rc<Acquisition>>>,
    /// Listeners for permission changes and `devicechange`.
    watching: RefCell<Vec<Listener>>,
}

/// One `getUserMedia`, from the call on.
struct Acquisition {
    key: MediaKey,
    source: Source,
    tracks: RefCell<Vec<MediaStreamTrack>>,
    listeners: RefCell<Vec<Listener>>,
    /// The stream of the self view: without the microphone, so that it is never heard.
    picture: RefCell<Option<MediaStream>>,
}

impl Media {
    /// No acquisitions yet.
    pub fn new(emit: Emit) -> Self {
        Self { inner: Rc::new(Inner { emit, held: RefCell::default(), watching: RefCell::default() }) }
    }

    /// Reports the permissions, now and at every change, and `devicechange`.
    pub fn watch(&self) {
        if let Some(devices) = devices() {
            let inner = Rc::downgrade(&self.inner);
            let listener = Listener::new(&devices, "devicechange", move |_| {
                if let Some(inner) = inner.upgrade() {
                    (inner.emit)(Event::Media(MediaEvent::DevicesChanged));
                }
            });
            self.inner.watching.borrow_mut().push(listener);
        }
        for (slot, name) in [(Slot::Microphone, "microphone"), (Slot::Camera, "camera")] {
            spawn_local(watch_permission(Rc::downgrade(&self.inner), slot, name));
        }
    }

    /// Calls `getUserMedia`; the result is an event.
    pub fn acquire(&self, key: MediaKey, wanted: MediaRequest) {
        let acquisition = Rc::new(Acquisition {
            key,
            source: source(wanted),
            tracks: RefCell::default(),
            listeners: RefCell::default(),
            picture: RefCell::default(),
        });
        self.inner.held.borrow_mut().push(acquisition.clone());
        let inner = Rc::downgrade(&self.inner);
        spawn_local(async move {
            let answer = ask(wanted).await;
            let Some(inner) = inner.upgrade().filter(|inner| inner.holds(&acquisition)) else {
                // Released while the browser asked.
                return answer.iter().for_each(stop_all);
            };
            match answer {
                Ok(stream) => {
                    acquisition.fill(&stream, &inner);
                    (inner.emit)(Event::Media(MediaEvent::Ready(key)));
                    acquisition.tell_silence(&inner);
                }
                Err(error) => {
                    inner.take(key);
                    (inner.emit)(Event::Media(MediaEvent::Failed(key, error)));
                }
            }
        });
    }

    /// Stops an acquisition, also one that the browser still asks about.
    pub fn release(&self, key: MediaKey) {
        let _stopped = self.inner.take(key);
    }

    /// Stops one track: the camera's light goes out.
    pub fn stop(&self, key: MediaKey, slot: Slot) {
        if let Some(track) = self.track(key, slot) {
            track.stop();
        }
    }

    /// Sends silence instead of the microphone, or the microphone again.
    pub fn set_muted(&self, key: MediaKey, muted: bool) {
        if let Some(track) = self.track(key, Slot::Microphone) {
            track.set_enabled(!muted);
        }
    }

    /// A live track of an acquisition.
    pub fn track(&self, key: MediaKey, slot: Slot) -> Option<MediaStreamTrack> {
        let acquisition = self.inner.find(key)?;
        let tracks = acquisition.tracks.borrow();
        let fits = |track: &&MediaStreamTrack| {
            acquisition.slot_of(track) == slot && track.ready_state() == MediaStreamTrackState::Live
        };
        tracks.iter().find(fits).cloned()
    }

    /// What the self view shows.
    pub fn picture(&self, key: MediaKey) -> Option<MediaStream> {
        self.inner.find(key)?.picture.borrow().clone()
    }
}

impl Inner {
    fn find(&self, key: MediaKey) -> Option<Rc<Acquisition>> {
        self.held.borrow().iter().find(|held| held.key == key).cloned()
    }

    fn holds(&self, acquisition: &Rc<Acquisition>) -> bool {
        self.held.borrow().iter().any(|held| Rc::ptr_eq(held, acquisition))
    }

    fn take(&self, key: MediaKey) -> Option<Rc<Acquisition>> {
        let mut held = self.held.borrow_mut();
        let index = held.iter().position(|held| held.key == key)?;
        let taken = held.swap_remove(index);
        drop(held);
        taken.stop();
        Some(taken)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.held.take().iter().for_each(|held| held.stop());
    }
}

impl Acquisition {
    fn fill(&self, stream: &MediaStream, inner: &Rc<Inner>) {
        let tracks = tracks_of(stream);
        let listen = |track: &MediaStreamTrack, name, event| {
            let inner = Rc::downgrade(inner);
            Listener::new(track, name, move |_| {
                if let Some(inner) = inner.upgrade() {
                    (inner.emit)(Event::Media(event));
                }
            })
        };
        let listeners = tracks.iter().flat_map(|track| {
            [
                listen(track, "ended", MediaEvent::Ended(self.key, self.slot_of(track))),
                listen(track, "mute", self.silence(track, true)),
                listen(track, "unmute", self.silence(track, false)),
            ]
        });
        self.listeners.replace(listeners.collect());
        self.picture.replace(MediaStream::new_with_tracks(&stream.get_video_tracks()).ok());
        self.tracks.replace(tracks);
    }

    fn slot_of(&self, track: &MediaStreamTrack) -> Slot {
        let kind = if track.kind() == "video" { TrackKind::Video } else { TrackKind::Audio };
        Slot::of(kind, self.source)
    }

    fn silence(&self, track: &MediaStreamTrack, interrupted: bool) -> MediaEvent {
        MediaEvent::Interrupted { media: self.key, slot: self.slot_of(track), interrupted }
    }

    /// Reports tracks that are `muted` from the start: the system delivers no media.
    fn tell_silence(&self, inner: &Inner) {
        let tracks = self.tracks.borrow().clone();
        for track in tracks.iter().filter(|track| track.muted()) {
            (inner.emit)(Event::Media(self.silence(track, true)));
        }
    }

    fn stop(&self) {
        self.listeners.take();
        self.tracks.take().iter().for_each(MediaStreamTrack::stop);
        self.picture.take();
    }
}

async fn ask(wanted: MediaRequest) -> Result<MediaStream, MediaError> {
    if source(wanted) == Source::Display {
        return Err(MediaError::Unsupported); // no screen is shared yet
    }
    let Some(devices) = devices() else {
        if js::window().is_secure_context() {
            return Err(MediaError::Unsupported);
        }
        js::advise("browsers give microphone and camera to https pages and to localhost only");
        return Err(MediaError::Insecure);
    };
    let refused = |error| reason(refusal(&error), wanted);
    let request = devices.get_user_media_with_constraints(&constraints(wanted)).map_err(refused)?;
    let stream = JsFuture::from(request).await.map_err(refused)?;
    Ok(stream.unchecked_into())
}

/// `mediaDevices`, which exists in secure contexts only.
fn devices() -> Option<web_sys::MediaDevices> {
    js::get_as(&js::window().navigator(), "mediaDevices")
}

/// Tells a `NotAllowedError` by permissions policy, of the page or of the embedding page, from a person's refusal.
fn reason(error: MediaError, wanted: MediaRequest) -> MediaError {
    let needed: &[&str] = match wanted {
        MediaRequest::Microphone => &["microphone"],
        MediaRequest::Camera => &["camera"],
        MediaRequest::MicrophoneAndCamera => &["microphone", "camera"],
        MediaRequest::Screen => &["display-capture"],
    };
    if error != MediaError::Denied || needed.iter().all(|feature| is_allowed(feature)) {
        return error;
    }
    let own = js::window();
    if own.parent().ok().flatten().is_some_and(|parent| parent != own) {
        js::advise(
            "this frame may not use microphone and camera: the iframe needs allow=\"microphone; camera\"",
        );
        MediaError::Framed
    } else {
        js::advise("the Permissions-Policy of this page forbids microphone or camera");
        MediaError::Policy
    }
}

/// Whether the page's permissions policy allows a feature; true where the browser does not say.
fn is_allowed(feature: &str) -> bool {
    ["permissionsPolicy", "featurePolicy"].into_iter().all(|name| {
        let policy = js::get(&js::document(), name);
        let asked =
            js::get_as::<Function>(&policy, "allowsFeature").map(|ask| ask.call1(&policy, &feature.into()));
        asked.is_none_or(|answer| answer.ok().and_then(|answer| answer.as_bool()) != Some(false))
    })
}

/// The required capture settings.
fn constraints(wanted: MediaRequest) -> MediaStreamConstraints {
    let ideal = |value: u32| JsValue::from(object([("ideal", value.into())]));
    let constraints = MediaStreamConstraints::new();
    if wanted.includes(Slot::Microphone) {
        constraints.set_audio(&object([
            ("echoCancellation", true.into()),
            ("noiseSuppression", true.into()),
            ("autoGainControl", true.into()),
        ]));
    }
    if wanted.includes(Slot::Camera) {
        constraints.set_video(&object([
            ("width", ideal(640)),
            ("height", ideal(480)),
            ("frameRate", ideal(15)),
            ("facingMode", object([("ideal", "user".into())]).into()),
        ]));
    }
    constraints
}

/// What a rejection of `getUserMedia` means.
pub fn refusal(error: &JsValue) -> MediaError {
    match error_name(error).as_str() {
        // The two words are Chromium's; other browsers do not distinguish these.
        "NotAllowedError" if says(error, "system") => MediaError::System,
        "NotAllowedError" if says(error, "dismissed") => MediaError::Unanswered,
        "NotAllowedError" | "SecurityError" => MediaError::Denied,
        "NotFoundError" | "OverconstrainedError" => MediaError::NotFound,
        "NotReadableError" | "AbortError" => MediaError::InUse,
        _ => MediaError::Other,
    }
}

fn says(error: &JsValue, word: &str) -> bool {
    js::get_text(error, "message").is_some_and(|message| message.contains(word))
}

/// Reports a permission, now and at every change.
async fn watch_permission(inner: Weak<Inner>, slot: Slot, name: &str) {
    let tell = move |inner: &Weak<Inner>, granted| {
        if let Some(inner) = inner.upgrade() {
            (inner.emit)(Event::Media(MediaEvent::Permission { slot, granted }));
        }
    };
    let Some(status) = permission(name).await else { return tell(&inner, false) };
    let is_granted = |status: &PermissionStatus| status.state() == PermissionState::Granted;
    tell(&inner, is_granted(&status));
    let (weak, own) = (inner.clone(), status.clone());
    let listener = Listener::new(&status, "change", move |_| tell(&weak, is_granted(&own)));
    if let Some(inner) = inner.upgrade() {
        inner.watching.borrow_mut().push(listener);
    }
}

/// None where the browser does not know this permission.
async fn permission(name: &str) -> Option<PermissionStatus> {
    let permissions = js::window().navigator().permissions().ok()?;
    let query = permissions.query(&object([("name", name.into())])).ok()?;
    JsFuture::from(query).await.ok()?.dyn_into().ok()
}

fn tracks_of(stream: &MediaStream) -> Vec<MediaStreamTrack> {
    stream.get_tracks().iter().map(JsCast::unchecked_into).collect()
}

fn stop_all(stream: &MediaStream) {
    tracks_of(stream).iter().for_each(MediaStreamTrack::stop);
}

const fn source(wanted: MediaRequest) -> Source {
    match wanted {
        MediaRequest::Microphone | MediaRequest::Camera | MediaRequest::MicrophoneAndCamera => Source::Device,
        MediaRequest::Screen => Source::Display,
    }
}
