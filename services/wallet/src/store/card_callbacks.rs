//! What PSPs were asked about attempts.

use kvitt_primitives::{CardId, Money, PayerId};
use sqlx::{PgConnection, Row as _, postgres::PgRow};
use tracing::Instrument as _;

use super::{named, parse, span};
use crate::domain::{
    attempt::Attempt,
    card_callback::{CardCallback, Said, State},
    inbox::Key,
};

const INSERT_CARD_CALLBACK: &str = "
    INSERT INTO card_callbacks (msn, attempt_id, reference, attempt, payer_id, card_id, currency, amount_minor, state)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    ON CONFLICT DO NOTHING";

/// The state and the flag are those of `card_callbacks_live_key`.
const FIND_CARD_CALLBACK: &str = "
    SELECT attempt_id, attempt, payer_id, card_id, currency, amount_minor, state
    FROM card_callbacks
    WHERE msn = $1 AND reference = $2
        AND (attempt = $3 OR (state IN ('asked', 'asked_again', 'reserved') AND NOT doubled))
    ORDER BY attempt = $3 DESC
    LIMIT 1";

const ASK_AGAIN: &str = "
    UPDATE card_callbacks SET state = 'asked_again'
    WHERE msn = $1 AND attempt_id = $2 AND state = 'soft_declined'";

/// Only what the question was asked in is answered; an answer to an older question comes too late.
const CONCLUDE_CARD_CALLBACK: &str = "
    UPDATE card_callbacks SET state = $4, network_transaction_reference = $5
    WHERE msn = $1 AND attempt_id = $2 AND state = $3";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] =
    &[INSERT_CARD_CALLBACK, FIND_CARD_CALLBACK, ASK_AGAIN, CONCLUDE_CARD_CALLBACK];

/// The unique index that says: another attempt at the payment holds money at the PSP, or may.
const ANOTHER_IS_LIVE: &str = "card_callbacks_live_key";

/// Stores what is about to be asked, unless the attempt has been asked about or another one is live.
pub(crate) async fn insert(
    connection: &mut PgConnection,
    attempt: &Attempt,
    callback: &CardCallback,
) -> Result<(), sqlx::Error> {
    sqlx::query(INSERT_CARD_CALLBACK)
        .bind(&attempt.key.msn)
        .bind(callback.id)
        .bind(&attempt.key.reference)
        .bind(attempt.idempotency_key.as_str())
        .bind(callback.payer_id.as_uuid())
        .bind(callback.card_id.as_uuid())
        .bind(callback.total.currency.code())
        .bind(callback.total.minor)
        .bind(callback.state.as_str())
        .execute(connection)
        .instrument(span("card_callbacks.insert"))
        .await?;
    Ok(())
}

/// What was asked about an attempt; about the live one of the payment, when nothing was.
pub(crate) async fn find(
    connection: &mut PgConnection,
    attempt: &Attempt,
) -> Result<Option<CardCallback>, sqlx::Error> {
    let row = sqlx::query(FIND_CARD_CALLBACK)
        .bind(&attempt.key.msn)
        .bind(&attempt.key.reference)
        .bind(attempt.idempotency_key.as_str())
        .fetch_optional(connection)
        .instrument(span("card_callbacks.find"))
        .await?;
    row.as_ref().map(card_callback).transpose()
}

/// Makes a soft-declined attempt the live one of its payment; false when there is another.
pub(crate) async fn ask_again(
    connection: &mut PgConnection,
    key: &Key,
    callback: &CardCallback,
) -> Result<bool, sqlx::Error> {
    let asked = sqlx::query(ASK_AGAIN)
        .bind(&key.msn)
        .bind(callback.id)
        .execute(connection)
        .instrument(span("card_callbacks.ask_again"))
        .await;
    match asked {
        Ok(_) => Ok(true),
        Err(error) if kvitt_postgres::violated_constraint(&error) == Some(ANOTHER_IS_LIVE) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Stores the answer; false, and nothing stored, when another one came first.
pub(crate) async fn conclude(
    connection: &mut PgConnection,
    key: &Key,
    callback: &CardCallback,
    said: &Said,
) -> Result<bool, sqlx::Error> {
    let network_reference = match said {
        Said::Reserve { network_transaction_reference } => Some(network_transaction_reference),
        Said::Fail | Said::SoftDecline => None,
    };
    let concluded = sqlx::query(CONCLUDE_CARD_CALLBACK)
        .bind(&key.msn)
        .bind(callback.id)
        .bind(callback.state.as_str())
        .bind(callback.state.after(said).as_str())
        .bind(network_reference)
        .execute(connection)
        .instrument(span("card_callbacks.conclude"))
        .await?;
    Ok(concluded.rows_affected() == 1)
}

fn card_callback(row: &PgRow) -> Result<CardCallback, sqlx::Error> {
    Ok(CardCallback {
        id: row.try_get("attempt_id")?,
        attempt: parse(row.try_get("attempt")?)?,
        payer_id: PayerId::from_uuid(row.try_get("payer_id")?),
        card_id: CardId::from_uuid(row.try_get("card_id")?),
        total: Money::new(parse(row.try_get("currency")?)?, row.try_get("amount_minor")?),
        state: named(&State::ALL, State::as_str, row.try_get("state")?)?,
    })
}
