//! Read a payment. What many callers ask at the same time is read as one batch.

use kvitt_primitives::{Msn, Reference};
use kvitt_runtime::{Lane, LaneError};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use super::{App, Error};
use crate::{
    domain::{Payment, Refusal, State, Terms},
    engine::Failure,
    store,
};

/// A payment with what it was created with, and where its payer can still be sent.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) payment: Payment,
    pub(crate) terms: Terms,
    pub(crate) redirect_url: Option<String>,
}

/// The payment as it stands.
pub(crate) async fn get(app: &App, msn: &Msn, reference: &Reference) -> Result<Read, Error> {
    let found = app.reads.find(msn, reference).await?;
    let (payment, terms) = *found.ok_or(Error::Refused(Refusal::ReferenceNotFound))?;
    let redirect_url = if payment.state == State::Created { app.links.redirect_url(&terms) } else { None };
    Ok(Read { payment, terms, redirect_url })
}

type Answer = Result<Option<Box<(Payment, Terms)>>, Failure>;

/// Reads payments as they are committed. Clones share the lane.
#[derive(Debug, Clone)]
pub(crate) struct Reads {
    lane: Lane<(Msn, Reference), Answer>,
}

impl Reads {
    /// Starts the lane. Cancel `shutdown` after the server has drained.
    pub(crate) fn spawn(pool: PgPool, shutdown: CancellationToken) -> Self {
        let handler = move |asked| {
            let pool = pool.clone();
            async move { find(&pool, asked).await }
        };
        Self { lane: Lane::spawn("reads", handler, shutdown) }
    }

    async fn find(&self, msn: &Msn, reference: &Reference) -> Answer {
        self.lane.submit((msn.clone(), reference.clone())).await.map_err(|error| match error {
            LaneError::Full => Failure::Overloaded,
            LaneError::Gone => Failure::Unavailable,
        })?
    }
}

async fn find(pool: &PgPool, asked: Vec<(Msn, Reference)>) -> Vec<Answer> {
    let reading = async {
        let mut connection = pool.acquire().await?;
        store::payments::find_with_terms(&mut connection, &asked).await
    };
    match reading.await {
        Ok(found) => found
            .into_iter()
            .map(|found| found.transpose().map(|found| found.map(Box::new)).map_err(|error| failure(&error)))
            .collect(),
        Err(error) => vec![Err(failure(&error)); asked.len()],
    }
}

fn failure(error: &sqlx::Error) -> Failure {
    let cause = error as &dyn std::error::Error;
    if kvitt_postgres::unavailable(error) {
        tracing::warn!(error = cause, "payments cannot be read now");
        Failure::Unavailable
    } else {
        tracing::error!(error = cause, "a payment cannot be read");
        Failure::Broken
    }
}
