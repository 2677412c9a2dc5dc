//! What every window is made of: icons, display pictures, names, title bars, notices, times of day.
//! Owns no state, and knows neither calls nor the messenger.

use super::dates::{self, Today};
use super::dom::{El, Tag, el};
use super::icons::Icon;
use super::names::shown_name;
use super::picture::picture;
use super::signal::{RwSignal, Signal};
use call_protocol::{Timestamp, User};
use leptos::ev;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlImageElement;
use wasm_bindgen_futures::JsFuture;

/// Disables a button while `refused` is true. A button with the focus only gets `aria-disabled`, since `disabled` would
/// take the focus away.
pub(crate) fn refusing(button: El, refused: impl Fn() -> bool + Clone + 'static) -> El {
    let focused = RwSignal::new(false);
    let out_of_use = refused.clone();
    button
        .attr_signal("aria-disabled", move || refused().then_some("true"))
        .toggle_attr("disabled", move || out_of_use() && !focused.get())
        .on(ev::focus, move |_| focused.set(true))
        .on(ev::blur, move |_| focused.set(false))
}

/// A time of day, with the full date as its title.
pub(crate) fn clock(at: &Timestamp, today: Signal<Today>) -> El {
    let (shown, titled) = (at.clone(), at.clone());
    // Follows `today`, which changes with the time zone, too.
    let whole = move || today.try_with(|_| dates::whole(&titled));
    el(Tag::Time, "")
        .attr("datetime", &at.0)
        .attr_signal("title", whole)
        .text_signal(move || today.try_with(|_| dates::time(&shown)).unwrap_or_default())
}

/// An icon, hidden from screen readers: the text beside it says what it means.
pub(crate) fn icon(icon: Icon) -> El {
    pictogram("mc-icon").child(shape(icon))
}

/// An icon that follows signals.
pub(crate) fn changing_icon(icon: impl Fn() -> Icon + 'static) -> El {
    let path = el(Tag::Path, "").attr("fill-rule", "evenodd");
    pictogram("mc-icon").child(path.attr_signal("d", move || Some(icon().path())))
}

/// A spinning icon.
pub(crate) fn spinner() -> El {
    pictogram("mc-icon mc-spin").child(shape(Icon::Retry))
}

fn pictogram(class: &str) -> El {
    el(Tag::Svg, class).attr("viewBox", "0 0 24 24").attr("aria-hidden", "true")
}

fn shape(icon: Icon) -> El {
    el(Tag::Path, "").attr("fill-rule", "evenodd").attr("d", icon.path())
}

/// A person's display picture; `class` sets the size. Drawn from the name until their own has been loaded and decoded.
pub(crate) fn portrait(user: &User, class: &str) -> El {
    let frame = drawn(&shown_name(user), class);
    let address = user.display_picture_url.as_deref().unwrap_or_default().trim();
    if !address.is_empty() {
        // The picture's host does not learn the address of this page.
        let image = el(Tag::Img, "")
            .attr("alt", "")
            .attr("referrerpolicy", "no-referrer")
            .attr("src", address)
            .element();
        let place = frame.element();
        spawn_local(async move {
            if JsFuture::from(image.unchecked_ref::<HtmlImageElement>().decode()).await.is_ok() {
                place.replace_children_with_node_1(&image);
            }
        });
    }
    frame
}

/// A person's name in an element with its own text direction; the title has the full name where it is truncated.
pub(crate) fn named(tag: Tag, class: &str, user: &User) -> El {
    let name = shown_name(user);
    el(tag, class).attr("dir", "auto").attr("title", &name).text(&name)
}

/// The display picture that is drawn from a name.
pub(crate) fn drawn(name: &str, class: &str) -> El {
    let drawing = picture(name);
    let ground = el(Tag::Rect, "").attr("width", "48").attr("height", "48").attr("fill", drawing.ground);
    let glow =
        el(Tag::Path, "").attr("fill", drawing.glow).attr("fill-opacity", ".5").attr("d", drawing.pattern);
    let initial = el(Tag::SvgText, "").attr("x", "24").attr("y", "33.5").attr("stroke", drawing.ground);
    let canvas = el(Tag::Svg, "").attr("viewBox", "0 0 48 48").attr("aria-hidden", "true");
    el(Tag::Span, class).child(canvas.child(ground).child(glow).child(initial.text(&drawing.initial)))
}

/// A window's title bar; `more` is appended.
pub(crate) fn title(sign: Icon, text: &str, more: impl IntoIterator<Item = El>) -> El {
    title_bar(sign, el(Tag::H2, "").text(text), more)
}

/// A title bar with a heading of another level.
pub(crate) fn title_bar(sign: Icon, heading: El, more: impl IntoIterator<Item = El>) -> El {
    el(Tag::Header, "mc-title").child(icon(sign)).child(heading).children(more)
}

/// A notice; `class` sets how serious it is, `more` follows the text.
pub(crate) fn notice(class: &str, sign: El, text: &str, more: impl IntoIterator<Item = El>) -> El {
    el(Tag::Div, class).child(sign).child(el(Tag::P, "").text(text)).children(more)
}
