//! The state a batch is decided on, and what became of operations.

use chrono::{DateTime, Utc};
use kvitt_primitives::{CardId, Money, OperationId, PayerId, PaymentId};
use sqlx::{PgConnection, Row as _, postgres::PgRow};
use tracing::Instrument as _;
use uuid::Uuid;

use crate::{
    domain::{
        acquirer::{Action, Book, Decline, Key, Operation, Outcome, Reservation, Reserved},
        card::{Account, ExpiryMonth, Funds, Scheme},
    },
    store::{named, ordinal, parse, span},
};

/// For each operation: itself if it was executed before, the reservation it names, and the card of either.
pub(super) const READ_BATCH: &str = "
    SELECT k.ordinal,
           o.kind AS o_kind, o.payment_id AS o_payment_id, o.payer_id AS o_payer_id, o.card_id AS o_card_id,
           o.reservation_id AS o_reservation_id, o.currency AS o_currency, o.amount_minor AS o_amount_minor,
           o.decided_at AS o_decided_at, o.declined AS o_declined, o.card_bin AS o_card_bin,
           r.payment_id AS r_payment_id, r.card_id AS r_card_id, r.currency AS r_currency,
           r.amount_minor AS r_amount_minor, r.captured_minor AS r_captured_minor,
           r.refunded_minor AS r_refunded_minor, r.released_minor AS r_released_minor,
           r.lapsed_minor AS r_lapsed_minor, r.version AS r_version, r.created_at AS r_created_at,
           r.guaranteed_until AS r_guaranteed_until,
           c.card_id AS c_card_id, c.payer_id AS c_payer_id, c.scheme AS c_scheme, c.bin AS c_bin,
           c.expires_month AS c_expires_month, c.currency AS c_currency, c.balance_minor AS c_balance_minor, c.held_minor AS c_held_minor,
           c.spent_minor AS c_spent_minor, c.version AS c_version
    FROM UNNEST($1::text[], $2::uuid[], $3::uuid[], $4::uuid[])
        WITH ORDINALITY AS k (msn, operation_id, reservation_id, card_id, ordinal)
    LEFT JOIN operations o ON o.msn = k.msn AND o.operation_id = k.operation_id
    LEFT JOIN reservations r ON r.msn = k.msn AND r.reservation_id = k.reservation_id
    LEFT JOIN cards c ON c.card_id = COALESCE(k.card_id, r.card_id)";

pub(super) const READ_OUTCOMES: &str = "
    SELECT k.ordinal, o.kind AS o_kind, o.declined AS o_declined, o.card_bin AS o_card_bin,
           r.guaranteed_until AS r_guaranteed_until
    FROM UNNEST($1::text[], $2::uuid[]) WITH ORDINALITY AS k (msn, operation_id, ordinal)
    LEFT JOIN operations o ON o.msn = k.msn AND o.operation_id = k.operation_id
    LEFT JOIN reservations r ON r.msn = k.msn AND r.reservation_id = k.operation_id
    ORDER BY k.ordinal";

/// Holds behind the place given, the guarantee of which has ended, in the order of its end, with their cards.
pub(super) const READ_ENDED: &str = "
    SELECT r.msn AS r_msn, r.reservation_id AS r_reservation_id, r.payment_id AS r_payment_id,
           r.card_id AS r_card_id, r.currency AS r_currency, r.amount_minor AS r_amount_minor,
           r.captured_minor AS r_captured_minor, r.refunded_minor AS r_refunded_minor,
           r.released_minor AS r_released_minor, r.lapsed_minor AS r_lapsed_minor, r.version AS r_version,
           r.created_at AS r_created_at, r.guaranteed_until AS r_guaranteed_until,
           c.card_id AS c_card_id, c.payer_id AS c_payer_id, c.scheme AS c_scheme, c.bin AS c_bin,
           c.expires_month AS c_expires_month, c.currency AS c_currency, c.balance_minor AS c_balance_minor,
           c.held_minor AS c_held_minor, c.spent_minor AS c_spent_minor, c.version AS c_version
    FROM reservations r
    LEFT JOIN cards c ON c.card_id = r.card_id
    WHERE (r.guaranteed_until, r.msn, r.reservation_id) > ($1, $2, $3) AND r.guaranteed_until <= $4
      AND r.captured_minor + r.released_minor + r.lapsed_minor < r.amount_minor
    ORDER BY r.guaranteed_until, r.msn, r.reservation_id
    LIMIT $5";

