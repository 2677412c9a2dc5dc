//! A voice call: two pictures, and what flows between them.

use super::banners::Banners;
use super::call_controls::CallControls;
use super::icons::Icon;
use super::parts::{drawn, icon, portrait, title};
use super::{Calls, WidgetHost, words};
use call_core::{CallStage, DeviceView, InCallView, Party};
use leptos::prelude::*;

/// The window of an answered voice call.
#[component]
pub(super) fn VoiceCall(
    calls: Calls,
    host: WidgetHost,
    party: Party,
    call: Memo<InCallView>,
    time: Memo<Option<String>>,
) -> impl IntoView {
    let name = words::name(&party).to_owned();
    let heading = ["Voice call with ", &name].concat();
    let still = move || call.with(|call| call.stage != CallStage::Active);
    let remote_muted = move || call.with(|call| call.remote_muted).then(muted);
    let own_muted = move || call.with(|call| call.microphone == DeviceView::Off).then(muted);
    let clock = move || match time.get() {
        Some(time) => view! { <span class="mc-time">{time}</span> },
        None => view! { <span class="">{"Connecting\u{2026}".to_owned()}</span> },
    };
    let own = move || match host.me.get() {
        Some(me) => portrait(&me, "mc-pic mc-pic-l"),
        None => drawn("You", "mc-pic mc-pic-l"),
    };
    view! {
        <section class="mc-window mc-voice" aria-label=heading>
            {title(Icon::Phone, heading.clone(), ().into_any())}
            <Banners calls call browser=host.browser/>
            <div class="mc-body">
                <div class="mc-duo">
                    <div class="mc-person">
                        {portrait(&party.peer, "mc-pic mc-pic-l")} <b>{name}</b> {remote_muted}
                    </div>
                    <div class="mc-between">
                        <span class="mc-flow" class:mc-still=still aria-hidden="true">
                            <i></i><i></i><i></i><i></i><i></i>
                        </span>
                        {clock}
                    </div>
                    <div class="mc-person">{own} <b>"You"</b> {own_muted}</div>
                </div>
            </div>
            <CallControls calls call/>
        </section>
    }
}

fn muted() -> impl IntoView {
    view! { <span class="mc-badge">{icon(Icon::MicOff)} "Muted"</span> }
}
