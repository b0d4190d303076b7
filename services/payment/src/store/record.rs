//! A row of the log: event, idempotency record and outbox message at once.

use chrono::{DateTime, Utc};
use kvitt_primitives::{Currency, EventId, IdempotencyKey, Money, Msn, OperationId, PaymentId, Reference};
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, Row as _, postgres::PgRow};
use uuid::Uuid;

use super::{
    kind::{Kind, state_from_number},
    unreadable,
};
use crate::{
    domain::{Agreed, Create, Decline, Event, Payment, Refusal, Reserved, State, Sums, Terms},
    engine::{Key, Submission},
};

/// One row, with the payment's state and sums right after it, so that an answer can be given again from it alone.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) payment_id: PaymentId,
    pub(crate) seq: i32,
    pub(crate) kind: Kind,
    pub(crate) state: State,
    pub(crate) at: DateTime<Utc>,
    /// Of this event alone, minor units.
    pub(crate) amount: i64,
    pub(crate) sums: Sums,
    /// As the payment was created.
    pub(crate) payment_amount: Money,
    pub(crate) event_id: EventId,
    pub(crate) key: Option<Key>,
    /// The merchant's key, as public events show it.
    pub(crate) shown: Option<IdempotencyKey>,
    /// The acquirer's operation; for captures and releases, the reservation.
    pub(crate) operation: Option<OperationId>,
    pub(crate) msn: Msn,
    pub(crate) reference: Reference,
    pub(crate) terms: Option<Terms>,
    /// Of a requested reservation, where the payer said more than yes.
    pub(crate) agreed: Option<Agreed>,
    /// Of a declined one; not in the oldest rows.
    pub(crate) decline: Option<Decline>,
    /// Of an authorized payment; not in the oldest rows.
    pub(crate) reserved: Option<Reserved>,
    /// Of the payment, as the process that wrote the row knows it; the row itself does not hold it.
    pub(crate) reservation: Option<OperationId>,
    /// Of a refused command, and why the acquirer declined a refund.
    pub(crate) refusal: Option<Refusal>,
    /// What the merchant said about a capture, a cancellation or a refund.
    pub(crate) text: Option<String>,
}

impl Record {
    /// The row of an event that `payment` has just taken.
    pub(crate) fn of_event(
        payment: &Payment,
        event: &Event,
        submission: &Submission,
        at: DateTime<Utc>,
    ) -> Self {
        let (amount, operation) = match event {
            Event::Captured { amount, .. } | Event::Cancelled { amount } => (*amount, payment.reservation),
            Event::CaptureDeclined { amount, operation }
            | Event::Refunded { amount, operation }
            | Event::RefundDeclined { amount, operation, .. } => (*amount, Some(*operation)),
            Event::ReserveRequested { pending, .. }
            | Event::CaptureRequested(pending)
            | Event::RefundRequested(pending) => (pending.amount, Some(pending.operation)),
            Event::Authorized { operation, amount, .. }
            | Event::ReserveDeclined { operation, amount, .. } => (*amount, Some(*operation)),
            Event::Created(_) | Event::Aborted | Event::Expired | Event::Terminated => {
                (payment.amount.minor, None)
            }
        };
        let mut row = Self::of(payment, Kind::of(event), submission.event_id, at);
        match event {
            Event::Created(terms) => {
                // The CREATED event's id is the payment's: upstream shows one `pspReference` for both.
                row.event_id = EventId::from_uuid(payment.id.as_uuid());
                row.terms = Some(terms.as_ref().clone());
            }
            // Like every capture's, its instruction to the acquirer has the event's id.
            Event::Captured { operation: Some(operation), .. } => {
                row.event_id = EventId::from_uuid(operation.as_uuid());
            }
            Event::ReserveRequested { agreed, .. } => {
                row.agreed = Some(agreed.clone()).filter(|agreed| !agreed.is_nothing());
            }
            Event::ReserveDeclined { decline, .. } => row.decline = Some(decline.clone()),
            Event::Authorized { reserved, .. } => row.reserved = Some(reserved.clone()),
            Event::RefundDeclined { refusal, .. } => row.refusal = Some(refusal.clone()),
            _ => {}
        }
        let key = submission.key.clone();
        let shown = key.as_ref().and_then(|key| key.shown.clone()).or_else(|| submission.settles.clone());
        let text = submission.text.clone().filter(|_| row.kind.has_text());
        Self { amount, operation, key, shown, text, ..row }
    }

    /// The row of a remembered refusal, whose version `payment` has just taken.
    pub(crate) fn of_refusal(
        payment: &Payment,
        refusal: Refusal,
        event_id: EventId,
        key: Key,
        at: DateTime<Utc>,
    ) -> Self {
        let row = Self::of(payment, Kind::Refused, event_id, at);
        Self { shown: key.shown.clone(), key: Some(key), refusal: Some(refusal), ..row }
    }

