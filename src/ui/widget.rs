//! The whole interface of calls in one component: buttons, windows, history, and what screen readers say.
//! Owns which window belongs to which picture; never how a window looks.

use super::call_buttons::CallButtons;
use super::call_history::CallHistory;
use super::ended_card::EndedCard;
use super::focus::Before;
use super::outgoing_window::OutgoingWindow;
use super::parts::following;
use super::ringing_window::RingingWindow;
use super::self_view::Corner;
use super::video_call::VideoCall;
use super::voice_call::VoiceCall;
use super::words;
use super::{Calls, WidgetHost};
use call_core::{CallView, EndedView, InCallView, IncomingView, OutgoingView, Party};
use call_protocol::CallType;
use leptos::prelude::*;

/// Which window is open. A window stays the same one while this does.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Scene {
    Nothing,
    Ringing(Party),
    Outgoing(Party),
    Voice(Party),
    Video(Party),
    Ended(EndedView),
}

impl Scene {
    fn of(view: &CallView) -> Self {
        // The call's id comes during a call and changes no window.
        let party = |party: &Party| Party { call_id: None, ..party.clone() };
        match view {
            CallView::Idle => Self::Nothing,
            CallView::Incoming(view) => Self::Ringing(party(&view.party)),
            CallView::Outgoing(view) => Self::Outgoing(party(&view.party)),
            CallView::InCall(view) => match view.party.call_type {
                CallType::Audio => Self::Voice(party(&view.party)),
                CallType::Video => Self::Video(party(&view.party)),
            },
            CallView::Ended(view) => Self::Ended(view.clone()),
        }
    }
}

/// Everything about calls that a page shows.
#[component]
pub fn CallWidget(
    /// The calls of this device.
    calls: Calls,
    /// What the page around knows.
    host: WidgetHost,
) -> impl IntoView {
    let scene = Memo::new(move |_| calls.view.with(Scene::of));
    let corner = RwSignal::new(Corner::default());
    keep_focus(scene);
    let windows = move || window(scene.get(), calls, host, corner);
    // Said once per change, not once per second.
    let said = Memo::new(move |_| calls.view.with(words::announcement));
    let urgent = Memo::new(move |_| calls.view.with(|view| matches!(view, CallView::Incoming(_))));
    view! {
        <div class="mc">
            {move || host.show_buttons.get().then(|| view! { <CallButtons calls host/> })}
            {move || host.show_history.get().then(|| view! { <CallHistory calls host/> })}
            <div class="mc-layer">{windows}</div>
            <p class="mc-hush" role="alert">{move || urgent.get().then(|| said.get())}</p>
            <p class="mc-hush" role="status">{move || (!urgent.get()).then(|| said.get())}</p>
        </div>
    }
}

fn window(scene: Scene, calls: Calls, host: WidgetHost, corner: RwSignal<Corner>) -> Option<AnyView> {
    match scene {
        Scene::Nothing => None,
        Scene::Ringing(party) => {
            let call = following(calls.view, incoming)?;
            Some(view! { <RingingWindow calls host party call/> }.into_any())
        }
        Scene::Outgoing(party) => {
            let call = following(calls.view, outgoing)?;
            Some(view! { <OutgoingWindow calls party call corner/> }.into_any())
        }
        Scene::Voice(party) => {
            let (call, time) = (following(calls.view, in_call)?, following(calls.view, time)?);
            Some(view! { <VoiceCall calls host party call time/> }.into_any())
        }
        Scene::Video(party) => {
            let (call, time) = (following(calls.view, in_call)?, following(calls.view, time)?);
            Some(view! { <VideoCall calls host party call time corner/> }.into_any())
        }
        Scene::Ended(ended) => Some(view! { <EndedCard calls host ended/> }.into_any()),
    }
}

fn incoming(view: &CallView) -> Option<IncomingView> {
    match view {
        CallView::Incoming(view) => Some(view.clone()),
        CallView::Idle | CallView::Outgoing(_) | CallView::InCall(_) | CallView::Ended(_) => None,
    }
}

fn outgoing(view: &CallView) -> Option<OutgoingView> {
    match view {
        CallView::Outgoing(view) => Some(view.clone()),
        CallView::Idle | CallView::Incoming(_) | CallView::InCall(_) | CallView::Ended(_) => None,
    }
}

/// The call without its clock, so that a passing second changes the clock only.
fn in_call(view: &CallView) -> Option<InCallView> {
    match view {
        CallView::InCall(view) => Some(InCallView { seconds: None, ..view.clone() }),
        CallView::Idle | CallView::Incoming(_) | CallView::Outgoing(_) | CallView::Ended(_) => None,
    }
}

fn time(view: &CallView) -> Option<Option<String>> {
    match view {
        CallView::InCall(view) => Some(view.seconds.map(words::duration)),
        CallView::Idle | CallView::Incoming(_) | CallView::Outgoing(_) | CallView::Ended(_) => None,
    }
}

/// Remembers where the focus was before a call, and brings it back afterwards.
fn keep_focus(scene: Memo<Scene>) {
    let before = StoredValue::new_local(Before::default());
    Effect::new(move |was_open: Option<bool>| {
        let is_open = scene.with(|scene| *scene != Scene::Nothing);
        if is_open != was_open.unwrap_or_default() {
            before.update_value(|before| if is_open { before.remember() } else { before.restore() });
        }
        is_open
    });
}
