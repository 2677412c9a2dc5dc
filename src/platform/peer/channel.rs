//! The messages of the call's data channel, as JSON.
//! Never trusts its input: what is too large or unknown is ignored.

use crate::platform::js::{self, get, get_text};
use crate::platform::wire::field;
use call_core::{PeerMessage, Slot, SlotState, Slots};
use call_protocol::limits;
use js_sys::JSON;

/// A message as JSON; None if it would be too large.
pub fn write(message: &PeerMessage) -> Option<String> {
    let wire = match message {
        PeerMessage::Media(states) => {
            let is_on = |slot| states[slot] == SlotState::On;
            let wire = js::object([("type", "media".into())]);
            for (slot, state) in states.iter() {
                // Older clients read these two flags instead of one word per slot.
                match slot {
                    Slot::Microphone => js::set(&wire, "muted", !is_on(slot)),
                    Slot::Camera => js::set(&wire, "camera_off", !is_on(slot)),
                    Slot::Screen | Slot::ScreenSound => {}
                }
                let flagged = slot == Slot::Camera && matches!(state, SlotState::On | SlotState::Off);
                if let Some(word) = word(*state).filter(|_| !flagged) {
                    js::set(&wire, name(slot), word);
                }
            }
            wire
        }
        PeerMessage::HangUp => js::object([("type", "hang_up".into())]),
        // An older client ignores `left` and still understands `hang_up`.
        PeerMessage::Left => js::object([("type", "hang_up".into()), ("left", true.into())]),
        PeerMessage::Away => js::object([("type", "away".into())]),
        PeerMessage::Awaits => js::object([("type", "awaits".into())]),
        PeerMessage::HandsOver => js::object([("type", "hands_over".into())]),
        PeerMessage::Ping => js::object([("type", "ping".into())]),
        PeerMessage::Signal(signal) => {
            js::object([("type", "signal".into()), ("signal", js::to_js(signal)?)])
        }
        PeerMessage::Answered { call_id, number } => js::object([
            ("type", "answered".into()),
            ("call_id", call_id.as_str().into()),
            ("generation", (*number).into()),
        ]),
    };
    let text = JSON::stringify(&wire).ok()?.as_string()?;
    (text.len() <= limits::FRAME_BYTES).then_some(text)
}

/// Reads a message; None if it is not one of the protocol.
pub fn read(text: &str) -> Option<PeerMessage> {
    if text.len() > limits::FRAME_BYTES {
        return None;
    }
    let wire = JSON::parse(text).ok()?;
    match get_text(&wire, "type")?.as_str() {
        "media" => {
            let state = |flag| Some(if get(&wire, flag).as_bool()? { SlotState::Off } else { SlotState::On });
            let (microphone, camera) = (state("muted")?, state("camera_off")?);
            let flagged = |slot| match slot {
                Slot::Microphone => microphone,
                Slot::Camera => camera,
                Slot::Screen | Slot::ScreenSound => SlotState::Unknown,
            };
            let said = |slot| get_text(&wire, name(slot)).as_deref().and_then(read_word);
            Some(PeerMessage::Media(Slots::from_fn(|slot| said(slot).unwrap_or(flagged(slot)))))
        }
        "hang_up" if get(&wire, "left").as_bool() == Some(true) => Some(PeerMessage::Left),
        "hang_up" => Some(PeerMessage::HangUp),
        "away" => Some(PeerMessage::Away),
        "awaits" => Some(PeerMessage::Awaits),
        "hands_over" => Some(PeerMessage::HandsOver),
        "ping" => Some(PeerMessage::Ping),
        "signal" => Some(PeerMessage::Signal(Box::new(field(&wire, "signal")?))),
        "answered" => Some(PeerMessage::Answered {
            call_id: field(&wire, "call_id")?,
            number: field(&wire, "generation")?,
        }),
        _ => None,
    }
}

const fn name(slot: Slot) -> &'static str {
    match slot {
        Slot::Microphone => "microphone",
        Slot::Camera => "camera",
        Slot::Screen => "screen",
        Slot::ScreenSound => "screen_sound",
    }
}

/// The word for a state; None for a slot whose state is not sent.
const fn word(state: SlotState) -> Option<&'static str> {
    match state {
        SlotState::Unknown => None,
        SlotState::Off => Some("muted"),
        SlotState::Starting => Some("starting"),
        SlotState::On => Some("on"),
        SlotState::Failing => Some("failing"),
    }
}

fn read_word(text: &str) -> Option<SlotState> {
    let states = [SlotState::Off, SlotState::Starting, SlotState::On, SlotState::Failing];
    states.into_iter().find(|state| word(*state) == Some(text))
}
