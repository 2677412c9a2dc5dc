//! Something that is heard for as long as the value lives. A browser that refuses to play before the person has
//! done anything on the page is asked again at the first click or key.
//! Never decides what is played.

use crate::shell::js::{self, error_name};
use crate::shell::listener::Listener;
use crate::shell::timer::Timeout;
use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::rc::{Rc, Weak};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{HtmlAudioElement, MediaStream};

/// Whether a player can be heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audible {
    /// It plays.
    Yes,
    /// The browser's autoplay rule blocks it until the person clicks somewhere.
    Blocked,
}

/// What a player plays.
pub(super) enum Source<'a> {
    /// A file, once.
    Once(&'a str),
    /// A file, over and over.
    Loop(&'a str),
    /// A live stream.
    Stream(&'a MediaStream),
}

/// Plays until dropped; stopping is immediate.
pub(super) struct Player {
    inner: Rc<Inner>,
}

struct Inner {
    audio: HtmlAudioElement,
    audible: Cell<Option<Audible>>,
    changed: Rc<dyn Fn()>,
    /// What is heard once would be wrong later.
    once: bool,
    gestures: RefCell<Vec<Listener>>,
    retry: RefCell<Option<Timeout>>,
}

impl Player {
    /// Begins to play; says when it becomes known whether it can be heard.
    pub(super) fn new(source: Source<'_>, changed: Rc<dyn Fn()>) -> Option<Self> {
        let audio = HtmlAudioElement::new().ok()?;
        let once = matches!(source, Source::Once(_));
        match source {
            Source::Once(url) => audio.set_src(url),
            Source::Loop(url) => {
                audio.set_src(url);
                audio.set_loop(true);
            }
            Source::Stream(stream) => audio.set_src_object(Some(stream)),
        }
        let inner = Rc::new(Inner {
            audio,
            audible: Cell::default(),
            changed,
            once,
            gestures: RefCell::default(),
            retry: RefCell::default(),
        });
        inner.play();
        Some(Self { inner })
    }

    /// Whether it can be heard, once that is known.
    pub(super) fn audible(&self) -> Option<Audible> {
        self.inner.audible.get()
    }

    /// The person asked to hear it.
    pub(super) fn retry(&self) {
        self.inner.play();
    }
}

impl Inner {
    fn play(self: &Rc<Self>) {
        let Ok(playing) = self.audio.play() else { return };
        let inner = Rc::downgrade(self);
        spawn_local(async move {
            let result = JsFuture::from(playing).await;
            let Some(inner) = inner.upgrade() else { return };
            match result {
                Ok(_) => {
                    inner.gestures.take();
                    inner.now(Audible::Yes);
                }
                Err(error) if !inner.once && error_name(&error) == "NotAllowedError" => {
                    inner.wait_for_gesture();
                }
                // A file that is not there, or an interruption: silence, but nothing that a click would change.
                Err(_) => {}
            }
        });
    }

    fn wait_for_gesture(self: &Rc<Self>) {
        let listen = |kind| {
            let inner = Rc::downgrade(self);
            Listener::capturing(&js::document(), kind, move |_| later(&inner))
        };
        let first = self.gestures.borrow().is_empty();
        if first {
            self.gestures.replace(vec![listen("click"), listen("keydown")]);
        }
        self.now(Audible::Blocked);
    }

    fn now(&self, audible: Audible) {
        if self.audible.replace(Some(audible)) != Some(audible) {
            (self.changed)();
        }
    }
}

/// After the page has handled the gesture: the click may well be the one that ends the sound.
fn later(inner: &Weak<Inner>) {
    let Some(inner) = inner.upgrade() else { return };
    let weak = Rc::downgrade(&inner);
    let retry = Timeout::new(Duration::ZERO, move || {
        if let Some(inner) = weak.upgrade() {
            inner.play();
        }
    });
    inner.retry.replace(Some(retry));
}

impl Drop for Player {
    fn drop(&mut self) {
        self.inner.gestures.take();
        self.inner.retry.take();
        let audio = &self.inner.audio;
        // Ignored where it was not playing.
        let _paused = audio.pause();
        audio.set_src_object(None);
        // Lets go of the file and of the decoder behind it.
        let _removed = audio.remove_attribute("src");
        audio.load();
    }
}
