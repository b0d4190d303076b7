//! From the log into the table that is searched.

use std::collections::BTreeMap;

use kvitt_primitives::{PaymentId, TransactionNumber};
use sqlx::PgConnection;

use super::number;
use crate::{
    domain::{Origin, Terms, transaction::Status},
    store::{Kind, Record, log::column},
};

pub(in crate::store) const START: &str = "
INSERT INTO transaction_cursors (part, pos) SELECT part, 0 FROM log_head ON CONFLICT DO NOTHING";

/// Gives every part a cursor.
pub(crate) async fn start(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query(START).execute(connection).await.map(drop)
}

pub(in crate::store) const CURSOR: &str = "SELECT pos FROM transaction_cursors WHERE part = $1";

/// The last position copied.
pub(crate) async fn cursor(connection: &mut PgConnection, part: i16) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(CURSOR).bind(part).fetch_one(connection).await
}

/// Parts are copied in the order of their generations, so that what happened to a payment is copied in its order.
pub(in crate::store) const READY: &str = "
SELECT NOT EXISTS (
    SELECT FROM log_head h JOIN log_head mine ON mine.part = $1 LEFT JOIN transaction_cursors c ON c.part = h.part
    WHERE h.generation < mine.generation AND (NOT h.closed OR coalesce(c.pos, 0) < h.next_pos - 1))";

/// Whether everything of earlier generations has been copied.
pub(crate) async fn is_ready(connection: &mut PgConnection, part: i16) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(READY).bind(part).fetch_one(connection).await
}

pub(in crate::store) const REACHED: &str = "
SELECT h.part, h.next_pos - 1, c.pos FROM log_head h JOIN transaction_cursors c ON c.part = h.part";

/// Of each part the last position, and the last one copied.
pub(crate) async fn reached(connection: &mut PgConnection) -> Result<Vec<(i16, i64, i64)>, sqlx::Error> {
    sqlx::query_as(REACHED).fetch_all(connection).await
}

#[cfg(feature = "sandbox")]
pub(in crate::store) const BEHIND: &str = "
SELECT EXISTS (SELECT FROM log_head h JOIN transaction_cursors c ON c.part = h.part WHERE c.pos < h.next_pos - 1)";

/// Whether there is anything in the log that has not been copied yet.
#[cfg(feature = "sandbox")]
pub(crate) async fn is_behind(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(BEHIND).fetch_one(connection).await
}

/// One statement, so one transaction: what is copied and how far go together. The commit does not wait for the disk: what
/// is lost with it is copied again.
pub(in crate::store) const APPLY: &str = "
WITH relaxed AS (
    SELECT set_config('synchronous_commit', 'off', true) AS setting
), moved AS (
    UPDATE transaction_cursors SET pos = $3 FROM relaxed WHERE part = $1 AND pos = $2 AND setting = 'off' RETURNING 1
), added AS (
    INSERT INTO transactions (msn, payment_id, reference, number, version, created_at, changed_at, status, origin,
        currency, amount, authorized, captured, cancelled, refunded, description, payment_link_id, payer_name, message)
    SELECT r.* FROM moved, unnest($4::text[], $5::uuid[], $6::text[], $7::bigint[], $8::int[], $9::timestamptz[],
        $10::timestamptz[], $11::smallint[], $12::smallint[], $13::text[], $14::bigint[], $15::bigint[], $16::bigint[],
        $17::bigint[], $18::bigint[], $19::text[], $20::uuid[], $30::text[], $31::text[]) AS r
    ON CONFLICT DO NOTHING
), changed AS (
    UPDATE transactions t SET version = c.version, changed_at = c.changed_at, status = c.status,
        authorized = c.authorized, captured = c.captured, cancelled = c.cancelled, refunded = c.refunded
    FROM moved, unnest($21::text[], $22::uuid[], $23::int[], $24::timestamptz[], $25::smallint[], $26::bigint[],
        $27::bigint[], $28::bigint[], $29::bigint[])
        AS c (msn, payment_id, version, changed_at, status, authorized, captured, cancelled, refunded)
    WHERE t.msn = c.msn AND t.payment_id = c.payment_id AND t.version < c.version
)
SELECT count(*) = 1 FROM moved";

