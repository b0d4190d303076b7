//! `merchant_redirects`: codes that lead to a page of the merchant. One whose time is over is not there.

use chrono::{DateTime, Utc};
use kvitt_primitives::Msn;
use sqlx::{PgConnection, Row as _, postgres::PgRow};

use super::{Page, Place, broken};
use crate::domain::{
    Code, Redirect,
    redirect::{RedirectId, RedirectUrl},
};

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[INSERT, FIND, FIND_BY_CODE, LIST, UPDATE, DELETE, FORGET, NEXT_END];

/// One whose time is over makes room for another of its id.
const INSERT: &str = "\
INSERT INTO merchant_redirects AS known (msn, id, code, redirect_url, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT ON CONSTRAINT merchant_redirects_pkey DO UPDATE
SET code = excluded.code, redirect_url = excluded.redirect_url, created_at = excluded.created_at,
    expires_at = excluded.expires_at
WHERE known.expires_at <= excluded.created_at";

const FIND: &str = "\
SELECT msn, id, code, redirect_url, created_at, expires_at FROM merchant_redirects
WHERE msn = $1 AND id = $2 AND (expires_at IS NULL OR expires_at > $3)";

const FIND_BY_CODE: &str = "\
SELECT msn, id, code, redirect_url, created_at, expires_at FROM merchant_redirects
WHERE code = $1 AND (expires_at IS NULL OR expires_at > $2)";

const LIST: &str = "\
SELECT msn, id, code, redirect_url, created_at, expires_at FROM merchant_redirects
WHERE msn = $1 AND (created_at, id) > ($2, $3) AND (expires_at IS NULL OR expires_at > $4)
ORDER BY created_at, id LIMIT $5";

const UPDATE: &str = "\
UPDATE merchant_redirects SET redirect_url = $3
WHERE msn = $1 AND id = $2 AND (expires_at IS NULL OR expires_at > $4)
RETURNING msn, id, code, redirect_url, created_at, expires_at";

const DELETE: &str = "\
DELETE FROM merchant_redirects WHERE msn = $1 AND id = $2 AND (expires_at IS NULL OR expires_at > $3)";

const FORGET: &str = "\
DELETE FROM merchant_redirects WHERE (msn, id) IN (
    SELECT msn, id FROM merchant_redirects WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)";

const NEXT_END: &str = "SELECT min(expires_at) FROM merchant_redirects WHERE expires_at > $1";

/// Forgets those whose time is over, at most so many; how many they were.
pub(crate) async fn forget(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<u64, sqlx::Error> {
    Ok(sqlx::query(FORGET).bind(now).bind(limit).execute(connection).await?.rows_affected())
}

/// When the time of the next one is over.
pub(crate) async fn next_end(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    sqlx::query_scalar(NEXT_END).bind(now).fetch_one(connection).await
}

/// Keeps a new one; false when its id is in use.
pub(crate) async fn insert(connection: &mut PgConnection, redirect: &Redirect) -> Result<bool, sqlx::Error> {
    let insert = sqlx::query(INSERT)
        .bind(redirect.msn.as_str())
        .bind(redirect.id.as_str())
        .bind(redirect.code.as_str())
        .bind(redirect.url.as_str())
        .bind(redirect.created_at)
        .bind(redirect.expires_at);
    Ok(insert.execute(connection).await?.rows_affected() > 0)
}

/// The unit's own of that name.
pub(crate) async fn find(
    connection: &mut PgConnection,
    (msn, id): (&Msn, &RedirectId),
    now: DateTime<Utc>,
) -> Result<Option<Redirect>, sqlx::Error> {
    let find = sqlx::query(FIND).bind(msn.as_str()).bind(id.as_str()).bind(now);
    find.fetch_optional(connection).await?.as_ref().map(redirect).transpose()
}

/// Whosever it is that is printed so.
pub(crate) async fn find_by_code(
    connection: &mut PgConnection,
    code: &Code,
    now: DateTime<Utc>,
) -> Result<Option<Redirect>, sqlx::Error> {
    let find = sqlx::query(FIND_BY_CODE).bind(code.as_str()).bind(now);
    find.fetch_optional(connection).await?.as_ref().map(redirect).transpose()
}

/// A page of a unit's, oldest first, and what the next page comes behind.
pub(crate) async fn list(
    connection: &mut PgConnection,
    msn: &Msn,
    page: &Page,
    now: DateTime<Utc>,
) -> Result<(Vec<Redirect>, Option<Place>), sqlx::Error> {
    let list = sqlx::query(LIST)
        .bind(msn.as_str())
        .bind(page.after.created_at)
        .bind(&page.after.id)
        .bind(now)
        .bind(page.limit());
    let rows = list.fetch_all(connection).await?;
    let rows = rows.iter().map(redirect).collect::<Result<Vec<_>, _>>()?;
    Ok(page.cut(rows, |it| Place { created_at: it.created_at, id: it.id.as_str().to_owned() }))
}

/// Leads elsewhere from now on; `None` when there is none.
pub(crate) async fn update(
    connection: &mut PgConnection,
    (msn, id): (&Msn, &RedirectId),
    url: &RedirectUrl,
    now: DateTime<Utc>,
) -> Result<Option<Redirect>, sqlx::Error> {
    let update = sqlx::query(UPDATE).bind(msn.as_str()).bind(id.as_str()).bind(url.as_str()).bind(now);
    update.fetch_optional(connection).await?.as_ref().map(redirect).transpose()
}

/// Whether there was one to delete.
pub(crate) async fn delete(
    connection: &mut PgConnection,
    (msn, id): (&Msn, &RedirectId),
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let delete = sqlx::query(DELETE).bind(msn.as_str()).bind(id.as_str()).bind(now);
    Ok(delete.execute(connection).await?.rows_affected() > 0)
}

fn redirect(row: &PgRow) -> Result<Redirect, sqlx::Error> {
    let text = |column: &str| row.try_get::<&str, _>(column);
    Ok(Redirect {
        msn: text("msn")?.parse().map_err(|_| broken("msn"))?,
        id: text("id")?.parse().map_err(|_| broken("id"))?,
        code: text("code")?.parse().map_err(|_| broken("code"))?,
        url: text("redirect_url")?.parse().map_err(|_| broken("redirect_url"))?,
        created_at: row.try_get("created_at")?,
        expires_at: row.try_get("expires_at")?,
    })
}
