//! What goes wrong during a call without ending it: a lost line, an absent server, a device that is missing.
//! Each says what happens by itself and what the person can do.

use super::call_controls::runs;
use super::guard::guarded;
use super::icons::Icon;
use super::parts::{act, icon, notice, permission_help, spinner};
use super::piece::{Piece, button, el};
use super::words::{self, Device};
use super::{Browser, Calls};
use crate::signal::Memo;
use call_core::{CallStage, DeviceView, InCallView, MediaError, UserEvent};
use call_protocol::CallType;

/// The banners of a call, the most urgent first; each comes and goes by itself, so that nothing folds up unasked.
pub(super) fn banners(calls: Calls, call: Memo<InCallView>, browser: Browser) -> Piece {
    let peer = move || call.with_untracked(|call| words::name(&call.party));
    // A video call says it on the stage.
    let is_voice = move |call: &InCallView| call.party.call_type == CallType::Audio;
    let is_lost =
        Memo::new(move |_| call.with(|call| is_voice(call) && call.stage == CallStage::Reconnecting));
    let is_away = Memo::new(move |_| call.with(|call| call.server_away));
    let no_microphone = Memo::new(move |_| call.with(|call| problem(call.microphone)));
    let no_camera = Memo::new(move |_| call.with(|call| problem(call.camera)));
    // Until the person has switched the camera on after all.
    let differs = Memo::new(move |_| {
        let unasked = |call: &InCallView| call.asked_for != call.party.call_type && !runs(call.camera);
        call.with(|call| unasked(call).then_some(call.asked_for))
    });
    let lost = move || {
        let text = "The line was lost. Reconnecting\u{2026}";
        is_lost.get().then(|| notice("mc-notice mc-warn mc-banner", spinner(), text, None))
    };
    let away = move || {
        let text = "The server cannot be reached. Your call goes on.";
        is_away.get().then(|| notice("mc-notice mc-banner", icon(Icon::Signal), text, None))
    };
    let microphone = move || {
        let error = no_microphone.get()?;
        let text = [words::microphone(error), " ", &peer(), " does not hear you."].concat();
        Some(failed("mc-notice mc-fail mc-banner", Device::Microphone, &text, error, calls, browser))
    };
    let camera = move || {
        let error = no_camera.get()?;
        let text = words::camera(error, &peer());
        Some(failed("mc-notice mc-warn mc-banner", Device::Camera, &text, error, calls, browser))
    };
    let other = move || {
        let text = differs.get().map(|asked_for| words::other_kind(asked_for, &peer()))?;
        Some(notice("mc-notice mc-banner", icon(Icon::Info), &text, None))
    };
    el("div", "mc-parts").live(other).live(lost).live(away).live(microphone).live(camera)
}

fn problem(device: DeviceView) -> Option<MediaError> {
    match device {
        DeviceView::Problem(error) => Some(error),
        DeviceView::Absent | DeviceView::Starting | DeviceView::On | DeviceView::Off => None,
    }
}

/// A device could not be had.
fn failed(
    class: &str,
    device: Device,
    text: &str,
    error: MediaError,
    calls: Calls,
    browser: Browser,
) -> Piece {
    let retry = button("mc-btn mc-small", move || act(calls, UserEvent::RetryMedia));
    let actions = el("div", "mc-actions").child(retry.child(icon(Icon::Retry)).text("Try again"));
    let help = (error == MediaError::Denied).then(|| permission_help(browser, device));
    let sign = match device {
        Device::Microphone => Icon::MicOff,
        Device::Camera => Icon::CameraOff,
    };
    guarded(notice(class, icon(sign), text, [actions].into_iter().chain(help)), calls)
}
