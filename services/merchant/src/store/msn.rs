//! New merchant serial numbers.

use sqlx::{PgConnection, Row as _};

use kvitt_primitives::Msn;

use super::valid;
use crate::domain::Environment;

#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 1] = [TAKE];

/// How many numbers one statement looks at; where all are taken, the next one goes on behind them.
const AT_ONCE: i64 = 1_000;

/// The counter's row is locked before it is read, so that no two transactions take the same number.
const TAKE: &str = "
    WITH counter AS MATERIALIZED (
        SELECT next FROM msn_counter WHERE environment = $1 FOR UPDATE
    ), free AS MATERIALIZED (
        SELECT candidate.number
        FROM counter, generate_series(counter.next, counter.next + $2 - 1) AS candidate (number)
        WHERE NOT EXISTS (SELECT FROM sales_units WHERE msn = candidate.number::text)
        ORDER BY candidate.number
        LIMIT 1
    )
    UPDATE msn_counter
    SET next = COALESCE((SELECT number FROM free) + 1, msn_counter.next + $2)
    WHERE environment = $1
    RETURNING (SELECT number::text FROM free) AS msn";

/// A number that no unit has. Whoever calls has asked for a revision, so nobody else opens units meanwhile. Counting past
/// ten digits is refused by the schema.
pub(crate) async fn take(tx: &mut PgConnection, environment: Environment) -> Result<Msn, sqlx::Error> {
    loop {
        let row = sqlx::query(TAKE).bind(environment.code()).bind(AT_ONCE).fetch_one(&mut *tx).await?;
        if let Some(msn) = row.try_get::<Option<&str>, _>("msn")? {
            return valid(msn.parse());
        }
    }
}