/// A hold in the order in which guarantees end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) guaranteed_until: DateTime<Utc>,
    pub(crate) msn: String,
    pub(crate) reservation_id: Uuid,
}

impl Place {
    /// Before every hold whose guarantee ends at this instant or later.
    pub(crate) fn at(instant: DateTime<Utc>) -> Self {
        Self { guaranteed_until: instant, msn: String::new(), reservation_id: Uuid::nil() }
    }

    /// The reservation there.
    pub(crate) fn key(&self) -> Result<Key, sqlx::Error> {
        Ok(Key { msn: parse(&self.msn)?, operation_id: OperationId::from_uuid(self.reservation_id) })
    }
}

/// Everything that the operations are about.
pub(crate) async fn read(
    connection: &mut PgConnection,
    operations: &[&Operation],
) -> Result<Book, sqlx::Error> {
    let ids = |of: fn(&Operation) -> Uuid| operations.iter().map(|one| of(one)).collect::<Vec<_>>();
    let card_id = |one: &&Operation| one.action.target().map(|(_, card_id)| card_id.as_uuid());
    let rows = sqlx::query(READ_BATCH)
        .bind(operations.iter().map(|one| one.key.msn.as_str()).collect::<Vec<_>>())
        .bind(ids(|one| one.key.operation_id.as_uuid()))
        .bind(ids(|one| one.reservation().operation_id.as_uuid()))
        .bind(operations.iter().map(card_id).collect::<Vec<_>>())
        .fetch_all(connection)
        .instrument(span("operations.read"))
        .await?;
    let mut book = Book::default();
    for row in &rows {
        let asked = operations[ordinal(row)?];
        if let Some(kind) = row.try_get::<Option<&str>, _>("o_kind")? {
            book.insert_executed(operation(row, asked.key.clone(), kind)?, outcome(row)?);
        }
        if row.try_get::<Option<i64>, _>("r_version")?.is_some() {
            book.insert_reservation(asked.reservation(), reservation(row)?);
        }
        if row.try_get::<Option<i64>, _>("c_version")?.is_some() {
            book.insert_account(account(row)?);
        }
    }
    Ok(book)
}

