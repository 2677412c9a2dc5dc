//! `cargo xtask nat-lab`: who reaches whom. Two real browsers, each behind a router of its own, call each other, with and
//! without the server's relay, for every pair of routers; the table says whether they were connected, how, and after what
//! time. Fails when a pair is not connected that could be.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::Parser;
use e2e::names::{self, Kind};
use e2e::*;

/// How long two people wait for each other.
const CONNECTING: Duration = Duration::from_secs(25);

/// Calls between any two networks, with and without the relay of the server.
#[derive(Parser)]
struct Options {
    /// Every pair in both directions, instead of each pair once
    #[arg(long)]
    all: bool,
}

/// What came of a call.
struct Row {
    caller: Router,
    callee: Router,
    help: Help,
    /// The way, and the time from the answer on.
    connected: Option<(String, Duration)>,
}

impl Row {
    fn is_due(&self) -> bool {
        self.help == Help::Relay || self.caller.reaches(self.callee)
    }

    fn text(&self) -> String {
        let Self { caller, callee, help, connected } = self;
        let relay = if *help == Help::Relay { "yes" } else { "no" };
        let outcome = match connected {
            Some((way, time)) => format!("{way:<28} {:>5} ms", time.as_millis()),
            None if self.is_due() => "NOT CONNECTED".to_owned(),
            None => "not connected, nor can it be".to_owned(),
        };
        format!("{:<16} {:<16} {relay:<6} {outcome}", caller.to_string(), callee.to_string())
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    let options = Options::parse();
    if let Some(reason) = NatLab::missing() {
        eprintln!("\n!!! SKIPPED: {reason}\n");
        return Ok(());
    }
    let mut lab = NatLab::start().await?;
    let rows = measure(&mut lab, &options).await;
    if rows.is_err() {
        eprintln!("{}", lab.logs());
    }
    lab.close().await;
    let rows = rows?;
    println!("\n{:<16} {:<16} {:<6} way (own, other)", "caller", "callee", "relay");
    rows.iter().for_each(|row| println!("{}", row.text()));
    let failed = rows.iter().filter(|row| row.is_due() && row.connected.is_none()).count();
    let by_relay = |row: &&Row| row.connected.as_ref().is_some_and(|(way, _)| way.contains("relay"));
    let slowest =
        rows.iter().filter(by_relay).filter_map(|row| row.connected.as_ref()).map(|(_, time)| *time).max();
    if let Some(slowest) = slowest {
        println!("\nthe slowest way by the relay took {} ms", slowest.as_millis());
    }
    match failed {
        0 => Ok(()),
        _ => bail!("{failed} pairs were not connected that could be"),
    }
}

async fn measure(lab: &mut NatLab, options: &Options) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for help in [Help::Relay, Help::Stun] {
        for index in 0..2 {
            lab.put_behind(index, Router::Open)?;
        }
        let (anna, ben) = (lab.person(0, help).await?, lab.person(1, help).await?);
        anna.open_conversation_with("Ben").await?;
        ben.open_conversation_with("Anna").await?;
        for (at, caller) in Router::ALL.into_iter().enumerate() {
            for callee in Router::ALL.into_iter().skip(if options.all { 0 } else { at }) {
                lab.put_behind(0, caller)?;
                lab.put_behind(1, callee)?;
                let connected = call(&anna, &ben).await?;
                let row = Row { caller, callee, help, connected };
                eprintln!("{}", row.text());
                rows.push(row);
            }
        }
    }
    Ok(rows)
}

/// A call; the way and the time from the answer on, if they are connected.
async fn call(anna: &Person, ben: &Person) -> Result<Option<(String, Duration)>> {
    anna.wait_until_can_press(names::VOICE).await?;
    anna.call(Kind::Voice).await?;
    ben.answer().await?;
    let answered = Instant::now();
    let mut time = None;
    while time.is_none() && answered.elapsed() < CONNECTING {
        let (one, other) = (anna.sighting().await?, ben.sighting().await?);
        time = (one.audio_packets > 0 && other.audio_packets > 0).then(|| answered.elapsed());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let way = match time {
        Some(_) => anna.candidates().await?.used.join(" | "),
        None => String::new(),
    };
    for person in [anna, ben] {
        // Whoever's call is over already has nothing to hang up.
        for button in [names::HANG_UP, names::CANCEL] {
            if person.sees(Thing::Button(button)).await? {
                drop(person.click(Thing::Button(button)).await);
            }
        }
    }
    for person in [anna, ben] {
        person.wait_until_over().await?;
        if person.sees(Thing::Button(names::CLOSE)).await? {
            drop(person.click(Thing::Button(names::CLOSE)).await);
        }
    }
    Ok(time.map(|time| (way, time)))
}
