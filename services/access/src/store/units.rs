//! The sales units that this service knows, and whose they are.

use kvitt_primitives::{MerchantId, Msn};
use sqlx::{PgConnection, Row as _};

#[cfg(test)]
pub(crate) const STATEMENTS: &[&str] = &[INSERT, SELECT_MERCHANT];

const INSERT: &str =
    "INSERT INTO sales_units (msn, merchant_id) VALUES ($1, $2) ON CONFLICT (msn) DO NOTHING";

const SELECT_MERCHANT: &str = "SELECT merchant_id FROM sales_units WHERE msn = $1";

/// Makes a unit known as this merchant's; a unit that is known stays whose it is.
pub(crate) async fn insert(
    tx: &mut PgConnection,
    msn: &Msn,
    merchant_id: MerchantId,
) -> Result<(), sqlx::Error> {
    sqlx::query(INSERT).bind(msn.as_str()).bind(merchant_id.as_uuid()).execute(tx).await?;
    Ok(())
}

/// Whose a unit is; `None` for one that is not known.
pub(crate) async fn find_merchant(
    tx: &mut PgConnection,
    msn: &Msn,
) -> Result<Option<MerchantId>, sqlx::Error> {
    let row = sqlx::query(SELECT_MERCHANT).bind(msn.as_str()).fetch_optional(tx).await?;
    row.map(|row| row.try_get("merchant_id").map(MerchantId::from_uuid)).transpose()
}
