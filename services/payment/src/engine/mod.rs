//! Group commit by the application: the log is divided into parts, one lane writes each part, and a batch of commands
//! is one statement, one round trip, one fsync (ARCHITECTURE, "The payment engine").
//!
//! A use case builds a [`Submission`] with everything it needs from elsewhere and hands it to [`Engine::submit`].
//! Nothing is answered before it is durable, and nothing is refused or replayed without having been read.

mod batch;
mod writer;

use std::sync::Arc;

use kvitt_primitives::{EventId, IdempotencyKey, Msn, Reference};
use kvitt_runtime::{Clock, Lane, LaneError};
use sha2::{Digest as _, Sha256};
use sqlx::PgPool;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    domain::{Command, Payment, Refusal},
    store::Record,
};
use writer::Writer;

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
    Done(Box<Record>),
    /// Done before under the same key; this is its row.
    Replayed(Box<Record>),
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
    /// The log refuses this command's row, alone.
    #[error("the log refused the row")]
    Broken,
}

/// The lanes of all parts.
#[derive(Debug, Clone)]
pub(crate) struct Engine {
    lanes: Arc<[Lane<Submission, Answer>]>,
    heads: Arc<[watch::Sender<i64>]>,
}

impl Engine {
    /// Starts a lane for each part. `pool` must offer a connection for each.
    pub(crate) fn start(pool: &PgPool, parts: i16, clock: &Clock, shutdown: &CancellationToken) -> Self {
        let heads: Arc<[_]> = (0..parts).map(|_| watch::Sender::new(0)).collect();
        let lanes = (0..parts)
            .map(|part| {
                let writer = Arc::new(Writer::new(part, pool.clone(), clock.clone(), Arc::clone(&heads)));
                let handler = move |batch| {
                    let writer = Arc::clone(&writer);
                    async move { writer.handle(batch).await }
                };
                Lane::spawn("payment_log", handler, shutdown.clone())
            })
            .collect();
        Self { lanes, heads }
    }

    /// Queues a command with its part and waits until its outcome is durable.
    pub(crate) async fn submit(&self, submission: Submission) -> Answer {
        let part = part_of(&submission.msn, self.parts());
        match self.lanes[usize::from(part.unsigned_abs())].submit(submission).await {
            Ok(answer) => answer,
            Err(LaneError::Full) => Answer::Failed(Failure::Overloaded),
            Err(LaneError::Gone) => Answer::Failed(Failure::Unavailable),
        }
    }

    /// How many parts the log has.
    pub(crate) fn parts(&self) -> i16 {
        i16::try_from(self.lanes.len()).expect("made from an i16")
    }

    /// Tells of each part the next free position, as far as this process knows; it wakes followers.
    pub(crate) fn head(&self, part: i16) -> Option<&watch::Sender<i64>> {
        self.heads.get(usize::try_from(part).ok()?)
    }

    /// Waits until every lane has written what it had taken, after a shutdown.
    pub(crate) async fn ended(&self) {
        for lane in self.lanes.iter() {
            lane.ended().await;
        }
    }
}

/// The part that holds everything of an MSN. Pinned by test vectors: another answer would split a sales unit's order.
pub(crate) fn part_of(msn: &Msn, parts: i16) -> i16 {
    let hash = xxhash_rust::xxh3::xxh3_64(msn.as_str().as_bytes());
    i16::try_from(hash % u64::from(parts.unsigned_abs())).expect("less than an i16")
}

#[cfg(test)]
mod tests;
