//! `call_days`, `error_samples` and `call_reports`: how calls to the APIs went.

use chrono::{DateTime, NaiveDate, Utc};
use kvitt_primitives::{Msn, PartnerId, WebhookId};
use sqlx::{PgConnection, Row as _, postgres::PgRow};
use uuid::Uuid;

use super::broken;
use crate::domain::dashboard::{Alike, Calls, Counts, Notice, Sample};

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[
    NOTE_REPORT,
    ADD_CALLS,
    INSERT_SAMPLES,
    PRUNE_SAMPLES,
    CALLS,
    SAMPLES,
    NOTICES,
    FORGET_CALLS,
    FORGET_SAMPLES,
    FORGET_REPORTS,
];

/// Samples that are kept of an API and a day of a unit.
const MOST_SAMPLES: i64 = 50;
/// Samples that are told at once.
const MOST_TOLD: i64 = 50;
/// Notices that are told at once.
const MOST_NOTICES: i64 = 100;

const NOTE_REPORT: &str =
    "INSERT INTO call_reports (report_id, recorded_at) VALUES ($1, $2) ON CONFLICT (report_id) DO NOTHING";

/// In the order of the key, as every report: two of them never wait for each other in a circle.
const ADD_CALLS: &str = "\
INSERT INTO call_days AS known (msn, day, api, status, code, calls, total_us, slowest_us, slowest_operation)
SELECT * FROM UNNEST($1::text[], $2::date[], $3::text[], $4::smallint[], $5::text[], $6::bigint[], $7::bigint[],
    $8::bigint[], $9::text[])
ON CONFLICT (msn, day, api, status, code) DO UPDATE
SET calls = known.calls + excluded.calls,
    total_us = known.total_us + excluded.total_us,
    slowest_us = greatest(known.slowest_us, excluded.slowest_us),
    slowest_operation = CASE WHEN excluded.slowest_us > known.slowest_us
        THEN excluded.slowest_operation ELSE known.slowest_operation END";

const INSERT_SAMPLES: &str = "\
INSERT INTO error_samples (msn, sample_id, day, api, at, operation, status, code, trace_id, body)
SELECT * FROM UNNEST($1::text[], $2::uuid[], $3::date[], $4::text[], $5::timestamptz[], $6::text[], $7::smallint[],
    $8::text[], $9::text[], $10::text[])";

/// Only the newest stay. What another report takes away just now is gone without this one waiting for it.
const PRUNE_SAMPLES: &str = "\
WITH touched AS (
    SELECT DISTINCT msn, api, day FROM UNNEST($1::text[], $2::text[], $3::date[]) AS t (msn, api, day)
), placed AS (
    SELECT s.msn, s.sample_id,
        row_number() OVER (PARTITION BY s.msn, s.api, s.day ORDER BY s.sample_id DESC) AS place
    FROM error_samples s JOIN touched t USING (msn, api, day)
), too_many AS (
    SELECT s.msn, s.sample_id FROM error_samples s JOIN placed p USING (msn, sample_id)
    WHERE p.place > $4
    FOR UPDATE OF s SKIP LOCKED
)
DELETE FROM error_samples s USING too_many t WHERE s.msn = t.msn AND s.sample_id = t.sample_id";

const CALLS: &str = "\
SELECT msn, day, api, status, code, calls, total_us, slowest_us, slowest_operation FROM call_days
WHERE msn = $1 AND day BETWEEN $2 AND $3";

const SAMPLES: &str = "\
SELECT msn, api, at, operation, status, code, trace_id, body FROM error_samples
WHERE msn = $1 AND day BETWEEN $2 AND $3
ORDER BY at DESC, sample_id DESC
LIMIT $4";

/// Those of the unit itself, or where a partner asks, those that the partner made for it or for all its units.
const NOTICES: &str = "\
SELECT webhook_id, url, events, silent_since, ended_at FROM registrations
WHERE ended_at >= $3 AND (msn = $1 AND partner_id IS NOT DISTINCT FROM $2 OR msn = '' AND partner_id = $2)
ORDER BY ended_at DESC, webhook_id DESC
LIMIT $4";

