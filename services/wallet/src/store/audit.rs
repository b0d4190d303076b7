//! What the audit reads: operations page by page, and of cards and reservations only those that do not add up. Sums are
//! compared by the server, which has them on disk where memory is short.

use chrono::{DateTime, Utc};
use kvitt_primitives::{CardId, OperationId, PaymentId};
use sqlx::{PgConnection, Row as _, postgres::PgRow};
use uuid::Uuid;

/// Rows in a page.
const PAGE: i64 = 2_000;

/// The money of a reservation is that of its operations, and so is what it is about. A hold lapses as a whole, and has
/// done so when the cursor has passed the end of its guarantee.
const UNEVEN_RESERVATIONS: &str = "
    SELECT COALESCE(r.msn, o.msn) AS msn, COALESCE(r.reservation_id, o.id) AS id,
           r.reservation_id IS NOT NULL AS there,
           concat_ws(', ', 'amount ' || r.amount_minor, 'captured ' || r.captured_minor,
                     'refunded ' || r.refunded_minor, 'released ' || r.released_minor,
                     'lapsed ' || r.lapsed_minor) AS stored,
           concat_ws(', ', 'amount ' || o.reserved, 'captured ' || o.captured, 'refunded ' || o.refunded,
                     'released ' || o.released,
                     'lapsed ' || CASE WHEN r.overdue THEN '' ELSE '0 or ' END || r.left_minor) AS done
    FROM (
        SELECT *, amount_minor - captured_minor - released_minor AS left_minor,
               guaranteed_until < (SELECT lapsed_until FROM lapse_cursor) AS overdue
        FROM reservations
    ) r
    FULL JOIN (
        SELECT msn, COALESCE(reservation_id, operation_id) AS id,
               sum(amount_minor) FILTER (WHERE kind = 'reserve') AS reserved,
               COALESCE(sum(amount_minor) FILTER (WHERE kind = 'capture'), 0) AS captured,
               COALESCE(sum(amount_minor) FILTER (WHERE kind = 'refund'), 0) AS refunded,
               COALESCE(sum(amount_minor) FILTER (WHERE kind = 'release'), 0) AS released
        FROM operations WHERE declined IS NULL GROUP BY 1, 2
    ) o ON o.msn = r.msn AND o.id = r.reservation_id
    WHERE (COALESCE(r.msn, o.msn), COALESCE(r.reservation_id, o.id)) > ($1, $2)
      AND ((r.amount_minor, r.captured_minor, r.refunded_minor, r.released_minor)
               IS DISTINCT FROM (o.reserved, o.captured, o.refunded, o.released)
           OR (r.lapsed_minor <> r.left_minor AND (r.overdue OR r.lapsed_minor <> 0)))
    ORDER BY 1, 2
    LIMIT $3";

/// A card's money is held by its reservations, spent by them, or free.
const UNEVEN_CARDS: &str = "
    SELECT COALESCE(c.card_id, r.card_id) AS id, c.card_id IS NOT NULL AS there,
           concat_ws(', ', 'opened with ' || c.opened_minor, 'free ' || c.balance_minor, 'held ' || c.held_minor,
                     'spent ' || c.spent_minor) AS stored,
           concat_ws(', ', 'held ' || COALESCE(r.held, 0), 'spent ' || COALESCE(r.spent, 0)) AS done
    FROM cards c
    FULL JOIN (
        SELECT card_id, sum(amount_minor - captured_minor - released_minor - lapsed_minor) AS held,
               sum(captured_minor - refunded_minor) AS spent
        FROM reservations GROUP BY card_id
    ) r ON r.card_id = c.card_id
    WHERE COALESCE(c.card_id, r.card_id) > $1
      AND ((c.held_minor, c.spent_minor) IS DISTINCT FROM (COALESCE(r.held, 0), COALESCE(r.spent, 0))
           OR c.balance_minor + c.held_minor + c.spent_minor <> c.opened_minor)
    ORDER BY 1
    LIMIT $2";

/// An operation and the reservation that it made or moved.
const OPERATIONS: &str = "
    SELECT o.*, r.payment_id AS r_payment_id, r.currency AS r_currency, r.card_id AS r_card_id
    FROM operations o
    LEFT JOIN reservations r ON r.msn = o.msn AND r.reservation_id = COALESCE(o.reservation_id, o.operation_id)
    WHERE (o.msn, o.operation_id) > ($1, $2)
    ORDER BY o.msn, o.operation_id
    LIMIT $3";

const FIND_OPERATIONS: &str = "
    SELECT o.*, k.ordinal
    FROM UNNEST($1::text[], $2::uuid[]) WITH ORDINALITY AS k (msn, operation_id, ordinal)
    JOIN operations o ON o.msn = k.msn AND o.operation_id = k.operation_id";

const SUMS: &str = "
    SELECT msn, currency, sum(amount_minor)::text, sum(captured_minor)::text, sum(released_minor)::text,
           sum(refunded_minor)::text
    FROM reservations GROUP BY msn, currency";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] =
    &[UNEVEN_RESERVATIONS, UNEVEN_CARDS, OPERATIONS, FIND_OPERATIONS, SUMS];

