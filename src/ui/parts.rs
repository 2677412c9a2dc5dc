//! Small pieces that every window is made of: icons, display pictures, title bars, notices, help.
//! Owns no state.

use super::icons::Icon;
use super::picture::picture;
use super::piece::{Piece, el};
use super::words::{self, Device};
use super::{Browser, Calls};
use crate::signal::{Memo, Signal};
use call_core::{CallView, UserEvent};
use call_protocol::User;
use leptos::prelude::*;

/// Passes on what the person did; nothing happens once the widget is gone.
pub(crate) fn act(calls: Calls, event: UserEvent) {
    let _gone = calls.act.try_run(event);
}

/// The part of the picture that a window shows. It keeps its last value while the window is being taken down.
pub(super) fn following<T>(view: Signal<CallView>, pick: fn(&CallView) -> Option<T>) -> Option<Memo<T>>
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let first = view.try_with_untracked(pick)??;
    Some(Memo::new(move |last: Option<&T>| {
        let now = view.try_with(pick).flatten();
        now.or_else(|| last.cloned()).unwrap_or_else(|| first.clone())
    }))
}

/// A pictogram; what it means is said beside it.
pub(crate) fn icon(icon: Icon) -> Piece {
    pictogram("mc-icon").child(shape(icon))
}

/// A pictogram that changes in its place.
pub(crate) fn changing_icon(icon: impl Fn() -> Icon + 'static) -> Piece {
    let path = el("path", "").attr("fill-rule", "evenodd");
    pictogram("mc-icon").child(path.word("d", move || Some(icon().path())))
}

/// The pictogram of something that is under way.
pub(crate) fn spinner() -> Piece {
    pictogram("mc-icon mc-spin").child(shape(Icon::Retry))
}

fn pictogram(class: &str) -> Piece {
    el("svg", class).attr("viewBox", "0 0 24 24").attr("aria-hidden", "true")
}

fn shape(icon: Icon) -> Piece {
    el("path", "").attr("fill-rule", "evenodd").attr("d", icon.path())
}

/// A person's display picture, drawn from the name if there is none; `class` says how large.
pub(crate) fn portrait(user: &User, class: &str) -> Piece {
    match &user.display_picture_url {
        Some(address) => el("span", class).child(el("img", "").attr("src", address).attr("alt", "")),
        None => drawn(&user.display_name, class),
    }
}

/// The display picture that is drawn from a name.
pub(crate) fn drawn(name: &str, class: &str) -> Piece {
    let drawing = picture(name);
    let ground = el("rect", "").attr("width", "48").attr("height", "48").attr("fill", drawing.ground);
    let glow =
        el("path", "").attr("fill", drawing.glow).attr("fill-opacity", ".5").attr("d", drawing.pattern);
    let initial = el("text", "").attr("x", "24").attr("y", "33.5").attr("stroke", drawing.ground);
    let canvas = el("svg", "").attr("viewBox", "0 0 48 48").attr("aria-hidden", "true");
    el("span", class).child(canvas.child(ground).child(glow).child(initial.text(&drawing.initial)))
}

/// A window's title bar; `more` stands at its end.
pub(crate) fn title(sign: Icon, text: &str, more: impl IntoIterator<Item = Piece>) -> Piece {
    el("header", "mc-title").child(icon(sign)).child(el("span", "").text(text)).children(more)
}

/// A remark or a problem; `class` says how serious, `more` follows the text.
pub(crate) fn notice(class: &str, sign: Piece, text: &str, more: impl IntoIterator<Item = Piece>) -> Piece {
    el("div", class).child(sign).child(el("p", "").text(text)).children(more)
}

/// How to allow microphone and camera, to be opened by whoever wants to know.
pub(super) fn permission_help(browser: Browser, missing: Device) -> Piece {
    let steps = words::help(browser).map(|step| el("li", "").text(step));
    el("details", "mc-help")
        .child(el("summary", "").text(words::how_to_allow(missing)))
        .child(el("ol", "").children(steps))
}
