//! The folds.

use chrono::{DateTime, Utc};
use kvitt_primitives::{CardId, Money, Msn, OperationId, PayerId, PaymentId, Reference};
use sqlx::{FromRow, PgConnection, Row as _, postgres::PgRow};
use tracing::Instrument as _;
use uuid::Uuid;

use super::{Record, kind::state_from_number, record::sums, span, unreadable};
use crate::domain::{Method, Payment, Pending, PendingKind, Rules, Terms};

/// The stored numbers of what is pending.
pub(super) const PENDING_RESERVE: i16 = 1;
pub(super) const PENDING_REFUND: i16 = 2;
pub(super) const PENDING_CAPTURE: i16 = 3;

pub(super) const FIND: &str = concat!(
    "SELECT ",
    payment_columns!(),
    " FROM unnest($1::text[], $2::text[]) AS k (msn, reference)
JOIN payments p ON p.msn = k.msn AND p.reference = k.reference"
);

/// The payments among these, in no order; the same one may be asked for more than once.
pub(crate) async fn find<'a>(
    connection: &mut PgConnection,
    keys: impl Iterator<Item = (&'a Msn, &'a Reference)>,
) -> Result<Vec<Payment>, sqlx::Error> {
    let (msns, references): (Vec<_>, Vec<_>) =
        keys.map(|(msn, reference)| (msn.as_str().to_owned(), reference.as_str().to_owned())).unzip();
    sqlx::query_as(FIND).bind(msns).bind(references).fetch_all(connection).await
}

/// The first row of a payment's log is the one that created it.
pub(super) const LOAD: &str = concat!(
    "SELECT ",
    payment_columns!(),
    ", l.detail AS terms, k.ordinal FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k (msn, reference, ordinal)
JOIN payments p ON p.msn = k.msn AND p.reference = k.reference
JOIN payment_log l ON l.payment_id = p.payment_id AND l.seq = 1 AND l.msn = p.msn"
);

/// The payments asked for and what they were created with, in the order asked; the error of a row that cannot be read is
/// its own.
pub(crate) async fn find_with_terms(
    connection: &mut PgConnection,
    asked: &[(Msn, Reference)],
) -> Result<Vec<Option<Result<(Payment, Terms), sqlx::Error>>>, sqlx::Error> {
    let (msns, references): (Vec<_>, Vec<_>) =
        asked.iter().map(|(msn, reference)| (msn.as_str(), reference.as_str())).unzip();
    let load = sqlx::query(LOAD).bind(msns).bind(references);
    let rows = load.fetch_all(connection).instrument(span("payments.load")).await?;
    let mut found: Vec<_> = asked.iter().map(|_| None).collect();
    for row in &rows {
        let ordinal: i64 = row.try_get("ordinal")?;
        let place = usize::try_from(ordinal - 1).map_err(|_| unreadable("ordinal"))?;
        *found.get_mut(place).ok_or_else(|| unreadable("ordinal"))? = Some(with_terms(row));
    }
    Ok(found)
}

fn with_terms(row: &PgRow) -> Result<(Payment, Terms), sqlx::Error> {
    let terms = serde_json::from_str(row.try_get("terms")?).map_err(|_| unreadable("terms"))?;
    Ok((Payment::from_row(row)?, terms))
}

impl<'r> FromRow<'r, PgRow> for Payment {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        let currency = row.try_get::<&str, _>("currency")?.parse().map_err(|_| unreadable("currency"))?;
        let phone: Option<&str> = row.try_get("customer_phone")?;
        Ok(Self {
            id: PaymentId::from_uuid(row.try_get("payment_id")?),
            msn: row.try_get::<&str, _>("msn")?.parse().map_err(|_| unreadable("msn"))?,
            reference: row.try_get::<&str, _>("reference")?.parse().map_err(|_| unreadable("reference"))?,
            state: state_from_number(row.try_get("state")?)?,
            version: row.try_get("version")?,
            amount: Money::new(currency, row.try_get("amount")?),
            sums: sums(row)?,
            created_at: row.try_get("created_at")?,
            expires_at: row.try_get("expires_at")?,
            partial_capture: row.try_get("partial_capture")?,
            rules: rules(row.try_get("rules")?)?,
            customer_phone: phone.map(str::parse).transpose().map_err(|_| unreadable("customer_phone"))?,
            minimum_age: row.try_get("minimum_age")?,
            reservation: row.try_get::<Option<Uuid>, _>("reservation")?.map(OperationId::from_uuid),
            card_bin: row.try_get("card_bin")?,
            capture_days: row.try_get("capture_days")?,
            guaranteed_until: row.try_get("guaranteed_until")?,
            capture_until: row.try_get("capture_until")?,
            captured_at: row.try_get("captured_at")?,
            pending: pending(row)?,
        })
    }
}

