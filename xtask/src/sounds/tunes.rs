//! The scores: what each sound of the project plays.
//!
//! Owns melodies, lengths and names; all are our own. It never renders or writes anything.

use super::synth::{BELL, Instrument, Note, PAD, REED};

/// One sound: its file, its length and its notes.
pub(super) struct Tune {
    /// The file's name under `sounds/`.
    pub(super) file: &'static str,
    /// Length in seconds.
    pub(super) seconds: f64,
    /// Whether it is played over and over, and so must join its own end.
    pub(super) looping: Looping,
    /// What is played.
    pub(super) notes: Vec<Note>,
}

/// Whether a sound repeats.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Looping {
    /// Repeats until somebody answers.
    Yes,
    /// Plays once.
    No,
}

/// Every sound of the project.
pub(super) fn all() -> Vec<Tune> {
    vec![ring(), ringback(), connected(), ended(), message()]
}

/// The ring: bells climb to a ninth, hang there, and come down by another way; the fifth at the end asks to go on.
fn ring() -> Tune {
    const BEAT: f64 = 0.2;
    let melody = [
        (0, 67, 1.0),
        (1, 71, 0.85),
        (2, 74, 0.9),
        (4, 81, 1.0),
        (6, 78, 0.85),
        (7, 74, 0.8),
        (8, 76, 0.95),
        (10, 79, 0.9),
        (11, 76, 0.7),
        (12, 74, 1.0),
    ];
    let chords: [(u32, f64, [u8; 3]); 3] =
        [(0, 7.0, [55, 62, 71]), (8, 3.2, [60, 64, 67]), (12, 2.4, [50, 62, 69])];
    let bells =
        melody.iter().map(|&(beat, key, strength)| note(&BELL, f64::from(beat) * BEAT, key, 0.55, strength));
    let pads = chords.iter().flat_map(|&(beat, beats, keys)| {
        keys.map(|key| note(&PAD, f64::from(beat) * BEAT, key, beats * BEAT, 0.16))
    });
    Tune {
        file: "video_call.mp3",
        seconds: 18.0 * BEAT,
        looping: Looping::Yes,
        notes: bells.chain(pads).collect(),
    }
}

/// What the caller hears: two calm breaths on an open fifth, then patience.
fn ringback() -> Tune {
    let notes = [0.0, 0.62]
        .iter()
        .flat_map(|&at| [(62, 1.0), (69, 0.55)].map(|(key, strength)| note(&REED, at, key, 0.34, strength)));
    Tune { file: "ringback.mp3", seconds: 3.2, looping: Looping::Yes, notes: notes.collect() }
}

/// Connected: a fourth up and the chord opens.
fn connected() -> Tune {
    let notes = vec![
        note(&BELL, 0.0, 74, 0.2, 0.8),
        note(&BELL, 0.11, 79, 0.5, 1.0),
        note(&BELL, 0.11, 83, 0.5, 0.5),
        note(&PAD, 0.11, 67, 0.3, 0.2),
    ];
    Tune { file: "connected.mp3", seconds: 0.9, looping: Looping::No, notes }
}

/// Ended: the ring's last step taken downwards, and rest.
fn ended() -> Tune {
    let notes = vec![
        note(&BELL, 0.0, 78, 0.2, 0.8),
        note(&BELL, 0.13, 74, 0.25, 0.8),
        note(&BELL, 0.26, 67, 0.5, 1.0),
        note(&PAD, 0.26, 55, 0.3, 0.25),
    ];
    Tune { file: "ended.mp3", seconds: 1.0, looping: Looping::No, notes }
}

/// A message: one light double tap.
fn message() -> Tune {
    let notes = vec![note(&BELL, 0.0, 76, 0.1, 0.7), note(&BELL, 0.085, 85, 0.35, 1.0)];
    Tune { file: "message.mp3", seconds: 0.6, looping: Looping::No, notes }
}

fn note(instrument: &'static Instrument, at: f64, key: u8, held: f64, strength: f64) -> Note {
    Note { at, key, held, strength, instrument }
}
