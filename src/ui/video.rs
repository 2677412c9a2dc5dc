//! A moving picture: a `video` element that shows a stream and never makes a sound.
//! The other side's voice is played elsewhere; both pictures are muted by property, so that nothing echoes.

use super::{Calls, StreamOf};
use leptos::html::Video;
use leptos::prelude::*;
use leptos::web_sys::{HtmlVideoElement, MediaStream};

/// Shows the stream behind a key of the view, for as long as there is one.
#[component]
pub(super) fn Picture(calls: Calls, of: Signal<Option<StreamOf>>) -> impl IntoView {
    let element = NodeRef::<Video>::new();
    let shown = StoredValue::new_local(None::<Shown>);
    Effect::new(move || {
        let stream = of.get().and_then(|of| calls.stream.try_run(of).flatten());
        let Some(video) = element.get() else { return };
        if video.src_object() != stream {
            video.set_src_object(stream.as_ref());
        }
        shown.set_value(stream.map(|stream| Shown { video, stream }));
    });
    view! { <video node_ref=element prop:muted=true autoplay playsinline></video> }
}

/// A stream in an element; taken out with the component, since a removed element plays on until collected.
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
