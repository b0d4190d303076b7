//! Accounts of cards that are typed in.

use kvitt_primitives::{CardId, Currency, PayerId};
use sqlx::{PgConnection, Row as _};
use tracing::Instrument as _;

use super::span;
use crate::domain::{payer::CardChoice, typed_card::TypedCard};

/// Cards that look alike from outside may exist, since the middle of the number is not kept: the oldest payer's is taken.
/// Whoever has left has none: their card may be another's by now, or their own under another registration.
const FIND_TYPED_CARD: &str = "
    SELECT cards.card_id, cards.payer_id, cards.commercial
    FROM cards
    JOIN payers ON payers.payer_id = cards.payer_id
    WHERE cards.bin = $1 AND cards.last_four = $2 AND cards.expires_month = $3 AND cards.currency = $4
      AND payers.status <> 'DELETED'
    ORDER BY payers.created_at, payers.payer_id, cards.position
    LIMIT 1";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[FIND_TYPED_CARD];

/// Whose card this is, if it is anybody's, with an account in this currency.
pub(crate) async fn find(
    connection: &mut PgConnection,
    card: &TypedCard,
    currency: Currency,
) -> Result<Option<(PayerId, CardChoice)>, sqlx::Error> {
    let row = sqlx::query(FIND_TYPED_CARD)
        .bind(&card.bin)
        .bind(&card.last_four)
        .bind(card.expires.first_day())
        .bind(currency.code())
        .fetch_optional(connection)
        .instrument(span("cards.find_typed"))
        .await?;
    let Some(row) = row else { return Ok(None) };
    let card_id = CardId::from_uuid(row.try_get("card_id")?);
    let choice = CardChoice { card_id, currency, commercial: row.try_get("commercial")? };
    Ok(Some((PayerId::from_uuid(row.try_get("payer_id")?), choice)))
}
