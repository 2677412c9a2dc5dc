//! A video call: the other side large, the own picture small, everything else at the edges.

use super::banners::Banners;
use super::call_controls::CallControls;
use super::icons::Icon;
use super::parts::{icon, portrait, spinner, title};
use super::self_view::{Corner, SelfView};
use super::video::Picture;
use super::{Calls, StreamOf, WidgetHost, words};
use call_core::{CallStage, DeviceView, InCallView, Party};
use leptos::prelude::*;

/// The window of an answered video call.
#[component]
pub(super) fn VideoCall(
    calls: Calls,
    host: WidgetHost,
    party: Party,
    call: Memo<InCallView>,
    time: Memo<Option<String>>,
    corner: RwSignal<Corner>,
) -> impl IntoView {
    let name = words::name(&party).to_owned();
    let heading = ["Video call with ", &name].concat();
    let full = RwSignal::new(false);
    let remote = Signal::derive(move || call.with(|call| call.remote.map(StreamOf::Remote)));
    let own = Signal::derive(move || call.with(|call| call.local_video.map(StreamOf::Local)));
    let shows_self = Memo::new(move |_| call.with(|call| shows_self(call.camera)));
    let badge = {
        let name = name.clone();
        move || {
            call.with(|call| call.remote_muted).then(|| {
                let text = [&name, " is muted"].concat();
                view! { <span class="mc-badge">{icon(Icon::MicOff)} {text}</span> }
            })
        }
    };
    let bar = view! {
        <span class="mc-time">{move || time.get()}</span>
        <button
            aria-label=move || if full.get() { "Back to the small window" } else { "Fill the screen" }
            on:click=move |_| full.update(|full| *full = !*full)
        >
            {move || icon(if full.get() { Icon::Shrink } else { Icon::Expand })}
        </button>
    };
    view! {
        <section
            class="mc-window mc-video"
            aria-label=heading
            data-size=move || full.get().then_some("full")
        >
            {title(Icon::Camera, heading.clone(), bar.into_any())}
            <Banners calls call browser=host.browser/>
            <div class="mc-stage">
                <Picture calls of=remote/>
                {move || cover(call, &party)}
                {move || shows_self.get().then(|| view! { <SelfView calls own corner/> })}
                {badge}
            </div>
            <CallControls calls call/>
        </section>
    }
}

/// Whether the own picture, or the sign that it is off, has a place; a camera's problem has a banner instead.
const fn shows_self(camera: DeviceView) -> bool {
    match camera {
        DeviceView::On | DeviceView::Off | DeviceView::Starting => true,
        DeviceView::Absent | DeviceView::Problem(_) => false,
    }
}

/// What is to be said instead of, or over, the other side's picture.
fn cover(call: Memo<InCallView>, party: &Party) -> Option<AnyView> {
    let (stage, camera_off) = call.with(|call| (call.stage, call.remote_camera_off));
    let large = || portrait(&party.peer, "mc-pic mc-pic-xl");
    match stage {
        CallStage::Connecting => Some(
            view! { <div class="mc-cover">{large()}<p>{spinner()} " Connecting\u{2026}"</p></div> }
                .into_any(),
        ),
        CallStage::Reconnecting => Some(
            view! {
                <div class="mc-cover mc-veil">
                    {spinner()}
                    <p class="mc-name">"Reconnecting\u{2026}"</p>
                    <p>"The line was lost. Stay here, it is being restored."</p>
                </div>
            }
            .into_any(),
        ),
        CallStage::Active => camera_off.then(|| {
            let text = [words::name(party), "\u{2019}s camera is off"].concat();
            view! { <div class="mc-cover">{large()}<p>{text}</p></div> }.into_any()
        }),
    }
}
