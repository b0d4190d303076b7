//! Payers as persons.

use kvitt_primitives::{EmailAddress, PayerId, PhoneNumber};
use sqlx::{PgConnection, Row as _, postgres::PgRow};
use tracing::Instrument as _;
use uuid::Uuid;

use super::{addresses, parse, payers::payer, span};
use crate::domain::{
    payer::Status,
    person::{Email, NationalId, Person, Push},
};

const FIND_PERSON: &str = "
    SELECT payer_id, phone_number, name, birth_date, status, unidentified, payment_limit_minor, national_id, email, push_off
    FROM payers
    WHERE payer_id = $1";

/// Whoever has the number now, before all who had it when they left.
const FIND_ID_BY_PHONE_NUMBER: &str = "
    SELECT payer_id FROM payers
    WHERE phone_number = $1
    ORDER BY status = 'DELETED', created_at DESC
    LIMIT 1";

const LOCK: &str = "SELECT FROM payers WHERE payer_id = $1 FOR UPDATE";

const SET_STATUS: &str = "UPDATE payers SET status = $2 WHERE payer_id = $1";

const SET_PUSH_OFF: &str = "UPDATE payers SET push_off = $2 WHERE payer_id = $1";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] =
    &[FIND_PERSON, FIND_ID_BY_PHONE_NUMBER, LOCK, SET_STATUS, SET_PUSH_OFF];

/// The person with this id and their addresses.
pub(crate) async fn find(
    connection: &mut PgConnection,
    payer_id: PayerId,
) -> Result<Option<Person>, sqlx::Error> {
    let row = sqlx::query(FIND_PERSON)
        .bind(payer_id.as_uuid())
        .fetch_optional(&mut *connection)
        .instrument(span("people.find"))
        .await?;
    let Some(row) = row else { return Ok(None) };
    let addresses = addresses::of(connection, payer_id).await?;
    Ok(Some(Person {
        payer: payer(&row)?,
        national_id: NationalId::new(row.try_get("national_id")?),
        email: email(&row)?,
        addresses,
        push: Push::from_off(row.try_get("push_off")?),
    }))
}

/// The person with this phone number; one who has left only where nobody else has the number now.
pub(crate) async fn find_by_phone_number(
    connection: &mut PgConnection,
    phone_number: &PhoneNumber,
) -> Result<Option<Person>, sqlx::Error> {
    let payer_id: Option<Uuid> = sqlx::query_scalar(FIND_ID_BY_PHONE_NUMBER)
        .bind(phone_number.as_str())
        .fetch_optional(&mut *connection)
        .instrument(span("people.find_by_phone_number"))
        .await?;
    match payer_id {
        Some(payer_id) => find(connection, PayerId::from_uuid(payer_id)).await,
        None => Ok(None),
    }
}

/// Holds the payer's row until the transaction ends; false when there is no such payer.
pub(crate) async fn lock(tx: &mut PgConnection, payer_id: PayerId) -> Result<bool, sqlx::Error> {
    Ok(sqlx::query(LOCK).bind(payer_id.as_uuid()).fetch_optional(tx).await?.is_some())
}

/// Gives a payer this status; false when there is no such payer.
pub(crate) async fn set_status(
    tx: &mut PgConnection,
    payer_id: PayerId,
    status: Status,
) -> Result<bool, sqlx::Error> {
    let updated = sqlx::query(SET_STATUS).bind(payer_id.as_uuid()).bind(status.as_str()).execute(tx).await?;
    Ok(updated.rows_affected() == 1)
}

/// Switches push delivery; false when there is no such payer.
pub(crate) async fn set_push(
    connection: &mut PgConnection,
    payer_id: PayerId,
    push: Push,
) -> Result<bool, sqlx::Error> {
    let updated =
        sqlx::query(SET_PUSH_OFF).bind(payer_id.as_uuid()).bind(push.is_off()).execute(connection).await?;
    Ok(updated.rows_affected() == 1)
}

fn email(row: &PgRow) -> Result<Option<Email>, sqlx::Error> {
    let stored: &str = row.try_get("email")?;
    if stored.is_empty() {
        return Ok(None);
    }
    parse::<EmailAddress>(stored).map(|address| Some(Email::new(address)))
}
