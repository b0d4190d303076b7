//! Payers and their cards.

use chrono::{DateTime, NaiveDate, Utc};
#[cfg(feature = "sandbox")]
use kvitt_primitives::Currency;
use kvitt_primitives::{CardId, PayerId, PhoneNumber};
use sqlx::{PgConnection, Row as _, postgres::PgRow};
use tracing::Instrument as _;

use super::{named, parse, span};
use crate::domain::{
    card::{ExpiryMonth, Funds, Plastic, Scheme},
    payer::{Card, CardChoice, NationalId, NewCard, Payer, Registration},
};

const INSERT_PAYER: &str = "
    INSERT INTO payers (payer_id, phone_number, name, national_id, birth_date, created_at)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT DO NOTHING";

const INSERT_CARDS: &str = "
    INSERT INTO cards (card_id, payer_id, position, scheme, bin, last_four, expires_month, currency,
                       opened_minor, balance_minor, held_minor, spent_minor, version)
    SELECT card_id, $1, ordinal - 1, scheme, bin, last_four, expires_month, currency, opened_minor, opened_minor, 0, 0, 0
    FROM UNNEST($2::uuid[], $3::text[], $4::text[], $5::text[], $6::date[], $7::text[], $8::bigint[])
        WITH ORDINALITY AS c (card_id, scheme, bin, last_four, expires_month, currency, opened_minor, ordinal)";

const FIND_PAYER: &str =
    "SELECT payer_id, phone_number, name, national_id, birth_date FROM payers WHERE payer_id = $1";

const FIND_PAYER_BY_PHONE_NUMBER: &str =
    "SELECT payer_id, phone_number, name, national_id, birth_date FROM payers WHERE phone_number = $1";

#[cfg(feature = "sandbox")]
const FIND_FIRST_PAYER_WITH_CARD: &str = "
    SELECT payer_id, phone_number, name, national_id, birth_date
    FROM payers
    WHERE EXISTS (SELECT FROM cards WHERE cards.payer_id = payers.payer_id AND cards.currency = $1)
    ORDER BY phone_number
    LIMIT 1";

const LIST_CARDS: &str = "
    SELECT card_id, scheme, bin, last_four, expires_month, currency, opened_minor, balance_minor, held_minor,
           spent_minor
    FROM cards
    WHERE payer_id = $1
    ORDER BY position";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[
    INSERT_PAYER,
    INSERT_CARDS,
    FIND_PAYER,
    FIND_PAYER_BY_PHONE_NUMBER,
    #[cfg(feature = "sandbox")]
    FIND_FIRST_PAYER_WITH_CARD,
    LIST_CARDS,
];

/// Names the constraint that says a card's id is taken.
pub(crate) const CARD_ID_TAKEN: &str = "cards_pkey";

/// Stores a payer with cards; false, and nothing stored, when the id or the phone number is taken.
pub(crate) async fn insert(
    tx: &mut PgConnection,
    registration: &Registration,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let Registration { payer, national_id, cards } = registration;
    let inserted = sqlx::query(INSERT_PAYER)
        .bind(payer.payer_id.as_uuid())
        .bind(payer.phone_number.as_str())
        .bind(&payer.name)
        .bind(national_id.expose())
        .bind(payer.birth_date)
        .bind(now)
        .execute(&mut *tx)
        .await?;
    if inserted.rows_affected() == 0 {
        return Ok(false);
    }
    insert_cards(tx, payer.payer_id, cards).await?;
    Ok(true)
}

async fn insert_cards(
    tx: &mut PgConnection,
    payer_id: PayerId,
    cards: &[NewCard],
) -> Result<(), sqlx::Error> {
    sqlx::query(INSERT_CARDS)
        .bind(payer_id.as_uuid())
        .bind(cards.iter().map(|card| card.plastic.card_id.as_uuid()).collect::<Vec<_>>())
        .bind(cards.iter().map(|card| card.plastic.scheme.as_str()).collect::<Vec<_>>())
        .bind(cards.iter().map(|card| card.plastic.bin.as_str()).collect::<Vec<_>>())
        .bind(cards.iter().map(|card| card.plastic.last_four.as_str()).collect::<Vec<_>>())
        .bind(cards.iter().map(|card| card.plastic.expires.first_day()).collect::<Vec<_>>())
        .bind(cards.iter().map(|card| card.currency.code()).collect::<Vec<_>>())
        .bind(cards.iter().map(|card| card.opened_minor).collect::<Vec<_>>())
        .execute(tx)
        .await?;
    Ok(())
}