/// An operation as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Operation {
    pub(crate) msn: String,
    pub(crate) operation_id: OperationId,
    pub(crate) kind: String,
    pub(crate) payment_id: PaymentId,
    pub(crate) card_id: Option<CardId>,
    pub(crate) reservation_id: Option<OperationId>,
    pub(crate) currency: String,
    pub(crate) amount_minor: i64,
    pub(crate) decided_at: DateTime<Utc>,
    pub(crate) declined: Option<String>,
    pub(crate) card_bin: Option<String>,
}

/// What the reservation of an operation is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct About {
    pub(crate) payment_id: PaymentId,
    pub(crate) currency: String,
    pub(crate) card_id: CardId,
}

/// A row whose sums are not those of what was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Uneven {
    pub(crate) id: Uuid,
    /// Whether there is a row at all.
    pub(crate) there: bool,
    pub(crate) stored: String,
    pub(crate) done: String,
}

/// Reservations that are not what their operations make of them.
pub(crate) async fn uneven_reservations(
    connection: &mut PgConnection,
    (msn, id): &(String, Uuid),
) -> Result<Vec<(String, Uneven)>, sqlx::Error> {
    let rows = sqlx::query(UNEVEN_RESERVATIONS).bind(msn).bind(id).bind(PAGE).fetch_all(connection).await?;
    rows.iter().map(|row| Ok((row.try_get("msn")?, uneven(row)?))).collect()
}

/// Cards that do not have the money that their reservations leave them.
pub(crate) async fn uneven_cards(
    connection: &mut PgConnection,
    after: Uuid,
) -> Result<Vec<Uneven>, sqlx::Error> {
    let rows = sqlx::query(UNEVEN_CARDS).bind(after).bind(PAGE).fetch_all(connection).await?;
    rows.iter().map(uneven).collect()
}

fn uneven(row: &PgRow) -> Result<Uneven, sqlx::Error> {
    Ok(Uneven {
        id: row.try_get("id")?,
        there: row.try_get("there")?,
        stored: row.try_get("stored")?,
        done: row.try_get("done")?,
    })
}

/// The next operations, each with what its reservation is about, if there is one.
pub(crate) async fn operations(
    connection: &mut PgConnection,
    (msn, id): &(String, Uuid),
) -> Result<Vec<(Operation, Option<About>)>, sqlx::Error> {
    let rows = sqlx::query(OPERATIONS).bind(msn).bind(id).bind(PAGE).fetch_all(connection).await?;
    rows.iter()
        .map(|row| {
            let about = match row.try_get::<Option<Uuid>, _>("r_payment_id")? {
                None => None,
                Some(payment_id) => Some(About {
                    payment_id: PaymentId::from_uuid(payment_id),
                    currency: row.try_get("r_currency")?,
                    card_id: CardId::from_uuid(row.try_get("r_card_id")?),
                }),
            };
            Ok((operation(row)?, about))
        })
        .collect()
}

/// Each of these operations, in the order asked; `None` for those that are not there.
pub(crate) async fn find_operations(
    connection: &mut PgConnection,
    keys: &[(String, OperationId)],
) -> Result<Vec<Option<Operation>>, sqlx::Error> {
    let rows = sqlx::query(FIND_OPERATIONS)
        .bind(keys.iter().map(|(msn, _)| msn.as_str()).collect::<Vec<_>>())
        .bind(keys.iter().map(|(_, id)| id.as_uuid()).collect::<Vec<_>>())
        .fetch_all(connection)
        .await?;
    let mut found = vec![None; keys.len()];
    for row in &rows {
        let ordinal: i64 = row.try_get("ordinal")?;
        let index = usize::try_from(ordinal - 1).expect("ordinality counts from 1");
        found[index] = Some(operation(row)?);
    }
    Ok(found)
}

fn operation(row: &PgRow) -> Result<Operation, sqlx::Error> {
    let id = |column: &str| row.try_get::<Option<Uuid>, _>(column);
    Ok(Operation {
        msn: row.try_get("msn")?,
        operation_id: OperationId::from_uuid(row.try_get("operation_id")?),
        kind: row.try_get("kind")?,
        payment_id: PaymentId::from_uuid(row.try_get("payment_id")?),
        card_id: id("card_id")?.map(CardId::from_uuid),
        reservation_id: id("reservation_id")?.map(OperationId::from_uuid),
        currency: row.try_get("currency")?,
        amount_minor: row.try_get("amount_minor")?,
        decided_at: row.try_get("decided_at")?,
        declined: row.try_get("declined")?,
        card_bin: row.try_get("card_bin")?,
    })
}

/// Of each unit and currency: reserved, captured, released, refunded.
pub(crate) async fn sums(
    connection: &mut PgConnection,
) -> Result<Vec<(String, String, [i128; 4])>, sqlx::Error> {
    let rows = sqlx::query(SUMS).fetch_all(connection).await?;
    let number = |row: &PgRow, column: usize| {
        row.try_get::<&str, _>(column)?.parse::<i128>().map_err(|error| sqlx::Error::Decode(error.into()))
    };
    let sums = |row: &PgRow| -> Result<[i128; 4], sqlx::Error> {
        Ok([number(row, 2)?, number(row, 3)?, number(row, 4)?, number(row, 5)?])
    };
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?, sums(row)?))).collect()
}
