//! The whole interface of calls in one component: buttons, windows, history, and what screen readers say.
//! Owns which window belongs to which picture; never how a window looks.

use super::call_buttons::call_buttons;
use super::call_history::call_history;
use super::ended_card::ended_card;
use super::focus::Before;
use super::outgoing_window::outgoing_window;
use super::parts::following;
use super::piece::{Piece, el, watch};
use super::ringing_window::ringing_window;
use super::self_view::Corner;
use super::video_call::video_call;
use super::voice_call::voice_call;
use super::words;
use super::{Calls, WidgetHost};
use crate::signal::{Memo, RwSignal};
use call_core::{CallView, EndedView, InCallView, IncomingView, OutgoingView, Party};
use call_protocol::CallType;

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
            // The server's word on how long it took comes a moment later and changes the sentence only.
            CallView::Ended(view) => Self::Ended(EndedView { seconds: None, ..view.clone() }),
        }
    }
}

/// Everything about calls that a page shows: of the calls of this device, with what the page around knows.
pub fn call_widget(calls: Calls, host: WidgetHost) -> Piece {
    el("div", "mc-parts").child(call_place(calls, host)).child(call_windows(calls, host))
}

/// What stands where the page wants it: the buttons and the history.
pub fn call_place(calls: Calls, host: WidgetHost) -> Piece {
    let mut place = el("div", "mc");
    if host.show_buttons {
        place = place.live(call_buttons(calls, host));
    }
    if host.show_history {
        place = place.child(call_history(calls, host));
    }
    place
}

/// What stands above the page: the window of the call, and what screen readers say.
pub fn call_windows(calls: Calls, host: WidgetHost) -> Piece {
    let scene = Memo::new(move |_| calls.view.with(Scene::of));
    let corner = RwSignal::new(Corner::default());
    keep_focus(scene);
    // Said once per change, not once per second.
    let said = Memo::new(move |_| calls.view.with(words::announcement));
    let is_urgent = Memo::new(move |_| calls.view.with(|view| matches!(view, CallView::Incoming(_))));
    let hush = |role, urgent| {
        el("p", "mc-hush")
            .attr("role", role)
            .says(move || if is_urgent.get() == urgent { said.get() } else { String::new() })
    };
    el("div", "mc")
        .child(el("div", "mc-layer").live(move || window(scene.get(), calls, host, corner)))
        .child(hush("alert", true))
        .child(hush("status", false))
}

fn window(scene: Scene, calls: Calls, host: WidgetHost, corner: RwSignal<Corner>) -> Option<Piece> {
    match scene {
        Scene::Nothing => None,
        Scene::Ringing(party) => Some(ringing_window(calls, host, &party, following(calls.view, incoming)?)),
        Scene::Outgoing(party) => {
            Some(outgoing_window(calls, party, following(calls.view, outgoing)?, corner))
        }
        Scene::Voice(party) => {
            let (call, time) = (following(calls.view, in_call)?, following(calls.view, time)?);
            Some(voice_call(calls, host, &party, call, time))
        }
        Scene::Video(party) => {
            let (call, time) = (following(calls.view, in_call)?, following(calls.view, time)?);
            Some(video_call(calls, host, party, call, time, corner))
        }
        Scene::Ended(card) => Some(ended_card(calls, host, card, following(calls.view, ended)?)),
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

fn ended(view: &CallView) -> Option<EndedView> {
    match view {
        CallView::Ended(view) => Some(view.clone()),
        CallView::Idle | CallView::Incoming(_) | CallView::Outgoing(_) | CallView::InCall(_) => None,
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
    let is_open = Memo::new(move |_| scene.with(|scene| *scene != Scene::Nothing));
    let mut before = Before::default();
    watch(move || if is_open.get() { before.remember() } else { before.restore() });
}
