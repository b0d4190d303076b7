//! One lane's work: read, decide, write in one statement, answer.

use std::{sync::Arc, time::Duration};

use kvitt_runtime::Clock;
use sqlx::PgPool;
use tokio::sync::watch;
use tracing::Instrument as _;

use super::{Answer, Failure, Submission, batch::Batch};
use crate::store;

/// How often a batch is read and decided again before its commands are tried alone, or given up.
const TRIES: u32 = 5;
/// Pause after a lost connection; doubled each time.
const FIRST_PAUSE: Duration = Duration::from_millis(20);

/// Writes one part of the log.
#[derive(Debug)]
pub(super) struct Writer {
    part: i16,
    pool: PgPool,
    clock: Clock,
    heads: Arc<[watch::Sender<i64>]>,
}

/// Why a batch was not written.
enum Obstacle {
    /// Somebody else wrote first, or the connection was lost: read and decide again.
    Again(sqlx::Error),
    /// There is no connection, and the pool has waited for one as long as a caller should.
    Away(sqlx::Error),
    /// It would fail again.
    Refused(sqlx::Error),
}

impl Writer {
    pub(super) fn new(part: i16, pool: PgPool, clock: Clock, heads: Arc<[watch::Sender<i64>]>) -> Self {
        Self { part, pool, clock, heads }
    }

    /// Answers every submission, in order. One that fails alone does not fail its neighbours.
    pub(super) async fn handle(&self, batch: Vec<Submission>) -> Vec<Answer> {
        match self.persist(&batch).await {
            Ok(answers) => answers,
            Err(failure) if batch.len() == 1 => vec![Answer::Failed(failure)],
            Err(Failure::Broken | Failure::Contended) => {
                let mut answers = Vec::with_capacity(batch.len());
                for submission in &batch {
                    match self.persist(std::slice::from_ref(submission)).await {
                        Ok(alone) => answers.extend(alone),
                        // The others would only wait for the database one after another.
                        Err(Failure::Unavailable) => break,
                        Err(failure) => answers.push(Answer::Failed(failure)),
                    }
                }
                answers.resize(batch.len(), Answer::Failed(Failure::Unavailable));
                answers
            }
            Err(failure) => vec![Answer::Failed(failure); batch.len()],
        }
    }

    async fn persist(&self, batch: &[Submission]) -> Result<Vec<Answer>, Failure> {
        let mut pause = FIRST_PAUSE;
        for attempt in 1..=TRIES {
            match self.attempt(batch).await {
                Ok(answers) => return Ok(answers),
                Err(Obstacle::Refused(error)) => {
                    tracing::error!(
                        part = self.part,
                        commands = batch.len(),
                        error = &error as &dyn std::error::Error,
                        "the log refused a batch"
                    );
                    return Err(Failure::Broken);
                }
                Err(Obstacle::Away(error)) => {
                    tracing::warn!(
                        part = self.part,
                        commands = batch.len(),
                        error = &error as &dyn std::error::Error,
                        "the database is away"
                    );
                    return Err(Failure::Unavailable);
                }
                Err(Obstacle::Again(error)) => {
                    let lost = kvitt_postgres::unavailable(&error);
                    tracing::warn!(
                        part = self.part,
                        attempt,
                        error = &error as &dyn std::error::Error,
                        "a batch is read and decided again"
                    );
                    if attempt == TRIES {
                        return Err(if lost { Failure::Unavailable } else { Failure::Contended });
                    }
                    if lost {
                        tokio::time::sleep(pause).await;
                        pause *= 2;
                    }
                }
            }
        }
        Err(Failure::Unavailable)
    }

    async fn attempt(&self, submissions: &[Submission]) -> Result<Vec<Answer>, Obstacle> {
        let mut connection = self.pool.acquire().await.map_err(Obstacle::Away)?;
        let payments = submissions.iter().map(|s| (&s.msn, &s.reference));
        let keys = submissions.iter().filter_map(|s| Some((&s.msn, s.key.as_ref()?.idem)));
        // The log first: what was written in between then shows as a conflict, not as a command done twice.
        let read = store::span("payment_log.read");
        let (records, payments) = async {
            let records = store::log::find_records(&mut connection, keys).await?;
            let payments = store::payments::find(&mut connection, payments).await?;
            Ok((records, payments))
        }
        .instrument(read)
        .await
        .map_err(Obstacle::of)?;

        let now = self.clock.now();
        let mut batch = Batch::new(payments, records);
        let answers: Vec<_> = submissions.iter().map(|submission| batch.decide(submission, now)).collect();
        if !batch.rows().is_empty() {
            let write = store::span("payment_log.append");
            let next = store::log::append(
                &mut connection,
                self.part,
                batch.rows(),
                &batch.payments(),
                &batch.timers(),
            )
            .instrument(write)
            .await
            .map_err(Obstacle::of)?;
            let head = &self.heads[usize::from(self.part.unsigned_abs())];
            head.send_if_modified(|known| std::mem::replace(known, next.max(*known)) < next);
        }
        Ok(answers)
    }
}

impl Obstacle {
    /// A broken fence (unique violation, or the division that a missing head or a foreign reference causes), a
    /// serialisation failure, or a lost connection passes; anything else is the row's own fault.
    fn of(error: sqlx::Error) -> Self {
        let passing = ["23505", "22012", "40001", "40P01"];
        let state = kvitt_postgres::sql_state(&error);
        if kvitt_postgres::unavailable(&error) || state.is_some_and(|state| passing.contains(&state.as_ref()))
        {
            Self::Again(error)
        } else {
            Self::Refused(error)
        }
    }
}
