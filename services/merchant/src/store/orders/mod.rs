//! Orders.

pub(crate) mod due;
mod subject;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Row as _, postgres::PgRow};

use kvitt_primitives::{
    BusinessIdentifier, Market, MerchantId, OrderId, OrganizationNumber, PartnerId, UserId,
};

use super::{known, valid};
use crate::domain::{Logo, Order, OrderType, Prose, Status, Subject, Wanted};

pub(crate) use subject::to_json;

/// The foreign key that says: this partner is not registered.
pub(crate) const OF_UNKNOWN_PARTNER: &str = "orders_partner_id_fkey";

#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 11] = [
    INSERT,
    SELECT,
    SELECT_TO_CHANGE,
    SELECT_PREFILLED,
    UPDATE,
    DELETE,
    LIST_OF_MERCHANT,
    LIST_OF_PARTNER,
    LIST,
    SET_STATUS,
    SET_DELAY,
];

const INSERT: &str = "
    INSERT INTO orders
        (order_id, type, kind, status, merchant_id, market, organization_number, partner_id, applicant_id,
         subject, logo_png, asked_msn, asked_for, idempotency_key, request_hash, created_at, expires_at,
         submitted_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
    ON CONFLICT DO NOTHING";

/// A prefilled order belongs to the merchant that has its company's number, also before the merchant has submitted it.
macro_rules! select {
    ($logo:literal, $($rest:literal),+) => {
        concat!(
            "
    SELECT order_id, type, status,
           COALESCE(
               merchant_id,
               CASE type WHEN 'PREFILL' THEN (
                   SELECT merchants.merchant_id FROM merchants
                   WHERE merchants.market = orders.market
                     AND merchants.organization_number = orders.organization_number
                   ORDER BY created_at, merchant_id
                   LIMIT 1
               ) END
           ) AS merchant_id,
           market, organization_number, partner_id, applicant_id, subject, ",
            $logo,
            " AS logo_png, msn, reason, created_at, expires_at, submitted_at, decided_at, request_hash
    FROM orders
    WHERE ",
            $($rest),+
        )
    };
}

const SELECT: &str = select!("logo_png", "order_id = $1 AND deleted_at IS NULL");

const SELECT_TO_CHANGE: &str =
    select!("logo_png", "order_id = $1 AND deleted_at IS NULL FOR UPDATE OF orders");

/// Also when the partner has taken it back: the key was used.
const SELECT_PREFILLED: &str = select!("logo_png", "partner_id = $1 AND idempotency_key = $2");

const UPDATE: &str = "
    UPDATE orders
    SET status = $2, merchant_id = $3, subject = $4, logo_png = $5, msn = $6, reason = $7, submitted_at = $8,
        decided_at = $9
    WHERE order_id = $1";

/// Nobody will look at the picture again.
const DELETE: &str = "UPDATE orders SET deleted_at = $2, logo_png = NULL WHERE order_id = $1";

/// A page, newest first: of what was made before the order that was made at $2 with the id $3, if there is one, and had
/// not expired at $4, if that matters. Without logos, which would be too much.
macro_rules! list {
    ($of:literal) => {
        select!(
            "NULL::bytea",
            $of,
            "
      AND deleted_at IS NULL
      AND ($2::timestamptz IS NULL OR (created_at, order_id) < ($2, $3))
      AND ($4::timestamptz IS NULL OR NOT (
          status = 'EXPIRED' OR (status IN ('RECEIVED', 'MERCHANT_VIEWED') AND COALESCE(expires_at <= $4, FALSE))
      ))
    ORDER BY created_at DESC, order_id DESC
    LIMIT $5"
        )
    };
}

const LIST_OF_MERCHANT: &str = list!(
    "(
        orders.merchant_id = $1
        OR (
            orders.merchant_id IS NULL AND type = 'PREFILL'
            AND (market, organization_number)
                = (SELECT m.market, m.organization_number FROM merchants AS m WHERE m.merchant_id = $1)
        )
    )"
);

