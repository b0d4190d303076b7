//! Group commit by the application: the log is divided into parts, one lane writes each part, and a batch of commands
//! is one statement, one round trip, one fsync (ARCHITECTURE, "The payment engine").
//!
//! A use case builds a [`Submission`] with everything it needs from elsewhere and hands it to [`Engine::submit`].
//! Nothing is answered before it is durable, and nothing is refused or replayed without having been read.

mod batch;
pub(crate) mod log;
mod memory;
mod parts;
mod routes;
mod stats;
mod writer;

use std::sync::Arc;

use kvitt_primitives::{EventId, IdempotencyKey, Msn, Reference};
use kvitt_runtime::{Clock, LaneError};
use sha2::{Digest as _, Sha256};
use sqlx::PgPool;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    domain::{Command, Payment, Refusal},
    store::Record,
};
pub(crate) use batch::Batch;
pub(crate) use parts::{Head, Parts, Tip};
pub use stats::Counts;
#[cfg(test)]
pub(crate) use {stats::Stats, writer::Writer};

use routes::Routes;

/// A command on its way to its part.
#[derive(Debug, Clone)]
pub(crate) struct Submission {
    pub(crate) msn: Msn,
    pub(crate) reference: Reference,
    pub(crate) command: Command,
    /// Fresh; the id of the event, if the command causes one.
    pub(crate) event_id: EventId,
    pub(crate) key: Option<Key>,
    /// For a command that settles an earlier one: the key that the merchant sent with that one.
    pub(crate) settles: Option<IdempotencyKey>,
    /// What the merchant says about it, kept with what it causes.
    pub(crate) text: Option<String>,
}

impl Submission {
    /// For what an event of this brings with it: without the key, which that event has, and under an id of its own. It is
    /// made out of this one's, so that deciding again gives the same.
    fn consequence(&self) -> Self {
        let id = hash(&[b"consequence", self.event_id.as_uuid().as_bytes()]);
        let event_id = EventId::from_uuid(uuid::Builder::from_custom_bytes(id.into_bytes()).into_uuid());
        let (msn, reference) = self.at();
        Self { msn, reference, command: Command::Expire, event_id, key: None, settles: None, text: None }
    }

    /// Names its payment.
    fn at(&self) -> (Msn, Reference) {
        (self.msn.clone(), self.reference.clone())
    }
}

/// What recognises a repetition.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    /// Hash of operation, reference and key.
    pub(crate) idem: Uuid,
    /// Hash of the command.
    pub(crate) request: Uuid,
    /// As the merchant sent it; `None` when nobody did.
    pub(crate) shown: Option<IdempotencyKey>,
}

impl Key {
    /// `scope` is the reference, or empty for a create; `request` the normalised command, without credentials and key.
    pub(crate) fn new(operation: &str, scope: &str, key: &IdempotencyKey, request: &[u8]) -> Self {
        let idem = hash(&[operation.as_bytes(), scope.as_bytes(), key.as_str().as_bytes()]);
        let request = hash(&[operation.as_bytes(), request]);
        Self { idem, request, shown: Some(key.clone()) }
    }

    /// The same key, never shown: it was made inside the platform.
    pub(crate) fn hidden(self) -> Self {
        Self { shown: None, ..self }
    }
}

/// The first 16 bytes of a SHA-256 over the pieces, each with its length before it.
fn hash(pieces: &[&[u8]]) -> Uuid {
    let mut digest = Sha256::new();
    for piece in pieces {
        digest.update((piece.len() as u64).to_be_bytes());
        digest.update(piece);
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.finalize()[..16]);
    Uuid::from_bytes(bytes)
}

/// What became of a submission.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// Done now; this is its row.
    Done(Arc<Record>),
    /// Done before under the same key; this is its row.
    Replayed(Arc<Record>),
    /// There was nothing to do; this is the payment.
    Nothing(Box<Payment>),
    /// Refused, now or before under the same key.
    Refused(Refusal),
    /// The key has been used for something else.
    KeyConflict,
    /// Not known to be done: try again.
    Failed(Failure),
}

/// Why a submission has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    /// Too many commands wait; this one was not taken.
    #[error("the queue of the part is full")]
    Overloaded,
    /// The database does not answer, or the part's writer is gone; the outcome is unknown.
    #[error("the log cannot be written now")]
    Unavailable,
    /// Another writer was faster every time, or the part takes no more rows; nothing was done.
    #[error("the row could not be fenced")]
    Contended,
    /// The part has been closed and another holds the sales unit; nothing was done.
    #[error("the part is closed")]
    Closed,
    /// The log refuses this command's row, alone.
    #[error("the log refused the row")]
    Broken,
}

/// How often a command is taken to another part because its own was closed meanwhile.
const MOVES: usize = 3;

/// The lanes of all parts.
#[derive(Debug, Clone)]
pub(crate) struct Engine {
    routes: Arc<Routes>,
}

impl Engine {
    /// Starts a lane for each open part. `pool` must offer a connection for each.
    pub(crate) fn start(pool: &PgPool, parts: Parts, clock: &Clock, shutdown: &CancellationToken) -> Self {
        Self { routes: Arc::new(Routes::new(pool.clone(), clock.clone(), shutdown.clone(), parts)) }
    }

    /// Queues a command with its part and waits until its outcome is durable.
    pub(crate) async fn submit(&self, submission: Submission) -> Answer {
        let submission = Arc::new(submission);
        for _ in 0..MOVES {
            let route = self.routes.now();
            let Some(lane) = route.lane(&submission.msn) else { return Answer::Failed(Failure::Unavailable) };
            match lane.submit(Arc::clone(&submission)).await {
                // The log has been divided anew: nothing was done, and the command belongs to another part now.
                Ok(Answer::Failed(Failure::Closed)) => {
                    if let Err(error) = self.routes.renew().await {
                        let error = &error as &dyn std::error::Error;
                        tracing::warn!(error, "the parts of the log cannot be read");
                        return Answer::Failed(Failure::Unavailable);
                    }
                }
                Ok(answer) => return answer,
                Err(LaneError::Full) => return Answer::Failed(Failure::Overloaded),
                Err(LaneError::Gone) => return Answer::Failed(Failure::Unavailable),
            }
        }
        Answer::Failed(Failure::Contended)
    }

    /// How the log is divided, as far as this process knows.
    pub(crate) fn parts(&self) -> Parts {
        self.routes.now().parts.clone()
    }

    /// How far a part is written, as far as this process knows; wakes followers. `None` when there is no such part.
    pub(crate) fn tip(&self, part: i16) -> Option<watch::Receiver<Tip>> {
        self.routes.tip(part)
    }

    /// Takes what the heads of all parts say.
    pub(crate) fn look(&self, heads: Vec<Head>) {
        self.routes.look(heads);
    }

    /// What the lanes have done.
    pub(crate) fn counts(&self) -> Counts {
        self.routes.counts()
    }

    /// Waits until every lane has written what it had taken, after a shutdown.
    pub(crate) async fn ended(&self) {
        self.routes.ended().await;
    }
}

#[cfg(test)]
mod tests;
