//! Merchants.

use sqlx::{PgConnection, Row as _, postgres::PgRow};

use kvitt_primitives::{Market, MerchantId};

use super::{address, known, valid};
use crate::domain::{Address, Company, Merchant, MerchantStatus, Name, OrganizationNumber, Website};

/// The constraint that says: the company is a merchant already.
pub(crate) const COMPANY_IS_A_MERCHANT: &str = "merchants_organization_number_key";

/// SHA-256 of what was registered.
pub(crate) type Digest = [u8; 32];

/// A merchant, and what it was registered as, where that is known.
#[derive(Debug)]
pub(crate) struct Registered {
    pub(crate) merchant: Merchant,
    pub(crate) registered_as: Option<Vec<u8>>,
}

macro_rules! select {
    ($condition:literal) => {
        concat!(
            "
    SELECT merchant_id, name, market, organization_number, status, business_address, postal_address, email,
           phone_number, website, created_at, updated_at, registered_as
    FROM merchants
    WHERE ",
            $condition
        )
    };
}

#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 5] = [INSERT, SELECT, SELECT_TO_CHANGE, SELECT_BY_NUMBER, UPDATE];

const INSERT: &str = "
    INSERT INTO merchants
        (merchant_id, name, market, organization_number, status, business_address, postal_address, email,
         phone_number, website, created_at, updated_at, registered_as)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
    ON CONFLICT (merchant_id) DO NOTHING";

const SELECT: &str = select!("merchant_id = $1");

const SELECT_TO_CHANGE: &str = select!("merchant_id = $1 FOR UPDATE");

/// Of merchants that are older than the rule that a company is one merchant, the first counts.
const SELECT_BY_NUMBER: &str =
    select!("market = $1 AND organization_number = $2 ORDER BY created_at, merchant_id LIMIT 1");

const UPDATE: &str = "
    UPDATE merchants
    SET business_address = $2, postal_address = $3, email = $4, phone_number = $5, website = $6, updated_at = $7
    WHERE merchant_id = $1";

/// Whether the merchant was stored; `false` when its id is taken.
pub(crate) async fn insert(
    tx: &mut PgConnection,
    merchant: &Merchant,
    registered_as: &Digest,
) -> Result<bool, sqlx::Error> {
    let company = &merchant.company;
    let done = sqlx::query(INSERT)
        .bind(merchant.id.as_uuid())
        .bind(merchant.name.as_str())
        .bind(merchant.market.code())
        .bind(merchant.organization_number.as_str())
        .bind(merchant.status.code())
        .bind(company.business_address.as_ref().map(address::to_json))
        .bind(company.postal_address.as_ref().map(address::to_json))
        .bind(company.email.as_ref().map(|email| email.as_str()))
        .bind(company.phone_number.as_ref().map(|number| number.as_str()))
        .bind(company.website.as_ref().map(Website::as_str))
        .bind(merchant.created_at)
        .bind(merchant.updated_at)
        .bind(registered_as.as_slice())
        .execute(tx)
        .await?;
    Ok(done.rows_affected() == 1)
}

pub(crate) async fn find(tx: &mut PgConnection, id: MerchantId) -> Result<Option<Merchant>, sqlx::Error> {
    Ok(find_registered(tx, id).await?.map(|registered| registered.merchant))
}

/// The merchant, and what it was registered as.
pub(crate) async fn find_registered(
    tx: &mut PgConnection,
    id: MerchantId,
) -> Result<Option<Registered>, sqlx::Error> {
    let row = sqlx::query(SELECT).bind(id.as_uuid()).fetch_optional(tx).await?;
    row.map(|row| registered(&row)).transpose()
}

/// The merchant, which nobody else changes until the transaction ends.
pub(crate) async fn find_to_change(
    tx: &mut PgConnection,
    id: MerchantId,
) -> Result<Option<Merchant>, sqlx::Error> {
    let row = sqlx::query(SELECT_TO_CHANGE).bind(id.as_uuid()).fetch_optional(tx).await?;
    Ok(row.map(|row| registered(&row)).transpose()?.map(|registered| registered.merchant))
}

/// The company with that number.
pub(crate) async fn find_by_number(
    tx: &mut PgConnection,
    number: &OrganizationNumber,
) -> Result<Option<Merchant>, sqlx::Error> {
    let row = sqlx::query(SELECT_BY_NUMBER)
        .bind(number.market().code())
        .bind(number.as_str())
        .fetch_optional(tx)
        .await?;
    Ok(row.map(|row| registered(&row)).transpose()?.map(|registered| registered.merchant))
}

/// Stores the company profile and the time of the change.
pub(crate) async fn update_company(tx: &mut PgConnection, merchant: &Merchant) -> Result<(), sqlx::Error> {
    let company = &merchant.company;
    sqlx::query(UPDATE)
        .bind(merchant.id.as_uuid())
        .bind(company.business_address.as_ref().map(address::to_json))
        .bind(company.postal_address.as_ref().map(address::to_json))
        .bind(company.email.as_ref().map(|email| email.as_str()))
        .bind(company.phone_number.as_ref().map(|number| number.as_str()))
        .bind(company.website.as_ref().map(Website::as_str))
        .bind(merchant.updated_at)
        .execute(tx)
        .await
        .map(|_| ())
}

fn registered(row: &PgRow) -> Result<Registered, sqlx::Error> {
    let market: Market = valid(row.try_get::<&str, _>("market")?.parse())?;
    let number = row.try_get("organization_number")?;
    let merchant = Merchant {
        id: MerchantId::from_uuid(row.try_get("merchant_id")?),
        name: Name::stored(row.try_get("name")?),
        market,
        organization_number: valid(OrganizationNumber::try_new(market, number))?,
        status: known(MerchantStatus::from_code(row.try_get("status")?))?,
        company: company(row)?,
        created_at: row.try_get("created_at")?,
        updated_at: row.try_get("updated_at")?,
    };
    Ok(Registered { merchant, registered_as: row.try_get("registered_as")? })
}

fn company(row: &PgRow) -> Result<Company, sqlx::Error> {
    let text = |column: &str| row.try_get::<Option<&str>, _>(column);
    Ok(Company {
        business_address: address_of(row, "business_address")?,
        postal_address: address_of(row, "postal_address")?,
        email: valid(text("email")?.map(str::parse).transpose())?,
        phone_number: valid(text("phone_number")?.map(str::parse).transpose())?,
        website: valid(text("website")?.map(str::to_owned).map(Website::try_new).transpose())?,
    })
}

/// The address in a column, if there is one.
pub(super) fn address_of(row: &PgRow, column: &str) -> Result<Option<Address>, sqlx::Error> {
    row.try_get::<Option<serde_json::Value>, _>(column)?.as_ref().map(address::from_json).transpose()
}
