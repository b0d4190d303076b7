//! 3-D Secure challenges.

use kvitt_primitives::{AddressId, CardId, Msn, PayerId};
use sqlx::{PgConnection, Row as _, postgres::PgRow, types::Json};
use tracing::Instrument as _;
use uuid::Uuid;

use super::{named, parse, span};
use crate::domain::{
    attempt::{Attempt, Delivery, Source},
    challenge::{Challenge, ChallengeId, Verdict},
    consent::Scopes,
    inbox::Key,
    payer::CardChoice,
    shipping::ShippingOption,
};

const INSERT_CHALLENGE: &str = "
    INSERT INTO challenges (msn, challenge_id, reference, attempt, payer_id, card_id, card_currency, card_commercial,
                            source, consent, shipping_option, address_id, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
    ON CONFLICT ON CONSTRAINT challenges_attempt_key DO NOTHING";

const FIND_CHALLENGE: &str = "
    SELECT msn, challenge_id, reference, attempt, payer_id, card_id, card_currency, card_commercial, source, consent,
           shipping_option, address_id, expires_at, verdict
    FROM challenges
    WHERE msn = $1 AND challenge_id = $2";

const FIND_CHALLENGE_OF_ATTEMPT: &str =
    "SELECT challenge_id FROM challenges WHERE msn = $1 AND reference = $2 AND attempt = $3";

/// Only the first verdict is stored.
const DECIDE_CHALLENGE: &str =
    "UPDATE challenges SET verdict = $3 WHERE msn = $1 AND challenge_id = $2 AND verdict IS NULL";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] =
    &[INSERT_CHALLENGE, FIND_CHALLENGE, FIND_CHALLENGE_OF_ATTEMPT, DECIDE_CHALLENGE];

/// Stores a challenge; false, and nothing stored, when the attempt has one.
pub(crate) async fn insert(
    connection: &mut PgConnection,
    challenge: &Challenge,
) -> Result<bool, sqlx::Error> {
    let Attempt { key, idempotency_key, payer_id, card, source, consent, delivery } = &challenge.attempt;
    let inserted = sqlx::query(INSERT_CHALLENGE)
        .bind(&key.msn)
        .bind(challenge.id.0)
        .bind(&key.reference)
        .bind(idempotency_key.as_str())
        .bind(payer_id.as_uuid())
        .bind(card.card_id.as_uuid())
        .bind(card.currency.code())
        .bind(card.commercial)
        .bind(source.as_str())
        .bind(consent.as_ref().map(|scopes| scopes.words().collect::<Vec<_>>().join(" ")))
        .bind(delivery.as_ref().map(|delivery| Json(&delivery.option)))
        .bind(delivery.as_ref().map(|delivery| delivery.address_id.as_uuid()))
        .bind(challenge.expires_at)
        .execute(connection)
        .instrument(span("challenges.insert"))
        .await?;
    Ok(inserted.rows_affected() == 1)
}

/// The challenge of a sales unit's payment.
pub(crate) async fn find(
    connection: &mut PgConnection,
    msn: &Msn,
    id: ChallengeId,
) -> Result<Option<Challenge>, sqlx::Error> {
    let row = sqlx::query(FIND_CHALLENGE)
        .bind(msn.as_str())
        .bind(id.0)
        .fetch_optional(connection)
        .instrument(span("challenges.find"))
        .await?;
    row.as_ref().map(challenge).transpose()
}

/// The challenge that an attempt has met.
pub(crate) async fn find_of_attempt(
    connection: &mut PgConnection,
    key: &Key,
    attempt: &str,
) -> Result<Option<ChallengeId>, sqlx::Error> {
    let id: Option<Uuid> = sqlx::query_scalar(FIND_CHALLENGE_OF_ATTEMPT)
        .bind(&key.msn)
        .bind(&key.reference)
        .bind(attempt)
        .fetch_optional(connection)
        .instrument(span("challenges.find_of_attempt"))
        .await?;
    Ok(id.map(ChallengeId))
}

/// Decides a challenge; false when it was decided before.
pub(crate) async fn decide(
    connection: &mut PgConnection,
    msn: &Msn,
    id: ChallengeId,
    verdict: Verdict,
) -> Result<bool, sqlx::Error> {
    let decided = sqlx::query(DECIDE_CHALLENGE)
        .bind(msn.as_str())
        .bind(id.0)
        .bind(verdict.as_str())
        .execute(connection)
        .instrument(span("challenges.decide"))
        .await?;
    Ok(decided.rows_affected() == 1)
}

fn challenge(row: &PgRow) -> Result<Challenge, sqlx::Error> {
    let verdict: Option<&str> = row.try_get("verdict")?;
    Ok(Challenge {
        id: ChallengeId(row.try_get("challenge_id")?),
        attempt: attempt(row)?,
        expires_at: row.try_get("expires_at")?,
        verdict: verdict.map(|stored| named(&Verdict::ALL, Verdict::as_str, stored)).transpose()?,
    })
}

fn attempt(row: &PgRow) -> Result<Attempt, sqlx::Error> {
    let key: &str = row.try_get("attempt")?;
    let option: Option<Json<ShippingOption>> = row.try_get("shipping_option")?;
    let address_id: Option<Uuid> = row.try_get("address_id")?;
    let delivery = option
        .zip(address_id)
        .map(|(Json(option), address_id)| Delivery { option, address_id: AddressId::from_uuid(address_id) });
    Ok(Attempt {
        key: Key { msn: row.try_get("msn")?, reference: row.try_get("reference")? },
        idempotency_key: parse(key)?,
        payer_id: PayerId::from_uuid(row.try_get("payer_id")?),
        card: CardChoice {
            card_id: CardId::from_uuid(row.try_get("card_id")?),
            currency: parse(row.try_get("card_currency")?)?,
            commercial: row.try_get("card_commercial")?,
        },
        source: named(&Source::ALL, Source::as_str, row.try_get("source")?)?,
        consent: row.try_get::<Option<&str>, _>("consent")?.map(Scopes::among),
        delivery,
    })
}
