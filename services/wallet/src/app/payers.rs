//! Who pays, and with what: what many callers ask at the same time is read as one batch.

use std::sync::Arc;

use kvitt_postgres::unavailable;
use kvitt_runtime::Lane;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::{
    domain::payer::{Wallet, Who},
    error::{Error, ExecutionFailure},
    store::payers,
};

type Answer = Result<Option<Arc<Wallet>>, ExecutionFailure>;

/// Looks payers up. Clones share the lane.
#[derive(Clone)]
pub(crate) struct Payers {
    lane: Lane<Who, Answer>,
}

impl Payers {
    /// Starts the lane. Cancel `shutdown` after the server has drained.
    pub(crate) fn spawn(pool: PgPool, shutdown: CancellationToken) -> Self {
        let handler = move |asked| {
            let pool = pool.clone();
            async move { find(&pool, asked).await }
        };
        Self { lane: Lane::spawn("payers", handler, shutdown) }
    }

    /// The payer and the cards; `None` when there is no such payer.
    pub(super) async fn find(&self, who: Who) -> Result<Option<Arc<Wallet>>, Error> {
        Ok(self.lane.submit(who).await??)
    }
}

async fn find(pool: &PgPool, asked: Vec<Who>) -> Vec<Answer> {
    let count = asked.len();
    let reading = async {
        let mut connection = pool.acquire().await?;
        payers::find_wallets(&mut connection, &asked).await
    };
    match reading.await {
        Ok(found) => found.into_iter().map(|wallet| Ok(wallet.map(Arc::new))).collect(),
        Err(error) => {
            let failure = if unavailable(&error) {
                tracing::warn!(%error, "the database is away");
                ExecutionFailure::Unavailable
            } else {
                tracing::error!(%error, "the database refused to look up payers");
                ExecutionFailure::Refused
            };
            vec![Err(failure); count]
        }
    }
}
