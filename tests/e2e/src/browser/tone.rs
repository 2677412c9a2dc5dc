//! The tone that a fake microphone hears, as a file: one second that goes on without a seam.

use std::f64::consts::TAU;

const RATE: u32 = 48_000;
/// Whole waves in a second, so that its end fits its beginning.
const HERTZ: f64 = 440.0;
const LOUDNESS: f64 = 0.4 * i16::MAX as f64;

/// The tone as a WAV file: 16 bits, one channel.
pub(super) fn file() -> Vec<u8> {
    let samples =
        (0..RATE).map(|at| (LOUDNESS * (TAU * HERTZ * f64::from(at) / f64::from(RATE)).sin()) as i16);
    let data: Vec<u8> = samples.flat_map(i16::to_le_bytes).collect();
    let size = data.len() as u32;
    let mut file = Vec::with_capacity(data.len() + 44);
    file.extend(b"RIFF");
    file.extend((36 + size).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    file.extend(1_u16.to_le_bytes()); // PCM
    file.extend(1_u16.to_le_bytes());
    file.extend(RATE.to_le_bytes());
    file.extend((2 * RATE).to_le_bytes());
    file.extend(2_u16.to_le_bytes());
    file.extend(16_u16.to_le_bytes());
    file.extend(b"data");
    file.extend(size.to_le_bytes());
    file.extend(data);
    file
}
