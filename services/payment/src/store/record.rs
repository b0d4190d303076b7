//! A row of the log: event, idempotency record and outbox message at once.

use chrono::{DateTime, Utc};
use kvitt_primitives::{Currency, EventId, IdempotencyKey, Money, Msn, OperationId, PaymentId, Reference};
use sqlx::{FromRow, Row as _, postgres::PgRow};
use uuid::Uuid;

use super::unreadable;
use crate::{
    domain::{Create, Event, Payment, Refusal, Reserved, State, Sums, Terms},
    engine::{Key, Submission},
};

/// What a row says happened. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Created,
    Aborted,
    Expired,
    Cancelled,
    Captured,
    Refunded,
    Authorized,
    Terminated,
    ReserveDeclined,
    RefundDeclined,
    Refused,
    ReserveRequested,
    RefundRequested,
    CaptureRequested,
    CaptureDeclined,
}

impl Kind {
    const NUMBERS: [(Self, i16); 15] = [
        (Self::Created, 1),
        (Self::Aborted, 2),
        (Self::Expired, 3),
        (Self::Cancelled, 4),
        (Self::Captured, 5),
        (Self::Refunded, 6),
        (Self::Authorized, 7),
        (Self::Terminated, 8),
        (Self::ReserveDeclined, 9),
        (Self::RefundDeclined, 10),
        (Self::Refused, 20),
        (Self::ReserveRequested, 21),
        (Self::RefundRequested, 22),
        (Self::CaptureRequested, 23),
        (Self::CaptureDeclined, 24),
    ];
    /// Kinds up to here are public events; those above are the service's own notes.
    pub(crate) const LAST_PUBLIC: i16 = 10;

    pub(crate) fn number(self) -> i16 {
        Self::NUMBERS
            .iter()
            .find(|(kind, _)| *kind == self)
            .map(|(_, number)| *number)
            .expect("every kind is listed")
    }

    fn from_number(number: i16) -> Option<Self> {
        Self::NUMBERS.iter().find(|(_, n)| *n == number).map(|(kind, _)| *kind)
    }

    fn of(event: &Event) -> Self {
        match event {
            Event::Created(_) => Self::Created,
            Event::ReserveRequested(_) => Self::ReserveRequested,
            Event::ReserveDeclined { .. } => Self::ReserveDeclined,
            Event::Authorized { .. } => Self::Authorized,
            Event::Aborted => Self::Aborted,
            Event::Expired => Self::Expired,
            Event::Terminated => Self::Terminated,
            Event::CaptureRequested(_) => Self::CaptureRequested,
            Event::CaptureDeclined { .. } => Self::CaptureDeclined,
            Event::Captured { .. } => Self::Captured,
            Event::Cancelled { .. } => Self::Cancelled,
            Event::RefundRequested(_) => Self::RefundRequested,
            Event::RefundDeclined { .. } => Self::RefundDeclined,
            Event::Refunded { .. } => Self::Refunded,
        }
    }
}

/// The stored number of a state.
pub(super) fn state_number(state: State) -> i16 {
    match state {
        State::Created => 1,
        State::Aborted => 2,
        State::Expired => 3,
        State::Authorized => 4,
        State::Terminated => 5,
    }
}

/// The state of a stored number.
pub(super) fn state_from_number(number: i16) -> Result<State, sqlx::Error> {
    match number {
        1 => Ok(State::Created),
        2 => Ok(State::Aborted),
        3 => Ok(State::Expired),
        4 => Ok(State::Authorized),
        5 => Ok(State::Terminated),
        _ => Err(unreadable("state")),
    }
}

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
    /// Of an authorized payment; not in the oldest rows.
    pub(crate) reserved: Option<Reserved>,
    /// Of the payment, as the process that wrote the row knows it; the row itself does not hold it.
    pub(crate) reservation: Option<OperationId>,
    /// Of a refused command, and why the acquirer declined a refund.
    pub(crate) refusal: Option<Refusal>,
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
            Event::ReserveRequested(pending)
            | Event::CaptureRequested(pending)
            | Event::RefundRequested(pending) => (pending.amount, Some(pending.operation)),
            Event::Authorized { operation, .. } | Event::ReserveDeclined { operation } => {
                (payment.amount.minor, Some(*operation))
            }
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
            Event::Authorized { reserved, .. } => row.reserved = Some(reserved.clone()),
            Event::RefundDeclined { refusal, .. } => row.refusal = Some(refusal.clone()),
            _ => {}
        }
        let key = submission.key.clone();
        let shown = key.as_ref().and_then(|key| key.shown.clone()).or_else(|| submission.settles.clone());
        Self { amount, operation, key, shown, ..row }
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
            reserved: None,
            reservation: None,
            refusal: Some(refusal),
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
            reserved: None,
            reservation: payment.reservation,
            refusal: None,
        }
    }

    /// What the column `detail` holds.
    pub(super) fn detail(&self) -> Option<String> {
        let json = |json: serde_json::Result<String>| json.expect("plain data has a JSON form");
        match (&self.terms, &self.reserved, &self.refusal) {
            (Some(terms), ..) => Some(json(serde_json::to_string(terms))),
            (None, Some(reserved), _) => Some(json(serde_json::to_string(reserved))),
            (None, None, Some(refusal)) => Some(json(serde_json::to_string(refusal))),
            (None, None, None) => None,
        }
    }
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
            reserved: read(detail.filter(|_| kind == Kind::Authorized))?,
            reservation: None,
            refusal: read(detail.filter(|_| matches!(kind, Kind::Refused | Kind::RefundDeclined)))?,
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
