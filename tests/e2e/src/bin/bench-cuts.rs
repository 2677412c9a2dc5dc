//! `cargo xtask bench cuts`: the network dies in the middle of a call, three times, and it is measured how long nobody
//! is heard. Real browsers in network namespaces, and the kernel cuts. Measured is the longest time, on either side,
//! between two moments at which the other side's voice was played.

use std::cell::Cell;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};
use e2e::names::Kind::Voice;
use e2e::*;
use tokio::time::sleep;

/// How long the two talk before a cut, and how long after it they must be heard.
const CALM: Duration = Duration::from_secs(5);
/// A call that is not heard for so long is lost.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long nothing passes at an outage.
const OUTAGE: Duration = Duration::from_secs(5);
/// Shorter gaps are the machine's.
const GAP_MS: f64 = 150.0;
/// A cut that made no gap for so long made none.
const UNFELT: Duration = Duration::from_secs(10);

/// Measures how long nobody is heard when the network dies in a call.
#[derive(Parser)]
struct Options {
    /// How many calls of each kind; each is cut three times
    #[arg(long, value_name = "N", default_value_t = 5)]
    calls: u32,
    /// What is cut
    #[arg(
        long,
        value_name = "KIND",
        value_delimiter = ',',
        default_value = "address,interface,flows,outage"
    )]
    kinds: Vec<Cut>,
}

/// How the network dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Cut {
    /// The caller's address is replaced by another one
    Address,
    /// The caller's interface goes down, and there is another one
    Interface,
    /// The router forgets all flows of the caller, as a restarted NAT does
    Flows,
    /// No UDP passes for five seconds; what counts is the time after them
    Outage,
}

impl Cut {
    fn name(self) -> &'static str {
        match self {
            Self::Address => "another address",
            Self::Interface => "interface down, another one there",
            Self::Flows => "all flows forgotten (NAT restarted)",
            Self::Outage => "no UDP for 5 s, after it",
        }
    }

    /// How much of a gap nobody could have spared the two.
    fn unavoidable(self) -> Duration {
        match self {
            Self::Address | Self::Interface | Self::Flows => Duration::ZERO,
            Self::Outage => OUTAGE,
        }
    }
}

fn main() -> Result<()> {
    let options = Options::parse();
    if let Some(reason) = Lab::missing() {
        println!("\nSKIPPED: bench cuts. {reason}");
        return Ok(());
    }
    let mut lab = Lab::lay_out()?;
    let server = ServerOptions { rate_factor: 0, host: LAB_SERVER, ..ServerOptions::default() };
    run_program("bench-cuts", &server, async |stage| measure(stage, &mut lab, &options).await)
}

async fn measure(stage: &Stage, lab: &mut Lab, options: &Options) -> Result<()> {
    let [clara, dario] = stage.couple_in(lab).await?;
    println!("\nsilence after a cut, three cuts in each of {} calls", options.calls);
    for kind in &options.kinds {
        let (mut gaps, mut survived) = (Figures::default(), 0);
        for _ in 0..options.calls {
            clara.wait_until_can_press(names::VOICE).await?;
            clara.call(Voice).await?;
            dario.answer().await?;
            they_hear_each_other(&clara, &dario).await?;
            if *kind == Cut::Interface {
                lab.connect(1)?;
            }
            let mut lost = false;
            for cut in 0..3 {
                sleep(CALM).await;
                match silence(lab, *kind, cut, [&clara, &dario]).await {
                    Ok(gap) => gaps.add(gap - kind.unavoidable().as_secs_f64() * 1000.0),
                    Err(error) => {
                        println!("    lost at cut {}: {error:#}", cut + 1);
                        lost = true;
                        break;
                    }
                }
            }
            survived += u32::from(!lost);
            if *kind == Cut::Interface {
                lab.connect(0)?;
                lab.disconnect(1)?;
            }
            if clara.sees(Thing::Button(names::HANG_UP)).await? {
                clara.hang_up().await?;
            }
            clara.wait_until_over().await?;
            dario.wait_until_over().await?;
        }
        println!("  {:<40} {}   survived {survived} of {}", kind.name(), gaps.tail(), options.calls);
    }
    Ok(())
}

/// Cuts, waits until both hear each other again for a while, and returns the longer gap of the two.
async fn silence(lab: &mut Lab, kind: Cut, cut: u8, people: [&Person; 2]) -> Result<f64> {
    for person in people {
        person.run::<serde_json::Value>("return window.__probe.follow()", vec![]).await?;
    }
    sleep(Duration::from_millis(500)).await;
    match kind {
        Cut::Address => lab.change_address()?,
        Cut::Interface => {
            // The one that is used is the one that came up again last.
            lab.disconnect(cut % 2)?;
        }
        Cut::Flows => lab.forget_flows()?,
        Cut::Outage => {
            lab.block_udp()?;
            sleep(OUTAGE).await;
            lab.let_udp_through()?;
        }
    }
    let longest = heard_again(people).await;
    if kind == Cut::Interface {
        lab.connect(cut % 2)?;
    }
    longest
}

/// The longer gap of the two, once both have been heard for a while after it. A path may die in one direction only, and
/// a call that had another way already has no gap at all.
async fn heard_again(people: [&Person; 2]) -> Result<f64> {
    let (cut, last) = (Instant::now(), Cell::new((0.0, 0.0)));
    let heard = until("both are heard again", PATIENCE, async || {
        let (mut longest, mut flows) = (0.0_f64, f64::MAX);
        for person in people {
            let [gap, since]: [f64; 2] = person.run("return window.__probe.gap()", vec![]).await?;
            (longest, flows) = (longest.max(gap), flows.min(since));
        }
        last.set((longest, flows));
        let is_felt = longest > GAP_MS || cut.elapsed() > UNFELT;
        Ok((is_felt && flows > 1_500.0).then_some(longest))
    });
    heard.await.with_context(|| {
        let (longest, flows) = last.get();
        format!("the longest gap before it was {longest:.0} ms, both were heard for the last {flows:.0} ms")
    })
}
