//! What payers have approved lately, as the acquirer knows it.

use chrono::{DateTime, Utc};
use kvitt_primitives::{Currency, PayerId};
use sqlx::PgConnection;
use tracing::Instrument as _;

use super::span;

const SUM_APPROVED: &str = "
    SELECT COALESCE(sum(amount_minor), 0)::bigint
    FROM operations
    WHERE payer_id = $1 AND executed_at > $2 AND kind = 'reserve' AND declined IS NULL AND currency = $3";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[SUM_APPROVED];

/// How much a payer has approved in this currency since then.
pub(crate) async fn since(
    connection: &mut PgConnection,
    payer_id: PayerId,
    start: DateTime<Utc>,
    currency: Currency,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(SUM_APPROVED)
        .bind(payer_id.as_uuid())
        .bind(start)
        .bind(currency.code())
        .fetch_one(connection)
        .instrument(span("operations.sum_approved"))
        .await
}