    /// The row of a refused create: a payment id of its own, and no payment.
    pub(crate) fn of_refused_create(create: &Create, refusal: Refusal, key: Key, at: DateTime<Utc>) -> Self {
        Self {
            payment_id: create.payment_id,
            seq: 1,
            kind: Kind::Refused,
            state: State::Created,
            at,
            amount: 0,
            sums: Sums::default(),
            payment_amount: create.request.amount,
            event_id: EventId::from_uuid(create.payment_id.as_uuid()),
            shown: key.shown.clone(),
            key: Some(key),
            operation: None,
            msn: create.request.msn.clone(),
            reference: create.request.reference.clone(),
            terms: None,
            agreed: None,
            decline: None,
            reserved: None,
            reservation: None,
            refusal: Some(refusal),
            text: None,
        }
    }

    fn of(payment: &Payment, kind: Kind, event_id: EventId, at: DateTime<Utc>) -> Self {
        Self {
            payment_id: payment.id,
            seq: payment.version,
            kind,
            state: payment.state,
            at,
            amount: 0,
            sums: payment.sums,
            payment_amount: payment.amount,
            event_id,
            key: None,
            shown: None,
            operation: None,
            msn: payment.msn.clone(),
            reference: payment.reference.clone(),
            terms: None,
            agreed: None,
            decline: None,
            reserved: None,
            reservation: payment.reservation,
            refusal: None,
            text: None,
        }
    }

    /// What the column `detail` holds: one thing, by the kind of the row.
    pub(super) fn detail(&self) -> Option<String> {
        fn json<T: serde::Serialize>(value: &T) -> String {
            serde_json::to_string(value).expect("plain data has a JSON form")
        }
        let note = || self.text.as_ref().map(|text| json(&Note { text: text.clone() }));
        let terms = self.terms.as_ref().map(json);
        terms
            .or_else(|| self.reserved.as_ref().map(json))
            .or_else(|| self.agreed.as_ref().map(json))
            .or_else(|| self.decline.as_ref().map(json))
            .or_else(|| self.refusal.as_ref().map(json))
            .or_else(note)
    }
}

/// What the merchant said, as it is stored.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    text: String,
}

impl<'r> FromRow<'r, PgRow> for Record {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        let kind = Kind::from_number(row.try_get("kind")?).ok_or_else(|| unreadable("kind"))?;
        let currency: Currency =
            row.try_get::<&str, _>("currency")?.parse().map_err(|_| unreadable("currency"))?;
        let detail: Option<&str> = row.try_get("detail")?;
        let idem: Option<Uuid> = row.try_get("idem")?;
        let request: Option<Uuid> = row.try_get("request_hash")?;
        let shown: Option<&str> = row.try_get("idempotency_key")?;
        let shown = shown.map(str::parse).transpose().map_err(|_| unreadable("idempotency_key"))?;
        let key = idem.zip(request).map(|(idem, request)| Key { idem, request, shown: None });
        Ok(Self {
            payment_id: PaymentId::from_uuid(row.try_get("payment_id")?),
            seq: row.try_get("seq")?,
            kind,
            state: state_from_number(row.try_get("state")?)?,
            at: row.try_get("at")?,
            amount: row.try_get("amount")?,
            sums: sums(row)?,
            payment_amount: Money::new(currency, row.try_get("payment_amount")?),
            event_id: EventId::from_uuid(row.try_get("event_id")?),
            key,
            shown,
            operation: row.try_get::<Option<Uuid>, _>("operation")?.map(OperationId::from_uuid),
            msn: row.try_get::<&str, _>("msn")?.parse().map_err(|_| unreadable("msn"))?,
            reference: row.try_get::<&str, _>("reference")?.parse().map_err(|_| unreadable("reference"))?,
            terms: read(detail.filter(|_| kind == Kind::Created))?,
            agreed: read(detail.filter(|_| kind == Kind::ReserveRequested))?,
            decline: read(detail.filter(|_| kind == Kind::ReserveDeclined))?,
            reserved: read(detail.filter(|_| kind == Kind::Authorized))?,
            reservation: None,
            refusal: read(detail.filter(|_| matches!(kind, Kind::Refused | Kind::RefundDeclined)))?,
            text: read::<Note>(detail.filter(|_| kind.has_text()))?.map(|note| note.text),
        })
    }
}

/// The four sums of a row.
pub(super) fn sums(row: &PgRow) -> Result<Sums, sqlx::Error> {
    Ok(Sums {
        authorized: row.try_get("authorized")?,
        captured: row.try_get("captured")?,
        cancelled: row.try_get("cancelled")?,
        refunded: row.try_get("refunded")?,
    })
}

fn read<T: serde::de::DeserializeOwned>(json: Option<&str>) -> Result<Option<T>, sqlx::Error> {
    json.map(serde_json::from_str).transpose().map_err(|_| unreadable("detail"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reservation_from_before_payers_said_more_than_yes_can_be_read() {
        let stored = r#"{"card_bin":"492500","guaranteed_until":"2027-01-01T00:00:00Z"}"#;
        let reserved: Reserved = read(Some(stored)).unwrap().unwrap();
        assert!(reserved.agreed.is_nothing());
        assert_eq!(serde_json::to_string(&reserved).unwrap(), stored, "and is stored no longer than it was");
        assert!(read::<Agreed>(None).unwrap().is_none());
    }
}
