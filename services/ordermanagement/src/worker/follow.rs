//! What the events of payment's log mean here: a payment that is created may bring the receipt of its order.

use kvitt_feed::Consumer;
use kvitt_proto::{
    payment::v1::{FeedEvent, PaymentEventName},
    time,
};
use kvitt_runtime::ServiceName;
use sqlx::PgConnection;
use tonic::Status;
use tracing::error;

use crate::{
    app::{Brought, keep_receipts},
    domain::{Order, PaymentType},
    grpc::receipt,
};

/// Keeps the receipts.
#[derive(Clone, Debug)]
pub(crate) struct Receipts;

impl Consumer for Receipts {
    const SERVICE: ServiceName = ServiceName::OrderManagement;

    type Known = ();
    type Effect = ();

    async fn prepare(&self, _events: &[FeedEvent]) -> Result<(), Status> {
        Ok(())
    }

    async fn apply(&self, tx: &mut PgConnection, events: &[FeedEvent], (): &()) -> Result<(), sqlx::Error> {
        let brought = events.iter().filter_map(|event| {
            decode(event).unwrap_or_else(|what| {
                error!(what, "an event of payment's log is not as it should be, and its receipt is not kept");
                None
            })
        });
        keep_receipts(tx, brought.collect()).await
    }
}

/// The receipt that an event brings. The error names what an event should have and has not.
fn decode(feed_event: &FeedEvent) -> Result<Option<Brought>, &'static str> {
    let event = feed_event.event.as_ref().ok_or("event")?;
    let receipt = feed_event.created.as_ref().and_then(|created| created.receipt.clone());
    let Some(receipt) = receipt.filter(|_| event.name() == PaymentEventName::Created) else {
        return Ok(None);
    };
    let receipt = receipt::from_proto(receipt).map_err(|_| "created.receipt")?;
    // One event must never stop all that follow.
    if receipt.holds_nul() {
        return Err("created.receipt without the character NUL");
    }
    let order = Order {
        msn: event.msn.parse().map_err(|_| "event.msn")?,
        payment_type: PaymentType::Ecom,
        order_id: event.reference.parse().map_err(|_| "event.reference")?,
    };
    let at = event.occurred_at.ok_or("event.occurred_at")?;
    let at = time::from_proto(at, "").map_err(|_| "event.occurred_at")?;
    Ok(Some(Brought { order, receipt, at }))
}

#[cfg(test)]
mod tests;
