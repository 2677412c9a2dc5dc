//! Whether two people really see and hear each other, and whether nothing is left running afterwards. Counts
//! what the browser has decoded and received, regardless of what the product says.

use anyhow::{Context, Result, ensure};

use crate::browser::Browser;
use crate::probe::Sighting;
use crate::wait::{PATIENCE, until};

/// What has to arrive before a person counts as seeing and hearing: two thirds of a second of the required 15
/// frames per second, and half a second of 20 ms packets.
const FRAMES: u64 = 10;
const PACKETS: u64 = 25;
/// The energy of half a second of silence; the fake microphone's beeps have a thousand times as much.
const SILENCE: f64 = 1e-6;

/// Both receive new frames and new sounds from the other.
pub async fn both_see_and_hear(one: &Browser, other: &Browser) -> Result<()> {
    for person in [one, other] {
        sees(person).await?;
        hears(person).await?;
    }
    Ok(())
}

/// Both receive new sounds from the other, and no video is sent.
pub async fn they_hear_each_other(one: &Browser, other: &Browser) -> Result<()> {
    for person in [one, other] {
        hears(person).await?;
        let sighting = person.sighting().await?;
        ensure!(sighting.frames == 0, "{} receives video in a voice call: {sighting:?}", person.name());
    }
    Ok(())
}

/// New frames from the other side are being decoded.
pub async fn sees(person: &Browser) -> Result<()> {
    comes_in(person, "sees no moving picture", |then, now| {
        now.frames >= then.frames + FRAMES && now.width > 0
    })
    .await
}

/// New sounds from the other side are arriving, and they are not silent.
pub async fn hears(person: &Browser) -> Result<()> {
    comes_in(person, "hears nothing", |then, now| {
        now.audio_packets >= then.audio_packets + PACKETS && now.audio_energy > then.audio_energy
    })
    .await
}

/// Sounds from the other side are arriving, and they are silent.
pub async fn hears_silence(person: &Browser) -> Result<()> {
    until("what was still under way has been heard", PATIENCE, async || {
        let then = person.sighting().await?;
        comes_in(person, "hears nothing", |then, now| now.audio_packets > then.audio_packets + PACKETS)
            .await?;
        let now = person.sighting().await?;
        Ok((now.audio_energy - then.audio_energy < SILENCE).then_some(()))
    })
    .await
    .with_context(|| format!("{} still hears somebody who is muted", person.name()))
}

async fn comes_in(
    person: &Browser,
    complaint: &str,
    enough: impl Fn(&Sighting, &Sighting) -> bool,
) -> Result<()> {
    let mut then = person.sighting().await?;
    let waited = until(complaint, PATIENCE, async || {
        let now = person.sighting().await?;
        Ok(enough(&then, &now).then_some(()))
    })
    .await;
    if waited.is_err() {
        then = person.sighting().await?;
    }
    waited.with_context(|| format!("{} {complaint}: {then:?}", person.name()))
}

/// No recording microphone or camera, no open peer connection and no sound is left anywhere.
pub async fn nothing_is_left(people: &[&Browser]) -> Result<()> {
    for person in people {
        let nothing = until("everything is released", PATIENCE, async || {
            let hardware = person.hardware().await?;
            let left = hardware.live_microphones + hardware.live_cameras + hardware.open_peers;
            Ok((left + hardware.sounds == 0).then_some(()))
        })
        .await;
        if nothing.is_err() {
            let hardware = person.hardware().await?;
            return nothing.with_context(|| format!("{} still has {hardware:?}", person.name()));
        }
    }
    Ok(())
}
