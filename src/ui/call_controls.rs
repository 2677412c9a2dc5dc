//! The round buttons of a call: microphone, camera, hang up.
//! Says what a click will do; what it did is shown by the call itself.

use super::icons::Icon;
use super::parts::{act, icon};
use super::{Calls, focus};
use call_core::{DeviceView, InCallView, UserEvent};
use leptos::html::Button;
use leptos::prelude::*;

/// The buttons at the foot of a call.
#[component]
pub(super) fn CallControls(calls: Calls, call: Memo<InCallView>) -> impl IntoView {
    let first = NodeRef::<Button>::new();
    focus::claim(first);
    let microphone = move || call.with(|call| call.microphone);
    let camera = Memo::new(move |_| call.with(|call| call.camera));
    let camera_button = move || {
        (camera.get() != DeviceView::Absent).then(|| {
            view! {
                <button
                    class="mc-round"
                    data-pressed=(!runs(camera.get())).to_string()
                    on:click=move |_| act(calls, UserEvent::ToggleCamera)
                >
                    {icon(if runs(camera.get()) { Icon::Camera } else { Icon::CameraOff })}
                    {if runs(camera.get()) { "Camera off" } else { "Camera on" }}
                </button>
            }
        })
    };
    view! {
        <div class="mc-controls" role="group" aria-label="Call controls">
            <button
                class="mc-round"
                node_ref=first
                data-pressed=move || (!runs(microphone())).to_string()
                disabled=move || is_broken(microphone())
                on:click=move |_| act(calls, UserEvent::ToggleMute)
            >
                {move || icon(if runs(microphone()) { Icon::Mic } else { Icon::MicOff })}
                {move || if microphone() == DeviceView::Off { "Unmute" } else { "Mute" }}
            </button>
            {camera_button}
            <button class="mc-round mc-end" on:click=move |_| act(calls, UserEvent::HangUp)>
                {icon(Icon::HangUp)} "Hang up"
            </button>
        </div>
    }
}

/// Whether a click would switch the device off.
const fn runs(device: DeviceView) -> bool {
    match device {
        DeviceView::On | DeviceView::Starting => true,
        DeviceView::Off | DeviceView::Absent | DeviceView::Problem(_) => false,
    }
}

/// Whether there is nothing to switch until the device has been had again.
const fn is_broken(device: DeviceView) -> bool {
    match device {
        DeviceView::Problem(_) => true,
        DeviceView::On | DeviceView::Starting | DeviceView::Off | DeviceView::Absent => false,
    }
}
