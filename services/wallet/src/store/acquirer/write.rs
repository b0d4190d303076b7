//! Everything a batch changed, in one statement: one round trip, one fsync, all or nothing.

use chrono::{DateTime, Utc};
use kvitt_postgres::sql_state;
use kvitt_primitives::OperationId;
use sqlx::{PgConnection, Postgres, postgres::PgArguments, query::Query};
use tracing::Instrument as _;

use crate::{
    domain::acquirer::{Action, Book, Decline, Outcome},
    store::span,
};

/// A card or reservation that moved on since it was read is not matched by its version; then fewer rows are changed
/// than asked and the division by zero aborts the statement. An operation or reservation that another instance
/// stored meanwhile is stopped by its primary key.
pub(super) const WRITE_BATCH: &str = "
    WITH changed_cards AS (
        UPDATE cards
        SET balance_minor = u.balance_minor, held_minor = u.held_minor, spent_minor = u.spent_minor,
            version = cards.version + 1
        FROM UNNEST($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
            AS u (card_id, balance_minor, held_minor, spent_minor, replaces)
        WHERE cards.card_id = u.card_id AND cards.version = u.replaces
        RETURNING 1
    ), changed_reservations AS (
        UPDATE reservations
        SET captured_minor = u.captured_minor, refunded_minor = u.refunded_minor,
            released_minor = u.released_minor, lapsed_minor = u.lapsed_minor, version = reservations.version + 1
        FROM UNNEST($6::text[], $7::uuid[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[])
            AS u (msn, reservation_id, captured_minor, refunded_minor, released_minor, lapsed_minor, replaces)
        WHERE reservations.msn = u.msn AND reservations.reservation_id = u.reservation_id
            AND reservations.version = u.replaces
        RETURNING 1
    ), made_reservations AS (
        INSERT INTO reservations (msn, reservation_id, payment_id, card_id, currency, amount_minor, captured_minor,
                                  refunded_minor, released_minor, lapsed_minor, created_at, guaranteed_until, version)
        SELECT u.*, 0
        FROM UNNEST($13::text[], $14::uuid[], $15::uuid[], $16::uuid[], $17::text[], $18::bigint[], $19::bigint[],
                    $20::bigint[], $21::bigint[], $22::bigint[], $23::timestamptz[], $24::timestamptz[]) AS u
    ), made_operations AS (
        INSERT INTO operations (msn, operation_id, kind, payment_id, payer_id, card_id, reservation_id, currency,
                                amount_minor, decided_at, declined, card_bin, executed_at)
        SELECT u.*, $37::timestamptz
        FROM UNNEST($25::text[], $26::uuid[], $27::text[], $28::uuid[], $29::uuid[], $30::uuid[], $31::uuid[],
                    $32::text[], $33::bigint[], $34::timestamptz[], $35::text[], $36::text[]) AS u
    )
    SELECT 1 / CASE
        WHEN (SELECT count(*) FROM changed_cards) = cardinality($1)
            AND (SELECT count(*) FROM changed_reservations) = cardinality($6) THEN 1
        ELSE 0
    END";

type Batch<'q> = Query<'q, Postgres, PgArguments>;

/// Stores what the batch did; nothing at all when it fails.
pub(crate) async fn write(
    connection: &mut PgConnection,
    book: &Book,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let batch = sqlx::query(WRITE_BATCH);
    let batch = bind_changed_cards(batch, book);
    let batch = bind_changed_reservations(batch, book);
    let batch = bind_made_reservations(batch, book);
    let batch = bind_made_operations(batch, book);
    batch.bind(now).fetch_one(connection).instrument(span("operations.write")).await?;
    Ok(())
}

/// Whether the statement failed because another instance was faster, so that the batch must be read and decided
/// again: a moved version, a taken key, a serialization failure, a deadlock.
pub(crate) fn lost_a_race(error: &sqlx::Error) -> bool {
    const RACES: [&str; 4] = ["22012", "23505", "40001", "40P01"];
    sql_state(error).is_some_and(|state| RACES.contains(&&*state))
}

fn bind_changed_cards<'q>(batch: Batch<'q>, book: &Book) -> Batch<'q> {
    let changed: Vec<_> = book.changed_accounts().collect();
    batch
        .bind(changed.iter().map(|(account, _)| account.card_id.as_uuid()).collect::<Vec<_>>())
        .bind(changed.iter().map(|(account, _)| account.funds.balance_minor).collect::<Vec<_>>())
        .bind(changed.iter().map(|(account, _)| account.funds.held_minor).collect::<Vec<_>>())
        .bind(changed.iter().map(|(account, _)| account.funds.spent_minor).collect::<Vec<_>>())
        .bind(changed.iter().map(|(_, replaces)| *replaces).collect::<Vec<_>>())
}

