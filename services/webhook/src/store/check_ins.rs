//! Check-ins among the deliveries.

use kvitt_primitives::Msn;
use sqlx::{PgConnection, Row as _};
use uuid::Uuid;

use super::broken;
use crate::domain::State;

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[FIND];

const FIND: &str = "SELECT state, attempts FROM deliveries WHERE msn = $1 AND reference = $2 AND kind = 5";

/// How the telling of a check-in stands, and how many tries there were; None when nobody was to be told of it.
pub(crate) async fn find(
    connection: &mut PgConnection,
    msn: &Msn,
    check_in_id: Uuid,
) -> Result<Option<(State, i32)>, sqlx::Error> {
    let find = sqlx::query(FIND).bind(msn.as_str()).bind(check_in_id.to_string());
    let Some(row) = find.fetch_optional(connection).await? else { return Ok(None) };
    let state = State::of_number(row.try_get("state")?).ok_or_else(|| broken("state"))?;
    Ok(Some((state, row.try_get("attempts")?)))
}
