//! A small synthesiser: notes in, samples out.
//!
//! Owns the instruments, the echo and the mastering. It uses nothing but additions, multiplications and square roots,
//! never the platform's `sin` or `exp`, so every machine renders the same samples. It never touches files.

/// Samples per second of everything that is rendered.
pub(super) const RATE: u32 = 44_100;

/// The loudest sample of a mastered sound, -3.1 dB of full scale; the encoder takes another half decibel off.
pub(super) const PEAK: f64 = 0.70;

/// How an instrument sounds: its partials and how a note swells and fades.
pub(super) struct Instrument {
    /// Frequency factor, strength and seconds to fall to half, for every partial.
    pub(super) partials: &'static [(f64, f64, f64)],
    /// Seconds from silence to full strength.
    pub(super) attack: f64,
    /// Seconds from full strength to silence once the note's length is over.
    pub(super) release: f64,
    /// How far the two voices of a note lie apart, as a factor; this is what makes it warm.
    pub(super) spread: f64,
}

/// A soft mallet on glass: a round fundamental with two short overtones.
pub(super) const BELL: Instrument = Instrument {
    partials: &[(1.0, 1.0, 0.16), (2.0, 0.30, 0.10), (4.0, 0.10, 0.035), (6.02, 0.03, 0.02)],
    attack: 0.006,
    release: 0.12,
    spread: 0.0012,
};

/// A breathing chord under the bells.
pub(super) const PAD: Instrument = Instrument {
    partials: &[(1.0, 1.0, 1.6), (2.0, 0.22, 1.2), (3.0, 0.06, 0.8)],
    attack: 0.09,
    release: 0.30,
    spread: 0.0030,
};

/// A mellow, even tone for signals that must not hurry anybody.
pub(super) const REED: Instrument = Instrument {
    partials: &[(1.0, 1.0, 2.0), (2.0, 0.16, 2.0), (3.0, 0.07, 2.0)],
    attack: 0.07,
    release: 0.16,
    spread: 0.0020,
};

/// One note of a score.
pub(super) struct Note {
    /// When it begins, in seconds.
    pub(super) at: f64,
    /// Its key on the piano keyboard, by MIDI number (69 is the A of 440 Hz).
    pub(super) key: u8,
    /// How long it is held, in seconds.
    pub(super) held: f64,
    /// Its strength, 1.0 being ordinary.
    pub(super) strength: f64,
    /// What plays it.
    pub(super) instrument: &'static Instrument,
}

/// Renders notes into `seconds` of sound with a little room around them, mastered to [`PEAK`] and silent at both ends.
pub(super) fn render(notes: &[Note], seconds: f64) -> Vec<i16> {
    let mut mix = vec![0.0; samples(seconds)];
    for note in notes {
        for voice in [1.0 - note.instrument.spread / 2.0, 1.0 + note.instrument.spread / 2.0] {
            play(&mut mix, note, voice);
        }
    }
    echo(&mut mix, 0.093, 0.22);
    echo(&mut mix, 0.147, 0.16);
    master(&mut mix);
    mix.iter().map(|sample| (sample * f64::from(i16::MAX)).round() as i16).collect()
}

/// The frequency of a key in hertz, equal temperament.
pub(super) fn frequency(key: u8) -> f64 {
    /// The twelfth root of two.
    const SEMITONE: f64 = 1.059_463_094_359_295_3;
    let steps = i32::from(key) - 69;
    (0..steps.abs()).fold(440.0, |hertz, _| if steps > 0 { hertz * SEMITONE } else { hertz / SEMITONE })
}

fn samples(seconds: f64) -> usize {
    (seconds * f64::from(RATE)).round() as usize
}

fn play(mix: &mut [f64], note: &Note, voice: f64) {
    let rate = f64::from(RATE);
    let instrument = note.instrument;
    let first = samples(note.at);
    let length = samples(note.held + instrument.release);
    for &(factor, strength, half_life) in instrument.partials {
        let step = frequency(note.key) * voice * factor / rate;
        if step > 0.45 {
            continue;
        }
        let fading = half_per_sample(half_life * rate);
        let (mut phase, mut level) = (0.0, note.strength * strength);
        for (index, out) in mix.iter_mut().skip(first).take(length).enumerate() {
            let t = index as f64 / rate;
            *out += level
                * sine(phase)
                * ease(t / instrument.attack)
                * ease((note.held + instrument.release - t) / instrument.release);
            phase += step;
            phase -= phase.floor();
            level *= fading;
        }
    }
}

