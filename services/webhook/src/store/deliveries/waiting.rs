//! How much waits, for the operator.

use sqlx::PgConnection;

/// However much waits, no more of it is counted: what this costs must not grow with what is wrong.
const MOST_COUNTED: i64 = 50_000;

/// By the index of what waits.
pub(super) const WAITING: &str = "\
SELECT count(*) FROM (SELECT endpoint_id FROM deliveries WHERE state = 1 AND sender_id IS NULL LIMIT $1) AS counted";

/// How many deliveries nobody is trying now, those to be tried again later too.
pub(crate) async fn waiting(connection: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(WAITING).bind(MOST_COUNTED).fetch_one(connection).await
}
