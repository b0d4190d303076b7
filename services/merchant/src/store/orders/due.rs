//! What falls due of orders, and what has to be done elsewhere once they are approved.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Row as _, postgres::PgRow};
use uuid::Uuid;

use kvitt_primitives::{ClientId, MerchantId, Msn, OrderId, UserId};

use crate::store::valid;

#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 11] = [
    EXPIRE,
    NEXT_EXPIRY,
    SELECT_TO_DECIDE,
    LOCK_TO_DECIDE,
    NEXT_TO_DECIDE,
    WANT_ADMINISTRATOR,
    CLAIM_ADMINISTRATORS,
    SETTLE_ADMINISTRATOR,
    CLAIM_UNITS,
    ISSUED,
    NEXT_TO_PROVISION,
];

const EXPIRE: &str = "
    UPDATE orders SET status = 'EXPIRED', logo_png = NULL
    WHERE order_id IN (
        SELECT order_id FROM orders
        WHERE status IN ('RECEIVED', 'MERCHANT_VIEWED') AND expires_at <= $1 AND deleted_at IS NULL
        ORDER BY expires_at
        LIMIT $2
        FOR UPDATE SKIP LOCKED
    )";

const NEXT_EXPIRY: &str = "
    SELECT min(expires_at) FROM orders
    WHERE status IN ('RECEIVED', 'MERCHANT_VIEWED') AND expires_at IS NOT NULL AND deleted_at IS NULL";

/// The delay that is set now is the one that counts, also for what was submitted before.
const SELECT_TO_DECIDE: &str = "
    SELECT order_id, submitted_at
    FROM orders, order_settings
    WHERE submitted_at IS NOT NULL AND decided_at IS NULL
      AND submitted_at <= $1::timestamptz - make_interval(secs => automatic_delay_seconds)
      AND ($2::timestamptz IS NULL OR (submitted_at, order_id) > ($2, $3))
    ORDER BY submitted_at, order_id
    LIMIT $4";

/// Nothing when somebody else decides it right now, or has.
const LOCK_TO_DECIDE: &str = "
    SELECT order_id FROM orders WHERE order_id = $1 AND decided_at IS NULL FOR UPDATE SKIP LOCKED";

const NEXT_TO_DECIDE: &str = "
    SELECT min(submitted_at) + make_interval(secs => min(automatic_delay_seconds))
    FROM orders, order_settings
    WHERE submitted_at IS NOT NULL AND decided_at IS NULL";

const WANT_ADMINISTRATOR: &str = "
    INSERT INTO administrators_wanted (merchant_id, user_id, state, attempts, retry_at)
    VALUES ($1, $2, 'WANTED', 0, $3)";

/// A claim is a retry that is already planned: whoever claims and stops leaves the row to the next one. The pause doubles
/// from $3 seconds up to $4.
const CLAIM_ADMINISTRATORS: &str = "
    UPDATE administrators_wanted
    SET attempts = attempts + 1, retry_at = $1::timestamptz + make_interval(secs => least($3::float8 * 2 ^ least(attempts, 20), $4::float8))
    WHERE merchant_id IN (
        SELECT merchant_id FROM administrators_wanted
        WHERE state = 'WANTED' AND retry_at <= $1
        ORDER BY retry_at
        LIMIT $2
        FOR UPDATE SKIP LOCKED
    )
    RETURNING merchant_id, user_id";

const SETTLE_ADMINISTRATOR: &str = "
    UPDATE administrators_wanted SET state = $2 WHERE merchant_id = $1 AND state = 'WANTED'";

const CLAIM_UNITS: &str = "
    UPDATE sales_units
    SET keys_attempts = keys_attempts + 1,
        keys_retry_at = $1::timestamptz + make_interval(secs => least($3::float8 * 2 ^ least(keys_attempts, 20), $4::float8)),
        keys_client_id = CASE WHEN product_type <> 'VM_NUMBER' THEN COALESCE(keys_client_id, gen_random_uuid()) END
    WHERE msn IN (
        SELECT msn FROM sales_units
        WHERE keys_state = 'wanted' AND COALESCE(keys_retry_at, available_at) <= $1
        ORDER BY COALESCE(keys_retry_at, available_at)
        LIMIT $2
        FOR UPDATE SKIP LOCKED
    )
    RETURNING msn, merchant_id, keys_client_id";

const ISSUED: &str = "UPDATE sales_units SET keys_state = 'issued' WHERE msn = $1 AND keys_state = 'wanted'";

const NEXT_TO_PROVISION: &str = "
    SELECT least(
        (SELECT min(retry_at) FROM administrators_wanted WHERE state = 'WANTED'),
        (SELECT min(COALESCE(keys_retry_at, available_at)) FROM sales_units WHERE keys_state = 'wanted')
    )";

/// When and how often something is done that is due.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claim {
    pub(crate) now: DateTime<Utc>,
    /// The most rows.
    pub(crate) limit: i64,
    /// The pause before the second attempt, and the longest that doubling leads to.
    pub(crate) first_pause_secs: f64,
    pub(crate) longest_pause_secs: f64,
}

/// An Administrator that access has to be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WantedAdministrator {
    pub(crate) merchant_id: MerchantId,
    pub(crate) user_id: UserId,
}

/// How telling access of an Administrator ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    Granted,
    /// There is no such user any more.
    Gone,
}

