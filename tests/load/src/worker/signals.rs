//! Signals at an even pace. Each one's time counts from the moment at which it should have been sent, so that a server
//! (or a generator) that falls behind shows in the figures instead of slowing the load down.

use super::{
    Worker, payload,
    socket::{Line, Tally},
};
use crate::orders::{Dialect, Report};
use anyhow::{Result, bail};
use std::{
    mem,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

/// How long the last signals may take to arrive.
const PATIENCE: Duration = Duration::from_secs(5);

impl Worker {
    /// Sends candidates in both directions of the first pairs in turn.
    pub(super) async fn send_at_a_pace(
        &mut self,
        pairs: u32,
        per_second: u32,
        seconds: u32,
        together: Duration,
    ) -> Result<Report> {
        let dialect = self.shared.brief.dialect;
        self.need_calls(pairs)?;
        mem::take(&mut *self.shared.tally());
        let begun = Instant::now();
        let offset = begun.duration_since(self.shared.began);
        let count = u64::from(per_second) * u64::from(seconds);
        for n in 0..count {
            let due = due(Duration::from_nanos(n * 1_000_000_000 / u64::from(per_second)), together);
            if begun.elapsed() < due {
                tokio::time::sleep_until((begun + due).into()).await;
            } else if n % 64 == 0 {
                // Behind: the sockets of this thread must have their turn all the same.
                tokio::task::yield_now().await;
            }
            let pair = u32::try_from(n % u64::from(pairs)).unwrap_or(0);
            let other_way = (n / u64::from(pairs)) % 2 == 1;
            let call = self.calls.get(pair as usize).map_or("", String::as_str);
            send(dialect, &mut self.lines, (pair, other_way), call, offset + due);
        }
        Ok(self.wait_for(|_| count).await)
    }

    /// Sends a candidate on each of the first pairs; for every one that arrives its receiver sends one back, until the
    /// time is over.
    pub(super) async fn bounce(&mut self, pairs: u32, span: Duration) -> Result<Report> {
        self.need_calls(pairs)?;
        mem::take(&mut *self.shared.tally());
        self.shared.bouncing.store(true, Ordering::Relaxed);
        let dialect = self.shared.brief.dialect;
        for pair in 0..pairs {
            let call = self.calls.get(pair as usize).map_or("", String::as_str);
            send(dialect, &mut self.lines, (pair, false), call, self.shared.began.elapsed());
        }
        tokio::time::sleep(span).await;
        self.shared.bouncing.store(false, Ordering::Relaxed);
        Ok(self.wait_for(|tally| u64::from(pairs) + tally.sent_back).await)
    }

    fn need_calls(&self, pairs: u32) -> Result<()> {
        if self.shared.brief.dialect == Dialect::Calls && self.calls.len() < pairs as usize {
            bail!("only {} calls were begun", self.calls.len());
        }
        Ok(())
    }

    /// Waits until all that were sent have arrived, or for too long.
    async fn wait_for(&self, sent: impl Fn(&Tally) -> u64) -> Report {
        let deadline = Instant::now() + PATIENCE;
        let missing = |tally: &Tally| tally.arrived < sent(tally);
        while missing(&self.shared.tally()) && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let tally = mem::take(&mut *self.shared.tally());
        Report {
            done: tally.arrived,
            failed: sent(&tally).saturating_sub(tally.arrived),
            times: tally.times,
            ..Report::default()
        }
    }
}

/// When a signal leaves whose turn is at this moment: then, or with the others of its group.
fn due(turn: Duration, together: Duration) -> Duration {
    if together.is_zero() {
        return turn;
    }
    let groups = turn.as_nanos().div_ceil(together.as_nanos());
    together * u32::try_from(groups).unwrap_or(u32::MAX)
}

fn send(
    dialect: Dialect,
    lines: &mut [Line],
    (pair, other_way): (u32, bool),
    call: &str,
    intended: Duration,
) {
    let first = 2 * pair as usize;
    let (from, to) = if other_way { (first + 1, first) } else { (first, first + 1) };
    let to = lines[to].person;
    let line = &mut lines[from];
    let n = line.candidates;
    line.candidates += 1;
    line.send(dialect.signal(call, payload::candidate(intended), to, n));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_leave_at_their_turn_or_with_their_group_and_never_early() {
        let millis = Duration::from_millis;
        assert_eq!(due(millis(3), Duration::ZERO), millis(3));
        assert_eq!([0, 1, 10, 11].map(|turn| due(millis(turn), millis(10))), [0, 10, 10, 20].map(millis));
    }
}
