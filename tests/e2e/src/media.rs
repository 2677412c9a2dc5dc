//! Whether two people really see and hear each other, and whether really nothing is left afterwards.
//! Counts what the browser decoded and received; what the product says of itself is not asked.

use anyhow::{Context, Result, ensure};

use crate::browser::Browser;
use crate::probe::Sighting;
use crate::wait::{PATIENCE, until};

/// What must come in anew before somebody is said to see and to hear: two thirds of a second of the required 15 frames a
/// second, and half a second of packets of 20 ms.
const FRAMES: u64 = 10;
const PACKETS: u64 = 25;
/// Energy of half a second of silence; the fake microphone's beeps bring a thousand times as much.
const SILENCE: f64 = 1e-6;

/// Both see new pictures and hear new sounds of the other.
pub async fn both_see_and_hear(one: &Browser, other: &Browser) -> Result<()> {
    for person in [one, other] {
        sees(person).await?;
        hears(person).await?;
    }
    Ok(())
}

/// Both hear new sounds of the other, and no picture is sent.
pub async fn they_hear_each_other(one: &Browser, other: &Browser) -> Result<()> {
    for person in [one, other] {
        hears(person).await?;
        let sighting = person.sighting().await?;
        ensure!(sighting.frames == 0, "{} sees pictures in a voice call: {sighting:?}", person.name());
    }
    Ok(())
}

/// New pictures of the other side are being decoded.
pub async fn sees(person: &Browser) -> Result<()> {
    comes_in(person, "sees no moving picture", |then, now| {
        now.frames >= then.frames + FRAMES && now.width > 0
    })
    .await
}

/// New sounds of the other side are arriving, and they are not silence.
pub async fn hears(person: &Browser) -> Result<()> {
    comes_in(person, "hears nothing", |then, now| {
        now.audio_packets >= then.audio_packets + PACKETS && now.audio_energy > then.audio_energy
    })
    .await
}

/// Sounds of the other side are arriving, and they are silence.
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

/// Neither a recording microphone or camera, nor an open peer connection, nor a sound is left with anybody.
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