/// What a stretch of the log did to one payment.
#[derive(Debug)]
struct Change<'a> {
    created: Option<&'a Terms>,
    last: &'a Record,
}

/// Where a stretch of the log begins and ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) part: i16,
    pub(crate) from: i64,
    pub(crate) to: i64,
}

/// Copies a stretch of the log; false when another instance has been there.
pub(crate) async fn apply(
    connection: &mut PgConnection,
    step: Step,
    records: &[(i64, Record)],
) -> Result<bool, sqlx::Error> {
    let changes = fold(records);
    let (added, changed): (Vec<_>, Vec<_>) =
        changes.into_values().partition(|change| change.created.is_some());
    let added: Vec<(&Terms, &Record)> =
        added.iter().filter_map(|change| Some((change.created?, change.last))).collect();
    let status = |record: &Record| number(Status::of(record.state, record.sums));
    let query = sqlx::query_scalar(APPLY).bind(step.part).bind(step.from).bind(step.to);
    let query = query
        .bind(column(&added, |(_, last)| last.msn.to_string()))
        .bind(column(&added, |(_, last)| last.payment_id.as_uuid()))
        .bind(column(&added, |(_, last)| last.reference.to_string()))
        .bind(column(&added, |(_, last)| TransactionNumber::of(last.payment_id.as_uuid()).as_i64()))
        .bind(column(&added, |(_, last)| last.seq))
        .bind(column(&added, |(terms, _)| terms.created_at))
        .bind(column(&added, |(_, last)| last.at))
        .bind(column(&added, |(_, last)| status(last)))
        .bind(column(&added, |(terms, _)| origin_number(terms.request.origin())))
        .bind(column(&added, |(_, last)| last.payment_amount.currency.code().to_owned()))
        .bind(column(&added, |(_, last)| last.payment_amount.minor))
        .bind(column(&added, |(_, last)| last.sums.authorized))
        .bind(column(&added, |(_, last)| last.sums.captured))
        .bind(column(&added, |(_, last)| last.sums.cancelled))
        .bind(column(&added, |(_, last)| last.sums.refunded))
        .bind(column(&added, |(terms, _)| terms.request.description.clone().unwrap_or_default()))
        .bind(column(&added, |(terms, _)| terms.request.payment_link));
    let query = query
        .bind(column(&changed, |change| change.last.msn.to_string()))
        .bind(column(&changed, |change| change.last.payment_id.as_uuid()))
        .bind(column(&changed, |change| change.last.seq))
        .bind(column(&changed, |change| change.last.at))
        .bind(column(&changed, |change| status(change.last)))
        .bind(column(&changed, |change| change.last.sums.authorized))
        .bind(column(&changed, |change| change.last.sums.captured))
        .bind(column(&changed, |change| change.last.sums.cancelled))
        .bind(column(&changed, |change| change.last.sums.refunded));
    let vm_number = |terms: &Terms| terms.request.vm_number.clone();
    let query = query
        .bind(column(&added, |(terms, _)| vm_number(terms).map(|person| person.payer_name)))
        .bind(column(&added, |(terms, _)| vm_number(terms).map(|person| person.message)));
    query.fetch_one(connection).await
}

/// The last row of each payment, and its terms where it was created here. Refused creates made no payment.
fn fold(records: &[(i64, Record)]) -> BTreeMap<PaymentId, Change<'_>> {
    let mut changes: BTreeMap<PaymentId, Change<'_>> = BTreeMap::new();
    for (_, record) in records.iter().filter(|(_, record)| record.kind != Kind::Refused) {
        let change = changes
            .entry(record.payment_id)
            .or_insert(Change { created: record.terms.as_ref(), last: record });
        if record.seq >= change.last.seq {
            change.last = record;
        }
    }
    changes
}

/// The stored number of an origin.
pub(super) fn origin_number(origin: Origin) -> i16 {
    match origin {
        Origin::Epayment => 1,
        Origin::Ecom => 2,
    }
}
