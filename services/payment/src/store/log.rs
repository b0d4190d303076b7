//! The log: appended to in one statement, read by key, by payment, by operation.

use std::sync::Arc;

use kvitt_primitives::{Msn, OperationId, PaymentId};
use sqlx::{PgConnection, Row as _};
use tracing::Instrument as _;
use uuid::Uuid;

use super::{
    Kind, Record, Timer,
    kind::state_number,
    payments::{EventPage, rules_number},
    span,
};
use crate::domain::Payment;

pub(super) const FIND_RECORDS: &str = concat!(
    "SELECT ",
    log_columns!(),
    " FROM unnest($1::text[], $2::uuid[]) AS k (msn, idem)
JOIN payment_log l ON l.msn = k.msn AND l.idem = k.idem"
);

/// The rows that hold these keys.
pub(crate) async fn find_records<'a>(
    connection: &mut PgConnection,
    keys: impl Iterator<Item = (&'a Msn, Uuid)>,
) -> Result<Vec<Record>, sqlx::Error> {
    let (msns, idems): (Vec<_>, Vec<_>) = keys.map(|(msn, idem)| (msn.as_str().to_owned(), idem)).unzip();
    if msns.is_empty() {
        return Ok(Vec::new());
    }
    sqlx::query_as(FIND_RECORDS).bind(msns).bind(idems).fetch_all(connection).await
}

pub(super) const OUTCOME: &str = concat!(
    "SELECT ",
    log_columns!(),
    " FROM payment_log l WHERE payment_id = $1 AND msn = $2 AND kind = ANY ($4::smallint[])
    AND (CASE WHEN kind = $5 THEN event_id ELSE operation END) = $3
ORDER BY seq DESC LIMIT 1"
);

/// How the acquirer's operation ended: the kinds of [`find_of_operation`].
pub(crate) const OUTCOMES: [Kind; 6] = [
    Kind::Authorized,
    Kind::ReserveDeclined,
    Kind::Captured,
    Kind::CaptureDeclined,
    Kind::Refunded,
    Kind::RefundDeclined,
];
/// How it began.
pub(crate) const REQUESTS: [Kind; 3] =
    [Kind::ReserveRequested, Kind::CaptureRequested, Kind::RefundRequested];

/// The last row of one of these kinds about an operation at the acquirer. That of a capture is its event's id.
pub(crate) async fn find_of_operation(
    connection: &mut PgConnection,
    (msn, payment): (&Msn, PaymentId),
    operation: OperationId,
    kinds: &[Kind],
) -> Result<Option<Record>, sqlx::Error> {
    sqlx::query_as(OUTCOME)
        .bind(payment.as_uuid())
        .bind(msn.as_str())
        .bind(operation.as_uuid())
        .bind(column(kinds, |kind: &Kind| kind.number()))
        .bind(Kind::Captured.number())
        .fetch_optional(connection)
        .instrument(span("payment_log.find_of_operation"))
        .await
}

pub(super) const EVENTS: &str = concat!(
    "SELECT ",
    log_columns!(),
    " FROM payment_log l WHERE payment_id = $1 AND msn = $2 AND seq > $3 AND kind <= $4 ORDER BY seq LIMIT $5"
);

/// Public events of a payment after version `after`, oldest first.
pub(crate) async fn events(
    connection: &mut PgConnection,
    payment: &Payment,
    after: i32,
    limit: i32,
) -> Result<EventPage, sqlx::Error> {
    let mut events: Vec<Record> = sqlx::query_as(EVENTS)
        .bind(payment.id.as_uuid())
        .bind(payment.msn.as_str())
        .bind(after)
        .bind(Kind::LAST_PUBLIC)
        .bind(limit.saturating_add(1))
        .fetch_all(connection)
        .instrument(span("payment_log.events"))
        .await?;
    let limit = usize::try_from(limit).unwrap_or_default();
    let more = events.len() > limit;
    events.truncate(limit);
    Ok(EventPage { events, more })
}

