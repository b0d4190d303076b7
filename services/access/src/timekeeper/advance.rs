//! Moves time forward, one due instant after the other: time stands still at it, everybody does what is due, in rounds
//! until nobody has anything left to do, and only then time goes on.

use std::time::Duration;

use chrono::{DateTime, Utc};
use kvitt_runtime::{ServiceName, sandbox::Settled};
use tokio::time::timeout;

use super::{Error, Time, Timekeeper};
use crate::domain::clock::Target;

/// How long the followers may take to settle; they give up a little earlier by themselves.
const ANSWER_LIMIT: Duration = Duration::from_secs(60);

/// What somebody fails to do in so many rounds one after the other cannot be done now.
const MOST_FAILURES: u32 = 20;

/// Between two rounds in which somebody failed.
const FAILURE_PAUSE: Duration = Duration::from_millis(100);

/// A move of time ends a little earlier than its caller's patience.
const ADVANCE_LIMIT: Duration = Duration::from_secs(9 * 60);

/// Where time is after it was moved.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Advanced {
    pub(crate) now: DateTime<Utc>,
    pub(crate) offset_us: i64,
    /// How many due instants were stopped at.
    pub(crate) instants: i32,
}

/// What everybody answered.
#[derive(Debug, Default)]
struct Round {
    worked: bool,
    failed: Vec<ServiceName>,
    next_due_at: Option<DateTime<Utc>>,
}

impl Timekeeper {
    /// Moves time to `target`. Goes on to the end when the caller leaves; the next one waits for its turn.
    pub(crate) async fn advance(&self, target: Target) -> Result<Advanced, Error> {
        let turn = self.turn.clone().lock_owned().await;
        let (now, offset_us) = self.now()?;
        let until = target.instant(now).map_err(|rule| Error::Unreachable(target, rule))?;
        // What the steps take is not taken off: three days more are three days more.
        let offset_us = offset_us + (until.timestamp_micros() - now.timestamp_micros());
        let keeper = self.clone();
        let advancing = tokio::spawn(async move {
            let _turn = turn;
            keeper.advance_to(until, offset_us).await
        });
        advancing.await.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
    }

    async fn advance_to(&self, until: DateTime<Utc>, offset_us: i64) -> Result<Advanced, Error> {
        let mut instants = 0;
        let steps = async {
            self.step(until, &mut instants).await?;
            self.run(offset_us).await?;
            self.settle().await
        };
        let stepped = tokio::select! {
            // Looked at first: a step without those who have left because of it must not be taken.
            biased;
            () = self.shutdown.cancelled() => Err(Error::Stopping),
            stepped = timeout(ADVANCE_LIMIT, steps) => {
                stepped.unwrap_or(Err(Error::TooLong))
            }
        };
        // Wherever it ended, time does not stand still; the offset of that instant is stored already.
        if let Some(time) = self.followers.time().filter(|time| time.held_at.is_some()) {
            self.set(Time { held_at: None, ..time });
        }
        stepped?;
        let (now, offset_us) = self.now()?;
        Ok(Advanced { now, offset_us, instants })
    }

    /// From one due instant to the next, as long as they are not after `until`.
    async fn step(&self, until: DateTime<Utc>, instants: &mut i32) -> Result<(), Error> {
        // What is due already is done in the present, which goes on meanwhile.
        let mut next_due_at = self.settle().await?;
        while let Some(due_at) = next_due_at.filter(|due_at| *due_at <= until) {
            self.hold(due_at.max(self.clock.now())).await?;
            *instants += 1;
            next_due_at = self.settle().await?;
        }
        Ok(())
    }

    /// Rounds until one in which nobody worked; then, what is due next.
    async fn settle(&self) -> Result<Option<DateTime<Utc>>, Error> {
        let mut failures = 0;
        loop {
            let round = self.round().await?;
            if !round.failed.is_empty() {
                failures += 1;
                if failures > MOST_FAILURES {
                    return Err(Error::Undone(round.failed));
                }
                tokio::time::sleep(FAILURE_PAUSE).await;
            } else if round.worked {
                failures = 0;
            } else {
                return Ok(round.next_due_at);
            }
        }
    }

    /// Asks everybody once. Whoever leaves is not waited for.
    async fn round(&self) -> Result<Round, Error> {
        let asked_at = self.clock.now();
        let answers = self.followers.ask();
        let hearing = async {
            let mut round = Round::default();
            for (name, answer) in answers {
                if let Ok(settled) = answer.await {
                    round.add(name, settled, asked_at);
                }
            }
            round
        };
        timeout(ANSWER_LIMIT, hearing).await.map_err(|_elapsed| Error::Silence)
    }
}

impl Round {
    fn add(&mut self, name: ServiceName, settled: Settled, asked_at: DateTime<Utc>) {
        let Settled { worked, failed, next_due_at } = settled;
        // What is due, and neither done nor called a failure, would be stopped at for ever.
        let forgotten = !worked && next_due_at.is_some_and(|due_at| due_at <= asked_at);
        if failed || forgotten {
            self.failed.push(name);
        }
        self.worked |= worked;
        self.next_due_at = self.next_due_at.into_iter().chain(next_due_at).min();
    }
}