fn pending(row: &PgRow) -> Result<Option<Pending>, sqlx::Error> {
    let kind = match row.try_get::<Option<i16>, _>("pending_kind")? {
        None => return Ok(None),
        Some(PENDING_RESERVE) => PendingKind::Reserve {
            payer: PayerId::from_uuid(row.try_get("pending_payer")?),
            card: CardId::from_uuid(row.try_get("pending_card")?),
        },
        Some(PENDING_REFUND) => PendingKind::Refund,
        Some(PENDING_CAPTURE) => PendingKind::Capture,
        Some(_) => return Err(unreadable("pending_kind")),
    };
    Ok(Some(Pending {
        kind,
        operation: OperationId::from_uuid(row.try_get("pending_operation")?),
        amount: row.try_get("pending_amount")?,
        due_at: row.try_get::<DateTime<Utc>, _>("pending_due_at")?,
    }))
}

impl Payment {
    /// The stored form of what is pending: kind, payer and card.
    pub(super) fn pending_columns(&self) -> (Option<i16>, Option<Uuid>, Option<Uuid>) {
        match self.pending.map(|pending| pending.kind) {
            None => (None, None, None),
            Some(PendingKind::Reserve { payer, card }) => {
                (Some(PENDING_RESERVE), Some(payer.as_uuid()), Some(card.as_uuid()))
            }
            Some(PendingKind::Refund) => (Some(PENDING_REFUND), None, None),
            Some(PendingKind::Capture) => (Some(PENDING_CAPTURE), None, None),
        }
    }
}

/// The stored bits of the rules; the method has the lowest two.
const METHODS: [Method; 3] = [Method::Wallet, Method::Card, Method::CardPassthrough];
const BLOCKS_COMMERCIAL_CARDS: i16 = 4;
const SHARES: i16 = 8;
const SHIPS: i16 = 16;
const DIRECT_CAPTURE: i16 = 32;

/// The stored number of the rules.
pub(super) fn rules_number(rules: Rules) -> i16 {
    let method = match rules.method {
        Method::Wallet => 0,
        Method::Card => 1,
        Method::CardPassthrough => 2,
    };
    let bits = [
        (rules.blocks_commercial_cards, BLOCKS_COMMERCIAL_CARDS),
        (rules.shares, SHARES),
        (rules.ships, SHIPS),
        (rules.direct_capture, DIRECT_CAPTURE),
    ];
    bits.into_iter().filter(|(is_set, _)| *is_set).fold(method, |number, (_, bit)| number | bit)
}

fn rules(number: i16) -> Result<Rules, sqlx::Error> {
    let is_set = |bit| number & bit != 0;
    let method = METHODS.get(usize::from(number.unsigned_abs() & 3)).copied();
    let rules = Rules {
        method: method.ok_or_else(|| unreadable("rules"))?,
        blocks_commercial_cards: is_set(BLOCKS_COMMERCIAL_CARDS),
        shares: is_set(SHARES),
        ships: is_set(SHIPS),
        direct_capture: is_set(DIRECT_CAPTURE),
    };
    if rules_number(rules) == number { Ok(rules) } else { Err(unreadable("rules")) }
}

/// Whose token it may be: the payment is found by its id in the log, and compared by whoever asks.
pub(super) const OF_TOKEN: &str = concat!(
    "SELECT ",
    payment_columns!(),
    ", l.detail AS terms FROM payment_log l
JOIN payments p ON p.msn = l.msn AND p.reference = l.reference AND p.payment_id = l.payment_id
WHERE l.payment_id = $1 AND l.seq = 1 AND l.msn = $2"
);

/// The payment with this id, and what it was created with.
pub(crate) async fn find_by_id(
    connection: &mut PgConnection,
    msn: &Msn,
    payment: PaymentId,
) -> Result<Option<(Payment, Terms)>, sqlx::Error> {
    let query = sqlx::query(OF_TOKEN).bind(payment.as_uuid()).bind(msn.as_str());
    let row = query.fetch_optional(connection).instrument(span("payments.find_by_id")).await?;
    row.as_ref().map(with_terms).transpose()
}

/// A payment as a row of its log left it.
#[derive(Debug, Clone)]
pub(crate) struct EventPage {
    pub(crate) events: Vec<Record>,
    /// Whether more follow.
    pub(crate) more: bool,
}

#[cfg(test)]
mod tests;