const FORGET_CALLS: &str =
    "DELETE FROM call_days WHERE ctid = ANY(ARRAY(SELECT ctid FROM call_days WHERE day < $1 LIMIT $2))";

const FORGET_SAMPLES: &str = "DELETE FROM error_samples WHERE ctid = ANY(ARRAY(SELECT ctid FROM error_samples WHERE at < $1 LIMIT $2))";

const FORGET_REPORTS: &str = "DELETE FROM call_reports WHERE ctid = ANY(ARRAY(SELECT ctid FROM call_reports WHERE recorded_at < $1 LIMIT $2))";

/// The first and the last of days.
pub(crate) type Span = (NaiveDate, NaiveDate);

/// Notes a report; false when it has been noted before.
pub(crate) async fn note_report(
    tx: &mut PgConnection,
    report_id: Uuid,
    wall_now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let noted = sqlx::query(NOTE_REPORT).bind(report_id).bind(wall_now).execute(tx).await?;
    Ok(noted.rows_affected() == 1)
}

/// Adds calls to those of their days.
pub(crate) async fn add_calls(tx: &mut PgConnection, counts: &Counts) -> Result<(), sqlx::Error> {
    if counts.is_empty() {
        return Ok(());
    }
    let keys = || counts.keys();
    let values = || counts.values();
    let add = sqlx::query(ADD_CALLS)
        .bind(keys().map(|key| key.msn.as_str()).collect::<Vec<_>>())
        .bind(keys().map(|key| key.day).collect::<Vec<_>>())
        .bind(keys().map(|key| key.api.as_str()).collect::<Vec<_>>())
        .bind(keys().map(|key| key.status).collect::<Vec<_>>())
        .bind(keys().map(|key| key.code.as_str()).collect::<Vec<_>>())
        .bind(values().map(|calls| calls.calls).collect::<Vec<_>>())
        .bind(values().map(|calls| calls.total_us).collect::<Vec<_>>())
        .bind(values().map(|calls| calls.slowest_us).collect::<Vec<_>>())
        .bind(values().map(|calls| calls.slowest_operation.as_str()).collect::<Vec<_>>());
    add.execute(tx).await.map(|_| ())
}

/// Keeps samples, each with a fresh id, and of every API and day only the newest.
pub(crate) async fn keep_samples(
    tx: &mut PgConnection,
    samples: &[(Uuid, Sample)],
) -> Result<(), sqlx::Error> {
    if samples.is_empty() {
        return Ok(());
    }
    let each = || samples.iter().map(|(_, sample)| sample);
    let msns: Vec<_> = each().map(|sample| sample.msn.as_str()).collect();
    let apis: Vec<_> = each().map(|sample| sample.api.as_str()).collect();
    let days: Vec<_> = each().map(|sample| sample.at.date_naive()).collect();
    let insert = sqlx::query(INSERT_SAMPLES)
        .bind(&msns)
        .bind(samples.iter().map(|(sample_id, _)| *sample_id).collect::<Vec<_>>())
        .bind(&days)
        .bind(&apis)
        .bind(each().map(|sample| sample.at).collect::<Vec<_>>())
        .bind(each().map(|sample| sample.operation.as_str()).collect::<Vec<_>>())
        .bind(each().map(|sample| sample.status).collect::<Vec<_>>())
        .bind(each().map(|sample| sample.code.as_str()).collect::<Vec<_>>())
        .bind(each().map(|sample| sample.trace_id.as_str()).collect::<Vec<_>>())
        .bind(each().map(|sample| sample.body.as_str()).collect::<Vec<_>>());
    insert.execute(&mut *tx).await?;
    let prune = sqlx::query(PRUNE_SAMPLES).bind(&msns).bind(&apis).bind(&days).bind(MOST_SAMPLES);
    prune.execute(tx).await.map(|_| ())
}

