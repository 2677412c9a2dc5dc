//! A great many random runs, and how their calls ended: `cargo xtask simulate` runs this test alone, compiled for speed.
//! It stops at the first broken rule with the number that repeats the run, and all that led there. Never decides what is
//! right, which the runs and the kit do.

use crate::kit::World;
use crate::random::{Kind, Plan, runner};
use core::cell::RefCell;
use proptest::test_runner::TestError;
use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

/// How many runs are shared out among the threads at once. The calls are counted after each such batch, so that the
/// same command always simulates the same calls.
const BATCH: u64 = 2000;

/// The runs of different seeds are numbered apart.
const RUNS_OF_A_SEED: u64 = 1 << 32;

/// How calls ended, and how many of them.
type Endings = BTreeMap<String, u64>;

/// A run that broke a rule.
struct Broken {
    run: u64,
    plan: Plan,
    rule: String,
}

/// A number from the environment, which `cargo xtask simulate` sets.
fn asked(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a number"))
}

#[test]
#[ignore = "takes minutes: cargo xtask simulate"]
fn no_rule_is_broken_in_a_great_many_calls() {
    let loud = panic::take_hook();
    panic::set_hook(Box::new(|_| {})); // the tries to shrink a failing run would each report their failure
    let found = match asked("CALL_CORE_REPLAY") {
        Some(run) => some(&AtomicU64::new(run), run + 1).map(|_| println!("no rule is broken in run {run}")),
        None => simulate(asked("CALL_CORE_CALLS").unwrap_or(1000), asked("CALL_CORE_SEED").unwrap_or(1)),
    };
    panic::set_hook(loud);
    if let Err(broken) = found {
        report(&broken);
    }
}

fn simulate(calls: u64, seed: u64) -> Result<(), Box<Broken>> {
    let (started, mut endings, mut runs) = (Instant::now(), Endings::new(), 0);
    while endings.values().sum::<u64>() < calls {
        add(&mut endings, batch(seed.wrapping_mul(RUNS_OF_A_SEED) + runs)?);
        runs += BATCH;
    }
    let total: u64 = endings.values().sum();
    let mut rows: Vec<_> = endings.into_iter().collect();
    rows.sort_by_key(|(_, count)| core::cmp::Reverse(*count));
    for (ending, count) in rows {
        println!("{count:>10}  {:>6.2} %  {ending}", count as f64 * 100.0 / total as f64);
    }
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{total} calls in {runs} runs, no rule broken; {seconds:.0} s, {:.0} calls/s",
        total as f64 / seconds
    );
    Ok(())
}

/// Carries out the runs from this number on, on every processor; the broken one with the lowest number, if any is.
fn batch(first: u64) -> Result<Endings, Box<Broken>> {
    let next = AtomicU64::new(first);
    let threads = thread::available_parallelism().map_or(2, usize::from);
    let results: Vec<_> = thread::scope(|scope| {
        let started: Vec<_> = (0..threads).map(|_| scope.spawn(|| some(&next, first + BATCH))).collect();
        started.into_iter().map(|thread| thread.join().expect("a broken rule is caught")).collect()
    });
    let mut endings = Endings::new();
    let mut broken: Vec<Box<Broken>> = Vec::new();
    for result in results {
        match result {
            Ok(more) => add(&mut endings, more),
            Err(found) => broken.push(found),
        }
    }
    broken.sort_by_key(|found| found.run);
    broken.into_iter().next().map_or(Ok(endings), Err)
}

/// Carries out runs until there are no more.
fn some(next: &AtomicU64, end: u64) -> Result<Endings, Box<Broken>> {
    let endings = RefCell::new(Endings::new());
    loop {
        let run = next.fetch_add(1, Ordering::Relaxed);
        if run >= end {
            return Ok(endings.into_inner());
        }
        let kind = kind(run);
        let outcome = runner(run).run(&kind.plans(), |plan| {
            count(&mut endings.borrow_mut(), &kind.run(&plan, |_| {}));
            Ok(())
        });
        match outcome {
            Ok(()) => {}
            Err(TestError::Fail(rule, plan)) => {
                return Err(Box::new(Broken { run, plan, rule: rule.to_string() }));
            }
            Err(TestError::Abort(reason)) => panic!("no plan could be made: {reason}"),
        }
    }
}

/// Most runs are of the kind in which anything happens.
fn kind(run: u64) -> Kind {
    match run % 10 {
        0..=6 => Kind::Anything,
        7 => Kind::Answered,
        8 => Kind::Shaken,
        _ => Kind::Reloaded,
    }
}

/// Prints all that led to the broken rule, by repeating the run, and fails.
fn report(broken: &Broken) -> ! {
    let Broken { run, plan, rule } = broken;
    let plan = plan.clone().with_diary();
    let repeated = panic::catch_unwind(AssertUnwindSafe(|| kind(*run).run(&plan, |_| {})));
    let again = if repeated.is_err() { "" } else { " (but not when it was repeated)" };
    panic!("{rule}{again}\nshrunk to {plan:?}\n`cargo xtask simulate --replay {run}` repeats it");
}

fn count(endings: &mut Endings, world: &World) {
    for row in &world.server.rows {
        let record = &row.record;
        let talked = if record.started_at.is_some() { "talked" } else { "not connected" };
        let reason = record.error_reason.map(|reason| format!(", {}", reason.as_str())).unwrap_or_default();
        *endings.entry(format!("{}, {talked}{reason}", record.status)).or_default() += 1;
    }
}

fn add(endings: &mut Endings, more: Endings) {
    for (ending, count) in more {
        *endings.entry(ending).or_default() += count;
    }
}
