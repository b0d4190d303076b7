//! Test events, written down when their one try is over.

use sqlx::PgConnection;

use super::finish::SILENCE;
use crate::domain::{Attempt, New, State};

pub(super) const INSERT_ENDED: &str = "\
INSERT INTO deliveries (msn, endpoint_id, reference, number, delivery_id, partner_id, kind, url, event_type, event_id,
    body, incomplete, sealed_token, occurred_at, created_at, state, began_at, failures, attempts, next_at)
VALUES ($1, $2, $3, 1, $4, $5, $6, $7, $8, $9, $10, false, NULL, $11, $11, $12, $11, $13, 1, $11)";

pub(super) const INSERT_ATTEMPT: &str = "\
INSERT INTO attempts (msn, delivery_id, number, at, took_us, outcome, address, tls, status, answer, error, next_at)
VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $8, $9, $10, NULL)";

/// Writes down a test event and how it went.
pub(crate) async fn insert_ping(
    tx: &mut PgConnection,
    new: &New,
    attempt: &Attempt,
    state: State,
) -> Result<(), sqlx::Error> {
    let delivery = sqlx::query(INSERT_ENDED)
        .bind(new.msn.as_str())
        .bind(new.endpoint_id.as_uuid())
        .bind(&new.reference)
        .bind(new.delivery_id.as_uuid())
        .bind(new.partner_id.map(|id| id.as_uuid()))
        .bind(new.kind.number())
        .bind(&new.url)
        .bind(&new.event_type)
        .bind(new.event_id.as_uuid())
        .bind(&new.body)
        .bind(new.occurred_at)
        .bind(state.number())
        .bind(i32::from(state != State::Delivered));
    delivery.execute(&mut *tx).await?;
    let tried = sqlx::query(INSERT_ATTEMPT)
        .bind(new.msn.as_str())
        .bind(new.delivery_id.as_uuid())
        .bind(attempt.at)
        .bind(attempt.took.num_microseconds().unwrap_or(i64::MAX))
        .bind(attempt.outcome.number())
        .bind(attempt.address.map(|address| address.to_string()))
        .bind(attempt.tls)
        .bind(attempt.status.map(u16::cast_signed))
        .bind(&attempt.answer)
        .bind(&attempt.error);
    tried.execute(&mut *tx).await?;
    let silence = sqlx::query(SILENCE)
        .bind(vec![new.endpoint_id.as_uuid()])
        .bind(vec![state == State::Delivered])
        .bind(vec![attempt.at]);
    silence.execute(tx).await.map(|_| ())
}
