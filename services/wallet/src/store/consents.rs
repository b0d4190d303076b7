//! By which name a sales unit knows a payer, and what it was given of them.

use chrono::{DateTime, Utc};
use kvitt_primitives::{ConsentId, Msn, PayerId, Sub};
use sqlx::{PgConnection, Row as _, postgres::PgRow};
use tracing::Instrument as _;
use uuid::Uuid;

use super::{named, span};
use crate::domain::{
    consent::{Consent, Consents, Given, READABLE, Scope, Scopes, Shared},
    inbox::Key,
    person::Address,
};

/// The update without an effect makes the row that is there come back, also one that somebody else is just making. The same
/// attempt again leaves the consent as it is.
const GIVE: &str = "
    WITH known AS (
        INSERT INTO subs (msn, payer_id, sub) VALUES ($1, $3, $4)
        ON CONFLICT (msn, payer_id) DO UPDATE SET sub = subs.sub
        RETURNING sub
    ), given AS (
        INSERT INTO consents (msn, reference, payer_id, consent_id, attempt, scopes, given_at, shipping_line_1,
                              shipping_line_2, shipping_post_code, shipping_city, shipping_country)
        VALUES ($1, $2, $3, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT (msn, payer_id, reference) DO UPDATE
        SET consent_id = EXCLUDED.consent_id, attempt = EXCLUDED.attempt, scopes = EXCLUDED.scopes,
            given_at = EXCLUDED.given_at, revoked_at = NULL, shipping_line_1 = EXCLUDED.shipping_line_1,
            shipping_line_2 = EXCLUDED.shipping_line_2, shipping_post_code = EXCLUDED.shipping_post_code,
            shipping_city = EXCLUDED.shipping_city, shipping_country = EXCLUDED.shipping_country
        WHERE consents.attempt <> EXCLUDED.attempt
    )
    SELECT sub FROM known";

const FIND_GIVEN: &str = "
    SELECT c.payer_id, c.scopes, c.shipping_line_1, c.shipping_line_2, c.shipping_post_code, c.shipping_city,
           c.shipping_country
    FROM consents c
    WHERE c.msn = $1 AND c.payer_id = (SELECT payer_id FROM subs WHERE msn = $1 AND sub = $3) AND c.reference = $2
      AND c.revoked_at IS NULL AND c.given_at > $4";

/// One row, or none when nothing stands. The payer is looked up first and not joined: a plan from the time when the tables
/// were empty would join by the sales unit alone.
const FIND_BY_SUB: &str = "
    SELECT c.payer_id, (array_agg(c.consent_id ORDER BY c.given_at DESC, c.reference))[1] AS consent_id,
           array_agg(DISTINCT w.scope) AS scopes,
           array_agg(DISTINCT w.scope) FILTER (WHERE c.given_at > $3) AS readable
    FROM consents c
    CROSS JOIN LATERAL UNNEST(c.scopes) AS w (scope)
    WHERE c.msn = $1 AND c.payer_id = (SELECT payer_id FROM subs WHERE msn = $1 AND sub = $2) AND c.revoked_at IS NULL
    GROUP BY c.payer_id";

const LIST_BY_PAYER: &str = "
    SELECT c.msn, s.sub, array_agg(DISTINCT w.scope) AS scopes, max(c.given_at) AS given_at
    FROM consents c
    JOIN subs s ON s.msn = c.msn AND s.payer_id = c.payer_id
    CROSS JOIN LATERAL UNNEST(c.scopes) AS w (scope)
    WHERE c.payer_id = $1 AND c.revoked_at IS NULL
    GROUP BY c.msn, s.sub
    ORDER BY max(c.given_at) DESC, c.msn
    LIMIT $2";

/// Of one sales unit, or of all when there is none in $2. Each of them is to be told, by the last that was given.
const REVOKE: &str = "
    WITH revoked AS (
        UPDATE consents
        SET revoked_at = $3, shipping_line_1 = NULL, shipping_line_2 = NULL, shipping_post_code = NULL,
            shipping_city = NULL, shipping_country = NULL
        WHERE payer_id = $1 AND (msn = $2 OR $2 IS NULL) AND revoked_at IS NULL
        RETURNING msn, reference, payer_id, consent_id, given_at
    )
    INSERT INTO consent_removals (msn, consent_id, sub, revoked_at)
    SELECT DISTINCT ON (r.msn) r.msn, r.consent_id, s.sub, $3
    FROM revoked r
    JOIN subs s ON s.msn = r.msn AND s.payer_id = r.payer_id
    ORDER BY r.msn, r.given_at DESC, r.reference";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[GIVE, FIND_GIVEN, FIND_BY_SUB, LIST_BY_PAYER, REVOKE];

/// Notes what a payer shares with the merchant of a payment, and answers the name by which that unit knows them: the one it
/// has had ever since, or a fresh one. To be called before the approval is sent to payment; the same attempt may be noted
/// again, and that changes nothing.
pub(crate) async fn give(tx: &mut PgConnection, shared: &Shared) -> Result<Sub, sqlx::Error> {
    let address = shared.shipping_address.as_ref();
    let sub: Uuid = sqlx::query_scalar(GIVE)
        .bind(&shared.key.msn)
        .bind(&shared.key.reference)
        .bind(shared.payer_id.as_uuid())
        .bind(shared.fresh_sub.as_uuid())
        .bind(shared.fresh_id.as_uuid())
        .bind(&shared.attempt)
        .bind(shared.scopes.words().collect::<Vec<_>>())
        .bind(shared.given_at)
        .bind(address.map(|address| &address.line_1))
        .bind(address.map(|address| &address.line_2))
        .bind(address.map(|address| &address.post_code))
        .bind(address.map(|address| &address.city))
        .bind(address.map(|address| &address.country))
        .fetch_one(tx)
        .instrument(span("consents.give"))
        .await?;
    Ok(Sub::from_uuid(sub))
}

/// What was shared with the merchant of a payment by the payer of this name, as long as it may be read.
pub(crate) async fn find_given(
    connection: &mut PgConnection,
    key: &Key,
    sub: Sub,
    now: DateTime<Utc>,
) -> Result<Option<Given>, sqlx::Error> {
    let row = sqlx::query(FIND_GIVEN)
        .bind(&key.msn)
        .bind(&key.reference)
        .bind(sub.as_uuid())
        .bind(now - READABLE)
        .fetch_optional(connection)
        .instrument(span("consents.find_given"))
        .await?;
    row.as_ref().map(given).transpose()
}

/// Everything that the payer of this name shares with the sales unit; none when it knows nobody by it, or nothing stands.
pub(crate) async fn find_by_sub(
    connection: &mut PgConnection,
    msn: &Msn,
    sub: Sub,
    now: DateTime<Utc>,
) -> Result<Option<Consents>, sqlx::Error> {
    let row = sqlx::query(FIND_BY_SUB)
        .bind(msn.as_str())
        .bind(sub.as_uuid())
        .bind(now - READABLE)
        .fetch_optional(connection)
        .instrument(span("consents.find_by_sub"))
        .await?;
    let consents = |row: &PgRow| {
        let readable: Option<Vec<String>> = row.try_get("readable")?;
        Ok(Consents {
            payer_id: PayerId::from_uuid(row.try_get("payer_id")?),
            consent_id: ConsentId::from_uuid(row.try_get("consent_id")?),
            readable: readable.as_deref().map(scopes).transpose()?,
            scopes: scopes(&row.try_get::<Vec<String>, _>("scopes")?)?,
        })
    };
    row.as_ref().map(consents).transpose()
}

/// With whom a payer shares data, newest first.
pub(crate) async fn list(
    connection: &mut PgConnection,
    payer_id: PayerId,
    limit: i64,
) -> Result<Vec<Consent>, sqlx::Error> {
    let rows = sqlx::query(LIST_BY_PAYER)
        .bind(payer_id.as_uuid())
        .bind(limit)
        .fetch_all(connection)
        .instrument(span("consents.list"))
        .await?;
    let consent = |row: &PgRow| {
        Ok(Consent {
            msn: row.try_get("msn")?,
            sub: Sub::from_uuid(row.try_get("sub")?),
            scopes: scopes(&row.try_get::<Vec<String>, _>("scopes")?)?,
            given_at: row.try_get("given_at")?,
        })
    };
    rows.iter().map(consent).collect()
}

/// Takes back what a payer shares with a sales unit, or with all, and writes down that the units are to be told.
pub(crate) async fn revoke(
    tx: &mut PgConnection,
    payer_id: PayerId,
    msn: Option<&Msn>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query(REVOKE)
        .bind(payer_id.as_uuid())
        .bind(msn.map(Msn::as_str))
        .bind(now)
        .execute(tx)
        .instrument(span("consents.revoke"))
        .await?;
    Ok(())
}

fn given(row: &PgRow) -> Result<Given, sqlx::Error> {
    Ok(Given {
        payer_id: PayerId::from_uuid(row.try_get("payer_id")?),
        scopes: scopes(&row.try_get::<Vec<String>, _>("scopes")?)?,
        shipping_address: shipping_address(row)?,
    })
}

fn shipping_address(row: &PgRow) -> Result<Option<Address>, sqlx::Error> {
    let Some(line_1) = row.try_get("shipping_line_1")? else { return Ok(None) };
    Ok(Some(Address {
        line_1,
        line_2: row.try_get("shipping_line_2")?,
        post_code: row.try_get("shipping_post_code")?,
        city: row.try_get("shipping_city")?,
        country: row.try_get("shipping_country")?,
    }))
}

fn scopes(words: &[String]) -> Result<Scopes, sqlx::Error> {
    words.iter().map(|word| named(&Scope::ALL, Scope::as_str, word)).collect()
}
