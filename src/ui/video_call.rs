//! A video call: the other side large, the own picture small, everything else at the edges.

use super::banners::banners;
use super::call_controls::call_controls;
use super::icons::Icon;
use super::parts::{changing_icon, icon, portrait, spinner, title};
use super::piece::{Piece, button, el};
use super::self_view::{Corner, self_view};
use super::video::moving_picture;
use super::{Calls, StreamOf, WidgetHost, words};
use crate::signal::{Memo, RwSignal, Signal};
use call_core::{CallStage, DeviceView, InCallView, Party};

/// The window of an answered video call.
pub(super) fn video_call(
    calls: Calls,
    host: WidgetHost,
    party: Party,
    call: Memo<InCallView>,
    time: Memo<Option<String>>,
    corner: RwSignal<Corner>,
) -> Piece {
    let name = words::name(&party);
    let heading = ["Video call with ", &name].concat();
    let full = RwSignal::new(false);
    let remote = Signal::derive(move || call.with(|call| call.remote.map(StreamOf::Remote)));
    let own = Signal::derive(move || call.with(|call| call.local_video.map(StreamOf::Local)));
    let standing = Memo::new(move |_| call.with(|call| (call.stage, call.remote_camera_off)));
    let has_self = Memo::new(move |_| call.with(|call| shows_self(call.camera)));
    let badge = move || {
        let text = [&name, " is muted"].concat();
        call.with(|call| call.remote_muted)
            .then(|| el("span", "mc-badge").child(icon(Icon::MicOff)).text(&text))
    };
    let clock = el("span", "mc-time").says(move || time.get().unwrap_or_default());
    let size = button("", move || full.update(|full| *full = !*full))
        .word("aria-label", move || {
            Some(if full.get() { "Back to the small window" } else { "Fill the screen" })
        })
        .child(changing_icon(move || if full.get() { Icon::Shrink } else { Icon::Expand }));
    let stage = el("div", "mc-stage")
        .child(moving_picture(calls, remote))
        .live(move || cover(standing.get(), &party))
        .live(move || has_self.get().then(|| self_view(calls, own, corner)))
        .live(badge);
    el("section", "mc-window mc-video")
        .attr("aria-label", &heading)
        .word("data-size", move || full.get().then_some("full"))
        .child(title(Icon::Camera, &heading, [clock, size]))
        .child(banners(calls, call, host.browser))
        .child(stage)
        .child(call_controls(calls, call))
}

/// Whether the own picture, or the sign that it is off, has a place; a camera's problem has a banner instead.
const fn shows_self(camera: DeviceView) -> bool {
    match camera {
        DeviceView::On | DeviceView::Off | DeviceView::Starting => true,
        DeviceView::Absent | DeviceView::Problem(_) => false,
    }
}

/// What is to be said instead of, or over, the other side's picture.
fn cover((stage, camera_off): (CallStage, bool), party: &Party) -> Option<Piece> {
    let large = || el("div", "mc-cover").child(portrait(&party.peer, "mc-pic mc-pic-xl"));
    match stage {
        CallStage::Connecting => {
            Some(large().child(el("p", "").child(spinner()).text(" Connecting\u{2026}")))
        }
        CallStage::Reconnecting => Some(
            el("div", "mc-cover mc-veil")
                .child(spinner())
                .child(el("p", "mc-name").text("Reconnecting\u{2026}"))
                .child(el("p", "").text("The line was lost. Stay here, it is being restored.")),
        ),
        CallStage::Active => camera_off.then(|| {
            let text = [&words::name(party), "\u{2019}s camera is off"].concat();
            large().child(el("p", "").text(&text))
        }),
    }
}
