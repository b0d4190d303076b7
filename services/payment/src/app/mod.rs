//! The use cases, one file each. A use case gathers what a command needs from elsewhere, hands it to the engine, and
//! turns the answer into a result; it decides nothing about a payment.

mod acquirer;
pub(crate) mod approve;
pub(crate) mod cancel;
pub(crate) mod capture;
pub(crate) mod create;
pub(crate) mod cursor;
mod customer;
pub(crate) mod events;
pub(crate) mod get;
mod merchants;
pub(crate) mod payer_terms;
pub(crate) mod refund;
pub(crate) mod reject;
pub(crate) mod resolve;
pub(crate) mod search;
pub(crate) mod tail;
mod token;

use std::sync::Arc;

use kvitt_primitives::{EventId, Msn, Reference};
use kvitt_proto::wallet::v1::payer_service_client::PayerServiceClient;
use kvitt_runtime::{Authority, Clock, PeerChannel};
use sqlx::PgPool;
use tonic::Status;
use uuid::Uuid;

use crate::{
    domain::{Callbacks, Command, Refusal},
    engine::{Answer, Engine, Failure, Key, Submission},
    store::Record,
};
pub(crate) use acquirer::Acquirer;
pub(crate) use create::Links;
pub(crate) use cursor::Cursors;
pub(crate) use get::Reads;
pub(crate) use merchants::Merchants;

/// What the use cases stand on.
#[derive(Debug, Clone)]
pub(crate) struct App {
    pub(crate) pool: PgPool,
    pub(crate) engine: Engine,
    pub(crate) reads: Reads,
    pub(crate) clock: Clock,
    pub(crate) authority: Authority,
    pub(crate) merchants: Merchants,
    pub(crate) payers: PayerServiceClient<PeerChannel>,
    pub(crate) acquirer: Acquirer,
    pub(crate) links: Links,
    pub(crate) callbacks: Callbacks,
    pub(crate) cursors: Cursors,
}

/// Why a use case has no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("refused: {0:?}")]
    Refused(Refusal),
    #[error("the idempotency key has been used for something else")]
    KeyConflict,
    #[error(transparent)]
    Failure(#[from] Failure),
    #[error("the database gave no answer")]
    Database(#[from] sqlx::Error),
    /// Another service's answer, to be passed on as it is.
    #[error("another service refused: {}", .0.message())]
    Peer(#[from] Status),
    #[error("the acquirer has not answered; the operation goes on by itself")]
    Unanswered,
}

/// What comes with a command and is no part of the decision.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) key: Key,
    /// What the merchant says about it.
    pub(crate) text: Option<String>,
}

impl From<Key> for Said {
    fn from(key: Key) -> Self {
        Self { key, text: None }
    }
}

impl App {
    /// Hands a command to the engine under a fresh event id.
    async fn submit(&self, msn: &Msn, reference: &Reference, command: Command, said: Option<Said>) -> Answer {
        let event_id = EventId::from_uuid(Uuid::now_v7());
        let (msn, reference) = (msn.clone(), reference.clone());
        let (key, text) = said.map_or((None, None), |said| (Some(said.key), said.text));
        self.engine.submit(Submission { msn, reference, command, event_id, key, settles: None, text }).await
    }

    /// The same, for commands that always leave a row.
    async fn change(
        &self,
        msn: &Msn,
        reference: &Reference,
        command: Command,
        key: Key,
    ) -> Result<Arc<Record>, Error> {
        Ok(Arc::clone(self.begin(msn, reference, command, key.into()).await?.record()))
    }

    /// The same, where it matters whether it happened now.
    async fn begin(
        &self,
        msn: &Msn,
        reference: &Reference,
        command: Command,
        said: Said,
    ) -> Result<Begun, Error> {
        match self.submit(msn, reference, command, Some(said)).await {
            Answer::Done(record) => Ok(Begun::Now(record)),
            Answer::Replayed(record) => Ok(Begun::Before(record)),
            other => Err(without_row(other)),
        }
    }
}

/// The row of a command.
#[derive(Debug)]
enum Begun {
    /// Written now.
    Now(Arc<Record>),
    /// Written before under the same key.
    Before(Arc<Record>),
}

impl Begun {
    fn record(&self) -> &Arc<Record> {
        let (Self::Now(record) | Self::Before(record)) = self;
        record
    }
}

/// The error in an answer that should have had a row.
fn without_row(answer: Answer) -> Error {
    match answer {
        Answer::Refused(refusal) => Error::Refused(refusal),
        Answer::KeyConflict => Error::KeyConflict,
        Answer::Failed(failure) => Error::Failure(failure),
        Answer::Done(_) | Answer::Replayed(_) | Answer::Nothing(_) => Error::Failure(Failure::Broken),
    }
}
