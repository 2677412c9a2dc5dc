//! Something that is heard for as long as the value lives. A browser that refuses to play before the person has
//! done anything on the page is asked again at the first click or key; a file that does not come is asked for again.
//! Never decides what is played.

use crate::platform::js::{self, error_name};
use crate::platform::listener::Listener;
use crate::platform::timer::Timeout;
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
    /// The file does not come or cannot be played: a policy of the page, the network, the server.
    Failed,
}

/// How long a file may take until it counts as failed (a ring that is heard later is heard then).
const LATE: Duration = Duration::from_secs(4);
/// Wait before a file that failed is asked for again.
const AGAIN: Duration = Duration::from_secs(3);
/// How often that is done.
const TRIES: u32 = 3;

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
    late: RefCell<Option<Timeout>>,
    /// How often a file may still be asked for.
    tries: Cell<u32>,
}

impl Player {
    /// Begins to play; says when it becomes known whether it can be heard.
    pub(super) fn new(source: Source<'_>, changed: Rc<dyn Fn()>) -> Option<Self> {
        let audio = HtmlAudioElement::new().ok()?;
        let once = matches!(source, Source::Once(_));
        // Asked for as a page with `Cross-Origin-Embedder-Policy` has to ask for what is of another origin.
        let load = |url| {
            audio.set_cross_origin(Some("anonymous"));
            audio.set_src(url);
        };
        let tries = match source {
            Source::Once(url) => {
                load(url);
                0
            }
            Source::Loop(url) => {
                load(url);
                audio.set_loop(true);
                TRIES
            }
            Source::Stream(stream) => {
                audio.set_src_object(Some(stream));
                0
            }
        };
        let inner = Rc::new(Inner {
            audio,
            audible: Cell::default(),
            changed,
            once,
            gestures: RefCell::default(),
            retry: RefCell::default(),
            late: RefCell::default(),
            tries: Cell::new(tries),
        });
        if tries > 0 {
            let weak = Rc::downgrade(&inner);
            inner.late.replace(Some(after(LATE, weak, |inner| {
                if inner.audible.get().is_none() {
                    inner.now(Audible::Failed);
                }
            })));
        }
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
        let Ok(playing) = self.audio.play() else { return self.fail() };
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
                // Another try is under way.
                Err(error) if error_name(&error) == "AbortError" => {}
                Err(_) => inner.fail(),
            }
        });
    }

    /// Silence that no click changes; the file is asked for again, the other times without what some servers do not know.
    fn fail(self: &Rc<Self>) {
        let left = self.tries.get();
        if left > 0 {
            self.tries.set(left - 1);
            let wait = if left == TRIES { Duration::ZERO } else { AGAIN };
            let again = after(wait, Rc::downgrade(self), |inner| {
                inner.audio.set_cross_origin(None);
                inner.audio.load();
                inner.play();
            });
            self.retry.replace(Some(again));
        }
        if left != TRIES {
            self.now(Audible::Failed);
        }
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
    if let Some(held) = inner.upgrade() {
        held.retry.replace(Some(after(Duration::ZERO, inner.clone(), Inner::play)));
    }
}

fn after(wait: Duration, inner: Weak<Inner>, act: fn(&Rc<Inner>)) -> Timeout {
    Timeout::new(wait, move || {
        if let Some(inner) = inner.upgrade() {
            act(&inner);
        }
    })
}

impl Drop for Player {
    fn drop(&mut self) {
        self.inner.gestures.take();
        self.inner.retry.take();
        self.inner.late.take();
        let audio = &self.inner.audio;
        // Ignored where it was not playing.
        let _paused = audio.pause();
        audio.set_src_object(None);
        // Lets go of the file and of the decoder behind it.
        let _removed = audio.remove_attribute("src");
        audio.load();
    }
}