/// The payer with this id.
pub(crate) async fn find(tx: &mut PgConnection, payer_id: PayerId) -> Result<Option<Payer>, sqlx::Error> {
    let row = sqlx::query(FIND_PAYER)
        .bind(payer_id.as_uuid())
        .fetch_optional(tx)
        .instrument(span("payers.find"))
        .await?;
    row.as_ref().map(payer).transpose()
}

/// The payer with this phone number.
pub(crate) async fn find_by_phone_number(
    tx: &mut PgConnection,
    phone_number: &PhoneNumber,
) -> Result<Option<Payer>, sqlx::Error> {
    let row = sqlx::query(FIND_PAYER_BY_PHONE_NUMBER)
        .bind(phone_number.as_str())
        .fetch_optional(tx)
        .instrument(span("payers.find_by_phone_number"))
        .await?;
    row.as_ref().map(payer).transpose()
}

/// The first payer, by phone number, who has a card in this currency.
#[cfg(feature = "sandbox")]
pub(crate) async fn find_first_with_card(
    tx: &mut PgConnection,
    currency: Currency,
) -> Result<Option<Payer>, sqlx::Error> {
    let row = sqlx::query(FIND_FIRST_PAYER_WITH_CARD)
        .bind(currency.code())
        .fetch_optional(tx)
        .instrument(span("payers.find_first_with_card"))
        .await?;
    row.as_ref().map(payer).transpose()
}

/// The payer as registered, the money on the cards included.
pub(crate) async fn find_registration(
    tx: &mut PgConnection,
    payer_id: PayerId,
) -> Result<Option<Registration>, sqlx::Error> {
    let Some(row) = sqlx::query(FIND_PAYER).bind(payer_id.as_uuid()).fetch_optional(&mut *tx).await? else {
        return Ok(None);
    };
    let cards = sqlx::query(LIST_CARDS).bind(payer_id.as_uuid()).fetch_all(tx).await?;
    let opened = |row: &PgRow| {
        let Card { plastic, funds } = card(row)?;
        Ok(NewCard { plastic, currency: funds.currency, opened_minor: row.try_get("opened_minor")? })
    };
    Ok(Some(Registration {
        payer: payer(&row)?,
        national_id: NationalId::new(row.try_get("national_id")?),
        cards: cards.iter().map(opened).collect::<Result<_, sqlx::Error>>()?,
    }))
}

/// The payer's cards, in the order in which they are tried.
pub(crate) async fn list_cards(tx: &mut PgConnection, payer_id: PayerId) -> Result<Vec<Card>, sqlx::Error> {
    let rows =
        sqlx::query(LIST_CARDS).bind(payer_id.as_uuid()).fetch_all(tx).instrument(span("cards.list")).await?;
    rows.iter().map(card).collect()
}

/// What choosing among the payer's cards needs, in the order in which they are tried.
pub(crate) async fn card_choices(
    tx: &mut PgConnection,
    payer_id: PayerId,
) -> Result<Vec<CardChoice>, sqlx::Error> {
    let cards = list_cards(tx, payer_id).await?;
    let choice = |card: &Card| CardChoice { card_id: card.plastic.card_id, currency: card.funds.currency };
    Ok(cards.iter().map(choice).collect())
}

fn payer(row: &PgRow) -> Result<Payer, sqlx::Error> {
    Ok(Payer {
        payer_id: PayerId::from_uuid(row.try_get("payer_id")?),
        phone_number: parse(row.try_get("phone_number")?)?,
        name: row.try_get("name")?,
        birth_date: row.try_get("birth_date")?,
    })
}

fn card(row: &PgRow) -> Result<Card, sqlx::Error> {
    Ok(Card {
        plastic: Plastic {
            card_id: CardId::from_uuid(row.try_get("card_id")?),
            scheme: named(&Scheme::ALL, Scheme::as_str, row.try_get("scheme")?)?,
            bin: row.try_get("bin")?,
            last_four: row.try_get("last_four")?,
            expires: ExpiryMonth::of(row.try_get::<NaiveDate, _>("expires_month")?),
        },
        funds: Funds {
            currency: parse(row.try_get("currency")?)?,
            balance_minor: row.try_get("balance_minor")?,
            held_minor: row.try_get("held_minor")?,
            spent_minor: row.try_get("spent_minor")?,
        },
    })
}
