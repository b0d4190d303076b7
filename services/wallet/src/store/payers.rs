//! Payers and their cards.

use chrono::{DateTime, NaiveDate, Utc};
#[cfg(feature = "sandbox")]
use kvitt_primitives::Currency;
use kvitt_primitives::{CardId, PayerId};
use sqlx::{PgConnection, Row as _, postgres::PgRow};
use tracing::Instrument as _;
use uuid::Uuid;

use super::{addresses, named, ordinal, parse, people, span};
use crate::domain::{
    card::{ExpiryMonth, Funds, Plastic, Scheme},
    payer::{Card, CardChoice, NewCard, Payer, Registration, Status, Wallet, Who},
};

const INSERT_PAYER: &str = "
    INSERT INTO payers (payer_id, phone_number, name, national_id, birth_date, created_at, email, status, unidentified,
                        payment_limit_minor, push_off)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    ON CONFLICT DO NOTHING";

const INSERT_CARDS: &str = "
    INSERT INTO cards (card_id, payer_id, position, scheme, bin, last_four, expires_month, currency,
                       opened_minor, balance_minor, held_minor, spent_minor, version, commercial)
    SELECT card_id, $1, ordinal - 1, scheme, bin, last_four, expires_month, currency, opened_minor, opened_minor, 0, 0, 0,
           commercial
    FROM UNNEST($2::uuid[], $3::text[], $4::text[], $5::text[], $6::date[], $7::text[], $8::bigint[], $9::boolean[])
        WITH ORDINALITY AS c (card_id, scheme, bin, last_four, expires_month, currency, opened_minor, commercial, ordinal)";

const FIND_PAYER: &str = "
    SELECT payer_id, phone_number, name, birth_date, status, unidentified, payment_limit_minor
    FROM payers
    WHERE payer_id = $1";

#[cfg(feature = "sandbox")]
const FIND_FIRST_PAYER_WITH_CARD: &str = "
    SELECT payer_id, phone_number, name, birth_date, status, unidentified, payment_limit_minor
    FROM payers
    WHERE EXISTS (SELECT FROM cards WHERE cards.payer_id = payers.payer_id AND cards.currency = $1)
      AND status = 'ACTIVE' AND NOT unidentified
    ORDER BY phone_number
    LIMIT 1";

/// Each row of `k` names a payer in one of two ways. By phone number those who have left are found as well.
const FIND_WALLETS: &str = "
    SELECT k.ordinal, p.payer_id, p.phone_number, p.name, p.birth_date, p.status, p.unidentified, p.payment_limit_minor,
           c.card_ids, c.currencies, c.commercial
    FROM UNNEST($1::uuid[], $2::text[]) WITH ORDINALITY AS k (payer_id, phone_number, ordinal)
    JOIN payers p ON p.payer_id = k.payer_id OR p.phone_number = k.phone_number
    CROSS JOIN LATERAL (
        SELECT array_agg(card_id ORDER BY position) AS card_ids, array_agg(currency ORDER BY position) AS currencies,
               array_agg(commercial ORDER BY position) AS commercial
        FROM cards
        WHERE cards.payer_id = p.payer_id
    ) AS c";

const LIST_CARDS: &str = "
    SELECT card_id, scheme, bin, last_four, expires_month, currency, opened_minor, balance_minor, held_minor,
           spent_minor, commercial
    FROM cards
    WHERE payer_id = $1
    ORDER BY position";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[
    INSERT_PAYER,
    INSERT_CARDS,
    FIND_PAYER,
    #[cfg(feature = "sandbox")]
    FIND_FIRST_PAYER_WITH_CARD,
    FIND_WALLETS,
    LIST_CARDS,
];

/// Names the constraint that says a card's id is taken.
pub(crate) const CARD_ID_TAKEN: &str = "cards_pkey";

/// Names the index that says a phone number is another payer's.
pub(crate) const PHONE_NUMBER_TAKEN: &str = "payers_phone_number_key";

