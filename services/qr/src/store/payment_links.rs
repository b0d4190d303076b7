//! `payment_links`: links by which anybody can pay.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kvitt_primitives::{Currency, Money, Msn};
use sqlx::{PgConnection, Row as _, postgres::PgRow};

use super::broken;
use crate::domain::{
    Code, Screening,
    link::{Link, LinkId, Price, Shipping, Statistics, Terms},
};

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] =
    &[INSERT, FIND, FIND_BY_TOKEN, LIST, DEACTIVATE, SCREEN, TAKE_PLACE, COUNT];

const INSERT: &str = "\
INSERT INTO payment_links
    (msn, payment_link_id, token, title, description, currency, amount, least, most, vat_rate, quantity,
     automatic_capture, expires_at, profile_scope, shipping, created_at, screening, rejection_reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
ON CONFLICT ON CONSTRAINT payment_links_pkey DO NOTHING";

macro_rules! with_columns {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            " msn, payment_link_id, token, title, description, currency, amount, least, most, vat_rate, quantity,
    automatic_capture, expires_at, profile_scope, shipping, created_at, screening, rejection_reason, deactivated,
    pending, successful, failed, captured, refunded ",
            $after
        )
    };
}

const FIND: &str = with_columns!("SELECT", "FROM payment_links WHERE msn = $1 AND payment_link_id = $2");

const FIND_BY_TOKEN: &str = with_columns!("SELECT", "FROM payment_links WHERE token = $1");

const LIST: &str = with_columns!(
    "SELECT",
    "FROM payment_links WHERE msn = $1 AND (created_at, payment_link_id) < ($2, $3)
ORDER BY created_at DESC, payment_link_id DESC LIMIT $4"
);

const DEACTIVATE: &str = with_columns!(
    "UPDATE payment_links SET deactivated = true WHERE msn = $1 AND payment_link_id = $2 RETURNING",
    ""
);

/// The first word counts.
const SCREEN: &str = "\
UPDATE payment_links SET screening = $3, rejection_reason = $4
WHERE msn = $1 AND payment_link_id = $2 AND screening = 1";

/// Nobody takes a place of a link that is not open, however many try at once: each waits for the row, and looks again.
const TAKE_PLACE: &str = "\
UPDATE payment_links SET pending = pending + 1
WHERE msn = $1 AND payment_link_id = $2 AND screening = 2 AND NOT deactivated
  AND (quantity IS NULL OR pending + successful < quantity) AND (expires_at IS NULL OR expires_at > $3)";

const COUNT: &str = "\
UPDATE payment_links AS l
SET pending = l.pending + change.pending, successful = l.successful + change.successful,
    failed = l.failed + change.failed, captured = l.captured + change.captured,
    refunded = l.refunded + change.refunded
FROM UNNEST($1::text[], $2::uuid[], $3::int[], $4::int[], $5::int[], $6::bigint[], $7::bigint[])
    AS change (msn, payment_link_id, pending, successful, failed, captured, refunded)
WHERE l.msn = change.msn AND l.payment_link_id = change.payment_link_id";

/// Keeps a new one; false when its id is in use.
pub(crate) async fn insert(connection: &mut PgConnection, link: &Link) -> Result<bool, sqlx::Error> {
    let terms = &link.terms;
    let (amount, least, most) = match terms.price {
        Price::Fixed(amount) => (Some(amount.minor), None, None),
        Price::Open { least, most } => (None, Some(least.minor), Some(most.minor)),
    };
    let (screening, rejection_reason) = columns_of(&link.screening);
    let insert = sqlx::query(INSERT)
        .bind(link.msn.as_str())
        .bind(link.id.0)
        .bind(link.token.as_str())
        .bind(&terms.title)
        .bind(&terms.description)
        .bind(terms.price.currency().code())
        .bind(amount)
        .bind(least)
        .bind(most)
        .bind(terms.vat_rate)
        .bind(terms.quantity)
        .bind(terms.automatic_capture)
        .bind(terms.expires_at)
        .bind(&terms.profile_scope)
        .bind(terms.shipping.as_ref().map(|shipping| shipping.given.as_slice()))
        .bind(link.created_at)
        .bind(screening)
        .bind(rejection_reason);
    Ok(insert.execute(connection).await?.rows_affected() > 0)
}

/// The unit's own with this id.
pub(crate) async fn find(
    connection: &mut PgConnection,
    (msn, id): (&Msn, LinkId),
) -> Result<Option<Link>, sqlx::Error> {
    let find = sqlx::query(FIND).bind(msn.as_str()).bind(id.0);
    find.fetch_optional(connection).await?.as_ref().map(link).transpose()
}

/// Whosever it is whose URL ends so.
pub(crate) async fn find_by_token(
    connection: &mut PgConnection,
    token: &Code,
) -> Result<Option<Link>, sqlx::Error> {
    let find = sqlx::query(FIND_BY_TOKEN).bind(token.as_str());
    find.fetch_optional(connection).await?.as_ref().map(link).transpose()
}

