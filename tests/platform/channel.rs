//! Messages of the data channel as they travel, beside those of older clients.

use call_core::{PeerMessage, Slot, SlotState, Slots};
use call_protocol::{CallId, Signal, SignalBody};
use messenger_calls::platform::peer::{read_message, write_message};
use wasm_bindgen_test::wasm_bindgen_test;

/// What an older side says of itself.
pub(crate) fn sends(microphone: SlotState, camera: SlotState) -> PeerMessage {
    PeerMessage::Media(Slots::default().with(Slot::Microphone, microphone).with(Slot::Camera, camera))
}

#[wasm_bindgen_test]
fn what_an_older_or_newer_side_says_of_its_microphone_is_understood() {
    for (text, microphone) in [
        (r#"{"type":"media","muted":true,"camera_off":true}"#, SlotState::Off),
        (r#"{"type":"media","muted":false,"camera_off":true}"#, SlotState::On),
        (r#"{"type":"media","muted":true,"microphone":"failing","camera_off":true}"#, SlotState::Failing),
        (r#"{"type":"media","muted":true,"microphone":"humming","camera_off":true}"#, SlotState::Off),
    ] {
        assert_eq!(read_message(text), Some(sends(microphone, SlotState::Off)), "{text}");
    }
    for silent in [SlotState::Off, SlotState::Starting, SlotState::Failing] {
        let text = write_message(&sends(silent, SlotState::Off)).unwrap();
        assert!(text.contains(r#""muted":true"#), "an older side reads that nothing is to be heard: {text}");
    }
}

#[wasm_bindgen_test]
fn the_state_of_every_slot_is_told_and_an_older_side_reads_its_flags() {
    let states = Slots::from([SlotState::On, SlotState::Starting, SlotState::Off, SlotState::Failing]);
    let text = write_message(&PeerMessage::Media(states)).unwrap();
    let expected = concat!(
        r#"{"type":"media","muted":false,"microphone":"on","camera_off":true,"camera":"starting","#,
        r#""screen":"muted","screen_sound":"failing"}"#
    );
    assert_eq!(text, expected);
    assert_eq!(read_message(&text), Some(PeerMessage::Media(states)));
}

#[wasm_bindgen_test]
fn messages_survive_the_round_trip_and_anything_else_is_ignored() {
    let signal = Signal {
        body: SignalBody::Ack { seq: 3 },
        peer_connection: Some(1),
        seq: None,
        from_device: None,
        to_device: None,
    };
    let media = sends(SlotState::On, SlotState::Off);
    let answered = PeerMessage::Answered { call_id: CallId::new("x"), number: 65_537 };
    for message in [
        media.clone(),
        PeerMessage::HangUp,
        PeerMessage::Left,
        PeerMessage::Away,
        PeerMessage::Awaits,
        PeerMessage::Signal(Box::new(signal)),
        answered.clone(),
    ] {
        assert_eq!(read_message(&write_message(&message).unwrap()), Some(message));
    }
    assert_eq!(
        write_message(&media).unwrap(),
        r#"{"type":"media","muted":false,"microphone":"on","camera_off":true}"#
    );
    assert_eq!(write_message(&answered).unwrap(), r#"{"type":"answered","call_id":"x","generation":65537}"#);
    let long = format!(r#"{{"type":"hang_up","x":"{}"}}"#, "x".repeat(70_000));
    for bad in [
        "",
        "{}",
        "hang_up",
        r#"{"type":"media"}"#,
        r#"{"type":"answered","call_id":"x"}"#,
        r#"{"type":"media","muted":"yes","camera_off":1}"#,
        &long,
    ] {
        assert_eq!(read_message(bad), None, "{:.40}", bad);
    }
}
