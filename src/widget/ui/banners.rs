//! What goes wrong during a call without ending it: a lost connection, an unreachable server, a device that fails.
//! Each banner says what happens by itself and what the person can do.

use super::call_controls::runs;
use super::parts::{permission_help, try_again};
use super::words::{self, MediaDevice};
use super::{Browser, Calls, SoundState};
use crate::widget::kit::dom::{El, Tag, button, el};
use crate::widget::kit::guard::guarded;
use crate::widget::kit::icons::Icon;
use crate::widget::kit::parts::{icon, notice, spinner};
use crate::widget::kit::signal::Memo;
use call_core::{CallStage, InCallView, Slot, SlotView};
use call_protocol::CallType;
use leptos::prelude::*;

/// The banners of a call, the most urgent first; each comes and goes by itself, so that nothing folds up unasked.
pub(super) fn banners(calls: Calls, call: Memo<InCallView>, browser: Browser) -> El {
    // A video call shows it over the remote video.
    let is_voice = move |call: &InCallView| call.party.call_type == CallType::Audio;
    let is_reconnecting =
        Memo::new(move |_| call.with(|call| is_voice(call) && call.stage == CallStage::Reconnecting));
    let peer_left_page =
        Memo::new(move |_| call.with(|call| is_voice(call) && call.stage == CallStage::Away));
    let server_unreachable = Memo::new(move |_| call.with(|call| call.server_away));
    let peer = move || call.with_untracked(|call| words::name(&call.party));
    // Until the person has switched the camera on after all.
    let differs = Memo::new(move |_| {
        let unasked = |call: &InCallView| {
            call.requested_type != call.party.call_type && !runs(call.local[Slot::Camera])
        };
        call.with(|call| unasked(call).then_some(call.requested_type))
    });
    let reconnecting = move || {
        is_reconnecting
            .get()
            .then(|| notice("mc-notice mc-warn mc-banner", spinner(), words::CONNECTION_LOST, None))
    };
    let peer_gone = move || {
        peer_left_page.get().then(|| {
            let peer = peer();
            let text = [&words::page_is_gone(&peer), " ", &words::waiting_for(&peer)].concat();
            notice("mc-notice mc-banner", spinner(), &text, None)
        })
    };
    let no_server = move || {
        server_unreachable
            .get()
            .then(|| notice("mc-notice mc-banner", icon(Icon::Signal), words::SERVER_UNREACHABLE, None))
    };
    let replaced = Memo::new(move |_| call.with(|call| call.replaced));
    let device_replaced = move || {
        let slot = replaced.get()?;
        let (sign, text) = match slot {
            Slot::Microphone => (Icon::Mic, words::replaced(MediaDevice::Microphone)),
            Slot::Camera => (Icon::Camera, words::replaced(MediaDevice::Camera)),
            Slot::Screen | Slot::ScreenSound => return None, // a screen is never replaced
        };
        Some(notice("mc-notice mc-banner", icon(sign), text, None))
    };
    let asked = Memo::new(move |_| call.with(asked));
    let permission_prompt = move || {
        let device = asked.get()?;
        Some(notice("mc-notice mc-banner", icon(Icon::Info), words::browser_asks_for(device), None))
    };
    let other_call_type = move || {
        let text = differs.get().map(|requested_type| words::other_kind(requested_type, &peer()))?;
        Some(notice("mc-notice mc-banner", icon(Icon::Info), &text, None))
    };
    el(Tag::Div, "mc-parts")
        .child_signal(other_call_type)
        .child_signal(reconnecting)
        .child_signal(peer_gone)
        .child_signal(no_server)
        .child_signal(move || unheard(calls, call))
        .child_signal(failed(MediaDevice::Microphone, calls, call, browser))
        .child_signal(failed(MediaDevice::Camera, calls, call, browser))
        .child_signal(permission_prompt)
        .child_signal(device_replaced)
}

/// The own device that the browser may be asking for.
fn asked(call: &InCallView) -> Option<MediaDevice> {
    if !call.browser_asks {
        None
    } else if call.local[Slot::Microphone] == SlotView::Starting {
        Some(MediaDevice::Microphone)
    } else {
        (call.local[Slot::Camera] == SlotView::Starting).then_some(MediaDevice::Camera)
    }
}

/// The remote voice is blocked by the browser's autoplay rule, or cannot be played.
fn unheard(calls: Calls, call: Memo<InCallView>) -> Option<El> {
    let sound = calls.sound.get();
    let peer = call.with_untracked(|call| words::name(&call.party));
    match sound {
        SoundState::Blocked => {
            let unlock = move || {
                let _gone = calls.unlock_sound.try_run(());
            };
            let text = words::voice_blocked(&peer);
            let button = button("mc-btn mc-muted-ring mc-banner", unlock);
            Some(guarded(button.child(icon(Icon::SoundOff)).text(&text), calls.later))
        }
        SoundState::Failed => {
            let text = words::voice_failed(&peer);
            Some(notice("mc-notice mc-fail mc-banner", icon(Icon::SoundOff), &text, None))
        }
        SoundState::Silent | SoundState::Playing => None,
    }
}

/// An own device that could not be opened, was disconnected, or is muted by the system.
fn failed(
    device: MediaDevice,
    calls: Calls,
    call: Memo<InCallView>,
    browser: Browser,
) -> impl FnMut() -> Option<El> + use<> {
    let (sign, class) = match device {
        MediaDevice::Microphone => (Icon::MicOff, "mc-notice mc-fail mc-banner"),
        MediaDevice::Camera => (Icon::CameraOff, "mc-notice mc-warn mc-banner"),
    };
    let problem = Memo::new(move |_| {
        call.with(|call| {
            let view = match device {
                MediaDevice::Microphone => call.local[Slot::Microphone],
                MediaDevice::Camera => call.local[Slot::Camera],
            };
            words::trouble(call, device).map(|text| (text, view))
        })
    });
    move || {
        let (text, view) = problem.get()?;
        let (retry, help) = match view {
            SlotView::Problem(error) => {
                (words::can_be_tried_again(error), permission_help(browser, device, error))
            }
            SlotView::Interrupted | SlotView::Absent | SlotView::Starting | SlotView::On | SlotView::Off => {
                (true, None)
            }
        };
        let retry = retry.then(|| try_again(calls));
        Some(guarded(notice(class, icon(sign), &text, retry.into_iter().chain(help)), calls.later))
    }
}
