//! Microphone and camera: acquisitions by ticket, their tracks, and what the browser would grant unasked.
//! Whatever is released is stopped at once, and what arrives after its release is stopped on arrival.
//! Never attaches anything to a connection.

use super::Emit;
use super::js::{self, error_name, object};
use super::listener::Listener;
use call_core::{Event, MediaError, MediaEvent, MediaKey, MediaKind, Wanted};
use core::cell::RefCell;
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
    permissions: RefCell<Vec<Listener>>,
}

/// One `getUserMedia`, from the question on.
struct Acquisition {
    key: MediaKey,
    tracks: RefCell<Vec<MediaStreamTrack>>,
    ended: RefCell<Vec<Listener>>,
    /// What the self view shows: the camera without the microphone, so that it can never be heard.
    picture: RefCell<Option<MediaStream>>,
}

impl Media {
    /// No acquisitions yet.
    pub fn new(emit: Emit) -> Self {
        Self { inner: Rc::new(Inner { emit, held: RefCell::default(), permissions: RefCell::default() }) }
    }

    /// Says which devices would be granted unasked, now and at every change.
    pub fn watch_permissions(&self) {
        for kind in [MediaKind::Audio, MediaKind::Video] {
            spawn_local(watch(Rc::downgrade(&self.inner), kind));
        }
    }

    /// Asks for tracks; answered by an event.
    pub fn acquire(&self, key: MediaKey, wanted: Wanted) {
        let acquisition = Rc::new(Acquisition {
            key,
            tracks: RefCell::default(),
            ended: RefCell::default(),
            picture: RefCell::default(),
        });
        self.inner.held.borrow_mut().push(acquisition.clone());
        let inner = Rc::downgrade(&self.inner);
        spawn_local(async move {
            let answer = ask(wanted).await;
            let Some(inner) = inner.upgrade().filter(|inner| inner.holds(&acquisition)) else {
                // Released while the question stood.
                return answer.iter().for_each(stop_all);
            };
            let event = match answer {
                Ok(stream) => {
                    acquisition.fill(&stream, &inner);
                    MediaEvent::Ready(key)
                }
                Err(error) => {
                    inner.take(key);
                    MediaEvent::Failed(key, error)
                }
            };
            (inner.emit)(Event::Media(event));
        });
    }

    /// Stops an acquisition, also one that is still being asked for.
    pub fn release(&self, key: MediaKey) {
        let _stopped = self.inner.take(key);
    }

    /// Stops one track: the camera's light goes out.
    pub fn stop(&self, key: MediaKey, kind: MediaKind) {
        if let Some(track) = self.track(key, kind) {
            track.stop();
        }
    }

    /// Sends silence, or the voice again.
    pub fn set_muted(&self, key: MediaKey, muted: bool) {
        if let Some(track) = self.track(key, MediaKind::Audio) {
            track.set_enabled(!muted);
        }
    }

    /// A live track of an acquisition.
    pub fn track(&self, key: MediaKey, kind: MediaKind) -> Option<MediaStreamTrack> {
        let acquisition = self.inner.find(key)?;
        let tracks = acquisition.tracks.borrow();
        let fits = |track: &&MediaStreamTrack| {
            kind_of(track) == kind && track.ready_state() == MediaStreamTrackState::Live
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
        let ended = tracks.iter().map(|track| {
            let (inner, event) = (Rc::downgrade(inner), MediaEvent::Ended(self.key, kind_of(track)));
            Listener::new(track, "ended", move |_| {
                if let Some(inner) = inner.upgrade() {
                    (inner.emit)(Event::Media(event));
                }
            })
        });
        self.ended.replace(ended.collect());
        self.picture.replace(MediaStream::new_with_tracks(&stream.get_video_tracks()).ok());
        self.tracks.replace(tracks);
    }

    fn stop(&self) {
        self.ended.take();
        self.tracks.take().iter().for_each(MediaStreamTrack::stop);
        self.picture.take();
    }
}

async fn ask(wanted: Wanted) -> Result<MediaStream, MediaError> {
    // There is none outside of secure contexts.
    let devices = js::get(&js::window().navigator(), "mediaDevices");
    let Ok(devices) = devices.dyn_into::<web_sys::MediaDevices>() else { return Err(MediaError::Other) };
    let request =
        devices.get_user_media_with_constraints(&constraints(wanted)).map_err(|error| refusal(&error))?;
    let stream = JsFuture::from(request).await.map_err(|error| refusal(&error))?;
    Ok(stream.unchecked_into())
}

/// The seed's capture settings.
fn constraints(wanted: Wanted) -> MediaStreamConstraints {
    let ideal = |value: u32| JsValue::from(object([("ideal", value.into())]));
    let constraints = MediaStreamConstraints::new();
    if matches!(wanted, Wanted::Audio | Wanted::Both) {
        constraints.set_audio(&object([
            ("echoCancellation", true.into()),
            ("noiseSuppression", true.into()),
            ("autoGainControl", true.into()),
        ]));
    }
    if matches!(wanted, Wanted::Video | Wanted::Both) {
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
        "NotAllowedError" | "SecurityError" => MediaError::Denied,
        "NotFoundError" | "OverconstrainedError" => MediaError::NotFound,
        "NotReadableError" | "AbortError" => MediaError::InUse,
        _ => MediaError::Other,
    }
}

/// Tells whether a device is granted, and goes on telling.
async fn watch(inner: Weak<Inner>, kind: MediaKind) {
    let tell = move |inner: &Weak<Inner>, granted| {
        if let Some(inner) = inner.upgrade() {
            (inner.emit)(Event::Media(MediaEvent::Permission { kind, granted }));
        }
    };
    let Some(status) = permission(kind).await else { return tell(&inner, false) };
    let is_granted = |status: &PermissionStatus| status.state() == PermissionState::Granted;
    tell(&inner, is_granted(&status));
    let (weak, own) = (inner.clone(), status.clone());
    let listener = Listener::new(&status, "change", move |_| tell(&weak, is_granted(&own)));
    if let Some(inner) = inner.upgrade() {
        inner.permissions.borrow_mut().push(listener);
    }
}

/// Not every browser knows these two permissions.
async fn permission(kind: MediaKind) -> Option<PermissionStatus> {
    let name = match kind {
        MediaKind::Audio => "microphone",
        MediaKind::Video => "camera",
    };
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

fn kind_of(track: &MediaStreamTrack) -> MediaKind {
    if track.kind() == "video" { MediaKind::Video } else { MediaKind::Audio }
}
