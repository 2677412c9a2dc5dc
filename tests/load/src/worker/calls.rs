//! Complete calls: initiate, answer, twelve signals, end, over requests and sockets as two browsers do it.
//! Every step waits for what the other side hears; a step that does not come in time fails the call.

use super::{
    Worker,
    dialect::Heard,
    payload,
    rest::Rest,
    socket::{Line, Shared},
};
use crate::{
    orders::{Dialect, Report},
    people,
};
use anyhow::{Context, Result, bail};
use call_protocol::{
    CallType, ConversationId, InitiateCall, Offer, RingOffer, SessionDescription, SignalBody,
};
use std::{
    mem::discriminant,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};
use tokio::time::timeout;

/// How long one step may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// Signals in each direction.
const EACH_WAY: u32 = 6;
/// How many calls are begun side by side.
const AT_ONCE: usize = 8;

/// Two people with their sockets and connections.
struct Pair {
    shared: Arc<Shared>,
    caller: Line,
    callee: Line,
    caller_rest: Rest,
    callee_rest: Rest,
}

impl Worker {
    /// Begins a call between each of the first pairs.
    pub(super) async fn begin(&mut self, pairs: u32) -> Result<Report> {
        let mut report = Report::default();
        let numbers: Vec<u32> = (0..pairs).map(|pair| self.lines[2 * pair as usize].person).collect();
        for batch in numbers.chunks(AT_ONCE) {
            let begun = batch.iter().map(|caller| begin_one(&self.shared, *caller));
            for call in futures_util::future::join_all(begun).await {
                self.calls.push(call?);
                report.done += 1;
            }
        }
        Ok(report)
    }

    /// Ends the calls that were begun between the first pairs.
    pub(super) async fn end(&mut self) -> Result<Report> {
        let mut report = Report::default();
        let callers: Vec<u32> = self.lines.iter().step_by(2).map(|line| line.person).collect();
        for (call, caller) in self.calls.drain(..).zip(callers) {
            let mut rest = Rest::open(&self.shared, caller).await?;
            rest.post(&format!("/api/calls/{call}/end"), None).await?;
            report.done += 1;
        }
        Ok(report)
    }

    /// Makes calls between the first pairs until the time is over.
    pub(super) async fn complete_calls(&mut self, pairs: u32, time: Duration) -> Result<Report> {
        self.shared.calling.store(true, Ordering::Relaxed);
        let rest = self.lines.split_off(2 * pairs as usize);
        let mut tasks = Vec::new();
        let mut people = std::mem::replace(&mut self.lines, rest).into_iter();
        while let (Some(caller), Some(callee)) = (people.next(), people.next()) {
            let shared = Arc::clone(&self.shared);
            tasks.push(tokio::spawn(async move {
                let caller_rest = Rest::open(&shared, caller.person).await?;
                let callee_rest = Rest::open(&shared, callee.person).await?;
                let mut pair = Pair { shared, caller, callee, caller_rest, callee_rest };
                let report = pair.call_until(Instant::now() + time).await;
                Ok::<_, anyhow::Error>((pair, report))
            }));
        }
        let mut sum = Report::default();
        let mut back = Vec::new();
        for task in tasks {
            let (pair, report) = task.await??;
            sum.add(report);
            back.extend([pair.caller, pair.callee]);
        }
        back.append(&mut self.lines);
        self.lines = back;
        self.shared.calling.store(false, Ordering::Relaxed);
        Ok(sum)
    }
}

async fn begin_one(shared: &Shared, caller: u32) -> Result<String> {
    let reply =
        Rest::open(shared, caller).await?.post("/api/calls/initiate", Some(wish(caller, None)?)).await?;
    let call = reply["call"]["id"].as_str().context("the reply names no call")?.to_owned();
    Rest::open(shared, caller + 1).await?.post(&format!("/api/calls/{call}/answer"), None).await?;
    Ok(call)
}

fn wish(caller: u32, offer: Option<SessionDescription>) -> Result<String> {
    let offer = offer.map(|offer| RingOffer { peer_connection: 1, from_device: None, data: Offer(offer) });
    let conversation_id = ConversationId(people::conversation(caller / 2));
    Ok(serde_json::to_string(&InitiateCall { conversation_id, call_type: CallType::Video, offer })?)
}

impl Pair {
    async fn call_until(&mut self, deadline: Instant) -> Report {
        let mut report = Report::default();
        while Instant::now() < deadline {
            let begun = Instant::now();
            match self.call().await {
                Ok(()) => {
                    report.done += 1;
                    report.times.note(begun.elapsed());
                }
                Err(error) => {
                    report.failed += 1;
                    report.problem.get_or_insert_with(|| format!("{error:#}"));
                    // What is left of it would refuse the next one.
                    break;
                }
            }
        }
        report
    }

    async fn call(&mut self) -> Result<()> {
        let now = self.shared.began.elapsed();
        let wish = wish(self.caller.person, Some(payload::description(now)))?;
        let reply = self.caller_rest.post("/api/calls/initiate", Some(wish)).await?;
        let call = reply["call"]["id"].as_str().context("the reply names no call")?.to_owned();
        hear(&mut self.callee, &Heard::Ringing, 1).await?;
        self.callee_rest.post(&format!("/api/calls/{call}/answer"), None).await?;
        hear(&mut self.caller, &Heard::Answered, 1).await?;
        self.signals(&call).await?;
        self.caller_rest.post(&format!("/api/calls/{call}/end"), None).await?;
        hear(&mut self.callee, &Heard::Ended, 1).await?;
        hear(&mut self.caller, &Heard::Ended, 1).await
    }

    /// The callee's answer and the candidates of both.
    async fn signals(&mut self, call: &str) -> Result<()> {
        let now = self.shared.began.elapsed();
        for n in 0..EACH_WAY {
            let first =
                if n == 0 { SignalBody::Answer(payload::description(now)) } else { payload::candidate(now) };
            let [caller, callee] = [self.caller.person, self.callee.person];
            self.callee.send(Dialect::Calls.signal(call, first, caller, n));
            self.caller.send(Dialect::Calls.signal(call, payload::candidate(now), callee, n));
        }
        let signal = Heard::Signal { intended: 0 };
        hear(&mut self.caller, &signal, EACH_WAY).await?;
        hear(&mut self.callee, &signal, EACH_WAY).await
    }
}

/// Waits until a socket has heard something so many times; what comes in between belongs to the same call.
async fn hear(line: &mut Line, wanted: &Heard, mut times: u32) -> Result<()> {
    while times > 0 {
        let heard = timeout(PATIENCE, line.events.recv()).await;
        let Ok(Some(event)) = heard else { bail!("{wanted:?} was not heard within {PATIENCE:?}") };
        if let Heard::Refused(text) = &event {
            bail!("the server refused a signal: {text}");
        }
        times -= u32::from(discriminant(&event) == discriminant(wanted));
    }
    Ok(())
}
