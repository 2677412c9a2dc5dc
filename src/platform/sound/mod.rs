//! Plays the ringtone or ringback, short tones, and the other person's voice.
//! The voice has an `<audio>` element of its own: a `<video>` without a first frame may stay silent.
//! Never decides what is played.

mod player;

pub use player::Audible;

use call_core::{Loop, PeerKey, Tone};
use core::cell::RefCell;
use player::{Player, Source};
use std::rc::Rc;
use web_sys::MediaStream;

/// Everything that this device plays; stops on drop.
pub struct Sounds {
    assets: String,
    changed: Rc<dyn Fn()>,
    looping: RefCell<Option<(Loop, Player)>>,
    tone: RefCell<Option<Player>>,
    note: RefCell<Option<Player>>,
    voice: RefCell<Option<(PeerKey, Player)>>,
}

impl Sounds {
    /// Plays nothing yet. The files are below this address; `changed` is called when `audible` may have changed.
    pub fn new(assets: &str, changed: Rc<dyn Fn()>) -> Self {
        Self {
            assets: assets.to_owned(),
            changed,
            looping: RefCell::default(),
            tone: RefCell::default(),
            note: RefCell::default(),
            voice: RefCell::default(),
        }
    }

    /// Plays this loop and no other, from now on.
    pub fn set_loop(&self, wanted: Option<Loop>) {
        let current = self.looping.borrow().as_ref().map(|(playing, _)| *playing);
        if current == wanted {
            return;
        }
        self.looping.take();
        let player = wanted.and_then(|wanted| {
            let file = match wanted {
                Loop::Ring => "video_call",
                Loop::Ringback => "ringback",
            };
            Some((wanted, Player::new(Source::Loop(&self.file(file)), self.changed.clone())?))
        });
        self.looping.replace(player);
    }

    /// Plays a tone once.
    pub fn play(&self, tone: Tone) {
        let file = match tone {
            Tone::Connected => "connected",
            Tone::Ended => "ended",
        };
        // A tone that cannot be heard now would be wrong later.
        let player = Player::new(Source::Once(&self.file(file)), Rc::new(|| {}));
        self.tone.replace(player);
    }

    /// Plays the sound of a message once, if the browser allows it.
    pub fn note(&self) {
        self.note.replace(Player::new(Source::Once(&self.file("message")), Rc::new(|| {})));
    }

    /// Plays the voice of this connection and no other, from now on.
    pub fn set_voice(&self, wanted: Option<PeerKey>, stream: impl FnOnce(PeerKey) -> Option<MediaStream>) {
        let current = self.voice.borrow().as_ref().map(|(playing, _)| *playing);
        if current == wanted {
            return;
        }
        self.voice.take();
        let player = wanted.and_then(|wanted| {
            Some((wanted, Player::new(Source::Stream(&stream(wanted)?), self.changed.clone())?))
        });
        self.voice.replace(player);
    }

    /// Stops everything.
    pub fn silence(&self) {
        self.looping.take();
        self.tone.take();
        self.note.take();
        self.voice.take();
    }

    /// Whether loop and voice can be heard; None while there is neither, or while it is not known yet.
    pub fn audible(&self) -> Option<Audible> {
        let looping = self.looping.borrow().as_ref().and_then(|(_, player)| player.audible());
        let voice = self.voice.borrow().as_ref().and_then(|(_, player)| player.audible());
        let both = [voice, looping];
        let worst =
            [Audible::Blocked, Audible::Failed].map(Some).into_iter().find(|state| both.contains(state));
        worst.unwrap_or(looping.or(voice))
    }

    /// Plays what the autoplay rule blocked; call it from a click.
    pub fn unlock(&self) {
        if let Some((_, player)) = self.looping.borrow().as_ref() {
            player.retry();
        }
        if let Some((_, player)) = self.voice.borrow().as_ref() {
            player.retry();
        }
    }

    fn file(&self, name: &str) -> String {
        format!("{}sounds/{name}.mp3", self.assets)
    }
}
