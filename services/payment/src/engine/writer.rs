//! One lane's work: read what must be read, decide, write in one statement, answer.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use kvitt_runtime::{Clock, crash};
use tokio::sync::watch;

use super::{
    Answer, Failure, Submission,
    batch::Batch,
    log::{Log, Obstacle, Question},
    memory::Memory,
    parts::Tip,
    stats::Stats,
};
use crate::domain::Command;

/// How often a batch is read and decided again before its commands are tried alone, or given up.
const TRIES: u32 = 5;
/// Pause after a lost connection; doubled each time.
const FIRST_PAUSE: Duration = Duration::from_millis(20);

/// Writes one part of the log.
#[derive(Debug)]
pub(crate) struct Writer<L> {
    log: L,
    clock: Clock,
    /// How far the part is written, as far as this process knows; wakes followers.
    tip: watch::Sender<Tip>,
    /// Only this lane uses it, and never across a wait.
    memory: Mutex<Memory>,
    stats: Arc<Stats>,
}

/// How much of what a batch rests on is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trust {
    /// What the lane remembers will do; the fence notices what is wrong with it.
    Memory,
    /// Everything.
    Nothing,
}

impl<L: Log> Writer<L> {
    pub(crate) fn new(log: L, clock: Clock, tip: watch::Sender<Tip>, stats: Arc<Stats>) -> Self {
        Self { log, clock, tip, memory: Mutex::default(), stats }
    }

    /// Answers every submission, in order. One that fails alone does not fail its neighbours.
    pub(crate) async fn handle(&self, batch: Vec<Arc<Submission>>) -> Vec<Answer> {
        self.stats.batch(batch.len());
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

    async fn persist(&self, batch: &[Arc<Submission>]) -> Result<Vec<Answer>, Failure> {
        let mut pause = FIRST_PAUSE;
        let mut trust = Trust::Memory;
        for attempt in 1..=TRIES {
            let obstacle = match self.attempt(batch, trust).await {
                Ok(answers) => return Ok(answers),
                Err(obstacle) => obstacle,
            };
            trust = Trust::Nothing;
            self.forget(batch);
            obstacle.tell(batch.len(), attempt);
            match obstacle {
                Obstacle::Refused(_) => return Err(Failure::Broken),
                Obstacle::Away(_) => return Err(Failure::Unavailable),
                Obstacle::Conflict(_) if matches!(self.log.is_closed().await, Ok(true)) => {
                    return Err(Failure::Closed);
                }
                Obstacle::Conflict(_) if attempt == TRIES => return Err(Failure::Contended),
                Obstacle::Conflict(_) => {}
                Obstacle::Lost(_) => {
                    self.log.pause(pause).await;
                    pause *= 2;
                }
            }
        }
        Err(Failure::Unavailable)
    }

    async fn attempt(&self, submissions: &[Arc<Submission>], trust: Trust) -> Result<Vec<Answer>, Obstacle> {
        let mut question = match trust {
            Trust::Memory => self.unknown(submissions),
            Trust::Nothing => everything(submissions),
        };
        loop {
            let mut batch = Batch::default();
            if trust == Trust::Memory {
                self.recall(submissions, &mut batch);
            }
            if !question.is_empty() {
                self.stats.statements(question.statements());
                let found = self.log.read(&question).await?;
                batch.confirm(&question, found);
            }
            let now = self.clock.now();
            let decided: Vec<_> = submissions.iter().map(|one| batch.decide(one, now)).collect();
            if decided.iter().any(|decided| !decided.sure) {
                // More is read each time, so this ends: at the latest when everything has been.
                let unsure = submissions.iter().zip(&decided).filter(|(_, decided)| !decided.sure);
                question.add(unsure.map(|(submission, _)| &**submission));
                continue;
            }
            if !batch.rows().is_empty() {
                self.stats.statements(1);
                crash::point("payment.append.before");
                let began_at = Instant::now();
                let next = self.log.append(&batch).await?;
                self.stats.commit(began_at.elapsed());
                crash::point("payment.append.after");
                self.learn(&batch);
                Tip::advance(&self.tip, next, false);
            }
            return Ok(decided.into_iter().map(|decided| decided.answer).collect());
        }
    }

    /// What cannot be decided from memory: payments that it does not hold, and keys that may have been used. A create's
    /// reference is taken as free.
    fn unknown(&self, submissions: &[Arc<Submission>]) -> Question {
        let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let mut question = Question::default();
        for submission in submissions {
            let used = submission.key.as_ref().is_some_and(|key| memory.has_key(&submission.msn, key.idem));
            let at = submission.at();
            if used {
                question.add(std::iter::once(&**submission));
            } else if !matches!(submission.command, Command::Create(_)) && memory.payment(&at).is_none() {
                question.payments.insert(at);
            }
        }
        question
    }

    fn recall(&self, submissions: &[Arc<Submission>], batch: &mut Batch) {
        let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        for payment in submissions.iter().filter_map(|submission| memory.payment(&submission.at())) {
            batch.recall(payment.clone());
        }
    }

    fn learn(&self, batch: &Batch) {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        for payment in batch.payments() {
            memory.learn(payment.clone());
        }
        for record in batch.rows() {
            if let Some(key) = &record.key {
                memory.learn_key(&record.msn, key.idem);
            }
        }
    }

    fn forget(&self, submissions: &[Arc<Submission>]) {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        for submission in submissions {
            memory.forget(&submission.at());
        }
    }
}

fn everything(submissions: &[Arc<Submission>]) -> Question {
    let mut question = Question::default();
    question.add(submissions.iter().map(|submission| &**submission));
    question
}
