//! A `video` element that shows a stream, always muted.
//! Remote sound is played by the platform. Muted as a property: the attribute has no effect on an element made by script.

use super::{Calls, StreamOf};
use crate::widget::kit::dom::{El, Tag, effect, el};
use crate::widget::kit::signal::Signal;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{HtmlVideoElement, MediaStream};
use std::cell::RefCell;
use std::rc::Rc;

/// Shows the stream behind a key of the view, while there is one.
pub(super) fn moving_picture(calls: Calls, of: Signal<Option<StreamOf>>, name: &str) -> El {
    let element = el(Tag::Video, "").attr("autoplay", "").attr("playsinline", "").attr("aria-label", name);
    let video: HtmlVideoElement = element.element().unchecked_into();
    video.set_muted(true);
    let shown = Rc::new(RefCell::new(None::<Shown>));
    let owned = shown.clone();
    effect(move || {
        let stream = of.get().and_then(|of| calls.stream.try_run(of).flatten());
        if video.src_object() != stream {
            video.set_src_object(stream.as_ref());
        }
        shown.replace(stream.map(|stream| Shown { video: video.clone(), stream }));
    });
    element.keep(owned)
}

/// A stream in an element; removed with the component, since a detached video plays on until garbage collection.
struct Shown {
    video: HtmlVideoElement,
    stream: MediaStream,
}

impl Drop for Shown {
    fn drop(&mut self) {
        if self.video.src_object().as_ref() == Some(&self.stream) && !self.video.is_connected() {
            self.video.set_src_object(None);
        }
    }
}