const LIST_OF_PARTNER: &str = list!("partner_id = $1");

const LIST: &str = list!("$1::uuid IS NULL");

const SET_STATUS: &str = "UPDATE orders SET status = $2 WHERE order_id = $1";

const SET_DELAY: &str = "UPDATE order_settings SET automatic_delay_seconds = $1";

/// What a prefilled order is known under.
#[derive(Debug, Clone)]
pub(crate) struct Prefilling {
    pub(crate) key: String,
    /// SHA-256 of what was asked for.
    pub(crate) request_hash: [u8; 32],
}

/// Whose orders are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    Merchant(MerchantId),
    /// Those that the partner made.
    Partner(PartnerId),
    Everybody,
}

/// Which part of a list is wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part {
    /// When the last order of the page before was made, and its id.
    pub(crate) after: Option<(DateTime<Utc>, OrderId)>,
    /// Without what has expired by then.
    pub(crate) unexpired_at: Option<DateTime<Utc>>,
    pub(crate) limit: i64,
}

/// Whether the order was stored; `false` when its id or its key is taken, or what it asks for is asked for already.
pub(crate) async fn insert(
    tx: &mut PgConnection,
    order: &Order,
    prefilling: Option<&Prefilling>,
) -> Result<bool, sqlx::Error> {
    let asked = match &order.subject {
        Subject::Feature(request) => Some(request),
        Subject::Agreement(_) | Subject::Product(_) => None,
    };
    let done = sqlx::query(INSERT)
        .bind(order.id.as_uuid())
        .bind(order.order_type.code())
        .bind(order.subject.kind())
        .bind(order.status.code())
        .bind(order.merchant_id.map(MerchantId::as_uuid))
        .bind(order.company.market().code())
        .bind(order.company.number().as_str())
        .bind(order.partner_id.map(PartnerId::as_uuid))
        .bind(order.applicant.map(UserId::as_uuid))
        .bind(to_json(&order.subject))
        .bind(logo(&order.subject))
        .bind(asked.map(|request| request.msn.as_str()))
        .bind(asked.map(|request| Wanted::code(request.wanted)))
        .bind(prefilling.map(|prefilling| prefilling.key.as_str()))
        .bind(prefilling.map(|prefilling| prefilling.request_hash.as_slice()))
        .bind(order.created_at)
        .bind(order.expires_at)
        .bind(order.submitted_at)
        .execute(tx)
        .await?;
    Ok(done.rows_affected() == 1)
}

pub(crate) async fn find(tx: &mut PgConnection, id: OrderId) -> Result<Option<Order>, sqlx::Error> {
    let row = sqlx::query(SELECT).bind(id.as_uuid()).fetch_optional(tx).await?;
    row.map(|row| order(&row)).transpose()
}

/// The order, which nobody else changes until the transaction ends. It is asked for before a revision is, in every
/// transaction that needs both, so that none waits for another in a circle.
pub(crate) async fn find_to_change(tx: &mut PgConnection, id: OrderId) -> Result<Option<Order>, sqlx::Error> {
    let row = sqlx::query(SELECT_TO_CHANGE).bind(id.as_uuid()).fetch_optional(tx).await?;
    row.map(|row| order(&row)).transpose()
}

/// What a partner has prefilled under a key, and the hash of what was asked for.
pub(crate) async fn find_prefilled(
    tx: &mut PgConnection,
    partner: PartnerId,
    key: &str,
) -> Result<Option<(Order, Vec<u8>)>, sqlx::Error> {
    let row = sqlx::query(SELECT_PREFILLED).bind(partner.as_uuid()).bind(key).fetch_optional(tx).await?;
    row.map(|row| Ok((order(&row)?, row.try_get("request_hash")?))).transpose()
}

