//! `ecom_payments` and `consent_removals`: where merchants of eCom are told.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kvitt_primitives::Msn;
use sqlx::{PgConnection, Row as _};

use super::broken;
use crate::domain::ecom::EcomPayment;

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[KEEP, FIND, DECLINED, NAME_REMOVAL, FIND_REMOVAL];

const KEEP: &str = "\
INSERT INTO ecom_payments (msn, reference, url, sealed_token, express, direct_capture, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";

const FIND: &str = "\
SELECT e.msn, e.reference, e.url, e.sealed_token, e.express, e.direct_capture, e.declined
FROM ecom_payments e JOIN UNNEST($1::text[], $2::text[]) AS asked (msn, reference) USING (msn, reference)";

const DECLINED: &str = "UPDATE ecom_payments SET declined = $3 WHERE msn = $1 AND reference = $2";

const NAME_REMOVAL: &str = "\
INSERT INTO consent_removals (msn, prefix, sealed_token) VALUES ($1, $2, $3)
ON CONFLICT (msn) DO UPDATE SET prefix = excluded.prefix, sealed_token = excluded.sealed_token";

const FIND_REMOVAL: &str = "SELECT prefix, sealed_token FROM consent_removals WHERE msn = $1 FOR UPDATE";

/// A payment by the unit and its own name of it.
pub(crate) type Named = (Msn, String);

/// Keeps what is known of a new eCom payment.
pub(crate) async fn keep(
    tx: &mut PgConnection,
    (msn, reference): &Named,
    payment: &EcomPayment,
    created_at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let keep = sqlx::query(KEEP)
        .bind(msn.as_str())
        .bind(reference)
        .bind(&payment.url)
        .bind(payment.sealed_token.as_deref())
        .bind(payment.express)
        .bind(payment.direct_capture)
        .bind(created_at);
    keep.execute(tx).await.map(|_| ())
}

/// Which of these are eCom's, and what is known of them.
pub(crate) async fn find(
    tx: &mut PgConnection,
    named: &[Named],
) -> Result<HashMap<Named, EcomPayment>, sqlx::Error> {
    let msns: Vec<&str> = named.iter().map(|(msn, _)| msn.as_str()).collect();
    let references: Vec<&str> = named.iter().map(|(_, reference)| reference.as_str()).collect();
    let rows = sqlx::query(FIND).bind(msns).bind(references).fetch_all(tx).await?;
    let read = rows.iter().map(|row| {
        let msn: &str = row.try_get("msn")?;
        let payment = EcomPayment {
            url: row.try_get("url")?,
            sealed_token: row.try_get("sealed_token")?,
            express: row.try_get("express")?,
            direct_capture: row.try_get("direct_capture")?,
            declined: row.try_get("declined")?,
        };
        Ok(((msn.parse().map_err(|_| broken("msn"))?, row.try_get("reference")?), payment))
    });
    read.collect()
}

/// A try of the payer failed.
pub(crate) async fn declined(
    tx: &mut PgConnection,
    (msn, reference): &Named,
    reason: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query(DECLINED).bind(msn.as_str()).bind(reference).bind(reason).execute(tx).await.map(|_| ())
}

/// The unit hears there of consents that are taken back.
pub(crate) async fn name_removal(
    tx: &mut PgConnection,
    msn: &Msn,
    (prefix, sealed_token): (&str, Option<&[u8]>),
) -> Result<(), sqlx::Error> {
    let name = sqlx::query(NAME_REMOVAL).bind(msn.as_str()).bind(prefix).bind(sealed_token);
    name.execute(tx).await.map(|_| ())
}

/// Where the unit hears of consents that are taken back, and its sealed token. Until the transaction ends, nobody else writes
/// down that this unit is told.
pub(crate) async fn find_removal(
    tx: &mut PgConnection,
    msn: &Msn,
) -> Result<Option<(String, Option<Vec<u8>>)>, sqlx::Error> {
    sqlx::query_as(FIND_REMOVAL).bind(msn.as_str()).fetch_optional(tx).await
}
