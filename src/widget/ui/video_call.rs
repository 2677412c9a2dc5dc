//! The window of a video call: remote video large, self view small, controls at the edges. Owns whether it is enlarged.

use super::banners::banners;
use super::call_controls::call_controls;
use super::keys::{is_plain, on_key};
use super::self_view::{Corner, self_view};
use super::video::moving_picture;
use super::{Calls, HostPage, StreamOf, words};
use crate::widget::kit::dom::{El, Tag, button, el};
use crate::widget::kit::focus;
use crate::widget::kit::guard::Guard;
use crate::widget::kit::icons::Icon;
use crate::widget::kit::parts::{changing_icon, icon, portrait, spinner, title};
use crate::widget::kit::signal::{Memo, RwSignal, Signal};
use call_core::{CallStage, InCallView, Party, Slot, SlotView};
use call_protocol::CallType;
use leptos::prelude::*;
use leptos::web_sys::Element;

/// A margin beside the window that is too small to show anything of the page, in pixels.
const EDGE: f64 = 24.0;

/// The window of an answered video call.
pub(super) fn video_call(
    calls: Calls,
    host: HostPage,
    party: Party,
    call: Memo<InCallView>,
    time: Memo<Option<String>>,
    corner: RwSignal<Corner>,
) -> El {
    let name = words::name(&party);
    let heading = words::call_with(CallType::Video, &name);
    let full = RwSignal::new(false);
    let remote = Signal::derive(move || call.with(|call| call.peer.map(StreamOf::Remote)));
    let own = Signal::derive(move || call.with(|call| call.tracks[Slot::Camera].map(StreamOf::Local)));
    let standing = Memo::new(move |_| call.with(|call| (call.stage, call.remote_camera_off())));
    let has_self = Memo::new(move |_| call.with(|call| shows_self(call.local[Slot::Camera])));
    let silence = Memo::new(move |_| call.with(|call| (call.remote_muted(), call.remote_microphone_fails())));
    let starts = Signal::derive(move || call.with(|call| call.local[Slot::Camera] == SlotView::Starting));
    let badge = move || {
        let text = match silence.get() {
            (_, true) => words::does_not_work(&name),
            (true, false) => words::is_muted(&name),
            (false, false) => return None,
        };
        Some(el(Tag::Span, "mc-badge").child(icon(Icon::MicOff)).text(&text))
    };
    let clock = el(Tag::Span, "mc-time").text_signal(move || time.get().unwrap_or_default());
    let window = focus::takes_focus(el(Tag::Section, "mc-window mc-video"));
    let (here, guard) = (window.element(), Guard::of(&window, calls.later));
    let held = guard.clone();
    // Guarded: every button changes its position.
    let resize = move |large: bool| {
        guard.renew();
        full.set(large);
    };
    let shrink = resize.clone();
    on_key(move |key| {
        let taken = match key.key().as_str() {
            "Escape" if is_plain(key) && full.get_untracked() && !focus::is_unfolded() => {
                shrink(false);
                true
            }
            "Tab" if is_plain(key) && covers_page(&here) => focus::go_round(&here, key.shift_key()),
            _ => false, // left to the page
        };
        if taken {
            key.prevent_default();
            key.stop_propagation();
        }
    });
    let size = button("", move || resize(!full.get_untracked()))
        .attr_signal("aria-label", move || Some(if full.get() { words::SHRINK } else { words::ENLARGE }))
        .child(changing_icon(move || if full.get() { Icon::Shrink } else { Icon::Expand }));
    let stage = el(Tag::Div, "mc-stage")
        .child(moving_picture(calls, remote, &words::video_of(&words::name(&party))))
        .child_signal(move || cover(standing.get(), &party))
        .child_signal(move || has_self.get().then(|| self_view(calls, own, starts, corner)))
        .child_signal(badge);
    window
        .keep(held)
        .attr("aria-label", &heading)
        .attr_signal("data-size", move || full.get().then_some("full"))
        .child(title(Icon::Camera, &heading, [clock, size]))
        .child(banners(calls, call, host.browser))
        .child(stage)
        .child(call_controls(calls, call))
}

/// Whether a window covers the whole page, as on a phone or when it is enlarged.
fn covers_page(window: &Element) -> bool {
    let (at, page) = (window.get_bounding_client_rect(), document().document_element());
    page.is_some_and(|page| {
        let (width, height) = (f64::from(page.client_width()), f64::from(page.client_height()));
        at.left() < EDGE && at.top() < EDGE && at.right() > width - EDGE && at.bottom() > height - EDGE
    })
}

/// Whether the self view is shown; a failed camera has a banner instead.
const fn shows_self(camera: SlotView) -> bool {
    match camera {
        SlotView::On | SlotView::Off | SlotView::Starting | SlotView::Interrupted => true,
        SlotView::Absent | SlotView::Problem(_) => false,
    }
}

/// What is shown instead of, or over, the remote video.
fn cover((stage, camera_off): (CallStage, bool), party: &Party) -> Option<El> {
    let large = || el(Tag::Div, "mc-cover").child(portrait(&party.peer, "mc-pic mc-pic-xl"));
    match stage {
        CallStage::Connecting => {
            Some(large().child(el(Tag::P, "").child(spinner()).text(" ").text(words::CONNECTING)))
        }
        CallStage::Reconnecting => Some(
            el(Tag::Div, "mc-cover mc-veil")
                .child(spinner())
                .child(el(Tag::P, "mc-name").text(words::RECONNECTING))
                .child(el(Tag::P, "").text(words::BEING_RESTORED)),
        ),
        CallStage::Away => {
            let peer = words::name(party);
            let waiting =
                el(Tag::P, "mc-name").child(spinner()).text(&[" ", &words::waiting_for(&peer)].concat());
            Some(large().child(waiting).child(el(Tag::P, "").text(&words::page_is_gone(&peer))))
        }
        CallStage::Active => {
            camera_off.then(|| large().child(el(Tag::P, "").text(&words::camera_is_off(&words::name(party)))))
        }
    }
}
