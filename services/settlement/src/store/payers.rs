//! `payers`: the personal columns, apart from the ledger.

use kvitt_primitives::Msn;
use sqlx::PgConnection;

/// Every statement.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[KEEP];

const KEEP: &str = "\
INSERT INTO payers (msn, reference, name, masked_phone_no, message)
SELECT * FROM UNNEST($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
ON CONFLICT ON CONSTRAINT payers_pkey DO NOTHING";

/// Who paid a VM number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Payer {
    pub(crate) msn: Msn,
    pub(crate) reference: String,
    pub(crate) name: String,
    pub(crate) masked_phone_no: String,
    pub(crate) message: String,
}

/// Keeps who paid; what is known already stays.
pub(crate) async fn keep(tx: &mut PgConnection, payers: &[Payer]) -> Result<(), sqlx::Error> {
    if payers.is_empty() {
        return Ok(());
    }
    let texts = |text: fn(&Payer) -> &str| payers.iter().map(text).collect::<Vec<_>>();
    let insert = sqlx::query(KEEP)
        .bind(texts(|one| one.msn.as_str()))
        .bind(texts(|one| &one.reference))
        .bind(texts(|one| &one.name))
        .bind(texts(|one| &one.masked_phone_no))
        .bind(texts(|one| &one.message));
    insert.execute(tx).await.map(drop)
}
