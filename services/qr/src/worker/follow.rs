//! What the events of payment's log mean here: what came of the payments that were begun by links. Counted in the
//! transaction that moves the cursor, so that each event counts once, whatever stops in between.

use std::collections::BTreeMap;

use kvitt_feed::Consumer;
use kvitt_proto::payment::v1::{FeedEvent, PaymentEvent, PaymentEventName};
use kvitt_runtime::ServiceName;
use sqlx::PgConnection;
use tonic::Status;
use tracing::error;

use crate::{
    domain::attempt::{Named, PREFIX, Told, changes},
    store::{link_payments, payment_links},
};

/// Counts what came of links.
#[derive(Clone)]
pub(crate) struct Following;

impl Consumer for Following {
    const SERVICE: ServiceName = ServiceName::Qr;

    /// What the events say of each payment that may be a link's.
    type Known = BTreeMap<Named, Told>;
    type Effect = ();

    async fn prepare(&self, events: &[FeedEvent]) -> Result<Self::Known, Status> {
        let mut told = BTreeMap::new();
        for event in events {
            if let Err(what) = note(event, &mut told) {
                error!(what, "an event of payment's log is not as it should be; it is not counted");
            }
        }
        Ok(told)
    }

    async fn apply(
        &self,
        tx: &mut PgConnection,
        _events: &[FeedEvent],
        told: &Self::Known,
    ) -> Result<(), sqlx::Error> {
        if told.is_empty() {
            return Ok(());
        }
        // Merchants' own references may begin as those of links do: what is not found is passed over.
        let attempts = link_payments::lock(tx, &told.keys().collect::<Vec<_>>()).await?;
        let changes = changes(&attempts, told);
        link_payments::move_to(tx, &changes.attempts).await?;
        payment_links::count(tx, &changes.links).await
    }
}

/// Adds what an event says; the error names what it should have and has not.
fn note(event: &FeedEvent, told: &mut BTreeMap<Named, Told>) -> Result<(), &'static str> {
    let event = event.event.as_ref().ok_or("event")?;
    if !event.reference.starts_with(PREFIX) {
        return Ok(());
    }
    let msn = event.msn.parse().map_err(|_| "event.msn")?;
    let reference = event.reference.parse().map_err(|_| "event.reference")?;
    let known = told.entry((msn, reference)).or_default();
    match event.name() {
        PaymentEventName::Authorized => known.approved |= event.success,
        PaymentEventName::Aborted | PaymentEventName::Expired | PaymentEventName::Terminated => {
            known.ended = true;
        }
        PaymentEventName::Captured if event.success => {
            known.captured_minor = known.captured_minor.saturating_add(amount(event)?);
        }
        PaymentEventName::Refunded if event.success => {
            known.refunded_minor = known.refunded_minor.saturating_add(amount(event)?);
        }
        PaymentEventName::Created
        | PaymentEventName::Cancelled
        | PaymentEventName::Captured
        | PaymentEventName::Refunded => {}
        PaymentEventName::Unspecified => return Err("event.name"),
    }
    Ok(())
}

fn amount(event: &PaymentEvent) -> Result<i64, &'static str> {
    let amount = event.amount.map(|amount| amount.amount_minor);
    amount.filter(|minor| *minor >= 0).ok_or("event.amount")
}

#[cfg(test)]
mod tests;
