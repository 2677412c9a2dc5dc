//! What goes wrong during a call without ending it: a lost line, an absent server, a device that is missing.
//! Each says what happens by itself and what the person can do.

use super::icons::Icon;
use super::parts::{act, icon, notice, permission_help, spinner};
use super::words::{self, Device};
use super::{Browser, Calls};
use call_core::{CallStage, DeviceView, InCallView, MediaError, UserEvent};
use call_protocol::CallType;
use leptos::prelude::*;

/// The banners of a call, the most urgent first.
#[component]
pub(super) fn Banners(calls: Calls, call: Memo<InCallView>, browser: Browser) -> impl IntoView {
    move || {
        call.with(|call| {
            let peer = words::name(&call.party);
            let voice = call.party.call_type == CallType::Audio;
            // A video call says it on the stage.
            let lost = (voice && call.stage == CallStage::Reconnecting).then(|| {
                let text = "The line was lost. Reconnecting\u{2026}".to_owned();
                notice("mc-notice mc-warn mc-banner", spinner().into_any(), text, ().into_any())
            });
            let away = call.server_away.then(|| {
                let text = "The server cannot be reached. Your call goes on.".to_owned();
                notice("mc-notice mc-banner", icon(Icon::Signal).into_any(), text, ().into_any())
            });
            let microphone = problem(call.microphone).map(|error| {
                let text = [words::microphone(error), " ", peer, " does not hear you."].concat();
                failed("mc-notice mc-fail mc-banner", Device::Microphone, text, error, calls, browser)
            });
            let camera = problem(call.camera).map(|error| {
                let text = words::camera(error, peer);
                failed("mc-notice mc-warn mc-banner", Device::Camera, text, error, calls, browser)
            });
            view! { {lost} {away} {microphone} {camera} }
        })
    }
}

fn problem(device: DeviceView) -> Option<MediaError> {
    match device {
        DeviceView::Problem(error) => Some(error),
        DeviceView::Absent | DeviceView::Starting | DeviceView::On | DeviceView::Off => None,
    }
}

/// A device could not be had.
fn failed(
    class: &'static str,
    device: Device,
    text: String,
    error: MediaError,
    calls: Calls,
    browser: Browser,
) -> AnyView {
    let more = view! {
        <div class="mc-actions">
            <button class="mc-btn mc-small" on:click=move |_| act(calls, UserEvent::RetryMedia)>
                {icon(Icon::Retry)} "Try again"
            </button>
        </div>
        {(error == MediaError::Denied).then(|| permission_help(browser, device))}
    };
    let sign = match device {
        Device::Microphone => Icon::MicOff,
        Device::Camera => Icon::CameraOff,
    };
    notice(class, icon(sign).into_any(), text, more.into_any())
}
