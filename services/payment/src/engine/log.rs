//! What a lane asks of the log it writes. PostgreSQL is the one that counts (`store/lanes.rs`); the simulation has
//! another in memory.

use std::{collections::BTreeSet, time::Duration};

use kvitt_primitives::{Msn, Reference};
use uuid::Uuid;

use super::{Submission, batch::Batch};
use crate::{domain::Payment, store::Record};

/// The log of one part, and the folds.
pub(crate) trait Log: Send + Sync + 'static {
    /// The rows that hold these keys and the payments with these references, as they are committed; absent ones are
    /// left out. The rows are read first: what is written in between then shows as a conflict, not as a command done
    /// twice.
    fn read(&self, question: &Question) -> impl Future<Output = Result<Answers, Obstacle>> + Send;

    /// Appends everything a batch decided, or nothing. Answers the part's next position.
    fn append(&self, batch: &Batch) -> impl Future<Output = Result<i64, Obstacle>> + Send;

    /// Whether the part has been closed, so that its sales units are written elsewhere.
    fn is_closed(&self) -> impl Future<Output = Result<bool, Obstacle>> + Send;

    /// Lets a log that was lost recover.
    fn pause(&self, time: Duration) -> impl Future<Output = ()> + Send {
        tokio::time::sleep(time)
    }
}

/// What to read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Question {
    pub(crate) keys: BTreeSet<(Msn, Uuid)>,
    pub(crate) payments: BTreeSet<(Msn, Reference)>,
}

impl Question {
    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.payments.is_empty()
    }

    /// Asks for all that these commands rest on.
    pub(super) fn add<'a>(&mut self, submissions: impl Iterator<Item = &'a Submission>) {
        for submission in submissions {
            self.payments.insert(submission.at());
            self.keys.extend(submission.key.as_ref().map(|key| (submission.msn.clone(), key.idem)));
        }
    }

    /// How many statements it takes.
    pub(super) fn statements(&self) -> u64 {
        u64::from(!self.keys.is_empty()) + u64::from(!self.payments.is_empty())
    }
}

/// What is there.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    pub(crate) records: Vec<Record>,
    pub(crate) payments: Vec<Payment>,
}

/// Why a batch was not read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Obstacle {
    /// Somebody else wrote first: read and decide again.
    #[error("another writer was faster, or the part is closed")]
    Conflict(#[source] Cause),
    /// The connection was lost, and whether anything was written is unknown: read and decide again.
    #[error("the connection was lost")]
    Lost(#[source] Cause),
    /// There is no connection, and the pool has waited for one as long as a caller should.
    #[error("the database is away")]
    Away(#[source] Cause),
    /// It would fail again.
    #[error("the log refused a batch")]
    Refused(#[source] Cause),
}

impl Obstacle {
    /// Says it in the log of the process: loudly when it will not pass.
    pub(super) fn tell(&self, commands: usize, attempt: u32) {
        let error = self as &dyn std::error::Error;
        match self {
            Self::Conflict(_) => {
                tracing::debug!(commands, attempt, error, "a batch is read and decided again");
            }
            Self::Lost(_) => tracing::warn!(commands, attempt, error, "a batch is read and decided again"),
            Self::Away(_) => tracing::warn!(commands, error, "a batch was not taken"),
            Self::Refused(_) => tracing::error!(commands, error, "a batch cannot be written"),
        }
    }
}

/// What the database said.
pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync>;
