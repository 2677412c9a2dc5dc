//! Microphone and camera with the browser's fake devices.

use call_core::{Epoch, Event, MediaError, MediaEvent, MediaKey, MediaRequest, Slot};
use core::cell::RefCell;
use kit_browser::fake::{
    all_tracks, allow, dom_exception, forbid, install, live_tracks, restore, setting, until,
};
use messenger_calls::platform::media::{Media, refusal};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

type Heard = Rc<RefCell<Vec<MediaEvent>>>;

fn media() -> (Media, Heard) {
    install(&JsValue::UNDEFINED, &JsValue::UNDEFINED);
    let heard: Heard = Rc::default();
    let own = heard.clone();
    let media = Media::new(Rc::new(move |event| match event {
        Event::Media(event) => own.borrow_mut().push(event),
        other => panic!("media says {other:?}"),
    }));
    (media, heard)
}

fn key(number: u32) -> MediaKey {
    MediaKey { epoch: Epoch(1), number }
}

#[wasm_bindgen_test]
async fn the_devices_are_asked_for_what_the_design_says() {
    let (media, heard) = media();
    media.acquire(key(1), MediaRequest::MicrophoneAndCamera);
    until("the tracks", || *heard.borrow() == [MediaEvent::Ready(key(1))]).await;
    let camera = media.track(key(1), Slot::Camera).unwrap();
    assert_eq!((setting(&camera, "width"), setting(&camera, "height")), (640.into(), 480.into()));
    assert_eq!(setting(&camera, "frameRate"), 15);
    let microphone = media.track(key(1), Slot::Microphone).unwrap();
    for name in ["echoCancellation", "noiseSuppression", "autoGainControl"] {
        // Newer browsers name the kind of echo cancellation where older ones say `true`.
        assert!(setting(&microphone, name).is_truthy(), "{name}");
    }
    drop(media);
    assert_eq!(live_tracks(), 0);
    restore();
}

#[wasm_bindgen_test]
async fn the_self_view_has_a_picture_and_no_sound() {
    let (media, heard) = media();
    media.acquire(key(1), MediaRequest::MicrophoneAndCamera);
    until("the tracks", || !heard.borrow().is_empty()).await;
    let picture = media.picture(key(1)).unwrap();
    assert_eq!((picture.get_video_tracks().length(), picture.get_audio_tracks().length()), (1, 0));
    drop(media);
    restore();
}

#[wasm_bindgen_test]
async fn microphone_and_camera_that_are_asked_for_at_once_come_each_by_itself() {
    let (media, heard) = media();
    media.acquire(key(1), MediaRequest::Microphone);
    media.acquire(key(2), MediaRequest::Camera);
    until("both answers", || heard.borrow().len() == 2).await;
    let has = |number, slot| media.track(key(number), slot).is_some();
    assert_eq!([has(1, Slot::Microphone), has(1, Slot::Camera)], [true, false]);
    assert_eq!([has(2, Slot::Microphone), has(2, Slot::Camera)], [false, true]);
    media.release(key(2));
    assert_eq!((has(1, Slot::Microphone), live_tracks()), (true, 1), "the voice stays");
    drop(media);
    restore();
}

#[wasm_bindgen_test]
async fn what_is_released_while_the_question_stands_is_stopped_on_arrival() {
    let (media, heard) = media();
    media.acquire(key(1), MediaRequest::MicrophoneAndCamera);
    media.release(key(1));
    until("the late tracks", || all_tracks() == 2).await;
    until("silence", || live_tracks() == 0).await;
    assert_eq!((heard.borrow().len(), media.picture(key(1))), (0, None));
    restore();
}

#[wasm_bindgen_test]
async fn what_arrives_after_everything_is_gone_is_stopped_on_arrival() {
    let (media, heard) = media();
    media.acquire(key(1), MediaRequest::Microphone);
    drop(media);
    until("the late track", || all_tracks() == 1).await;
    until("silence", || live_tracks() == 0).await;
    assert_eq!(heard.borrow().len(), 0);
    restore();
}

