//! Read a payment. What many callers ask at the same time is read as one batch.

use kvitt_primitives::{Msn, Reference};
use kvitt_proto::{
    error::v1::Reason,
    payment::v1::{Address, UserDetails},
    refusal::reason_of,
    wallet::v1::GetSharedDetailsRequest,
};
use kvitt_runtime::{Lane, LaneError};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use super::{App, Error};
use crate::{
    domain::{Agreed, Origin, Payment, Refusal, State, Terms},
    engine::Failure,
    store::{self, Kind},
};

/// A payment with what it was created with, where its payer can still be sent, and what they shared.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) payment: Payment,
    pub(crate) terms: Terms,
    pub(crate) redirect_url: Option<String>,
    pub(crate) agreed: Agreed,
    pub(crate) shared: Option<Shared>,
}

/// What the wallet tells of the payer: passed on, neither kept nor judged here, and so in the words of the contract.
#[derive(Default)]
pub(crate) struct Shared {
    pub(crate) user_details: UserDetails,
    pub(crate) address: Option<Address>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shared(_)")
    }
}

/// The payment as it stands; `origin` finds only those that came through it.
pub(crate) async fn get(
    app: &App,
    msn: &Msn,
    reference: &Reference,
    origin: Option<Origin>,
) -> Result<Read, Error> {
    let found = app.reads.find(msn, reference).await?;
    let found = found.filter(|found| origin.is_none_or(|origin| found.1.request.origin() == origin));
    let (payment, terms) = *found.ok_or(Error::Refused(Refusal::ReferenceNotFound))?;
    let redirect_url = if payment.state == State::Created { app.links.redirect_url(&terms) } else { None };
    let agreed = agreed(app, &payment).await?;
    let shared = match &agreed.sub {
        Some(sub) => Some(shared(app, &payment, sub).await?),
        None => None,
    };
    Ok(Read { payment, terms, redirect_url, agreed, shared })
}

/// What the payer said besides yes. It is in the log; most payments ask for nothing, and are read without it.
async fn agreed(app: &App, payment: &Payment) -> Result<Agreed, Error> {
    let asks = payment.rules.shares || payment.rules.ships;
    let Some(reservation) = payment.reservation.filter(|_| asks) else { return Ok(Agreed::default()) };
    let mut connection = app.pool.acquire().await?;
    let of = (&payment.msn, payment.id);
    let row = store::log::find_of_operation(&mut connection, of, reservation, &[Kind::Authorized]).await?;
    Ok(row.and_then(|row| row.reserved).map(|reserved| reserved.agreed).unwrap_or_default())
}

/// When the wallet is away the read fails like any that rests on a peer: an answer without personal data would say that
/// there is none any more, and a shop asks only once.
async fn shared(app: &App, payment: &Payment, sub: &str) -> Result<Shared, Error> {
    let request = GetSharedDetailsRequest {
        msn: payment.msn.to_string(),
        reference: payment.reference.to_string(),
        sub: sub.to_owned(),
    };
    match app.payers.clone().get_shared_details(request).await {
        Ok(found) => {
            let found = found.into_inner();
            let user_details = found.user_details.unwrap_or_default();
            Ok(Shared { user_details, address: found.shipping_address })
        }
        Err(status) if reason_of(&status) == Some(Reason::NotFound) => Ok(Shared {
            user_details: UserDetails { expired: true, ..UserDetails::default() },
            address: None,
        }),
        Err(status) => Err(Error::Peer(status)),
    }
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

    pub(super) async fn find(&self, msn: &Msn, reference: &Reference) -> Answer {
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
