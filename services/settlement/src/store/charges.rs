//! `charges`: what merchants call their recurring charges.

use kvitt_primitives::Msn;
use sqlx::PgConnection;

/// Every statement.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[KEEP];

const KEEP: &str = "\
INSERT INTO charges (msn, reference, external_id)
SELECT * FROM UNNEST($1::text[], $2::text[], $3::text[])
ON CONFLICT ON CONSTRAINT charges_pkey DO NOTHING";

/// A recurring charge with an id of the merchant's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Charge {
    pub(crate) msn: Msn,
    pub(crate) reference: String,
    pub(crate) external_id: String,
}

/// Keeps what they are called; what is known already stays.
pub(crate) async fn keep(tx: &mut PgConnection, charges: &[Charge]) -> Result<(), sqlx::Error> {
    if charges.is_empty() {
        return Ok(());
    }
    let texts = |text: fn(&Charge) -> &str| charges.iter().map(text).collect::<Vec<_>>();
    let insert = sqlx::query(KEEP)
        .bind(texts(|one| one.msn.as_str()))
        .bind(texts(|one| &one.reference))
        .bind(texts(|one| &one.external_id));
    insert.execute(tx).await.map(drop)
}