#[wasm_bindgen_test]
async fn each_acquisition_is_released_by_its_own_key() {
    let (media, heard) = media();
    media.acquire(key(1), MediaRequest::Microphone);
    media.acquire(key(2), MediaRequest::Camera);
    until("both", || heard.borrow().len() == 2).await;
    media.set_muted(key(1), true);
    assert!(!media.track(key(1), Slot::Microphone).unwrap().enabled());
    media.stop(key(2), Slot::Camera);
    assert_eq!((live_tracks(), media.track(key(2), Slot::Camera)), (1, None));
    media.release(key(1));
    assert_eq!(live_tracks(), 0);
    restore();
}

#[wasm_bindgen_test]
async fn a_track_that_ends_by_itself_is_told() {
    let (media, heard) = media();
    media.acquire(key(1), MediaRequest::Microphone);
    until("the track", || !heard.borrow().is_empty()).await;
    let track = media.track(key(1), Slot::Microphone).unwrap();
    track.dispatch_event(&web_sys::Event::new("ended").unwrap()).unwrap();
    assert_eq!(heard.borrow()[1], MediaEvent::Ended(key(1), Slot::Microphone));
    media.release(key(1));
    track.dispatch_event(&web_sys::Event::new("ended").unwrap()).unwrap();
    assert_eq!(heard.borrow().len(), 2, "a released track says nothing more");
    restore();
}

#[wasm_bindgen_test]
async fn a_track_that_the_system_silences_is_told_and_when_it_is_back() {
    let (media, heard) = media();
    media.acquire(key(1), MediaRequest::Microphone);
    until("the track", || !heard.borrow().is_empty()).await;
    let track = media.track(key(1), Slot::Microphone).unwrap();
    for (name, interrupted) in [("mute", true), ("unmute", false)] {
        track.dispatch_event(&web_sys::Event::new(name).unwrap()).unwrap();
        let told = MediaEvent::Interrupted { media: key(1), slot: Slot::Microphone, interrupted };
        assert_eq!(heard.borrow().last(), Some(&told));
    }
    drop(media);
    restore();
}

#[wasm_bindgen_test]
async fn a_device_that_is_plugged_in_is_told_for_as_long_as_somebody_listens() {
    let (media, heard) = media();
    media.watch();
    let devices = web_sys::window().unwrap().navigator().media_devices().unwrap();
    let plug_in = || devices.dispatch_event(&web_sys::Event::new("devicechange").unwrap()).unwrap();
    plug_in();
    assert!(heard.borrow().contains(&MediaEvent::DevicesChanged));
    drop(media);
    let told = heard.borrow().len();
    plug_in();
    assert_eq!(heard.borrow().len(), told);
    restore();
}

#[wasm_bindgen_test]
async fn a_page_that_may_not_by_policy_does_not_blame_its_person() {
    let (media, heard) = media();
    forbid("camera");
    for (number, wanted) in
        [(1, MediaRequest::MicrophoneAndCamera), (2, MediaRequest::Camera), (3, MediaRequest::Microphone)]
    {
        media.acquire(key(number), wanted);
        until("the refusal", || heard.borrow().len() == number as usize).await;
        let error = if wanted == MediaRequest::Microphone { MediaError::Denied } else { MediaError::Policy };
        assert_eq!(heard.borrow().last(), Some(&MediaEvent::Failed(key(number), error)));
    }
    allow();
    restore();
}

#[wasm_bindgen_test]
async fn both_permissions_are_told() {
    let (media, heard) = media();
    media.watch();
    until("both permissions", || heard.borrow().len() == 2).await;
    let kinds: Vec<_> = heard
        .borrow()
        .iter()
        .map(|event| match event {
            MediaEvent::Permission { slot, .. } => *slot,
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(kinds.contains(&Slot::Microphone) && kinds.contains(&Slot::Camera));
    restore();
}

#[wasm_bindgen_test]
fn every_refusal_has_its_category() {
    for (name, expected) in [
        ("NotAllowedError", MediaError::Denied),
        ("SecurityError", MediaError::Denied),
        ("NotFoundError", MediaError::NotFound),
        ("OverconstrainedError", MediaError::NotFound),
        ("NotReadableError", MediaError::InUse),
        ("AbortError", MediaError::InUse),
        ("TypeError", MediaError::Other),
    ] {
        assert_eq!(refusal(&dom_exception(name)), expected, "{name}");
    }
    assert_eq!(refusal(&JsValue::UNDEFINED.unchecked_into()), MediaError::Other);
}
