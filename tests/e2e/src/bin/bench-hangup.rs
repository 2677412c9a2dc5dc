//! `cargo xtask bench hangup`: from the press on Hang up until every track is stopped and the connection is
//! closed, on both sides. The probe records the times.

use anyhow::{Result, bail};
use clap::Parser;
use e2e::names::Kind::Video;
use e2e::*;
use serde::Deserialize;

/// Measures how long hanging up takes.
#[derive(Parser)]
struct Options {
    /// How many calls
    #[arg(long, value_name = "N", default_value_t = 10)]
    rounds: u32,
}

/// The probe's times, in milliseconds of this machine's clock.
#[derive(Deserialize)]
struct Moments {
    clicks: Vec<Click>,
    stopped: Vec<Option<f64>>,
    closed: Vec<Option<f64>>,
}

#[derive(Deserialize)]
struct Click {
    at: f64,
    text: String,
}

fn main() -> Result<()> {
    let options = Options::parse();
    run_program("bench-hangup", &ServerOptions::default(), async |stage| measure(stage, &options).await)
}

async fn measure(stage: &Stage, options: &Options) -> Result<()> {
    let [clara, dario] = stage.couple().await?;
    let (mut own, mut other) = (Figures::default(), Figures::default());
    // The first round only warms up the machine.
    for round in 0..=options.rounds {
        clara.wait_until_can_press(names::VIDEO).await?;
        clara.call(Video).await?;
        dario.answer().await?;
        both_see_and_hear(&clara, &dario).await?;
        clara.hang_up().await?;
        nothing_is_left(&[&clara, &dario]).await?;
        let [here, there]: [Moments; 2] = [noted(&clara).await?, noted(&dario).await?];
        let click = here.clicks.iter().rfind(|click| click.text.starts_with(names::HANG_UP));
        let Some(click) = click.map(|click| click.at) else { bail!("nobody pressed Hang up") };
        if round > 0 {
            own.add(here.released()? - click);
            other.add(there.released()? - click);
        }
    }
    println!(
        "\nfrom the click on Hang up to all tracks stopped and the connection closed, {} calls",
        options.rounds
    );
    println!("  on the own side     {own}");
    println!("  on the other side   {other}");
    Ok(())
}

async fn noted(person: &Person) -> Result<Moments> {
    person.run("return window.__probe.moments()", vec![]).await
}

impl Moments {
    /// When the last track was stopped and the last connection closed.
    fn released(&self) -> Result<f64> {
        let mut last = f64::MIN;
        for moment in self.stopped.iter().chain(&self.closed) {
            let Some(moment) = moment else { bail!("a track was not stopped, or a connection not closed") };
            last = last.max(*moment);
        }
        Ok(last)
    }
}
