//! Plays a file or stream for as long as the value lives. If the browser's autoplay rule blocks it, it starts at the next
//! click or key; a file that does not load is loaded again. Never decides what is played.

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
    /// The file did not load or cannot be played: a policy of the page, the network, the server.
    Failed,
}

/// A file that has not loaded after this counts as failed; it still plays if it loads later.
const LATE: Duration = Duration::from_secs(4);
/// Delay before a failed file is loaded again.
const AGAIN: Duration = Duration::from_secs(3);
/// How often a failed file is loaded again.
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
    /// A tone that is played once is not retried: it would be late.
    once: bool,
    gestures: RefCell<Vec<Listener>>,
    retry: RefCell<Option<Timeout>>,
    late: RefCell<Option<Timeout>>,
    /// How often a file may still be loaded again.
    tries: Cell<u32>,
}

impl Player {
    /// Starts to play; `changed` is called when it becomes known whether it can be heard.
    pub(super) fn new(source: Source<'_>, changed: Rc<dyn Fn()>) -> Option<Self> {
        let audio = HtmlAudioElement::new().ok()?;
        let once = matches!(source, Source::Once(_));
        // A page with `Cross-Origin-Embedder-Policy` may load files of another origin with CORS only.
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

    /// Tries again, from a click.
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
                // Interrupted by another load or by the end of the player.
                Err(error) if error_name(&error) == "AbortError" => {}
                Err(_) => inner.fail(),
            }
        });
    }

    /// Not the autoplay rule: loads the file again, without CORS, which some servers do not answer.
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

/// In a later task: the click may be the one that ends the sound.
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
        // Fails if it was not playing.
        let _paused = audio.pause();
        audio.set_src_object(None);
        // Releases the file and the decoder.
        let _removed = audio.remove_attribute("src");
        audio.load();
    }
}