/// Stores what may change of an order.
pub(crate) async fn update(tx: &mut PgConnection, order: &Order) -> Result<(), sqlx::Error> {
    sqlx::query(UPDATE)
        .bind(order.id.as_uuid())
        .bind(order.status.code())
        .bind(order.merchant_id.map(MerchantId::as_uuid))
        .bind(to_json(&order.subject))
        .bind(logo(&order.subject))
        .bind(order.msn.as_ref().map(|msn| msn.as_str()))
        .bind(order.reason.as_ref().map(Prose::as_str))
        .bind(order.submitted_at)
        .bind(order.decided_at)
        .execute(tx)
        .await
        .map(|_| ())
}

/// Takes the order back: from now on it is as absent.
pub(crate) async fn delete(
    tx: &mut PgConnection,
    id: OrderId,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query(DELETE).bind(id.as_uuid()).bind(now).execute(tx).await.map(|_| ())
}

/// A page of orders, newest first, without their logos.
pub(crate) async fn list(
    tx: &mut PgConnection,
    whose: Whose,
    part: &Part,
) -> Result<Vec<Order>, sqlx::Error> {
    let (statement, owner) = match whose {
        Whose::Merchant(merchant) => (LIST_OF_MERCHANT, Some(merchant.as_uuid())),
        Whose::Partner(partner) => (LIST_OF_PARTNER, Some(partner.as_uuid())),
        Whose::Everybody => (LIST, None),
    };
    let (after_at, after_id) = part.after.map(|(at, id)| (at, id.as_uuid())).unzip();
    let rows = sqlx::query(statement)
        .bind(owner)
        .bind(after_at)
        .bind(after_id)
        .bind(part.unexpired_at)
        .bind(part.limit)
        .fetch_all(tx)
        .await?;
    rows.iter().map(order).collect()
}

/// Stores how far the order is.
pub(crate) async fn set_status(tx: &mut PgConnection, order: &Order) -> Result<(), sqlx::Error> {
    let (id, status) = (order.id.as_uuid(), order.status.code());
    sqlx::query(SET_STATUS).bind(id).bind(status).execute(tx).await.map(|_| ())
}

/// After how many seconds what was submitted is approved by itself; never, without.
pub(crate) async fn set_automatic_delay(
    tx: &mut PgConnection,
    seconds: Option<i64>,
) -> Result<(), sqlx::Error> {
    sqlx::query(SET_DELAY).bind(seconds).execute(tx).await.map(|_| ())
}

fn logo(subject: &Subject) -> Option<&[u8]> {
    match subject {
        Subject::Product(product) => product.logo.as_ref().map(Logo::png),
        Subject::Agreement(_) | Subject::Feature(_) => None,
    }
}

fn order(row: &PgRow) -> Result<Order, sqlx::Error> {
    let market: Market = valid(row.try_get::<&str, _>("market")?.parse())?;
    let number = valid(OrganizationNumber::try_new(market, row.try_get("organization_number")?))?;
    let id = |column: &str| row.try_get::<Option<uuid::Uuid>, _>(column);
    Ok(Order {
        id: OrderId::from_uuid(row.try_get("order_id")?),
        order_type: known(OrderType::from_code(row.try_get("type")?))?,
        status: known(Status::from_code(row.try_get("status")?))?,
        merchant_id: id("merchant_id")?.map(MerchantId::from_uuid),
        company: BusinessIdentifier::new(number),
        partner_id: id("partner_id")?.map(PartnerId::from_uuid),
        applicant: id("applicant_id")?.map(UserId::from_uuid),
        subject: subject::from_json(row.try_get("subject")?, row.try_get("logo_png")?)?,
        msn: valid(row.try_get::<Option<&str>, _>("msn")?.map(str::parse).transpose())?,
        reason: valid(row.try_get::<Option<String>, _>("reason")?.map(Prose::try_new).transpose())?,
        created_at: row.try_get("created_at")?,
        expires_at: row.try_get("expires_at")?,
        submitted_at: row.try_get("submitted_at")?,
        decided_at: row.try_get("decided_at")?,
    })
}

#[cfg(test)]
mod tests;
