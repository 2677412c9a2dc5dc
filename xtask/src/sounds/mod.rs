//! `cargo xtask sounds`: renders every sound of the project and encodes it as MP3.
//!
//! - `tunes`: the scores (what is played)
//! - `synth`: the synthesiser (how it sounds)
//!
//! Owns the files under `sounds/`: the same source gives the same bytes with the same encoder. It never plays anything
//! and needs nothing but Debian's `lame`.

mod synth;
mod tunes;

use std::io::{ErrorKind, Write};
use std::path::Path;
use std::process::{Command, Stdio};

/// Writes every sound into the folder `out`.
pub(crate) fn run(out: &Path) -> Result<(), String> {
    std::fs::create_dir_all(out).map_err(|error| format!("cannot create {}: {error}", out.display()))?;
    for tune in tunes::all() {
        let path = out.join(tune.file);
        encode(&wav(&synth::render(&tune.notes, tune.seconds)), &path)?;
        let size = std::fs::metadata(&path)
            .map_err(|error| format!("cannot read {}: {error}", path.display()))?
            .len();
        let looping = if tune.looping == tunes::Looping::Yes { ", loops" } else { "" };
        println!("{}: {:.1} s{looping}, {size} bytes", path.display(), tune.seconds);
    }
    Ok(())
}

/// Wraps mono samples into a WAV file of 16 bits.
fn wav(samples: &[i16]) -> Vec<u8> {
    const BYTES_PER_SAMPLE: u32 = 2;
    let data = samples.len() as u32 * BYTES_PER_SAMPLE;
    let mut file = Vec::with_capacity(44 + data as usize);
    file.extend(b"RIFF");
    file.extend((36 + data).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    // PCM, one channel.
    file.extend([1, 0, 1, 0]);
    file.extend(synth::RATE.to_le_bytes());
    file.extend((synth::RATE * BYTES_PER_SAMPLE).to_le_bytes());
    file.extend([BYTES_PER_SAMPLE as u8, 0, 16, 0]);
    file.extend(b"data");
    file.extend(data.to_le_bytes());
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}

/// Hands a WAV file to `lame`. The header it writes (no date, no tags) lets players cut the encoder's padding off a loop.
fn encode(wav: &[u8], path: &Path) -> Result<(), String> {
    let mut lame = Command::new("lame")
        .args(["--silent", "--noreplaygain", "-m", "m", "--cbr", "-b", "64", "-q", "0", "-"])
        .arg(path)
        .stdin(Stdio::piped())
        .spawn()
        .map_err(|error| match error.kind() == ErrorKind::NotFound {
            true => "the MP3 encoder `lame` is missing: `apt-get install lame` brings it".to_owned(),
            false => format!("cannot start `lame`: {error}"),
        })?;
    let written = lame.stdin.take().map_or(Ok(()), |mut input| input.write_all(wav));
    let status = lame.wait().map_err(|error| format!("lost sight of `lame`: {error}"))?;
    match (written, status.success()) {
        (Ok(()), true) => Ok(()),
        (Err(error), _) => Err(format!("`lame` did not take the sound for {}: {error}", path.display())),
        (Ok(()), false) => Err(format!("`lame` failed on {}: {status}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tunes::Looping;

    fn loudest(samples: &[i16]) -> i32 {
        samples.iter().map(|&sample| i32::from(sample).abs()).max().unwrap_or(0)
    }

    #[test]
    fn every_sound_is_loud_enough_and_never_clips() {
        for tune in tunes::all() {
            let samples = synth::render(&tune.notes, tune.seconds);
            let peak = f64::from(loudest(&samples)) / f64::from(i16::MAX);
            assert!((0.68..=0.72).contains(&peak), "{} peaks at {peak}", tune.file);
        }
    }

    #[test]
    fn every_sound_has_its_length_and_no_note_is_cut() {
        for tune in tunes::all() {
            let samples = synth::render(&tune.notes, tune.seconds);
            assert_eq!(
                samples.len(),
                (tune.seconds * f64::from(synth::RATE)).round() as usize,
                "{}",
                tune.file
            );
            for note in &tune.notes {
                assert!(
                    note.at + note.held + note.instrument.release <= tune.seconds,
                    "{} cuts a note",
                    tune.file
                );
            }
        }
    }

    #[test]
    fn a_loop_joins_its_own_end_without_a_click() {
        for tune in tunes::all().iter().filter(|tune| tune.looping == Looping::Yes) {
            assert!((3.0..=4.0).contains(&tune.seconds), "{}", tune.file);
            let samples = synth::render(&tune.notes, tune.seconds);
            let seam: Vec<i16> =
                samples[samples.len() - 500..].iter().chain(&samples[..50]).copied().collect();
            let step = seam
                .windows(2)
                .map(|pair| (i32::from(pair[1]) - i32::from(pair[0])).abs())
                .max()
                .unwrap_or(0);
            assert!(step < 400, "{} jumps by {step} at its seam", tune.file);
        }
    }

    #[test]
    fn rendering_twice_gives_the_same_samples() {
        for tune in tunes::all() {
            let first = synth::render(&tune.notes, tune.seconds);
            assert!(first == synth::render(&tune.notes, tune.seconds), "{}", tune.file);
        }
    }

    #[test]
    fn a_wav_file_says_what_it_holds() {
        let file = wav(&[0, 1, -1]);
        assert_eq!(file.len(), 44 + 6);
        assert_eq!(&file[..4], b"RIFF");
        assert_eq!(file[4..8], 42_u32.to_le_bytes());
        assert_eq!(file[24..28], 44_100_u32.to_le_bytes());
        assert_eq!(file[40..44], 6_u32.to_le_bytes());
        assert_eq!(&file[44..], [0, 0, 1, 0, 255, 255]);
    }

    #[test]
    fn sounds_are_rendered_beside_their_names() {
        let files: Vec<_> = tunes::all().iter().map(|tune| tune.file).collect();
        assert_eq!(files, ["video_call.mp3", "ringback.mp3", "connected.mp3", "ended.mp3", "message.mp3"]);
    }
}
