//! What the probe has noted of one answer. Never decides what is a picture or a sound: the probe does.

use anyhow::{Context, Result};
use e2e::{Browser, PATIENCE, names, until};
use serde::Deserialize;

/// What is measured of an answer, from the click on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Figure {
    CalleeSees,
    CallerSees,
    CalleeHears,
    CallerHears,
}

impl Figure {
    pub(crate) const ALL: [Self; 4] =
        [Self::CalleeSees, Self::CallerSees, Self::CalleeHears, Self::CallerHears];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::CalleeSees => "the callee sees the caller",
            Self::CallerSees => "the caller sees the callee",
            Self::CalleeHears => "the callee hears the caller",
            Self::CallerHears => "the caller hears the callee",
        }
    }
}

/// Milliseconds on the clock of this machine.
#[derive(Deserialize)]
struct Moments {
    clicks: Vec<Click>,
    first_pictures: Vec<f64>,
    first_sounds: Vec<f64>,
}

#[derive(Deserialize)]
struct Click {
    at: f64,
    text: String,
}

/// From the last click on Answer to what came after it, as [`Figure::ALL`] orders it; waits until it has come.
pub(crate) async fn of_answer(caller: &Browser, callee: &Browser) -> Result<[f64; 4]> {
    until("pictures and sounds on both sides", PATIENCE, async || {
        let (own, other) = (noted(callee).await?, noted(caller).await?);
        let click = own.clicks.iter().rfind(|click| click.text.starts_with(names::ANSWER));
        let click = click.context("nobody pressed Answer")?.at;
        let after = |moments: &[f64]| moments.iter().find(|at| **at > click).map(|at| at - click);
        let pictures = after(&own.first_pictures).zip(after(&other.first_pictures));
        let sounds = after(&own.first_sounds).zip(after(&other.first_sounds));
        Ok(pictures.zip(sounds).map(|((callee, caller), sounds)| [callee, caller, sounds.0, sounds.1]))
    })
    .await
}

async fn noted(browser: &Browser) -> Result<Moments> {
    browser.run("return window.__probe.moments()", vec![]).await
}
