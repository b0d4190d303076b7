//! The inbox and how far the feed has been dealt with.

use chrono::{DateTime, Utc};
use kvitt_primitives::{Money, PayerId, PhoneNumber};
use sqlx::{PgConnection, Row as _, postgres::PgRow};
use tracing::Instrument as _;

use super::{parse, span};
use crate::domain::inbox::{Changes, Key, Request, Waiting};

const LIST_REQUESTS: &str = "
    SELECT msn, reference, currency, amount_minor, description, created_at, expires_at, pushed
    FROM payment_requests
    WHERE payer_id = $1 AND expires_at > $2 AND (created_at, msn, reference) > ($3, $4, $5)
    ORDER BY created_at, msn, reference
    LIMIT $6";

const FIND_ADDRESSEE: &str = "SELECT payer_id FROM payment_requests WHERE msn = $1 AND reference = $2";

const OPEN_CURSOR: &str = "INSERT INTO feed_cursors (part, cursor) VALUES ($1, '') ON CONFLICT DO NOTHING";

const FIND_CURSOR: &str = "SELECT cursor FROM feed_cursors WHERE part = $1";

/// One statement, so one round trip. Nothing is done when the cursor has moved on, since the other parts start from it.
/// The commit does not wait for the disk: what is lost is the cursor and its effect together, and then both happen again.
const APPLY: &str = "
    WITH relaxed AS (
        SELECT set_config('synchronous_commit', 'off', true) AS setting
    ), moved AS (
        UPDATE feed_cursors SET cursor = $3 FROM relaxed WHERE part = $1 AND cursor = $2 AND setting = 'off'
        RETURNING part
    ), added AS (
        INSERT INTO payment_requests (msn, reference, payer_id, currency, amount_minor, description, created_at,
                                      expires_at, pushed)
        SELECT r.msn, r.reference, payers.payer_id, r.currency, r.amount_minor, r.description, r.created_at, r.expires_at,
               NOT payers.push_off
        FROM moved, UNNEST($4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::text[], $10::timestamptz[],
                           $11::timestamptz[])
            AS r (phone_number, msn, reference, currency, amount_minor, description, created_at, expires_at)
        JOIN payers ON payers.phone_number = r.phone_number AND payers.status <> 'DELETED'
        ON CONFLICT DO NOTHING
    ), removed AS (
        DELETE FROM payment_requests
        USING moved, UNNEST($12::text[], $13::text[]) AS k (msn, reference)
        WHERE payment_requests.msn = k.msn AND payment_requests.reference = k.reference
    )
    SELECT count(*) FROM moved";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[APPLY, LIST_REQUESTS, FIND_ADDRESSEE, OPEN_CURSOR, FIND_CURSOR];

/// Moves a part's cursor from `old` to `new`, puts requests into the inboxes of the payers with their phone numbers
/// (numbers of nobody are passed over), and takes others out of whichever inbox they are in. False, and nothing done, when
/// the cursor no longer stands at `old`, so that another instance leads.
pub(crate) async fn apply(
    connection: &mut PgConnection,
    part: i32,
    (old, new): (&str, &str),
    changes: &Changes,
) -> Result<bool, sqlx::Error> {
    fn column<'a, T>(added: &'a [(PhoneNumber, Request)], of: impl Fn(&'a Request) -> T) -> Vec<T> {
        added.iter().map(|(_, request)| of(request)).collect()
    }
    let Changes { added, removed } = changes;
    let moved: i64 = sqlx::query_scalar(APPLY)
        .bind(part)
        .bind(old)
        .bind(new)
        .bind(added.iter().map(|(phone_number, _)| phone_number.as_str()).collect::<Vec<_>>())
        .bind(column(added, |request| request.key.msn.as_str()))
        .bind(column(added, |request| request.key.reference.as_str()))
        .bind(column(added, |request| request.amount.currency.code()))
        .bind(column(added, |request| request.amount.minor))
        .bind(column(added, |request| request.description.as_str()))
        .bind(column(added, |request| request.created_at))
        .bind(column(added, |request| request.expires_at))
        .bind(removed.iter().map(|key| key.msn.as_str()).collect::<Vec<_>>())
        .bind(removed.iter().map(|key| key.reference.as_str()).collect::<Vec<_>>())
        .fetch_one(connection)
        .await?;
    Ok(moved == 1)
}

/// Where a page of an inbox begins: behind the request made at this instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct After {
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) key: Key,
}

impl After {
    /// Before every request.
    pub(crate) fn nothing() -> Self {
        let key = Key { msn: String::new(), reference: String::new() };
        Self { created_at: DateTime::UNIX_EPOCH, key }
    }
}

/// At most `limit` requests that wait for this payer at `now`, oldest first.
pub(crate) async fn list(
    tx: &mut PgConnection,
    payer_id: PayerId,
    now: DateTime<Utc>,
    after: &After,
    limit: i64,
) -> Result<Vec<Waiting>, sqlx::Error> {
    let rows = sqlx::query(LIST_REQUESTS)
        .bind(payer_id.as_uuid())
        .bind(now)
        .bind(after.created_at)
        .bind(&after.key.msn)
        .bind(&after.key.reference)
        .bind(limit)
        .fetch_all(tx)
        .instrument(span("payment_requests.list"))
        .await?;
    rows.iter().map(waiting).collect()
}

/// In whose inbox a payment waits, if in anybody's.
pub(crate) async fn find_addressee(tx: &mut PgConnection, key: &Key) -> Result<Option<PayerId>, sqlx::Error> {
    let payer_id =
        sqlx::query_scalar(FIND_ADDRESSEE).bind(&key.msn).bind(&key.reference).fetch_optional(tx).await?;
    Ok(payer_id.map(PayerId::from_uuid))
}

/// How far a part of the feed has been dealt with; opens the part when it is new.
pub(crate) async fn open_cursor(tx: &mut PgConnection, part: i32) -> Result<String, sqlx::Error> {
    sqlx::query(OPEN_CURSOR).bind(part).execute(&mut *tx).await?;
    sqlx::query_scalar(FIND_CURSOR).bind(part).fetch_one(tx).await
}

fn waiting(row: &PgRow) -> Result<Waiting, sqlx::Error> {
    let request = Request {
        key: Key { msn: row.try_get("msn")?, reference: row.try_get("reference")? },
        amount: Money::new(parse(row.try_get("currency")?)?, row.try_get("amount_minor")?),
        description: row.try_get("description")?,
        created_at: row.try_get("created_at")?,
        expires_at: row.try_get("expires_at")?,
    };
    Ok(Waiting { request, pushed: row.try_get("pushed")? })
}
