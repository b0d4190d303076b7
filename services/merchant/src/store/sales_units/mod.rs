//! Sales units. One that is not available yet is as absent, but for what says otherwise.

mod list;
mod write;

use sqlx::{PgConnection, Row as _, postgres::PgRow};

use kvitt_primitives::{BankAccount, MerchantId, Msn, PartnerId, PricePackageId};

use super::{known, merchants::address_of, revision::AsOf, valid};
use crate::domain::{
    AccountState, CaptureType, CategoryCode, Environment, Feature, Features, Name, ProductType, SalesUnit,
    Settlement, SettlementAccount, SettlementFrequency, SettlementType,
};

pub(crate) use list::{Filter, Page, list_of_merchant, list_of_partner, list_these, partner_sees};
pub(crate) use write::{KeysState, Opening, insert, set_account, update, uses_of_account};

/// The foreign keys that say: this merchant, or this partner, does not exist.
pub(crate) const UNIT_OF_UNKNOWN_MERCHANT: &str = "sales_units_merchant_id_fkey";
pub(crate) const UNIT_OF_UNKNOWN_PARTNER: &str = "sales_units_partner_id_fkey";

/// A unit that may not be available yet, and what it was registered as, where that is known.
#[derive(Debug)]
pub(crate) struct Registered {
    pub(crate) unit: SalesUnit,
    pub(crate) registered_as: Option<Vec<u8>>,
    pub(crate) available_at: chrono::DateTime<chrono::Utc>,
}

/// Whose a unit is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) merchant_id: MerchantId,
    pub(crate) partner_id: Option<PartnerId>,
    pub(crate) active: bool,
}

macro_rules! select {
    ($more:literal) => {
        concat!(
            "
    SELECT msn, merchant_id, name, market, active, capture_type, features, environment, product_type,
           settlement_account_scheme, settlement_account_id, settlement_account_state, settlement_frequency,
           settlement_type, merchant_category_code, partner_id, price_package_id, location, created_at,
           EXISTS (SELECT FROM sales_unit_logos AS logo WHERE logo.msn = sales_units.msn) AS has_logo",
            $more
        )
    };
}
use select;

#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 13] = [
    SELECT,
    SELECT_TO_CHANGE,
    SELECT_REGISTERED,
    SELECT_ORDERED,
    SELECT_OWNER,
    list::SELECT_OF_MERCHANT,
    list::SELECT_OF_PARTNER,
    list::SELECT_THESE,
    list::PARTNER_SEES,
    write::INSERT,
    write::UPDATE,
    write::SET_ACCOUNT,
    write::USES_OF_ACCOUNT,
];

const SELECT: &str = select!(
    ", (SELECT value FROM revision) AS revision
    FROM sales_units
    WHERE msn = $1 AND available"
);

const SELECT_TO_CHANGE: &str = select!(
    "
    FROM sales_units
    WHERE msn = $1 AND available
    FOR UPDATE"
);

const SELECT_REGISTERED: &str = select!(
    ", registered_as, available_at
    FROM sales_units
    WHERE msn = $1"
);

const SELECT_ORDERED: &str = select!(
    ", registered_as, available_at
    FROM sales_units
    WHERE merchant_id = $1 AND environment = $2 AND order_id = $3"
);

/// One row, whether or not there is such a unit.
const SELECT_OWNER: &str = "
    SELECT revision.value AS revision, unit.merchant_id, unit.partner_id, unit.active
    FROM revision
    LEFT JOIN (SELECT merchant_id, partner_id, active FROM sales_units WHERE msn = $1 AND available) AS unit ON TRUE";

pub(crate) async fn find(tx: &mut PgConnection, msn: &Msn) -> Result<Option<AsOf<SalesUnit>>, sqlx::Error> {
    let row = sqlx::query(SELECT).bind(msn.as_str()).fetch_optional(tx).await?;
    row.map(|row| Ok(AsOf { value: sales_unit(&row)?, revision: row.try_get("revision")? })).transpose()
}

/// The unit, which nobody else changes until the transaction ends.
pub(crate) async fn find_to_change(
    tx: &mut PgConnection,
    msn: &Msn,
) -> Result<Option<SalesUnit>, sqlx::Error> {
    let row = sqlx::query(SELECT_TO_CHANGE).bind(msn.as_str()).fetch_optional(tx).await?;
    row.map(|row| sales_unit(&row)).transpose()
}

