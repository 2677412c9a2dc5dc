//! The whole interface of calls in one component: buttons, windows, history, and what screen readers say.
//! Owns which window belongs to which view; not how a window looks.

use super::call_buttons::call_buttons;
use super::call_history::call_history;
use super::ended_card::ended_card;
use super::outgoing_window::outgoing_window;
use super::parts::following;
use super::ringing_window::ringing_window;
use super::self_view::Corner;
use super::video_call::video_call;
use super::voice_call::voice_call;
use super::words;
use super::{Calls, HostPage};
use crate::widget::kit::dom::{El, Tag, el};
use crate::widget::kit::focus::{self, Before};
use crate::widget::kit::guard::guarded;
use crate::widget::kit::signal::{Memo, RwSignal};
use call_core::{CallView, EndedView, InCallView, IncomingStage, IncomingView, OutgoingView, Party};
use call_protocol::CallType;

/// Which window is open. The window stays the same element while this is equal.
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
        // The id arrives during the call and must not replace the window.
        let party = |party: &Party| Party { call_id: None, ..party.clone() };
        match view {
            CallView::Idle => Self::Nothing,
            // A second call of the same person gets a window of its own, so the id counts.
            CallView::Incoming(view) => Self::Ringing(view.party.clone()),
            CallView::Outgoing(view) => Self::Outgoing(party(&view.party)),
            CallView::InCall(view) => match view.party.call_type {
                CallType::Audio => Self::Voice(party(&view.party)),
                CallType::Video => Self::Video(party(&view.party)),
            },
            // The duration arrives a moment later from the server and changes the sentence only.
            CallView::Ended(view) => Self::Ended(EndedView { seconds: None, ..view.clone() }),
        }
    }
}

/// The whole interface in one element.
pub fn call_widget(calls: Calls, host: HostPage) -> El {
    el(Tag::Div, "mc-parts").child(call_place(calls, host)).child(call_windows(calls, host))
}

/// The inline part: call buttons and history.
pub fn call_place(calls: Calls, host: HostPage) -> El {
    let mut place = el(Tag::Div, "mc").attr("part", "place").attr("lang", "en").attr("dir", "ltr");
    if host.show_buttons {
        place = place.child_signal(call_buttons(calls, host));
    }
    if host.show_history {
        place = place.child(call_history(calls, host));
    }
    place
}

/// The part above the page: the window of the call, and the live regions for screen readers.
pub fn call_windows(calls: Calls, host: HostPage) -> El {
    let scene = Memo::new(move |_| calls.view.with(Scene::of));
    let corner = RwSignal::new(Corner::default());
    // A memo, so that a passing second is not announced.
    let announced = Memo::new(move |last: Option<&Announced>| Announced::after(last, calls.view.get(), host));
    let said = Memo::new(move |_| announced.with(|announced| announced.said.clone()));
    let is_urgent = Memo::new(move |_| calls.view.with(|view| matches!(view, CallView::Incoming(_))));
    let layer = el(Tag::Div, "mc-layer");
    let place = layer.element();
    let mut last = Scene::Nothing;
    let mut before = Before::default();
    let layer = layer.child_signal(move || {
        let scene = scene.get();
        // The old window is still in the page.
        let was_in = focus::is_in(&place);
        let is_first = core::mem::replace(&mut last, scene.clone()) == Scene::Nothing;
        if is_first {
            before.remember();
        }
        let may_follow = focus::follows() && !matches!(scene, Scene::Ringing(_) | Scene::Nothing);
        let next = window(scene, calls, host, corner);
        match &next {
            Some(next) if was_in || may_follow => focus::give(next.element()),
            None if was_in => before.restore(),
            Some(_) | None => {}
        }
        next.map(|next| guarded(next, calls.later))
    });
    let live_region = |role, urgent| {
        el(Tag::P, "mc-hush")
            .attr("role", role)
            .text_signal(move || if is_urgent.get() == urgent { said.get() } else { String::new() })
    };
    // The texts are English, whatever the language of the page.
    el(Tag::Div, "mc")
        .attr("lang", "en")
        .child(layer)
        .child(live_region("alert", true))
        .child(live_region("status", false))
}

/// What was announced last, and for which view.
#[derive(PartialEq)]
struct Announced {
    view: CallView,
    said: String,
}

impl Announced {
    fn after(last: Option<&Self>, view: CallView, host: HostPage) -> Self {
        let said = match last {
            Some(last) => words::spoken(&last.view, &view),
            None => Some(words::announcement(&view)),
        };
        let said = match (said, last) {
            (Some(said), _) => [&said, keys(&view, host)].concat(),
            (None, Some(last)) => last.said.clone(),
            (None, None) => String::new(),
        };
        Self { view, said }
    }
}

/// The shortcuts to announce with a ring, if they are enabled.
fn keys(view: &CallView, host: HostPage) -> &'static str {
    match view {
        CallView::Incoming(view) if view.stage == IncomingStage::Ringing && host.shortcuts.get() => {
            words::keys(view.party.call_type)
        }
        CallView::Incoming(_)
        | CallView::Idle
        | CallView::Outgoing(_)
        | CallView::InCall(_)
        | CallView::Ended(_) => "",
    }
}

fn window(scene: Scene, calls: Calls, host: HostPage, corner: RwSignal<Corner>) -> Option<El> {
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

/// The call without its duration, so that a passing second updates the clock only.
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
