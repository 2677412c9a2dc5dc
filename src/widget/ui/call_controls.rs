//! The round buttons of a call: microphone, camera, hang up.
//! The text of a button says what a click will do; the result is shown by the view.

use super::parts::act;
use super::{Calls, words};
use crate::widget::kit::dom::{El, Tag, button, el};
use crate::widget::kit::icons::Icon;
use crate::widget::kit::parts::{changing_icon, icon, refusing};
use crate::widget::kit::signal::Memo;
use call_core::{InCallView, Slot, SlotView, UserEvent};

/// The buttons at the foot of a call.
pub(super) fn call_controls(calls: Calls, call: Memo<InCallView>) -> El {
    let microphone = move || call.with(|call| call.local[Slot::Microphone]);
    let camera = move || call.with(|call| call.local[Slot::Camera]);
    let mute = switch(calls, UserEvent::ToggleMute, words::MUTE, microphone);
    let mute = refusing(mute, move || is_broken(microphone()))
        .child(changing_icon(move || if runs(microphone()) { Icon::Mic } else { Icon::MicOff }))
        .text_signal(move || if microphone() == SlotView::Off { words::UNMUTE } else { words::MUTE });
    let has_camera = Memo::new(move |_| camera() != SlotView::Absent);
    let cover = move || {
        switch(calls, UserEvent::ToggleCamera, words::CAMERA_OFF, camera)
            .child(changing_icon(move || if runs(camera()) { Icon::Camera } else { Icon::CameraOff }))
            .text_signal(move || if runs(camera()) { words::CAMERA_OFF } else { words::CAMERA_ON })
    };
    let hang_up = button("mc-round mc-end", move || act(calls, UserEvent::HangUp));
    el(Tag::Div, "mc-controls")
        .attr("role", "group")
        .attr("aria-label", words::CALL_CONTROLS)
        .child(mute)
        .child_signal(move || has_camera.get().then(cover))
        .child(hang_up.child(icon(Icon::HangUp)).text(words::HANG_UP))
}

/// A toggle button for a device. Its accessible name is constant, since aria-pressed has the state; its visible text says
/// what a click will do.
fn switch(calls: Calls, event: UserEvent, name: &str, device: impl Fn() -> SlotView + 'static) -> El {
    button("mc-round", move || act(calls, event.clone()))
        .attr("aria-label", name)
        .aria_signal("aria-pressed", move || !runs(device()))
}

/// Whether a click switches the device off.
pub(super) const fn runs(device: SlotView) -> bool {
    match device {
        SlotView::On | SlotView::Starting | SlotView::Interrupted => true,
        SlotView::Off | SlotView::Absent | SlotView::Problem(_) => false,
    }
}

/// Whether the device has failed: it has to be opened again before it can be switched.
const fn is_broken(device: SlotView) -> bool {
    match device {
        SlotView::Problem(_) => true,
        SlotView::On | SlotView::Starting | SlotView::Interrupted | SlotView::Off | SlotView::Absent => false,
    }
}
