//! `unit_codes`: the codes of VM numbers.

use kvitt_primitives::Msn;
use sqlx::PgConnection;

use super::broken;
use crate::domain::Code;

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[FIND, INSERT, FIND_UNIT];

const FIND: &str = "SELECT code FROM unit_codes WHERE msn = $1";

/// The first code of a unit stays. The row is written either way, so that it answers which that is.
const INSERT: &str = "\
INSERT INTO unit_codes AS known (msn, code) VALUES ($1, $2)
ON CONFLICT ON CONSTRAINT unit_codes_pkey DO UPDATE SET code = known.code
RETURNING code";

const FIND_UNIT: &str = "SELECT msn FROM unit_codes WHERE code = $1";

/// The unit's code.
pub(crate) async fn find(connection: &mut PgConnection, msn: &Msn) -> Result<Option<Code>, sqlx::Error> {
    let code: Option<String> = sqlx::query_scalar(FIND).bind(msn.as_str()).fetch_optional(connection).await?;
    code.map(|code| code.parse().map_err(|_| broken("code"))).transpose()
}

/// The unit's code from now on: `fresh`, unless it has one.
pub(crate) async fn insert(
    connection: &mut PgConnection,
    msn: &Msn,
    fresh: &Code,
) -> Result<Code, sqlx::Error> {
    let insert = sqlx::query_scalar(INSERT).bind(msn.as_str()).bind(fresh.as_str());
    let code: String = insert.fetch_one(connection).await?;
    code.parse().map_err(|_| broken("code"))
}

/// Whose code it is.
pub(crate) async fn find_unit(
    connection: &mut PgConnection,
    code: &Code,
) -> Result<Option<Msn>, sqlx::Error> {
    let msn: Option<String> =
        sqlx::query_scalar(FIND_UNIT).bind(code.as_str()).fetch_optional(connection).await?;
    msn.map(|msn| msn.parse().map_err(|_| broken("msn"))).transpose()
}
