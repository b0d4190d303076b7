//! The acquirer's lane: what many callers ask at the same time is read, decided and written as one batch.

use std::time::Duration;

use kvitt_postgres::unavailable;
use kvitt_runtime::{Clock, Lane};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, warn};

use crate::{
    domain::acquirer::{Operation, Outcome},
    error::{Error, ExecutionFailure},
    store::acquirer,
};

/// Most operations in one request.
pub(crate) const MAX_OPERATIONS: usize = 512;
/// Most operations in one statement.
const MAX_BATCH: usize = 2048;
/// How often a batch is decided again because another instance was faster.
const MAX_RUNS: u32 = 8;
/// How often a request that was taken out of its batch is.
const MAX_RUNS_ALONE: u32 = 64;
/// How long a request alone waits for the others, at most.
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

type Answer = Result<Vec<Outcome>, ExecutionFailure>;

/// The acquirer. Clones share the lane.
#[derive(Clone)]
pub(crate) struct Acquirer {
    lane: Lane<Vec<Operation>, Answer>,
}

impl Acquirer {
    /// Starts the lane. Cancel `shutdown` after the server has drained.
    pub(crate) fn spawn(pool: PgPool, clock: Clock, shutdown: CancellationToken) -> Self {
        let executor = Executor { pool, clock };
        let handler = move |requests| {
            let executor = executor.clone();
            async move { executor.run(requests).await }
        };
        Self { lane: Lane::spawn("acquirer", handler, shutdown) }
    }

    /// Executes operations in order, each once, and answers each in the same order.
    pub(crate) async fn execute(&self, operations: Vec<Operation>) -> Result<Vec<Outcome>, Error> {
        Ok(self.lane.submit(operations).await??)
    }

    /// Waits until everything taken has been answered.
    pub(crate) async fn ended(&self) {
        self.lane.ended().await;
    }
}

#[derive(Clone)]
struct Executor {
    pool: PgPool,
    clock: Clock,
}

impl Executor {
    async fn run(&self, requests: Vec<Vec<Operation>>) -> Vec<Answer> {
        let mut answers = Vec::with_capacity(requests.len());
        let mut rest = requests.as_slice();
        while !rest.is_empty() {
            let (batch, later) = rest.split_at(batch_length(rest));
            answers.extend(self.run_batch(batch).await);
            rest = later;
        }
        answers
    }

    /// One statement for all; when it fails for another reason than an outage, each request for itself, so that the
    /// one to blame does not fail its neighbours.
    async fn run_batch(&self, requests: &[Vec<Operation>]) -> Vec<Answer> {
        let operations: Vec<_> = requests.iter().flatten().collect();
        match self.execute(&operations, MAX_RUNS).await {
            Ok(outcomes) => {
                let mut outcomes = outcomes.into_iter();
                requests.iter().map(|request| Ok(outcomes.by_ref().take(request.len()).collect())).collect()
            }
            Err(ExecutionFailure::Unavailable) => {
                requests.iter().map(|_| Err(ExecutionFailure::Unavailable)).collect()
            }
            Err(ExecutionFailure::Contended | ExecutionFailure::Refused) => {
                let mut answers = Vec::with_capacity(requests.len());
                for request in requests {
                    answers.push(self.run_one_by_one(request).await);
                }
                answers
            }
        }
    }

    /// Executes what can be executed of a request. One operation that cannot fails the answer, not the others: asked
    /// again, they give their first outcomes.
    async fn run_one_by_one(&self, request: &[Operation]) -> Answer {
        let mut outcomes = Vec::with_capacity(request.len());
        for operation in request {
            outcomes.push(self.execute(&[operation], MAX_RUNS_ALONE).await);
        }
        outcomes.into_iter().map(|outcome| outcome.map(|mut one| one.remove(0))).collect()
    }

    /// Reads, decides and writes until no other instance is faster in between.
    async fn execute(&self, operations: &[&Operation], max_runs: u32) -> Answer {
        for run in 0..max_runs {
            match self.attempt(operations).await {
                Ok(outcomes) => return Ok(outcomes),
                Err(error) if acquirer::lost_a_race(&error) => {
                    debug!(run, error = %error, "the batch is decided again");
                }
                Err(error) if unavailable(&error) => {
                    warn!(error = %error, "the database is away");
                    return Err(ExecutionFailure::Unavailable);
                }
                Err(error) => {
                    error!(error = %error, operations = operations.len(), "the database refused a batch");
                    return Err(ExecutionFailure::Refused);
                }
            }
            tokio::time::sleep(LONGEST_PAUSE.min(Duration::from_millis(run.into()))).await;
        }
        Err(ExecutionFailure::Contended)
    }

    async fn attempt(&self, operations: &[&Operation]) -> Result<Vec<Outcome>, sqlx::Error> {
        let mut connection = self.pool.acquire().await?;
        let mut book = acquirer::read(&mut connection, operations).await?;
        let now = self.clock.now();
        let outcomes = operations.iter().map(|operation| book.execute(operation, now)).collect();
        if !book.fresh().is_empty() {
            acquirer::write(&mut connection, &book, now).await?;
        }
        Ok(outcomes)
    }
}

/// How many requests, at least one, fit into one statement.
fn batch_length(requests: &[Vec<Operation>]) -> usize {
    let mut operations = 0;
    let fits = |request: &&Vec<Operation>| {
        operations += request.len();
        operations <= MAX_BATCH
    };
    requests.iter().take_while(fits).count().max(1)
}

#[cfg(test)]
mod tests;