/// The next holds, at most `limit`, the guarantee of which has ended at `now`: in a book to let them lapse in, and the
/// place of each.
pub(crate) async fn read_ended(
    connection: &mut PgConnection,
    after: &Place,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<(Book, Vec<Place>), sqlx::Error> {
    let rows = sqlx::query(READ_ENDED)
        .bind(after.guaranteed_until)
        .bind(&after.msn)
        .bind(after.reservation_id)
        .bind(now)
        .bind(limit)
        .fetch_all(connection)
        .instrument(span("reservations.read_ended"))
        .await?;
    let (mut book, mut places) = (Book::default(), Vec::with_capacity(rows.len()));
    for row in &rows {
        let place = Place {
            guaranteed_until: row.try_get("r_guaranteed_until")?,
            msn: row.try_get("r_msn")?,
            reservation_id: row.try_get("r_reservation_id")?,
        };
        book.insert_reservation(place.key()?, reservation(row)?);
        if row.try_get::<Option<i64>, _>("c_version")?.is_some() {
            book.insert_account(account(row)?);
        }
        places.push(place);
    }
    Ok((book, places))
}

/// What became of operations, in the order asked; `None` for those never executed.
pub(crate) async fn outcomes(
    connection: &mut PgConnection,
    keys: &[Key],
) -> Result<Vec<Option<Outcome>>, sqlx::Error> {
    let rows = sqlx::query(READ_OUTCOMES)
        .bind(keys.iter().map(|key| key.msn.as_str()).collect::<Vec<_>>())
        .bind(keys.iter().map(|key| key.operation_id.as_uuid()).collect::<Vec<_>>())
        .fetch_all(connection)
        .await?;
    let executed = |row: &PgRow| row.try_get::<Option<&str>, _>("o_kind").map(|kind| kind.is_some());
    rows.iter().map(|row| if executed(row)? { outcome(row).map(Some) } else { Ok(None) }).collect()
}

fn operation(row: &PgRow, key: Key, kind: &str) -> Result<Operation, sqlx::Error> {
    let id = |column: &str| row.try_get::<Uuid, _>(column);
    let reservation_id = || id("o_reservation_id").map(OperationId::from_uuid);
    let action = match kind {
        "reserve" => Action::Reserve {
            payer_id: PayerId::from_uuid(id("o_payer_id")?),
            card_id: CardId::from_uuid(id("o_card_id")?),
        },
        "capture" => Action::Capture { reservation_id: reservation_id()? },
        "refund" => Action::Refund { reservation_id: reservation_id()? },
        "release" => Action::Release { reservation_id: reservation_id()? },
        unknown => return Err(sqlx::Error::Decode(format!("unknown kind {unknown:?}").into())),
    };
    Ok(Operation {
        key,
        payment_id: PaymentId::from_uuid(id("o_payment_id")?),
        decided_at: row.try_get("o_decided_at")?,
        amount: Money::new(parse(row.try_get("o_currency")?)?, row.try_get("o_amount_minor")?),
        action,
    })
}

fn outcome(row: &PgRow) -> Result<Outcome, sqlx::Error> {
    match row.try_get::<Option<&str>, _>("o_declined")? {
        Some(declined) => Ok(Outcome::Declined(named(&Decline::ALL, Decline::as_str, declined)?)),
        None => {
            let made = (row.try_get("o_card_bin")?, row.try_get("r_guaranteed_until")?);
            let reserved = match made {
                (Some(card_bin), Some(guaranteed_until)) => Some(Reserved { card_bin, guaranteed_until }),
                (Some(_) | None, None) | (None, Some(_)) => None,
            };
            Ok(Outcome::Done { reserved })
        }
    }
}

fn reservation(row: &PgRow) -> Result<Reservation, sqlx::Error> {
    Ok(Reservation {
        payment_id: PaymentId::from_uuid(row.try_get("r_payment_id")?),
        card_id: CardId::from_uuid(row.try_get("r_card_id")?),
        currency: parse(row.try_get("r_currency")?)?,
        amount_minor: row.try_get("r_amount_minor")?,
        captured_minor: row.try_get("r_captured_minor")?,
        refunded_minor: row.try_get("r_refunded_minor")?,
        released_minor: row.try_get("r_released_minor")?,
        lapsed_minor: row.try_get("r_lapsed_minor")?,
        created_at: row.try_get("r_created_at")?,
        guaranteed_until: row.try_get("r_guaranteed_until")?,
        version: row.try_get("r_version")?,
    })
}

fn account(row: &PgRow) -> Result<Account, sqlx::Error> {
    Ok(Account {
        card_id: CardId::from_uuid(row.try_get("c_card_id")?),
        payer_id: PayerId::from_uuid(row.try_get("c_payer_id")?),
        scheme: named(&Scheme::ALL, Scheme::as_str, row.try_get("c_scheme")?)?,
        bin: row.try_get("c_bin")?,
        expires: ExpiryMonth::of(row.try_get("c_expires_month")?),
        funds: Funds {
            currency: parse(row.try_get("c_currency")?)?,
            balance_minor: row.try_get("c_balance_minor")?,
            held_minor: row.try_get("c_held_minor")?,
            spent_minor: row.try_get("c_spent_minor")?,
        },
        version: row.try_get("c_version")?,
    })
}