/// One statement, so one round trip and one flush. The head's lock, held until the commit, makes positions gap-free
/// and visible in order. It aborts, and writes nothing, when the head is missing or closed, when a reference belongs
/// to another payment, when a version exists (`payment_log_pkey`), and when a key exists (`payment_log_idem`).
pub(super) const APPEND: &str = "
WITH head AS (
    UPDATE log_head SET next_pos = next_pos + cardinality($35::uuid[]) WHERE part = $1 AND NOT closed
    RETURNING next_pos - cardinality($35::uuid[]) AS base
), folds AS (
    INSERT INTO payments (payment_id, msn, reference, state, version, currency, amount, authorized, captured,
        cancelled, refunded, created_at, expires_at, partial_capture, customer_phone, minimum_age, reservation, card_bin,
        pending_kind, pending_operation, pending_amount, pending_due_at, pending_payer, pending_card, capture_days,
        guaranteed_until, capture_until, captured_at, rules)
    SELECT * FROM unnest($2::uuid[], $3::text[], $4::text[], $5::smallint[], $6::int[], $7::text[], $8::bigint[],
        $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::timestamptz[], $14::timestamptz[],
        $15::boolean[], $16::text[], $17::smallint[], $18::uuid[], $19::text[], $20::smallint[], $21::uuid[],
        $22::bigint[], $23::timestamptz[], $24::uuid[], $25::uuid[], $26::smallint[], $27::timestamptz[],
        $28::timestamptz[], $29::timestamptz[], $55::smallint[])
    ON CONFLICT ON CONSTRAINT payments_pkey DO UPDATE SET state = excluded.state, version = excluded.version,
        authorized = excluded.authorized, captured = excluded.captured, cancelled = excluded.cancelled,
        refunded = excluded.refunded, reservation = excluded.reservation, card_bin = excluded.card_bin,
        pending_kind = excluded.pending_kind, pending_operation = excluded.pending_operation,
        pending_amount = excluded.pending_amount, pending_due_at = excluded.pending_due_at,
        pending_payer = excluded.pending_payer, pending_card = excluded.pending_card,
        guaranteed_until = excluded.guaranteed_until, capture_until = excluded.capture_until,
        captured_at = excluded.captured_at
    WHERE payments.payment_id = excluded.payment_id RETURNING 1
), timers AS (
    INSERT INTO payment_timers (due_at, payment_id, version, msn, reference)
    SELECT * FROM unnest($30::timestamptz[], $31::uuid[], $32::int[], $33::text[], $34::text[])
    ON CONFLICT DO NOTHING
), rows AS (
    INSERT INTO payment_log (part, pos, payment_id, seq, kind, state, at, amount, authorized, captured, cancelled,
        refunded, payment_amount, event_id, idem, request_hash, operation, msn, reference, currency, idempotency_key,
        detail)
    SELECT $1, head.base + r.o - 1, r.payment_id, r.seq, r.kind, r.state, r.at, r.amount, r.authorized, r.captured,
        r.cancelled, r.refunded, r.payment_amount, r.event_id, r.idem, r.request_hash, r.operation, r.msn, r.reference,
        r.currency, r.idempotency_key, r.detail
    FROM head, unnest($35::uuid[], $36::int[], $37::smallint[], $38::smallint[], $39::timestamptz[], $40::bigint[],
        $41::bigint[], $42::bigint[], $43::bigint[], $44::bigint[], $45::bigint[], $46::uuid[], $47::uuid[],
        $48::uuid[], $49::uuid[], $50::text[], $51::text[], $52::text[], $53::text[], $54::text[])
        WITH ORDINALITY AS r (payment_id, seq, kind, state, at, amount, authorized, captured, cancelled, refunded,
            payment_amount, event_id, idem, request_hash, operation, msn, reference, currency, idempotency_key, detail,
            o)
)
SELECT max(base) + cardinality($35::uuid[]) AS next, 1 / count(*) AS head_is_there,
    1 / (CASE WHEN (SELECT count(*) FROM folds) = cardinality($2::uuid[]) THEN 1 ELSE 0 END) AS folds_are_ours
FROM head";

