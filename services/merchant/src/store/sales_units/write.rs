//! Changes of sales units. Each carries the revision of its transaction.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Row as _};

use kvitt_primitives::{BankAccount, MerchantId, Msn, OrderId};

use crate::{
    domain::{Feature, SalesUnit, SettlementAccount, Uses},
    store::{address, merchants::Digest},
};

pub(super) const INSERT: &str = "
    INSERT INTO sales_units
        (msn, merchant_id, name, search_name, market, active, capture_type, features, environment, product_type,
         settlement_account_scheme, settlement_account_id, settlement_account_state, settlement_account_decide_at,
         settlement_frequency, settlement_type, merchant_category_code, partner_id, price_package_id, location,
         created_at, changed_revision, registered_as, order_id, available_at, available, keys_state)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
            $23, $24, $25, $26, $27)
    ON CONFLICT (msn) DO NOTHING";

/// What never changes and what has statements of its own is left alone.
pub(super) const UPDATE: &str = "
    UPDATE sales_units
    SET name = $2, search_name = $3, active = $4, capture_type = $5, features = $6, settlement_frequency = $7,
        settlement_type = $8, merchant_category_code = $9, partner_id = $10, price_package_id = $11, location = $12,
        changed_revision = $13
    WHERE msn = $1";

pub(super) const SET_ACCOUNT: &str = "
    UPDATE sales_units
    SET settlement_account_scheme = $2, settlement_account_id = $3, settlement_account_state = $4,
        settlement_account_decide_at = $5, changed_revision = $6
    WHERE msn = $1";

/// The unit that asks counts for nobody.
pub(super) const USES_OF_ACCOUNT: &str = "
    SELECT COALESCE(bool_or(merchant_id <> $3), FALSE) AS by_other_company,
           COALESCE(bool_or(merchant_id = $3), FALSE) AS by_same_merchant
    FROM sales_units
    WHERE settlement_account_id = $1 AND settlement_account_scheme = $2 AND settlement_account_state = 'VERIFIED'
        AND msn <> $4";

/// What is known of a new unit besides its attributes.
#[derive(Debug, Clone)]
pub(crate) struct Opening {
    pub(crate) revision: i64,
    /// SHA-256 of what was registered or ordered.
    pub(crate) registered_as: Digest,
    /// The order that it came of.
    pub(crate) order_id: Option<OrderId>,
    /// From when it is there; at once, when that is not later than the unit was created.
    pub(crate) available_at: DateTime<Utc>,
    pub(crate) keys: KeysState,
    /// When the sandbox decides about an account that is not verified.
    pub(crate) account_decide_at: Option<DateTime<Utc>>,
}

/// Whether this service has something to ask of `access` for the unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeysState {
    /// Whoever opens the unit issues them.
    None,
    /// Access is asked for them; or, when the unit has none, told whose it is.
    Wanted,
}

impl KeysState {
    /// Of a unit that the operator opens, who issues the keys, if its product has keys.
    pub(crate) fn of_registered(unit: &SalesUnit) -> Self {
        if unit.product_type.has_keys() { Self::None } else { Self::Wanted }
    }

    fn code(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Wanted => "wanted",
        }
    }
}

/// Whether the unit was stored; `false` when its MSN is taken. A logo is stored behind it.
pub(crate) async fn insert(
    tx: &mut PgConnection,
    unit: &SalesUnit,
    opening: &Opening,
) -> Result<bool, sqlx::Error> {
    let account = unit.settlement.account.as_ref();
    let done = sqlx::query(INSERT)
        .bind(unit.msn.as_str())
        .bind(unit.merchant_id.as_uuid())
        .bind(unit.name.as_str())
        .bind(unit.name.as_str().to_lowercase())
        .bind(unit.market.code())
        .bind(unit.active)
        .bind(unit.capture_type.code())
        .bind(codes(unit))
        .bind(unit.environment.code())
        .bind(unit.product_type.code())
        .bind(account.map(|account| account.account.scheme()))
        .bind(account.map(|account| account.account.number()))
        .bind(account.map(|account| account.state.code()))
        .bind(opening.account_decide_at)
        .bind(unit.settlement.frequency.code())
        .bind(unit.settlement.settlement_type.code())
        .bind(unit.merchant_category_code.as_ref().map(|code| code.as_str()))
        .bind(unit.partner_id.map(|id| id.as_uuid()))
        .bind(unit.price_package_id.map(|id| id.as_uuid()))
        .bind(unit.location.as_ref().map(address::to_json))
        .bind(unit.created_at)
        .bind(opening.revision)
        .bind(opening.registered_as.as_slice())
        .bind(opening.order_id.map(|id| id.as_uuid()))
        .bind(opening.available_at)
        .bind(opening.available_at <= unit.created_at)
        .bind(opening.keys.code())
        .execute(tx)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Stores every attribute that can change, but for the settlement account, as changed at `revision`.
pub(crate) async fn update(
    tx: &mut PgConnection,
    unit: &SalesUnit,
    revision: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(UPDATE)
        .bind(unit.msn.as_str())
        .bind(unit.name.as_str())
        .bind(unit.name.as_str().to_lowercase())
        .bind(unit.active)
        .bind(unit.capture_type.code())
        .bind(codes(unit))
        .bind(unit.settlement.frequency.code())
        .bind(unit.settlement.settlement_type.code())
        .bind(unit.merchant_category_code.as_ref().map(|code| code.as_str()))
        .bind(unit.partner_id.map(|id| id.as_uuid()))
        .bind(unit.price_package_id.map(|id| id.as_uuid()))
        .bind(unit.location.as_ref().map(address::to_json))
        .bind(revision)
        .execute(tx)
        .await
        .map(|_| ())
}

/// Stores the settlement account, and when the sandbox decides about it, as changed at `revision`.
pub(crate) async fn set_account(
    tx: &mut PgConnection,
    msn: &Msn,
    account: &SettlementAccount,
    decide_at: Option<DateTime<Utc>>,
    revision: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(SET_ACCOUNT)
        .bind(msn.as_str())
        .bind(account.account.scheme())
        .bind(account.account.number())
        .bind(account.state.code())
        .bind(decide_at)
        .bind(revision)
        .execute(tx)
        .await
        .map(|_| ())
}

/// Who is known to be paid to the account, besides the unit that asks.
pub(crate) async fn uses_of_account(
    tx: &mut PgConnection,
    account: &BankAccount,
    merchant_id: MerchantId,
    besides: &Msn,
) -> Result<Uses, sqlx::Error> {
    let row = sqlx::query(USES_OF_ACCOUNT)
        .bind(account.number())
        .bind(account.scheme())
        .bind(merchant_id.as_uuid())
        .bind(besides.as_str())
        .fetch_one(tx)
        .await?;
    Ok(Uses {
        by_other_company: row.try_get("by_other_company")?,
        by_same_merchant: row.try_get("by_same_merchant")?,
    })
}

fn codes(unit: &SalesUnit) -> Vec<&'static str> {
    unit.features.iter().map(Feature::code).collect()
}