/// The factor that, applied once a sample, halves a level after `count` samples.
fn half_per_sample(count: f64) -> f64 {
    // 2^(-1/count) by its series: the exponent is tiny, four terms are exact to the last bits.
    let x = -std::f64::consts::LN_2 / count;
    1.0 + x * (1.0 + x / 2.0 * (1.0 + x / 3.0 * (1.0 + x / 4.0)))
}

/// A smooth step from 0 to 1.
fn ease(t: f64) -> f64 {
    let t = t.clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// The sine of a phase given in turns (0.0 up to 1.0).
fn sine(turns: f64) -> f64 {
    // Folded into a quarter turn, where the series needs few terms.
    let folded = if turns < 0.25 {
        turns
    } else if turns < 0.75 {
        0.5 - turns
    } else {
        turns - 1.0
    };
    let x = folded * std::f64::consts::TAU;
    let square = x * x;
    x * (1.0
        - square / 6.0
            * (1.0 - square / 20.0 * (1.0 - square / 42.0 * (1.0 - square / 72.0 * (1.0 - square / 110.0)))))
}

/// Adds the sound to itself, later and softer, over and over: the walls of a small room.
fn echo(mix: &mut [f64], delay: f64, strength: f64) {
    let delay = samples(delay);
    for index in delay..mix.len() {
        mix[index] += mix[index - delay] * strength;
    }
}

/// Fades the last moments to silence and sets the loudest sample to [`PEAK`].
fn master(mix: &mut [f64]) {
    let fade = samples(0.06).min(mix.len());
    for (index, sample) in mix.iter_mut().rev().take(fade).enumerate() {
        *sample *= ease(index as f64 / fade as f64);
    }
    let loudest = mix.iter().fold(0.0_f64, |loudest, sample| loudest.max(sample.abs()));
    if loudest > 0.0 {
        mix.iter_mut().for_each(|sample| *sample *= PEAK / loudest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(key: u8, instrument: &'static Instrument) -> Vec<i16> {
        render(&[Note { at: 0.0, key, held: 0.5, strength: 1.0, instrument }], 1.0)
    }

    fn level(samples: &[i16]) -> f64 {
        (samples.iter().map(|&sample| f64::from(sample).powi(2)).sum::<f64>() / samples.len() as f64).sqrt()
    }

    #[test]
    fn our_sine_is_the_sine() {
        for step in 0..1000 {
            let turns = f64::from(step) / 1000.0;
            assert!((sine(turns) - (turns * std::f64::consts::TAU).sin()).abs() < 1e-6, "at {turns}");
        }
    }

    #[test]
    fn octaves_double_the_frequency() {
        assert!((frequency(69) - 440.0).abs() < 1e-9);
        assert!((frequency(81) - 880.0).abs() < 1e-9);
        assert!((frequency(57) - 220.0).abs() < 1e-9);
    }

    #[test]
    fn a_note_swells_softly_and_fades() {
        for instrument in [&BELL, &PAD, &REED] {
            let sound = one(69, instrument);
            assert_eq!(sound.len(), RATE as usize);
            assert!(sound[..20].iter().all(|sample| sample.abs() < 600), "no click at the start");
            assert!(level(&sound[..44]) < level(&sound[3000..6000]) / 2.0, "it swells");
            assert!(level(&sound[38_000..]) < level(&sound[3000..6000]) / 4.0, "it fades");
            assert_eq!(sound.last(), Some(&0), "it ends in silence");
        }
    }

    #[test]
    fn a_note_has_the_pitch_of_its_key() {
        let sound = one(69, &REED);
        // Between two upward crossings of zero lies one period; the spread of the voices is far below one crossing.
        let crossings = sound[8820..17_640].windows(2).filter(|pair| pair[0] < 0 && pair[1] >= 0).count();
        assert!((87..=89).contains(&crossings), "440 Hz cross 88 times in 0.2 s, here {crossings}");
    }

    #[test]
    fn a_half_life_halves() {
        let factor = half_per_sample(1000.0);
        let after = (0..1000).fold(1.0, |level, _| level * factor);
        assert!((after - 0.5_f64).abs() < 1e-9);
    }
}
