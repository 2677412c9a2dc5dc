//! The equipment of a browser, and the command line or the settings that it becomes.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::environment;

/// Which browser it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Chromium.
    Chromium,
    /// Firefox, with fake devices that are granted without asking: only [`Equipment::forwarder`] and
    /// [`Equipment::screen`] can differ.
    Firefox,
}

/// The camera of a browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Camera {
    /// A fake one that shows a moving pattern.
    Fake,
    /// None at all; the microphone is there.
    Missing,
}

/// What the fake microphone hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// A beep now and then.
    Beeps,
    /// A tone without a pause, so that the first sound can be measured.
    Tone,
}

/// What is left when the microphone is unplugged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Microphone {
    /// The machine's own microphone.
    Another,
    /// Nothing.
    Missing,
}

/// How the browser responds when a page requests microphone or camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Granted without asking the person.
    Granted,
    /// Denied without asking the person, as after a refusal in its settings.
    Denied,
}

/// Whether pages may play sounds before the person has interacted with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Autoplay {
    /// Allowed.
    Allowed,
    /// Blocked, as in a browser with default settings.
    AfterGesture,
}

/// Everything that can differ between the browsers of a test.
#[derive(Clone, Copy, Debug)]
pub struct Equipment {
    /// Which browser it is.
    pub engine: Engine,
    /// The camera.
    pub camera: Camera,
    /// What the microphone hears.
    pub voice: Voice,
    /// The response to a request for microphone and camera; `Denied` can be changed later.
    pub permission: Permission,
    /// The autoplay policy.
    pub autoplay: Autoplay,
    /// The port of the forwarder for its media.
    pub forwarder: Option<u16>,
    /// Width and height of the screen.
    pub screen: (u32, u32),
}

impl Default for Equipment {
    fn default() -> Self {
        Self::ORDINARY
    }
}

impl Permission {
    /// The value in the DevTools protocol.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Denied => "denied",
        }
    }
}

/// Where the tone lies in the browser's profile.
pub(super) fn tone_in(profile: &Path) -> PathBuf {
    profile.join("tone.wav")
}

impl Equipment {
    /// A browser in which everything works.
    pub const ORDINARY: Self = Self {
        engine: Engine::Chromium,
        camera: Camera::Fake,
        voice: Voice::Beeps,
        permission: Permission::Granted,
        autoplay: Autoplay::Allowed,
        forwarder: None,
        screen: (1280, 800),
    };

    /// A Firefox in which everything works.
    pub const FIREFOX: Self = Self { engine: Engine::Firefox, ..Self::ORDINARY };

    /// The settings of a Firefox.
    pub(super) fn preferences(&self) -> Result<Value> {
        let Self { engine: _, camera, voice, permission, autoplay, forwarder: _, screen: _ } = self;
        if *camera != Camera::Fake
            || *voice != Voice::Beeps
            || *permission != Permission::Granted
            || *autoplay != Autoplay::Allowed
        {
            bail!("no test needs this in Firefox yet: {self:?}");
        }
        Ok(json!({
            "media.navigator.streams.fake": true,
            "media.navigator.permission.disabled": true,
            // Nothing is downloaded in a test, and no offer waits for a codec that is.
            "media.gmp-manager.updateEnabled": false,
            "media.autoplay.default": 0,
            "media.peerconnection.ice.loopback": true,
            "media.peerconnection.ice.obfuscate_host_addresses": false,
        }))
    }

    /// The command line of a Chromium.
    pub(crate) fn flags(&self, profile: &Path) -> Vec<String> {
        let mut flags: Vec<String> = [
            "--headless=new",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-background-timer-throttling",
            "--disable-renderer-backgrounding",
            "--disable-backgrounding-occluded-windows",
        ]
        .map(str::to_owned)
        .to_vec();
        flags.push(format!("--user-data-dir={}", profile.display()));
        if environment::is_root() {
            flags.push("--no-sandbox".to_owned());
        }
        flags.push(
            match self.camera {
                Camera::Fake => "--use-fake-device-for-media-stream",
                Camera::Missing => "--use-fake-device-for-media-stream=device-count=0",
            }
            .to_owned(),
        );
        if self.voice == Voice::Tone {
            flags.push(format!("--use-file-for-fake-audio-capture={}", tone_in(profile).display()));
        }
        if self.permission == Permission::Granted {
            flags.push("--use-fake-ui-for-media-stream".to_owned());
        }
        if self.autoplay == Autoplay::Allowed {
            flags.push("--autoplay-policy=no-user-gesture-required".to_owned());
        }
        flags
    }
}
