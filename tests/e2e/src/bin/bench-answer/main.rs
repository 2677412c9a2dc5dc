//! `cargo xtask bench answer`: from the click on Answer to the first picture and the first sound of the other side, on
//! both sides; beside PeerJS and a bare page that warms nothing up. All are measured by the probe: the moment of the
//! click, the first frame that the browser shows and that is not black (`requestVideoFrameCallback`), the first sound
//! that a receiver plays and that is not silence. Whatever is measured meets the same machine and the same distances,
//! of signaling and of media.
//!
//! - `couples`: who calls whom, and by which page
//! - `moments`: what the probe has noted of one answer, and what is made of many

mod couples;
mod moments;

use std::time::Duration;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use couples::{Couple, Surroundings};
use e2e::*;
use moments::Figure;

/// How long a person takes to answer, at least: until then what can be warmed is warm.
const HESITATES: Duration = Duration::from_millis(1500);
/// What a slow camera takes to open.
const SLOW_CAMERA: Duration = Duration::from_millis(800);

/// Measures how long answering takes, beside PeerJS and a bare page.
#[derive(Parser)]
struct Options {
    /// How many calls of each kind
    #[arg(long, value_name = "N", default_value_t = 10)]
    rounds: u32,
    /// Round-trip times in milliseconds, of signaling and media alike
    #[arg(long, value_name = "MS", value_delimiter = ',', default_value = "0")]
    rtt: Vec<u32>,
    /// What is measured
    #[arg(
        long,
        value_name = "KIND",
        value_delimiter = ',',
        default_value = "ours,peerjs,bare,another-device,slow-camera,peerjs-slow-camera"
    )]
    kinds: Vec<Kind>,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Messenger Calls
    Ours,
    /// PeerJS
    #[value(name = "peerjs")]
    PeerJs,
    /// A page that does the least: one offer after the answer
    Bare,
    /// The callee has two devices, and answers on the one that did not answer the last time
    AnotherDevice,
    /// The callee's camera takes 800 ms to open
    SlowCamera,
    /// The same with PeerJS
    #[value(name = "peerjs-slow-camera")]
    PeerJsSlowCamera,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Ours => "messenger calls",
            Self::PeerJs => "PeerJS",
            Self::Bare => "bare page",
            Self::AnotherDevice => "messenger calls, another device answers",
            Self::SlowCamera => "messenger calls, camera takes 800 ms",
            Self::PeerJsSlowCamera => "PeerJS, camera takes 800 ms",
        }
    }

    /// How long the callee's camera takes beyond what it takes by itself.
    fn camera_takes(self) -> Duration {
        match self {
            Self::SlowCamera | Self::PeerJsSlowCamera => SLOW_CAMERA,
            Self::Ours | Self::PeerJs | Self::Bare | Self::AnotherDevice => Duration::ZERO,
        }
    }

    /// What it is measured against.
    fn measure(self) -> Option<Self> {
        match self {
            Self::Ours | Self::AnotherDevice => Some(Self::PeerJs),
            Self::SlowCamera => Some(Self::PeerJsSlowCamera),
            Self::PeerJs | Self::Bare | Self::PeerJsSlowCamera => None,
        }
    }
}

fn main() -> Result<()> {
    let options = Options::parse();
    let server = ServerOptions { rate_factor: 0, ..ServerOptions::default() };
    run_program("bench-answer", &server, async |stage| measure(stage, &options).await)
}

async fn measure(stage: &Stage, options: &Options) -> Result<()> {
    let surroundings = Surroundings::new(stage).await?;
    let mut couples = Vec::new();
    for kind in &options.kinds {
        match Couple::arrive(*kind, &surroundings, &couples).await? {
            Some(couple) => couples.push((*kind, couple)),
            None => println!("{} is left out: npm has not installed it", kind.name()),
        }
    }
    for rtt in &options.rtt {
        surroundings.delay.set(Duration::from_millis(u64::from(*rtt)) / 2);
        let hesitates = HESITATES + 4 * Duration::from_millis(u64::from(*rtt));
        let mut figures: Vec<(Kind, [Figures; 4])> =
            couples.iter().map(|(kind, _)| (*kind, Default::default())).collect();
        // In turn, so that all meet the same machine; the first round only warms it up.
        for round in 0..=options.rounds {
            for ((kind, couple), (_, figures)) in couples.iter().zip(&mut figures) {
                let taken = couple.call(round, kind.camera_takes(), hesitates).await?;
                if round > 0 {
                    figures.iter_mut().zip(taken).for_each(|(figures, taken)| figures.add(taken));
                }
            }
        }
        print(*rtt, options.rounds, &figures);
    }
    Ok(())
}

fn print(rtt: u32, rounds: u32, figures: &[(Kind, [Figures; 4])]) {
    println!("\nfrom the click on Answer, at a round-trip time of {rtt} ms, {rounds} calls of each kind");
    for (kind, taken) in figures {
        println!("\n{}", kind.name());
        let measure = kind.measure().and_then(|measure| figures.iter().find(|(kind, _)| *kind == measure));
        for (at, figure) in Figure::ALL.into_iter().enumerate() {
            let ratio = measure.map(|(_, measure)| taken[at].median() / measure[at].median());
            let ratio = ratio.map(|ratio| format!("   × PeerJS {ratio:.2}")).unwrap_or_default();
            println!("  {:<28} {}{ratio}", figure.name(), taken[at]);
        }
    }
}