fn bind_changed_reservations<'q>(batch: Batch<'q>, book: &Book) -> Batch<'q> {
    let changed: Vec<_> = book.changed_reservations().collect();
    batch
        .bind(changed.iter().map(|(key, ..)| key.msn.to_string()).collect::<Vec<_>>())
        .bind(changed.iter().map(|(key, ..)| key.operation_id.as_uuid()).collect::<Vec<_>>())
        .bind(changed.iter().map(|(_, reservation, _)| reservation.captured_minor).collect::<Vec<_>>())
        .bind(changed.iter().map(|(_, reservation, _)| reservation.refunded_minor).collect::<Vec<_>>())
        .bind(changed.iter().map(|(_, reservation, _)| reservation.released_minor).collect::<Vec<_>>())
        .bind(changed.iter().map(|(_, reservation, _)| reservation.lapsed_minor).collect::<Vec<_>>())
        .bind(changed.iter().map(|(.., replaces)| *replaces).collect::<Vec<_>>())
}

fn bind_made_reservations<'q>(batch: Batch<'q>, book: &Book) -> Batch<'q> {
    let made: Vec<_> = book.made_reservations().collect();
    batch
        .bind(made.iter().map(|(key, _)| key.msn.to_string()).collect::<Vec<_>>())
        .bind(made.iter().map(|(key, _)| key.operation_id.as_uuid()).collect::<Vec<_>>())
        .bind(made.iter().map(|(_, reservation)| reservation.payment_id.as_uuid()).collect::<Vec<_>>())
        .bind(made.iter().map(|(_, reservation)| reservation.card_id.as_uuid()).collect::<Vec<_>>())
        .bind(made.iter().map(|(_, reservation)| reservation.currency.code()).collect::<Vec<_>>())
        .bind(made.iter().map(|(_, reservation)| reservation.amount_minor).collect::<Vec<_>>())
        .bind(made.iter().map(|(_, reservation)| reservation.captured_minor).collect::<Vec<_>>())
        .bind(made.iter().map(|(_, reservation)| reservation.refunded_minor).collect::<Vec<_>>())
        .bind(made.iter().map(|(_, reservation)| reservation.released_minor).collect::<Vec<_>>())
        .bind(made.iter().map(|(_, reservation)| reservation.lapsed_minor).collect::<Vec<_>>())
        .bind(made.iter().map(|(_, reservation)| reservation.created_at).collect::<Vec<_>>())
        .bind(made.iter().map(|(_, reservation)| reservation.guaranteed_until).collect::<Vec<_>>())
}

fn bind_made_operations<'q>(batch: Batch<'q>, book: &Book) -> Batch<'q> {
    let operations: Vec<_> = book.fresh().iter().map(|executed| &executed.operation).collect();
    let targets: Vec<_> = operations.iter().map(|operation| operation.action.target()).collect();
    let reservation_id = |action: Action| action.reservation_id().map(OperationId::as_uuid);
    batch
        .bind(operations.iter().map(|operation| operation.key.msn.to_string()).collect::<Vec<_>>())
        .bind(operations.iter().map(|operation| operation.key.operation_id.as_uuid()).collect::<Vec<_>>())
        .bind(operations.iter().map(|operation| operation.action.kind().as_str()).collect::<Vec<_>>())
        .bind(operations.iter().map(|operation| operation.payment_id.as_uuid()).collect::<Vec<_>>())
        .bind(targets.iter().map(|target| target.map(|(payer_id, _)| payer_id.as_uuid())).collect::<Vec<_>>())
        .bind(targets.iter().map(|target| target.map(|(_, card_id)| card_id.as_uuid())).collect::<Vec<_>>())
        .bind(operations.iter().map(|operation| reservation_id(operation.action)).collect::<Vec<_>>())
        .bind(operations.iter().map(|operation| operation.amount.currency.code()).collect::<Vec<_>>())
        .bind(operations.iter().map(|operation| operation.amount.minor).collect::<Vec<_>>())
        .bind(operations.iter().map(|operation| operation.decided_at).collect::<Vec<_>>())
        .bind(book.fresh().iter().map(|executed| declined(&executed.outcome)).collect::<Vec<_>>())
        .bind(book.fresh().iter().map(|executed| card_bin(&executed.outcome)).collect::<Vec<_>>())
}

fn declined(outcome: &Outcome) -> Option<&'static str> {
    match outcome {
        Outcome::Declined(decline) => Some(Decline::as_str(*decline)),
        Outcome::Done { .. } | Outcome::Pending | Outcome::Mismatch => None,
    }
}

fn card_bin(outcome: &Outcome) -> Option<&str> {
    match outcome {
        Outcome::Done { reserved } => reserved.as_ref().map(|reserved| reserved.card_bin.as_str()),
        Outcome::Declined(_) | Outcome::Pending | Outcome::Mismatch => None,
    }
}