/// A unit that access has to know: by its keys, if it has any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WantedUnit {
    pub(crate) msn: Msn,
    pub(crate) merchant_id: MerchantId,
    /// Of the keys to ask for.
    pub(crate) client_id: Option<ClientId>,
}

/// Writes down that up to `limit` orders have expired; answers how many.
pub(crate) async fn expire(
    tx: &mut PgConnection,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<u64, sqlx::Error> {
    Ok(sqlx::query(EXPIRE).bind(now).bind(limit).execute(tx).await?.rows_affected())
}

/// When the next order expires.
pub(crate) async fn next_expiry(tx: &mut PgConnection) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    sqlx::query_scalar(NEXT_EXPIRY).fetch_one(tx).await
}

/// The first `limit` orders after another one that are to be decided by now, each with the instant it was submitted at.
pub(crate) async fn to_decide(
    tx: &mut PgConnection,
    now: DateTime<Utc>,
    after: Option<(DateTime<Utc>, OrderId)>,
    limit: i64,
) -> Result<Vec<(DateTime<Utc>, OrderId)>, sqlx::Error> {
    let (after_at, after_id) = after.map(|(at, id)| (at, id.as_uuid())).unzip();
    let rows = sqlx::query(SELECT_TO_DECIDE)
        .bind(now)
        .bind(after_at)
        .bind(after_id)
        .bind(limit)
        .fetch_all(tx)
        .await?;
    let due = |row: &PgRow| Ok((row.try_get("submitted_at")?, OrderId::from_uuid(row.try_get("order_id")?)));
    rows.iter().map(due).collect()
}

/// Whether the order waits for a decision and nobody else is about to give it; then nobody else can until the
/// transaction ends.
pub(crate) async fn lock_to_decide(tx: &mut PgConnection, id: OrderId) -> Result<bool, sqlx::Error> {
    Ok(sqlx::query(LOCK_TO_DECIDE).bind(id.as_uuid()).fetch_optional(tx).await?.is_some())
}

/// When the next order is to be decided.
pub(crate) async fn next_to_decide(tx: &mut PgConnection) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    sqlx::query_scalar(NEXT_TO_DECIDE).fetch_one(tx).await
}

/// Makes the user the merchant's Administrator, as soon as access can be told.
pub(crate) async fn want_administrator(
    tx: &mut PgConnection,
    wanted: WantedAdministrator,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query(WANT_ADMINISTRATOR)
        .bind(wanted.merchant_id.as_uuid())
        .bind(wanted.user_id.as_uuid())
        .bind(now)
        .execute(tx)
        .await
        .map(|_| ())
}

/// Administrators that access is to be told of now. They are claimed again after a pause, unless they are settled.
pub(crate) async fn claim_administrators(
    tx: &mut PgConnection,
    claim: Claim,
) -> Result<Vec<WantedAdministrator>, sqlx::Error> {
    let rows = claiming(CLAIM_ADMINISTRATORS, claim).fetch_all(tx).await?;
    let wanted = |row: &PgRow| {
        Ok(WantedAdministrator {
            merchant_id: MerchantId::from_uuid(row.try_get("merchant_id")?),
            user_id: UserId::from_uuid(row.try_get("user_id")?),
        })
    };
    rows.iter().map(wanted).collect()
}

/// Access has been told.
pub(crate) async fn settle_administrator(
    tx: &mut PgConnection,
    merchant_id: MerchantId,
    told: Told,
) -> Result<(), sqlx::Error> {
    let state = match told {
        Told::Granted => "GRANTED",
        Told::Gone => "GONE",
    };
    sqlx::query(SETTLE_ADMINISTRATOR).bind(merchant_id.as_uuid()).bind(state).execute(tx).await.map(|_| ())
}

/// Keys that access is to be asked for now, of units that are there. They are claimed again after a pause, unless they
/// are issued.
pub(crate) async fn claim_units(tx: &mut PgConnection, claim: Claim) -> Result<Vec<WantedUnit>, sqlx::Error> {
    let rows = claiming(CLAIM_UNITS, claim).fetch_all(tx).await?;
    let wanted = |row: &PgRow| {
        Ok(WantedUnit {
            msn: valid(row.try_get::<&str, _>("msn")?.parse())?,
            merchant_id: MerchantId::from_uuid(row.try_get("merchant_id")?),
            client_id: row.try_get::<Option<Uuid>, _>("keys_client_id")?.map(ClientId::from_uuid),
        })
    };
    rows.iter().map(wanted).collect()
}

/// Access knows the unit.
pub(crate) async fn unit_is_known(tx: &mut PgConnection, msn: &Msn) -> Result<(), sqlx::Error> {
    sqlx::query(ISSUED).bind(msn.as_str()).execute(tx).await.map(|_| ())
}

/// When access is to be asked for something next.
pub(crate) async fn next_to_provision(tx: &mut PgConnection) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    sqlx::query_scalar(NEXT_TO_PROVISION).fetch_one(tx).await
}

fn claiming(
    statement: &'static str,
    claim: Claim,
) -> sqlx::query::Query<'static, sqlx::Postgres, sqlx::postgres::PgArguments> {
    sqlx::query(statement)
        .bind(claim.now)
        .bind(claim.limit)
        .bind(claim.first_pause_secs)
        .bind(claim.longest_pause_secs)
}