/// Appends `rows`, writes `payments` as they stand after them, and adds the timers. Answers the part's next position.
pub(crate) async fn append(
    connection: &mut PgConnection,
    part: i16,
    rows: &[Arc<Record>],
    payments: &[&Payment],
    timers: &[Timer<'_>],
) -> Result<i64, sqlx::Error> {
    let p = payments;
    let pending: Vec<_> = p.iter().map(|p| p.pending_columns()).collect();
    let row = sqlx::query(APPEND)
        .bind(part)
        .bind(column(p, |p| p.id.as_uuid()))
        .bind(column(p, |p| p.msn.to_string()))
        .bind(column(p, |p| p.reference.to_string()))
        .bind(column(p, |p| state_number(p.state)))
        .bind(column(p, |p| p.version))
        .bind(column(p, |p| p.amount.currency.code()))
        .bind(column(p, |p| p.amount.minor))
        .bind(column(p, |p| p.sums.authorized))
        .bind(column(p, |p| p.sums.captured))
        .bind(column(p, |p| p.sums.cancelled))
        .bind(column(p, |p| p.sums.refunded))
        .bind(column(p, |p| p.created_at))
        .bind(column(p, |p| p.expires_at))
        .bind(column(p, |p| p.partial_capture))
        .bind(column(p, |p| p.customer_phone.as_ref().map(ToString::to_string)))
        .bind(column(p, |p| p.minimum_age))
        .bind(column(p, |p| p.reservation.map(OperationId::as_uuid)))
        .bind(column(p, |p| p.card_bin.clone()))
        .bind(column(&pending, |pending| pending.0))
        .bind(column(p, |p| p.pending.map(|pending| pending.operation.as_uuid())))
        .bind(column(p, |p| p.pending.map(|pending| pending.amount)))
        .bind(column(p, |p| p.pending.map(|pending| pending.due_at)))
        .bind(column(&pending, |pending| pending.1))
        .bind(column(&pending, |pending| pending.2))
        .bind(column(p, |p| p.capture_days))
        .bind(column(p, |p| p.guaranteed_until))
        .bind(column(p, |p| p.capture_until))
        .bind(column(p, |p| p.captured_at))
        .bind(column(timers, |timer| timer.due_at))
        .bind(column(timers, |timer| timer.payment.id.as_uuid()))
        .bind(column(timers, |timer| timer.payment.version))
        .bind(column(timers, |timer| timer.payment.msn.to_string()))
        .bind(column(timers, |timer| timer.payment.reference.to_string()))
        .bind(column(rows, |r| r.payment_id.as_uuid()))
        .bind(column(rows, |r| r.seq))
        .bind(column(rows, |r| r.kind.number()))
        .bind(column(rows, |r| state_number(r.state)))
        .bind(column(rows, |r| r.at))
        .bind(column(rows, |r| r.amount))
        .bind(column(rows, |r| r.sums.authorized))
        .bind(column(rows, |r| r.sums.captured))
        .bind(column(rows, |r| r.sums.cancelled))
        .bind(column(rows, |r| r.sums.refunded))
        .bind(column(rows, |r| r.payment_amount.minor))
        .bind(column(rows, |r| r.event_id.as_uuid()))
        .bind(column(rows, |r| r.key.as_ref().map(|key| key.idem)))
        .bind(column(rows, |r| r.key.as_ref().map(|key| key.request)))
        .bind(column(rows, |r| r.operation.map(OperationId::as_uuid)))
        .bind(column(rows, |r| r.msn.to_string()))
        .bind(column(rows, |r| r.reference.to_string()))
        .bind(column(rows, |r| r.payment_amount.currency.code()))
        .bind(column(rows, |r| r.shown.as_ref().map(ToString::to_string)))
        .bind(column(rows, |r| r.detail()))
        .bind(column(p, |p| rules_number(p.rules)))
        .fetch_one(connection)
        .await?;
    row.try_get("next")
}

pub(super) fn column<T, C>(items: &[T], take: impl Fn(&T) -> C) -> Vec<C> {
    items.iter().map(take).collect()
}
