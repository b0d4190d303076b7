//! Sales units that are to be told that a payer took a consent back. [`super::consents::revoke`] writes them down.

use kvitt_primitives::{ConsentId, Sub};
use sqlx::{PgConnection, Row as _, postgres::PgRow};
use tracing::Instrument as _;

use super::span;
use crate::domain::consent::Removal;

const LIST: &str = "
    SELECT msn, consent_id, sub FROM consent_removals
    ORDER BY revoked_at, msn, consent_id
    LIMIT $1 OFFSET $2";

const TOLD: &str = "DELETE FROM consent_removals WHERE msn = $1 AND consent_id = $2";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[LIST, TOLD];

/// What is to be told behind so many, the oldest first. Several instances may tell the same; whoever hears it twice hears it
/// once.
pub(crate) async fn list(
    connection: &mut PgConnection,
    limit: i64,
    behind: i64,
) -> Result<Vec<Removal>, sqlx::Error> {
    let list = sqlx::query(LIST).bind(limit).bind(behind);
    let rows = list.fetch_all(connection).instrument(span("removals.list")).await?;
    let removal = |row: &PgRow| {
        Ok(Removal {
            msn: row.try_get("msn")?,
            consent_id: ConsentId::from_uuid(row.try_get("consent_id")?),
            sub: Sub::from_uuid(row.try_get("sub")?),
        })
    };
    rows.iter().map(removal).collect()
}

/// This is told.
pub(crate) async fn told(connection: &mut PgConnection, removal: &Removal) -> Result<(), sqlx::Error> {
    sqlx::query(TOLD)
        .bind(&removal.msn)
        .bind(removal.consent_id.as_uuid())
        .execute(connection)
        .instrument(span("removals.told"))
        .await?;
    Ok(())
}