/// Who has the MSN, also before the unit is available.
pub(crate) async fn find_registered(
    tx: &mut PgConnection,
    msn: &Msn,
) -> Result<Option<Registered>, sqlx::Error> {
    let row = sqlx::query(SELECT_REGISTERED).bind(msn.as_str()).fetch_optional(tx).await?;
    row.map(|row| registered(&row)).transpose()
}

/// The unit that came of a merchant's order, also before it is available.
pub(crate) async fn find_ordered(
    tx: &mut PgConnection,
    merchant_id: MerchantId,
    environment: Environment,
    order_id: kvitt_primitives::OrderId,
) -> Result<Option<Registered>, sqlx::Error> {
    let row = sqlx::query(SELECT_ORDERED)
        .bind(merchant_id.as_uuid())
        .bind(environment.code())
        .bind(order_id.as_uuid())
        .fetch_optional(tx)
        .await?;
    row.map(|row| registered(&row)).transpose()
}

/// Whose the unit is; of none, as of which revision there is none.
pub(crate) async fn find_owner(tx: &mut PgConnection, msn: &Msn) -> Result<AsOf<Option<Owner>>, sqlx::Error> {
    let row = sqlx::query(SELECT_OWNER).bind(msn.as_str()).fetch_one(tx).await?;
    let owner = match row.try_get::<Option<_>, _>("merchant_id")? {
        None => None,
        Some(id) => Some(Owner {
            merchant_id: MerchantId::from_uuid(id),
            partner_id: row.try_get::<Option<_>, _>("partner_id")?.map(PartnerId::from_uuid),
            active: row.try_get("active")?,
        }),
    };
    Ok(AsOf { value: owner, revision: row.try_get("revision")? })
}

fn registered(row: &PgRow) -> Result<Registered, sqlx::Error> {
    Ok(Registered {
        unit: sales_unit(row)?,
        registered_as: row.try_get("registered_as")?,
        available_at: row.try_get("available_at")?,
    })
}

fn sales_unit(row: &PgRow) -> Result<SalesUnit, sqlx::Error> {
    let features: Option<Vec<_>> =
        row.try_get::<Vec<String>, _>("features")?.iter().map(|code| Feature::from_code(code)).collect();
    let category = row.try_get::<Option<String>, _>("merchant_category_code")?;
    Ok(SalesUnit {
        msn: valid(row.try_get::<&str, _>("msn")?.parse())?,
        merchant_id: MerchantId::from_uuid(row.try_get("merchant_id")?),
        name: Name::stored(row.try_get("name")?),
        market: valid(row.try_get::<&str, _>("market")?.parse())?,
        active: row.try_get("active")?,
        capture_type: known(CaptureType::from_code(row.try_get("capture_type")?))?,
        features: valid(Features::try_new(known(features)?))?,
        environment: known(Environment::from_code(row.try_get("environment")?))?,
        product_type: known(ProductType::from_code(row.try_get("product_type")?))?,
        settlement: settlement(row)?,
        merchant_category_code: valid(category.map(CategoryCode::try_new).transpose())?,
        partner_id: row.try_get::<Option<_>, _>("partner_id")?.map(PartnerId::from_uuid),
        price_package_id: row.try_get::<Option<_>, _>("price_package_id")?.map(PricePackageId::from_uuid),
        location: address_of(row, "location")?,
        has_logo: row.try_get("has_logo")?,
        created_at: row.try_get("created_at")?,
    })
}

fn settlement(row: &PgRow) -> Result<Settlement, sqlx::Error> {
    let account = match row.try_get::<Option<&str>, _>("settlement_account_scheme")? {
        None => None,
        Some(scheme) => {
            let account = BankAccount::try_new(scheme, row.try_get("settlement_account_id")?);
            let account = valid(account.map_err(|error| {
                let (_, rule) = error.field_and_rule();
                kvitt_primitives::Invalid { rule }
            }))?;
            let state = known(AccountState::from_code(row.try_get("settlement_account_state")?))?;
            Some(SettlementAccount { account, state })
        }
    };
    Ok(Settlement {
        account,
        frequency: known(SettlementFrequency::from_code(row.try_get("settlement_frequency")?))?,
        settlement_type: known(SettlementType::from_code(row.try_get("settlement_type")?))?,
    })
}
