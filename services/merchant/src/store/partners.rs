//! Partners.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Row as _, postgres::PgRow};

use kvitt_primitives::{Name, PartnerId};

use super::valid;
use crate::domain::Partner;

#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 2] = [INSERT, SELECT];

const INSERT: &str = "
    INSERT INTO partners (partner_id, name, created_at) VALUES ($1, $2, $3)
    ON CONFLICT (partner_id) DO NOTHING";

const SELECT: &str = "SELECT partner_id, name FROM partners WHERE partner_id = $1";

/// Whether the partner was stored; `false` when its id is taken.
pub(crate) async fn insert(
    tx: &mut PgConnection,
    partner: &Partner,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(INSERT)
        .bind(partner.id.as_uuid())
        .bind(partner.name.as_str())
        .bind(now)
        .execute(tx)
        .await?;
    Ok(done.rows_affected() == 1)
}

pub(crate) async fn find(tx: &mut PgConnection, id: PartnerId) -> Result<Option<Partner>, sqlx::Error> {
    let row = sqlx::query(SELECT).bind(id.as_uuid()).fetch_optional(tx).await?;
    row.map(|row| partner(&row)).transpose()
}

fn partner(row: &PgRow) -> Result<Partner, sqlx::Error> {
    Ok(Partner {
        id: PartnerId::from_uuid(row.try_get("partner_id")?),
        name: valid(Name::try_new(row.try_get("name")?))?,
    })
}
