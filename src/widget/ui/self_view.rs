//! The self view: small, in a corner of the stage, movable to another corner by pointer or arrow keys.
//! Always muted; the camera is switched elsewhere.

use super::video::moving_picture;
use super::{Calls, StreamOf, words};
use crate::widget::kit::dom::{El, Tag, el};
use crate::widget::kit::icons::Icon;
use crate::widget::kit::parts::icon;
use crate::widget::kit::signal::{Memo, RwSignal, Signal};
use leptos::ev;
use leptos::prelude::*;
use leptos::web_sys::{Element, KeyboardEvent, PointerEvent};

/// The corner of the self view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Corner {
    /// Top left.
    TopLeft,
    /// Top right.
    TopRight,
    /// Bottom left.
    BottomLeft,
    /// Bottom right, the initial one.
    #[default]
    BottomRight,
}

impl Corner {
    /// The value of `data-corner` in the style sheet.
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

/// The self view; without a stream it says whether the camera is off or starting.
pub(super) fn self_view(
    calls: Calls,
    own: Signal<Option<StreamOf>>,
    starts: Signal<bool>,
    corner: RwSignal<Corner>,
) -> El {
    let grip_offset = StoredValue::new(None::<(f64, f64)>);
    let place = RwSignal::new(None::<(f64, f64)>);
    let element = el(Tag::Div, "mc-self");
    let frame = element.element();

    let grab = {
        let frame = frame.clone();
        move |event: PointerEvent| {
            let _captured = frame.set_pointer_capture(event.pointer_id());
            let at = frame.get_bounding_client_rect();
            grip_offset.set_value(Some((
                f64::from(event.client_x()) - at.x(),
                f64::from(event.client_y()) - at.y(),
            )));
        }
    };
    let drag = {
        let frame = frame.clone();
        move |event: PointerEvent| {
            if let Some(grip) = grip_offset.get_value() {
                place.set(dragged_position(&frame, &event, grip));
            }
        }
    };
    let release = move |_: PointerEvent| {
        grip_offset.set_value(None);
        if let Some(at) = place.get_untracked() {
            corner.set(nearest_corner(&frame, at));
        }
        place.set(None);
    };
    let on_arrow = move |event: KeyboardEvent| {
        if let Some(next) = corner.get_untracked().towards(&event.key()) {
            event.prevent_default();
            corner.set(next);
        }
    };

    let is_on = Memo::new(move |_| own.get().is_some());
    let content = move || {
        Some(if is_on.get() {
            moving_picture(calls, own, words::OWN_VIDEO)
        } else {
            let text = move || if starts.get() { words::STARTING } else { words::CAMERA_OFF };
            el(Tag::Div, "mc-cover").child(icon(Icon::CameraOff)).child(el(Tag::Span, "").text_signal(text))
        })
    };
    let grip = el(Tag::Button, "mc-grip").attr("aria-label", words::MOVE_OWN_VIDEO).on(ev::keydown, on_arrow);
    element
        .attr_signal("data-corner", move || Some(corner.get().word()))
        .attr_signal("data-moving", move || place.get().map(|_| ""))
        .style_signal("--mc-x", move || place.get().map(|(x, _)| pixels(x)))
        .style_signal("--mc-y", move || place.get().map(|(_, y)| pixels(y)))
        .on(ev::pointerdown, grab)
        .on(ev::pointermove, drag)
        .on(ev::pointerup, release.clone())
        .on(ev::pointercancel, release)
        .child_signal(content)
        .child(grip.child(icon(Icon::Grip)))
}

fn pixels(value: f64) -> String {
    // A stage has fewer than 2^31 pixels.
    [&(value as i32).to_string(), "px"].concat()
}

/// Its position while it is dragged, in pixels, clamped to the stage.
fn dragged_position(
    frame: &Element,
    event: &PointerEvent,
    (grip_x, grip_y): (f64, f64),
) -> Option<(f64, f64)> {
    let (stage, own) = (frame.parent_element()?.get_bounding_client_rect(), frame.get_bounding_client_rect());
    let x = f64::from(event.client_x()) - grip_x - stage.x();
    let y = f64::from(event.client_y()) - grip_y - stage.y();
    let (most_x, most_y) = (stage.width() - own.width(), stage.height() - own.height());
    Some((x.clamp(0.0, most_x.max(0.0)).round(), y.clamp(0.0, most_y.max(0.0)).round()))
}

/// The corner nearest to where it was dropped.
fn nearest_corner(frame: &Element, (x, y): (f64, f64)) -> Corner {
    let own = frame.get_bounding_client_rect();
    let Some(stage) = frame.parent_element().map(|stage| stage.get_bounding_client_rect()) else {
        return Corner::default();
    };
    Corner::nearest((x + own.width() / 2.0) / stage.width(), (y + own.height() / 2.0) / stage.height())
}