/// The calls of a unit on these days.
pub(crate) async fn calls(
    connection: &mut PgConnection,
    msn: &Msn,
    (from, to): Span,
) -> Result<Vec<(Alike, Calls)>, sqlx::Error> {
    let rows = sqlx::query(CALLS).bind(msn.as_str()).bind(from).bind(to).fetch_all(connection).await?;
    let read = rows.iter().map(|row| {
        let alike = Alike {
            msn: msn.clone(),
            day: row.try_get("day")?,
            api: row.try_get("api")?,
            status: row.try_get("status")?,
            code: row.try_get("code")?,
        };
        let calls = Calls {
            calls: row.try_get("calls")?,
            total_us: row.try_get("total_us")?,
            slowest_us: row.try_get("slowest_us")?,
            slowest_operation: row.try_get("slowest_operation")?,
        };
        Ok((alike, calls))
    });
    read.collect()
}

/// The newest samples of a unit on these days.
pub(crate) async fn samples(
    connection: &mut PgConnection,
    msn: &Msn,
    (from, to): Span,
) -> Result<Vec<Sample>, sqlx::Error> {
    let query = sqlx::query(SAMPLES).bind(msn.as_str()).bind(from).bind(to).bind(MOST_TOLD);
    query.fetch_all(connection).await?.iter().map(sample).collect()
}

/// The registrations of an owner for this unit that have ended by themselves since then, newest first.
pub(crate) async fn notices(
    connection: &mut PgConnection,
    (msn, partner): (&Msn, Option<PartnerId>),
    since: DateTime<Utc>,
) -> Result<Vec<Notice>, sqlx::Error> {
    let query = sqlx::query(NOTICES).bind(msn.as_str()).bind(partner.map(PartnerId::as_uuid));
    let rows = query.bind(since).bind(MOST_NOTICES).fetch_all(connection).await?;
    let read = rows.iter().map(|row| {
        Ok(Notice {
            webhook_id: WebhookId::from_uuid(row.try_get("webhook_id")?),
            url: row.try_get("url")?,
            events: row.try_get("events")?,
            silent_since: row.try_get("silent_since")?,
            ended_at: row.try_get("ended_at")?,
        })
    });
    read.collect()
}

/// Forgets calls of days before that; how many rows there were.
pub(crate) async fn forget_calls(
    connection: &mut PgConnection,
    before: DateTime<Utc>,
    most: i64,
) -> Result<u64, sqlx::Error> {
    let forget = sqlx::query(FORGET_CALLS).bind(before.date_naive()).bind(most);
    Ok(forget.execute(connection).await?.rows_affected())
}

/// Forgets samples from before that.
pub(crate) async fn forget_samples(
    connection: &mut PgConnection,
    before: DateTime<Utc>,
    most: i64,
) -> Result<u64, sqlx::Error> {
    let forget = sqlx::query(FORGET_SAMPLES).bind(before).bind(most);
    Ok(forget.execute(connection).await?.rows_affected())
}

/// Forgets reports that were noted before that, by the wall clock.
pub(crate) async fn forget_reports(
    connection: &mut PgConnection,
    before: DateTime<Utc>,
    most: i64,
) -> Result<u64, sqlx::Error> {
    let forget = sqlx::query(FORGET_REPORTS).bind(before).bind(most);
    Ok(forget.execute(connection).await?.rows_affected())
}

fn sample(row: &PgRow) -> Result<Sample, sqlx::Error> {
    let msn: &str = row.try_get("msn")?;
    Ok(Sample {
        msn: msn.parse().map_err(|_| broken("msn"))?,
        api: row.try_get("api")?,
        at: row.try_get("at")?,
        operation: row.try_get("operation")?,
        status: row.try_get("status")?,
        code: row.try_get("code")?,
        trace_id: row.try_get("trace_id")?,
        body: row.try_get("body")?,
    })
}
