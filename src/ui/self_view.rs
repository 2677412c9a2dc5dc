//! The own picture: small, in a corner of the stage, and movable to another one by pointer or arrow keys.
//! Never audible, and never the place where the camera is switched.

use super::icons::Icon;
use super::parts::icon;
use super::video::Picture;
use super::{Calls, StreamOf};
use leptos::html::Div;
use leptos::prelude::*;
use leptos::web_sys::{Element, KeyboardEvent, PointerEvent};

/// Where the own picture rests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Corner {
    /// Top left.
    TopLeft,
    /// Top right.
    TopRight,
    /// Bottom left.
    BottomLeft,
    /// Bottom right, where it begins.
    #[default]
    BottomRight,
}

impl Corner {
    /// The word that the style sheet knows.
    pub const fn word(self) -> &'static str {
        match self {
            Self::TopLeft => "tl",
            Self::TopRight => "tr",
            Self::BottomLeft => "bl",
            Self::BottomRight => "br",
        }
    }

    /// The corner that an arrow key leads to.
    #[must_use]
    pub fn towards(self, key: &str) -> Option<Self> {
        let (right, bottom) = match self {
            Self::TopLeft => (false, false),
            Self::TopRight => (true, false),
            Self::BottomLeft => (false, true),
            Self::BottomRight => (true, true),
        };
        match key {
            "ArrowLeft" => Some(Self::at(false, bottom)),
            "ArrowRight" => Some(Self::at(true, bottom)),
            "ArrowUp" => Some(Self::at(right, false)),
            "ArrowDown" => Some(Self::at(right, true)),
            _ => None,
        }
    }

    /// The corner nearest to a point, as shares of the stage's width and height.
    #[must_use]
    pub fn nearest(x: f64, y: f64) -> Self {
        Self::at(x > 0.5, y > 0.5)
    }

    const fn at(right: bool, bottom: bool) -> Self {
        match (right, bottom) {
            (false, false) => Self::TopLeft,
            (true, false) => Self::TopRight,
            (false, true) => Self::BottomLeft,
            (true, true) => Self::BottomRight,
        }
    }
}

/// The own picture on the stage of a call; without a stream it says that the camera is off.
#[component]
pub(super) fn SelfView(
    calls: Calls,
    #[prop(into)] own: Signal<Option<StreamOf>>,
    corner: RwSignal<Corner>,
) -> impl IntoView {
    let frame = NodeRef::<Div>::new();
    let held = StoredValue::new(None::<(f64, f64)>);
    let place = RwSignal::new(None::<(f64, f64)>);

    let take = move |event: PointerEvent| {
        if let Some(frame) = frame.get_untracked() {
            let _captured = frame.set_pointer_capture(event.pointer_id());
            let at = frame.get_bounding_client_rect();
            held.set_value(Some((
                f64::from(event.client_x()) - at.x(),
                f64::from(event.client_y()) - at.y(),
            )));
        }
    };
    let carry = move |event: PointerEvent| {
        if let (Some(grip), Some(frame)) = (held.get_value(), frame.get_untracked()) {
            place.set(spot(&frame, &event, grip));
        }
    };
    let drop = move |_: PointerEvent| {
        held.set_value(None);
        if let (Some(at), Some(frame)) = (place.get_untracked(), frame.get_untracked()) {
            corner.set(rest(&frame, at));
        }
        place.set(None);
    };
    let push = move |event: KeyboardEvent| {
        if let Some(next) = corner.get_untracked().towards(&event.key()) {
            event.prevent_default();
            corner.set(next);
        }
    };

    let pixels = |value: f64| [&value.to_string(), "px"].concat();
    let content = move || match own.get() {
        Some(_) => view! { <Picture calls of=own/> }.into_any(),
        None => {
            view! { <div class="mc-cover">{icon(Icon::CameraOff)}<span>"Camera off"</span></div> }.into_any()
        }
    };
    view! {
        <div
            class="mc-self"
            node_ref=frame
            data-corner=move || corner.get().word()
            data-moving=move || place.get().map(|_| "")
            style:--mc-x=move || place.get().map(|(x, _)| pixels(x))
            style:--mc-y=move || place.get().map(|(_, y)| pixels(y))
            on:pointerdown=take
            on:pointermove=carry
            on:pointerup=drop
            on:pointercancel=drop
        >
            {content}
            <button class="mc-grip" aria-label="Move your picture (arrow keys)" on:keydown=push>
                {icon(Icon::Grip)}
            </button>
        </div>
    }
}

/// Where the picture is while it is carried, in pixels of the stage and never outside it.
fn spot(frame: &Element, event: &PointerEvent, (grip_x, grip_y): (f64, f64)) -> Option<(f64, f64)> {
    let (stage, own) = (frame.parent_element()?.get_bounding_client_rect(), frame.get_bounding_client_rect());
    let x = f64::from(event.client_x()) - grip_x - stage.x();
    let y = f64::from(event.client_y()) - grip_y - stage.y();
    let (most_x, most_y) = (stage.width() - own.width(), stage.height() - own.height());
    Some((x.clamp(0.0, most_x.max(0.0)).round(), y.clamp(0.0, most_y.max(0.0)).round()))
}

/// The corner that a carried picture falls into.
fn rest(frame: &Element, (x, y): (f64, f64)) -> Corner {
    let own = frame.get_bounding_client_rect();
    let Some(stage) = frame.parent_element().map(|stage| stage.get_bounding_client_rect()) else {
        return Corner::default();
    };
    Corner::nearest((x + own.width() / 2.0) / stage.width(), (y + own.height() / 2.0) / stage.height())
}