/// Stores a payer with cards; false, and nothing stored, when the id or the phone number is taken.
pub(crate) async fn insert(
    tx: &mut PgConnection,
    registration: &Registration,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let Registration { person, cards } = registration;
    let payer = &person.payer;
    let inserted = sqlx::query(INSERT_PAYER)
        .bind(payer.payer_id.as_uuid())
        .bind(payer.phone_number.as_str())
        .bind(&payer.name)
        .bind(person.national_id.expose())
        .bind(payer.birth_date)
        .bind(now)
        .bind(person.email.as_ref().map_or("", |email| email.expose()))
        .bind(payer.status.as_str())
        .bind(payer.unidentified)
        .bind(payer.payment_limit_minor)
        .bind(person.push.is_off())
        .execute(&mut *tx)
        .await?;
    if inserted.rows_affected() == 0 {
        return Ok(false);
    }
    insert_cards(tx, payer.payer_id, cards).await?;
    addresses::insert(tx, payer.payer_id, &person.addresses).await?;
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
        .bind(cards.iter().map(|card| card.plastic.commercial).collect::<Vec<_>>())
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
    let Some(person) = people::find(tx, payer_id).await? else { return Ok(None) };
    let cards = sqlx::query(LIST_CARDS).bind(payer_id.as_uuid()).fetch_all(tx).await?;
    let opened = |row: &PgRow| {
        let Card { plastic, funds } = card(row)?;
        Ok(NewCard { plastic, currency: funds.currency, opened_minor: row.try_get("opened_minor")? })
    };
    let cards = cards.iter().map(opened).collect::<Result<_, sqlx::Error>>()?;
    Ok(Some(Registration { person, cards }))
}

/// The payer's cards, in the order in which they are tried.
pub(crate) async fn list_cards(tx: &mut PgConnection, payer_id: PayerId) -> Result<Vec<Card>, sqlx::Error> {
    let rows =
        sqlx::query(LIST_CARDS).bind(payer_id.as_uuid()).fetch_all(tx).instrument(span("cards.list")).await?;
    rows.iter().map(card).collect()
}

/// The payers asked for with their cards, in the order asked.
pub(crate) async fn find_wallets(
    connection: &mut PgConnection,
    asked: &[Who],
) -> Result<Vec<Option<Wallet>>, sqlx::Error> {
    let id = |who: &Who| match who {
        Who::Id(payer_id) => Some(payer_id.as_uuid()),
        Who::Phone(_) => None,
    };
    let phone_number = |who: &Who| match who {
        Who::Id(_) => None,
        Who::Phone(phone_number) => Some(phone_number.to_string()),
    };
    let rows = sqlx::query(FIND_WALLETS)
        .bind(asked.iter().map(id).collect::<Vec<_>>())
        .bind(asked.iter().map(phone_number).collect::<Vec<_>>())
        .fetch_all(connection)
        .instrument(span("payers.find_wallets"))
        .await?;
    let mut found: Vec<Option<Wallet>> = vec![None; asked.len()];
    for row in &rows {
        let wallet = Wallet { payer: payer(row)?, cards: card_choices(row)? };
        let place = &mut found[ordinal(row)?];
        // Of all who ever had a number, the one who has it now.
        if place.as_ref().is_none_or(|other| other.payer.status == Status::Deleted) {
            *place = Some(wallet);
        }
    }
    Ok(found)
}

fn card_choices(row: &PgRow) -> Result<Vec<CardChoice>, sqlx::Error> {
    // NULL when there is none.
    let card_ids: Vec<Uuid> = row.try_get::<Option<_>, _>("card_ids")?.unwrap_or_default();
    let currencies: Vec<String> = row.try_get::<Option<_>, _>("currencies")?.unwrap_or_default();
    let commercial: Vec<bool> = row.try_get::<Option<_>, _>("commercial")?.unwrap_or_default();
    let choice = |((card_id, currency), commercial): ((Uuid, String), bool)| {
        Ok(CardChoice { card_id: CardId::from_uuid(card_id), currency: parse(&currency)?, commercial })
    };
    card_ids.into_iter().zip(currencies).zip(commercial).map(choice).collect()
}

pub(super) fn payer(row: &PgRow) -> Result<Payer, sqlx::Error> {
    Ok(Payer {
        payer_id: PayerId::from_uuid(row.try_get("payer_id")?),
        phone_number: parse(row.try_get("phone_number")?)?,
        name: row.try_get("name")?,
        birth_date: row.try_get("birth_date")?,
        status: named(&Status::ALL, Status::as_str, row.try_get("status")?)?,
        unidentified: row.try_get("unidentified")?,
        payment_limit_minor: row.try_get("payment_limit_minor")?,
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
            commercial: row.try_get("commercial")?,
        },
        funds: Funds {
            currency: parse(row.try_get("currency")?)?,
            balance_minor: row.try_get("balance_minor")?,
            held_minor: row.try_get("held_minor")?,
            spent_minor: row.try_get("spent_minor")?,
        },
    })
}
