//! The load generator: `kvitt bench-load`, a process of its own, so that what it costs is known apart.
//!
//! A closed loop: each caller lives one payment after another, waiting for each answer. What a payment is (its sales
//! unit, its payer, its reference) follows from its number alone.

mod caller;
mod day;
mod grpc;
mod rest;
mod tally;

use std::{
    io::{self, Write as _},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use tokio::task::JoinSet;

use super::plan::{Lanes, Outcome, Plan, Said, Window, Work};
use caller::{Caller, Callers};
use tally::Tally;

pub(crate) use rest::dial;

/// Payments that reads ask for, made before the window.
const READ_PAYMENTS: u64 = 256;
/// Progress is told after so many payments.
const TOLD_EVERY: u64 = 10_000;
/// Every fourth payment is refunded.
const REFUNDED_EVERY: u64 = 4;

/// One command of a life, or a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Create,
    Approve,
    Capture,
    Refund,
    Get,
}

/// Whether the payment of a number is refunded in the end.
fn is_refunded(number: u64) -> bool {
    number % REFUNDED_EVERY == REFUNDED_EVERY - 1
}

/// Reads a plan, carries it out, and says how it went.
pub(crate) async fn run() -> anyhow::Result<()> {
    let plan = io::read_to_string(io::stdin()).context("could not read the plan")?;
    let plan: Plan = serde_json::from_str(&plan).context("the plan is not readable")?;
    if plan.callers == 0 || plan.units.is_empty() {
        bail!("a plan has callers and sales units");
    }
    let callers = Callers::open(&plan).await?;
    let load =
        Arc::new(Load { tally: Tally::default(), next: AtomicU64::new(0), created: AtomicU64::new(0) });
    match plan.work {
        Work::Lives(window) => timed(&load, &callers, &plan, window).await?,
        Work::Reads(window) => {
            load.count(&callers, &plan, READ_PAYMENTS).await?;
            timed(&load, &callers, &plan, window).await?;
        }
        Work::Count { payments } => {
            let begun = load.begin();
            load.count(&callers, &plan, payments).await?;
            load.end(begun);
        }
        Work::Day { payments } => {
            let begun = load.begin();
            day::live(&load, &callers, &plan, payments).await?;
            load.end(begun);
        }
    }
    let lanes = callers.lanes().map(|counts| Lanes {
        batches: counts.batches,
        commands: counts.commands,
        statements: counts.statements,
    });
    let outcome = Outcome { payments: load.created.load(Relaxed), lanes, ..load.tally.outcome() };
    callers.close().await;
    say(&Said::Done(outcome))
}

fn say(said: &Said) -> anyhow::Result<()> {
    let mut output = io::stdout().lock();
    serde_json::to_writer(&mut output, said)?;
    output.write_all(b"\n")?;
    Ok(output.flush()?)
}

/// What all callers share.
#[derive(Debug)]
struct Load {
    tally: Tally,
    /// The number of the next payment.
    next: AtomicU64,
    created: AtomicU64,
}

impl Load {
    fn begin(&self) -> Instant {
        // Whoever does not listen does not want to know; the outcome is said with more care.
        say(&Said::Begun).ok();
        self.tally.open();
        Instant::now()
    }

    fn end(&self, begun: Instant) {
        self.tally.close(begun.elapsed());
        say(&Said::Over).ok();
    }

    /// Performs a command and takes its time. False when it was not done.
    async fn perform(&self, caller: &mut Caller, verb: Verb, number: u64) -> bool {
        let begun = Instant::now();
        match caller.perform(verb, number).await {
            Ok(()) => {
                self.tally.done(begun.elapsed());
                if verb == Verb::Create {
                    let created = self.created.fetch_add(1, Relaxed) + 1;
                    if created.is_multiple_of(TOLD_EVERY) {
                        say(&Said::Progress(created)).ok();
                    }
                }
                true
            }
            Err(error) => {
                self.tally.failed(&error);
                false
            }
        }
    }

    /// A payment is created, approved and captured; a command that is not done ends it. True when all were done.
    async fn arrive(&self, caller: &mut Caller, number: u64) -> bool {
        for verb in [Verb::Create, Verb::Approve, Verb::Capture] {
            if !self.perform(caller, verb, number).await {
                return false;
            }
        }
        true
    }

    /// The whole life: every fourth is refunded at once.
    async fn live(&self, caller: &mut Caller, number: u64) {
        if self.arrive(caller, number).await && is_refunded(number) {
            self.perform(caller, Verb::Refund, number).await;
        }
    }

    /// Lives so many payments, and waits until all have been lived.
    async fn count(self: &Arc<Self>, callers: &Callers, plan: &Plan, payments: u64) -> anyhow::Result<()> {
        let last = self.next.load(Relaxed) + payments;
        let mut running = JoinSet::new();
        for _ in 0..plan.callers {
            let (load, mut caller) = (Arc::clone(self), callers.caller().await?);
            running.spawn(async move {
                loop {
                    let number = load.next.fetch_add(1, Relaxed);
                    if number >= last {
                        return;
                    }
                    load.live(&mut caller, number).await;
                }
            });
        }
        joined(running).await?;
        self.next.store(last, Relaxed);
        Ok(())
    }
}

async fn joined(mut running: JoinSet<()>) -> anyhow::Result<()> {
    while let Some(ended) = running.join_next().await {
        ended.context("a caller ended badly")?;
    }
    Ok(())
}

/// Commands for a time: first what does not count, then what does, then what is needed to leave no life half lived.
async fn timed(load: &Arc<Load>, callers: &Callers, plan: &Plan, window: Window) -> anyhow::Result<()> {
    let reads = matches!(plan.work, Work::Reads(_));
    let begin = Instant::now() + Duration::from_millis(window.warmup_ms);
    let end = begin + Duration::from_millis(window.measured_ms);
    let mut running = JoinSet::new();
    for _ in 0..plan.callers {
        let (load, mut caller) = (Arc::clone(load), callers.caller().await?);
        running.spawn(async move {
            while Instant::now() < end {
                let number = load.next.fetch_add(1, Relaxed);
                if reads {
                    load.perform(&mut caller, Verb::Get, number % READ_PAYMENTS).await;
                } else {
                    load.live(&mut caller, number).await;
                }
            }
        });
    }
    tokio::time::sleep_until(begin.into()).await;
    let begun = load.begin();
    tokio::time::sleep_until(end.into()).await;
    load.end(begun);
    joined(running).await
}
