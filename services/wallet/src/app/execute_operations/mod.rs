//! The acquirer's lane: what many callers ask at the same time is read, decided and written as one batch.

mod memory;

use std::{sync::Arc, time::Duration};

use kvitt_postgres::unavailable;
use kvitt_runtime::{Clock, Lane, crash};
use sqlx::PgPool;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, warn};

#[cfg(feature = "sandbox")]
use crate::domain::acquirer::Decline;
pub(crate) use memory::Memory;

use crate::{
    domain::acquirer::{Book, Conditions, Operation, Outcome},
    error::{Error, ExecutionFailure},
    store::acquirer,
};

/// Most operations in one request.
pub(crate) const MAX_OPERATIONS: usize = 512;
/// Most operations in one statement.
const MAX_BATCH: usize = 2048;
/// How often a batch is decided again because another instance was faster.
pub(super) const MAX_RUNS: u32 = 8;
/// How often a request that was taken out of its batch is.
const MAX_RUNS_ALONE: u32 = 64;
/// How long a request alone waits for the others, at most.
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

type Answer = Result<Vec<Outcome>, ExecutionFailure>;

/// An operation to execute.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) operation: Operation,
    /// Why it is to be declined, whatever it asks.
    #[cfg(feature = "sandbox")]
    pub(crate) decline: Option<Decline>,
}

impl From<Operation> for Order {
    fn from(operation: Operation) -> Self {
        Self {
            operation,
            #[cfg(feature = "sandbox")]
            decline: None,
        }
    }
}

impl Order {
    fn execute(&self, book: &mut Book, conditions: Conditions) -> Outcome {
        #[cfg(feature = "sandbox")]
        if let Some(decline) = self.decline {
            return book.decline(&self.operation, decline);
        }
        book.execute(&self.operation, conditions)
    }
}

/// The acquirer. Clones share the lane.
#[derive(Clone)]
pub(crate) struct Acquirer {
    lane: Lane<Vec<Order>, Answer>,
    pub(super) executor: Executor,
}

impl Acquirer {
    /// Starts the lane. Cancel `shutdown` after the server has drained.
    pub(crate) fn spawn(executor: Executor, shutdown: CancellationToken) -> Self {
        let handling = executor.clone();
        let handler = move |requests| {
            let executor = handling.clone();
            async move { executor.run(requests).await }
        };
        Self { lane: Lane::spawn("acquirer", handler, shutdown), executor }
    }

    /// Executes orders in their order, each once, and answers each in the same order.
    pub(crate) async fn execute(&self, orders: Vec<Order>) -> Result<Vec<Outcome>, Error> {
        Ok(self.lane.submit(orders).await??)
    }

    /// Waits until everything taken has been answered.
    pub(crate) async fn ended(&self) {
        self.lane.ended().await;
    }
}

/// What changes cards and reservations. One does so at a time in this instance; other instances are kept out by the
/// versions of the rows. Clones take turns with each other, and remember the same.
#[derive(Clone)]
pub(crate) struct Executor {
    pub(super) pool: PgPool,
    pub(super) clock: Clock,
    /// Held by the one whose turn it is.
    pub(super) memory: Arc<Mutex<Memory>>,
    #[cfg(feature = "sandbox")]
    test_amounts: bool,
}

impl Executor {
    /// Without test amounts.
    pub(crate) fn new(pool: PgPool, clock: Clock) -> Self {
        Self {
            pool,
            clock,
            memory: Arc::default(),
            #[cfg(feature = "sandbox")]
            test_amounts: false,
        }
    }

    /// Lets some amounts call for an outcome of their own.
    #[cfg(feature = "sandbox")]
    pub(crate) fn with_test_amounts(self) -> Self {
        Self { test_amounts: true, ..self }
    }

    async fn run(&self, requests: Vec<Vec<Order>>) -> Vec<Answer> {
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
    async fn run_batch(&self, requests: &[Vec<Order>]) -> Vec<Answer> {
        let orders: Vec<_> = requests.iter().flatten().collect();
        match self.execute(&orders, MAX_RUNS).await {
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

    /// Executes what can be executed of a request. One operation that cannot is PENDING and does not fail the others,
    /// which may be other payments'; where none can, that is the answer.
    async fn run_one_by_one(&self, request: &[Order]) -> Answer {
        let mut outcomes = Vec::with_capacity(request.len());
        let mut failure = None;
        for order in request {
            match self.execute(&[order], MAX_RUNS_ALONE).await {
                Ok(outcome) => outcomes.extend(outcome),
                Err(ExecutionFailure::Unavailable) => return Err(ExecutionFailure::Unavailable),
                Err(failed) => {
                    failure = Some(failed);
                    outcomes.push(Outcome::Pending);
                }
            }
        }
        let some = outcomes.iter().any(|outcome| *outcome != Outcome::Pending);
        failure.filter(|_| !some).map_or(Ok(outcomes), Err)
    }

    async fn execute(&self, orders: &[&Order], max_runs: u32) -> Answer {
        persist(max_runs, || self.attempt(orders)).await
    }

    async fn attempt(&self, orders: &[&Order]) -> Result<Vec<Outcome>, sqlx::Error> {
        let mut memory = self.memory.lock().await;
        let operations: Vec<_> = orders.iter().map(|order| &order.operation).collect();
        let conditions = Conditions {
            now: self.clock.now(),
            #[cfg(feature = "sandbox")]
            test_amounts: self.test_amounts,
        };
        let decide = |mut book: Book| {
            let outcomes: Vec<_> = orders.iter().map(|order| order.execute(&mut book, conditions)).collect();
            (book, outcomes)
        };
        let done = |outcome: &Outcome| matches!(outcome, Outcome::Done { .. });
        let recalled = memory.recall(&operations).map(decide);
        let mut connection = self.pool.acquire().await?;
        let (book, outcomes) = match recalled.filter(|(_, outcomes)| outcomes.iter().all(done)) {
            Some(decided) => decided,
            None => decide(acquirer::read(&mut connection, &operations).await?),
        };
        if !book.fresh().is_empty() {
            crash::point("wallet.write.before");
            memory.write(&mut connection, &book, conditions.now).await?;
            crash::point("wallet.write.after");
        }
        Ok(outcomes)
    }
}

/// Reads, decides and writes until no other instance is faster in between.
pub(super) async fn persist<T, F>(max_runs: u32, attempt: impl Fn() -> F) -> Result<T, ExecutionFailure>
where
    F: Future<Output = Result<T, sqlx::Error>>,
{
    for run in 0..max_runs {
        match attempt().await {
            Ok(done) => return Ok(done),
            Err(error) if acquirer::lost_a_race(&error) => {
                debug!(run, error = %error, "the batch is decided again");
            }
            Err(error) if unavailable(&error) => {
                warn!(error = %error, "the database is away");
                return Err(ExecutionFailure::Unavailable);
            }
            Err(error) => {
                error!(error = %error, "the database refused a batch");
                return Err(ExecutionFailure::Refused);
            }
        }
        tokio::time::sleep(LONGEST_PAUSE.min(Duration::from_millis(run.into()))).await;
    }
    Err(ExecutionFailure::Contended)
}

/// How many requests, at least one, fit into one statement.
fn batch_length(requests: &[Vec<Order>]) -> usize {
    let mut operations = 0;
    let fits = |request: &&Vec<Order>| {
        operations += request.len();
        operations <= MAX_BATCH
    };
    requests.iter().take_while(fits).count().max(1)
}

#[cfg(test)]
mod tests;
