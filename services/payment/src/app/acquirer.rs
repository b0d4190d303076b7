//! The acquirer. What many payments ask for at the same time goes there as one request: a call costs more than what it
//! asks for.

use std::time::Duration;

use kvitt_proto::acquirer::v1::{
    ExecuteOperationsRequest, Operation, Outcome, acquirer_service_client::AcquirerServiceClient,
};
use kvitt_runtime::{Lane, PeerChannel};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::Error;

/// Operations in one request.
const MOST_OPERATIONS: usize = 512;

/// How long a request may go unanswered before the next one is sent beside it: a slow answer holds up its own payments
/// and no others.
const PATIENCE: Duration = Duration::from_millis(50);

/// Hears the outcome of one operation; nothing when the acquirer gave no answer.
type Awaited = oneshot::Receiver<Outcome>;

/// A client of the acquirer. Clones share the lane.
#[derive(Debug, Clone)]
pub(crate) struct Acquirer {
    client: AcquirerServiceClient<PeerChannel>,
    lane: Lane<Operation, Awaited>,
}

impl Acquirer {
    /// Asks the service behind the channel. The lane takes nothing after `shutdown`.
    pub(crate) fn new(peer: PeerChannel, shutdown: CancellationToken) -> Self {
        let client = AcquirerServiceClient::new(peer);
        let asked = client.clone();
        let handler = move |operations| ask(asked.clone(), operations);
        Self { client, lane: Lane::spawn("acquirer_calls", handler, shutdown) }
    }

    /// Executes an operation, in one request with those of others.
    pub(super) async fn execute_one(&self, operation: Operation) -> Result<Outcome, Error> {
        let awaited = self.lane.submit(operation).await.map_err(|_| Error::Unanswered)?;
        awaited.await.map_err(|_| Error::Unanswered)
    }

    /// Executes operations in their order; answers one outcome for each, or fails.
    pub(super) async fn execute(&self, operations: Vec<Operation>) -> Result<Vec<Outcome>, Error> {
        let mut outcomes = Vec::with_capacity(operations.len());
        for request in operations.chunks(MOST_OPERATIONS) {
            outcomes.extend(execute(self.client.clone(), request.to_vec()).await?);
        }
        Ok(outcomes)
    }
}

/// Sends a batch, and waits a moment for its answer.
async fn ask(client: AcquirerServiceClient<PeerChannel>, operations: Vec<Operation>) -> Vec<Awaited> {
    let (waiting, awaited): (Vec<_>, Vec<_>) = operations.iter().map(|_| oneshot::channel()).unzip();
    let asking = async move {
        let Ok(outcomes) = execute(client, operations).await else { return };
        for (waiting, outcome) in waiting.into_iter().zip(outcomes) {
            // Whoever has gone reads it from the log.
            waiting.send(outcome).ok();
        }
    };
    let asking = tokio::spawn(asking.in_current_span());
    tokio::time::timeout(PATIENCE, asking).await.ok();
    awaited
}

async fn execute(
    mut client: AcquirerServiceClient<PeerChannel>,
    operations: Vec<Operation>,
) -> Result<Vec<Outcome>, Error> {
    let asked = operations.len();
    let answered = client.execute_operations(ExecuteOperationsRequest { operations }).await;
    let outcomes = answered.map_err(|status| {
        tracing::warn!(code = ?status.code(), detail = status.message(), "the acquirer gave no answer");
        Error::Unanswered
    })?;
    let outcomes = outcomes.into_inner().outcomes;
    if outcomes.len() == asked { Ok(outcomes) } else { Err(Error::Unanswered) }
}
