//! `cargo xtask bench answer`: from the press on Answer to the first frame from the other side, on both sides,
//! compared with a bare page without warm-up on the same server. Both are measured by the probe: the time of
//! the press, and the time at which the browser shows the first frame (`requestVideoFrameCallback`).

use anyhow::{Result, bail};
use clap::Parser;
use e2e::names::Kind::Video;
use e2e::*;
use serde::Deserialize;

/// Measures how long answering takes, compared with a bare page.
#[derive(Parser)]
struct Options {
    /// How many calls of each kind
    #[arg(long, value_name = "N", default_value_t = 10)]
    rounds: u32,
}

/// From the press to the first frame.
#[derive(Default)]
struct Answer {
    callee: Figures,
    caller: Figures,
    both: Figures,
}

/// The probe's times, in milliseconds of this machine's clock.
#[derive(Deserialize)]
struct Moments {
    clicks: Vec<Click>,
    first_pictures: Vec<f64>,
}

#[derive(Deserialize)]
struct Click {
    at: f64,
    text: String,
}

fn main() -> Result<()> {
    let options = Options::parse();
    run_program("bench-answer", &ServerOptions::default(), async |stage| measure(stage, &options).await)
}

async fn measure(stage: &Stage, options: &Options) -> Result<()> {
    let bare = BareCouple::arrive(stage).await?;
    let [clara, dario] = stage.couple().await?;
    let (mut product, mut measure) = (Answer::default(), Answer::default());
    // Alternating, so that both run under the same conditions; the first round only warms up the machine.
    for round in 0..=options.rounds {
        product_call(&clara, &dario).await?;
        let answer = moments(&clara, &dario).await?;
        clara.hang_up().await?;
        nothing_is_left(&[&clara, &dario]).await?;
        clara.wait_until_can_press(names::VIDEO).await?;
        bare.call().await?;
        let bare_answer = moments(&bare.caller, &bare.callee).await?;
        bare.hang_up().await?;
        nothing_is_left(&[&bare.caller, &bare.callee]).await?;
        if round > 0 {
            product.add(answer);
            measure.add(bare_answer);
        }
    }
    println!("\nfrom the click on Answer to the first picture, {} calls each", options.rounds);
    product.print("messenger calls");
    measure.print("bare page, original order");
    println!(
        "\nratio of the medians, both sides seeing: {:.2}",
        product.both.median() / measure.both.median()
    );
    Ok(())
}

async fn product_call(clara: &Person, dario: &Person) -> Result<()> {
    clara.call(Video).await?;
    dario.answer().await?;
    both_see_and_hear(clara, dario).await
}

/// From the last press on Answer to the next first frame, for callee and caller.
async fn moments(caller: &Browser, callee: &Browser) -> Result<[f64; 2]> {
    let noted: Moments = callee.run("return window.__probe.moments()", vec![]).await?;
    let click = noted.clicks.iter().rfind(|click| click.text.starts_with(names::ANSWER));
    let Some(click) = click.map(|click| click.at) else { bail!("nobody pressed Answer") };
    let caller: Moments = caller.run("return window.__probe.moments()", vec![]).await?;
    let after = |noted: &Moments| noted.first_pictures.iter().find(|at| **at > click).map(|at| at - click);
    match (after(&noted), after(&caller)) {
        (Some(callee), Some(caller)) => Ok([callee, caller]),
        (callee, caller) => bail!("no picture was shown: callee {callee:?}, caller {caller:?}"),
    }
}

impl Answer {
    fn add(&mut self, [callee, caller]: [f64; 2]) {
        self.callee.add(callee);
        self.caller.add(caller);
        self.both.add(callee.max(caller));
    }

    fn print(&self, what: &str) {
        println!("\n{what}");
        println!("  the callee sees the caller   {}", self.callee);
        println!("  the caller sees the callee   {}", self.caller);
        println!("  both see each other          {}", self.both);
    }
}