/// A unit's, newest first, behind `after`.
pub(crate) async fn list(
    connection: &mut PgConnection,
    msn: &Msn,
    after: (DateTime<Utc>, LinkId),
    limit: i64,
) -> Result<Vec<Link>, sqlx::Error> {
    let list = sqlx::query(LIST).bind(msn.as_str()).bind(after.0).bind(after.1.0).bind(limit);
    list.fetch_all(connection).await?.iter().map(link).collect()
}

/// Takes no more payments from now on; `None` when there is none.
pub(crate) async fn deactivate(
    connection: &mut PgConnection,
    (msn, id): (&Msn, LinkId),
) -> Result<Option<Link>, sqlx::Error> {
    let update = sqlx::query(DEACTIVATE).bind(msn.as_str()).bind(id.0);
    update.fetch_optional(connection).await?.as_ref().map(link).transpose()
}

/// Notes what the screening found, unless it is known already.
pub(crate) async fn screen(
    connection: &mut PgConnection,
    (msn, id): (&Msn, LinkId),
    screening: &Screening,
) -> Result<(), sqlx::Error> {
    let (screening, reason) = columns_of(screening);
    let update = sqlx::query(SCREEN).bind(msn.as_str()).bind(id.0).bind(screening).bind(reason);
    update.execute(connection).await.map(|_| ())
}

/// Takes one of a link's places; false when it has none, or takes no payments now.
pub(crate) async fn take_place(
    tx: &mut PgConnection,
    (msn, id): (&Msn, LinkId),
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let update = sqlx::query(TAKE_PLACE).bind(msn.as_str()).bind(id.0).bind(now);
    Ok(update.execute(tx).await?.rows_affected() > 0)
}

/// Changes what came of links by so much.
pub(crate) async fn count(
    tx: &mut PgConnection,
    changes: &BTreeMap<(Msn, LinkId), Statistics>,
) -> Result<(), sqlx::Error> {
    if changes.is_empty() {
        return Ok(());
    }
    let small = |of: fn(&Statistics) -> i64| -> Result<Vec<i32>, sqlx::Error> {
        changes.values().map(|change| i32::try_from(of(change)).map_err(|_| broken("a count"))).collect()
    };
    let update = sqlx::query(COUNT)
        .bind(changes.keys().map(|(msn, _)| msn.as_str()).collect::<Vec<_>>())
        .bind(changes.keys().map(|(_, id)| id.0).collect::<Vec<_>>())
        .bind(small(|change| change.pending)?)
        .bind(small(|change| change.successful)?)
        .bind(small(|change| change.failed)?)
        .bind(changes.values().map(|change| change.captured_minor).collect::<Vec<_>>())
        .bind(changes.values().map(|change| change.refunded_minor).collect::<Vec<_>>());
    update.execute(tx).await.map(|_| ())
}

fn columns_of(screening: &Screening) -> (i16, Option<&str>) {
    match screening {
        Screening::Waits => (1, None),
        Screening::Passed => (2, None),
        Screening::Rejected(reason) => (3, Some(reason)),
    }
}

fn link(row: &PgRow) -> Result<Link, sqlx::Error> {
    let text = |column: &str| row.try_get::<&str, _>(column);
    let count = |column: &str| row.try_get::<i32, _>(column).map(i64::from);
    let shipping = row.try_get::<Option<Vec<u8>>, _>("shipping")?;
    let terms = Terms {
        title: row.try_get("title")?,
        description: row.try_get("description")?,
        price: price(row)?,
        vat_rate: row.try_get("vat_rate")?,
        quantity: row.try_get("quantity")?,
        automatic_capture: row.try_get("automatic_capture")?,
        expires_at: row.try_get("expires_at")?,
        profile_scope: row.try_get("profile_scope")?,
        shipping: shipping.map(|given| Shipping { names_options: true, given }),
    };
    let screening = match row.try_get("screening")? {
        1_i16 => Screening::Waits,
        2 => Screening::Passed,
        3 => Screening::Rejected(row.try_get("rejection_reason")?),
        _ => return Err(broken("screening")),
    };
    Ok(Link {
        msn: text("msn")?.parse().map_err(|_| broken("msn"))?,
        id: LinkId(row.try_get("payment_link_id")?),
        token: text("token")?.parse().map_err(|_| broken("token"))?,
        terms,
        created_at: row.try_get("created_at")?,
        screening,
        deactivated: row.try_get("deactivated")?,
        statistics: Statistics {
            pending: count("pending")?,
            successful: count("successful")?,
            failed: count("failed")?,
            captured_minor: row.try_get("captured")?,
            refunded_minor: row.try_get("refunded")?,
        },
    })
}

fn price(row: &PgRow) -> Result<Price, sqlx::Error> {
    let currency: Currency = row.try_get::<&str, _>("currency")?.parse().map_err(|_| broken("currency"))?;
    let money = |minor| Money::new(currency, minor);
    match (row.try_get("amount")?, row.try_get("least")?, row.try_get("most")?) {
        (Some(amount), None, None) => Ok(Price::Fixed(money(amount))),
        (None, Some(least), Some(most)) => Ok(Price::Open { least: money(least), most: money(most) }),
        _ => Err(broken("amount")),
    }
}
