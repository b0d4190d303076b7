//! What the events of payment's log mean here: what was captured and refunded is posted, in the transaction that moves the
//! cursor, so that each is posted once, whatever stops in between. Who paid a VM number, and what merchants call their recurring
//! charges, is kept beside.

use kvitt_feed::Consumer;
use kvitt_proto::{
    error::v1::Reason,
    money,
    payment::v1::{CreatedDetails, FeedEvent, PaymentEvent, PaymentEventName},
    refusal, time,
};
use kvitt_runtime::{ServiceName, crash};
use sqlx::PgConnection;
use tonic::Status;
use tracing::error;
use uuid::Uuid;

use crate::{
    app::{
        App, Error,
        post_events::{Known, Movement, Named, Posting},
    },
    domain::personal,
    store::{charges::Charge, payers::Payer, positions},
};

/// Posts what was captured and refunded.
#[derive(Clone)]
pub(crate) struct Following {
    pub(crate) app: App,
}

/// What an event means.
enum Meaning {
    Posts(Posting),
    Names(Payer),
    Calls(Charge),
    Nothing,
}

impl Consumer for Following {
    const SERVICE: ServiceName = ServiceName::Settlement;

    type Known = Known;
    type Effect = ();

    async fn prepare(&self, events: &[FeedEvent]) -> Result<Known, Status> {
        let (mut postings, mut named) = (Vec::new(), Named::default());
        for event in events {
            match meaning(event) {
                Ok(Meaning::Posts(posting)) => postings.push(posting),
                Ok(Meaning::Names(payer)) => named.payers.push(payer),
                Ok(Meaning::Calls(charge)) => named.charges.push(charge),
                Ok(Meaning::Nothing) => {}
                Err(what) => {
                    error!(what, "an event of payment's log is not as it should be; it is not posted");
                }
            }
        }
        self.app.prepare_posting(postings, named).await.map_err(unavailable)
    }

    async fn apply(
        &self,
        tx: &mut PgConnection,
        _events: &[FeedEvent],
        known: &Known,
    ) -> Result<(), sqlx::Error> {
        known.post(tx).await?;
        crash::point("settlement.post.before");
        Ok(())
    }

    async fn reached(&self, tx: &mut PgConnection, part: i32, position: i64) -> Result<(), sqlx::Error> {
        positions::reach(tx, part, position).await
    }

    fn applied(&self, (): ()) {
        crash::point("settlement.post.after");
    }
}

/// Nothing is posted before it is known, so the part waits.
fn unavailable(error: Error) -> Status {
    match error {
        Error::Peer(status) => status,
        error => {
            error!(error = &error as &dyn std::error::Error, "what is to be posted cannot be prepared");
            refusal::status(Reason::Unavailable, "what is to be posted cannot be prepared")
        }
    }
}

/// What an event means; the error names what it should have and has not.
fn meaning(event: &FeedEvent) -> Result<Meaning, &'static str> {
    let (event, created) = (event.event.as_ref().ok_or("event")?, event.created.as_ref());
    let movement = match event.name() {
        PaymentEventName::Created => {
            return created.map_or(Ok(Meaning::Nothing), |created| named(event, created));
        }
        PaymentEventName::Captured => Movement::Captured,
        PaymentEventName::Refunded => Movement::Refunded,
        PaymentEventName::Authorized
        | PaymentEventName::Cancelled
        | PaymentEventName::Aborted
        | PaymentEventName::Expired
        | PaymentEventName::Terminated => return Ok(Meaning::Nothing),
        PaymentEventName::Unspecified => return Err("event.name"),
    };
    if !event.success {
        return Ok(Meaning::Nothing);
    }
    let amount = money::from_proto(event.amount, "amount").map_err(|_| "event.amount")?;
    let occurred_at = event.occurred_at.ok_or("event.occurred_at")?;
    Ok(Meaning::Posts(Posting {
        msn: event.msn.parse().map_err(|_| "event.msn")?,
        movement,
        amount: Some(amount).filter(|amount| amount.minor > 0).ok_or("event.amount")?,
        reference: stored(&event.reference).ok_or("event.reference")?,
        event_id: Uuid::try_parse(&event.psp_reference).map_err(|_| "event.psp_reference")?,
        occurred_at: time::from_proto(occurred_at, "occurredAt").map_err(|_| "event.occurred_at")?,
    }))
}

/// What is told of a new payment that its events do not tell again. Nobody charges a VM number.
fn named(event: &PaymentEvent, created: &CreatedDetails) -> Result<Meaning, &'static str> {
    if !created.external_id.is_empty() {
        return Ok(Meaning::Calls(Charge {
            msn: event.msn.parse().map_err(|_| "event.msn")?,
            reference: stored(&event.reference).ok_or("event.reference")?,
            external_id: stored(&created.external_id).ok_or("created.external_id")?,
        }));
    }
    let Some(terms) = &created.vm_number else { return Ok(Meaning::Nothing) };
    Ok(Meaning::Names(Payer {
        msn: event.msn.parse().map_err(|_| "event.msn")?,
        reference: stored(&event.reference).ok_or("event.reference")?,
        name: stored(&terms.payer_name).ok_or("created.vm_number.payer_name")?,
        masked_phone_no: personal::mask(&created.phone_number),
        message: stored(&terms.message).ok_or("created.vm_number.message")?,
    }))
}

/// A text as PostgreSQL can keep it.
fn stored(text: &str) -> Option<String> {
    (!text.contains('\0')).then(|| text.to_owned())
}

#[cfg(test)]
mod tests;
