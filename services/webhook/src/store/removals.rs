//! Removals of consents among the deliveries.

use sqlx::PgConnection;

use crate::domain::New;

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[IS_TOLD];

const IS_TOLD: &str = "\
SELECT EXISTS (SELECT FROM deliveries WHERE msn = $1 AND endpoint_id = $2 AND reference = $3)";

/// Whether the same has been told, or will be.
pub(crate) async fn is_told(tx: &mut PgConnection, delivery: &New) -> Result<bool, sqlx::Error> {
    let told = sqlx::query_scalar(IS_TOLD)
        .bind(delivery.msn.as_str())
        .bind(delivery.endpoint_id.as_uuid())
        .bind(&delivery.reference);
    told.fetch_one(tx).await
}
