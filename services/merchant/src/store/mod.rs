//! The tables of this service: SQL in, domain values out.

pub(crate) mod revision;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, Row as _, postgres::PgRow};

use kvitt_primitives::{MerchantId, Msn};

use self::revision::AsOf;
use crate::domain::{CaptureType, Feature, Features, Merchant, Name, OrganizationNumber, SalesUnit};

/// The foreign key that says: this merchant does not exist.
pub(crate) const UNIT_OF_UNKNOWN_MERCHANT: &str = "sales_units_merchant_id_fkey";

/// Whether the database answers.
pub(crate) async fn ping(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query(PING).execute(pool).await.map(|_| ())
}

#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 6] =
    [PING, INSERT_MERCHANT, SELECT_MERCHANT, INSERT_SALES_UNIT, SELECT_SALES_UNIT, SELECT_SALES_UNITS];

const PING: &str = "SELECT 1";

const INSERT_MERCHANT: &str = "
    INSERT INTO merchants (merchant_id, name, market, organization_number, created_at)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (merchant_id) DO NOTHING";

const SELECT_MERCHANT: &str = "
    SELECT merchant_id, name, market, organization_number FROM merchants WHERE merchant_id = $1";

const INSERT_SALES_UNIT: &str = "
    INSERT INTO sales_units
        (msn, merchant_id, name, market, active, capture_type, features, created_at, changed_revision)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    ON CONFLICT (msn) DO NOTHING";

const SELECT_SALES_UNIT: &str = "
    SELECT msn, merchant_id, name, market, active, capture_type, features,
           (SELECT value FROM revision) AS revision
    FROM sales_units
    WHERE msn = $1";

const SELECT_SALES_UNITS: &str = "
    SELECT msn, merchant_id, name, market, active, capture_type, features FROM sales_units
    WHERE merchant_id = $1 AND msn > $2
    ORDER BY msn
    LIMIT $3";

/// Whether the merchant was stored; `false` when its id is taken.
pub(crate) async fn insert_merchant(
    tx: &mut PgConnection,
    merchant: &Merchant,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(INSERT_MERCHANT)
        .bind(merchant.id.as_uuid())
        .bind(merchant.name.as_str())
        .bind(merchant.market.code())
        .bind(merchant.organization_number.as_str())
        .bind(now)
        .execute(tx)
        .await?;
    Ok(done.rows_affected() == 1)
}

pub(crate) async fn find_merchant(
    tx: &mut PgConnection,
    id: MerchantId,
) -> Result<Option<Merchant>, sqlx::Error> {
    let row = sqlx::query(SELECT_MERCHANT).bind(id.as_uuid()).fetch_optional(tx).await?;
    row.map(|row| merchant(&row)).transpose()
}

/// Whether the sales unit was stored, as changed at `revision`; `false` when its MSN is taken.
pub(crate) async fn insert_sales_unit(
    tx: &mut PgConnection,
    unit: &SalesUnit,
    revision: i64,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let features: Vec<_> = unit.features.iter().map(Feature::code).collect();
    let done = sqlx::query(INSERT_SALES_UNIT)
        .bind(unit.msn.as_str())
        .bind(unit.merchant_id.as_uuid())
        .bind(unit.name.as_str())
        .bind(unit.market.code())
        .bind(unit.active)
        .bind(unit.capture_type.code())
        .bind(features)
        .bind(now)
        .bind(revision)
        .execute(tx)
        .await?;
    Ok(done.rows_affected() == 1)
}

pub(crate) async fn find_sales_unit(
    tx: &mut PgConnection,
    msn: &Msn,
) -> Result<Option<AsOf<SalesUnit>>, sqlx::Error> {
    let row = sqlx::query(SELECT_SALES_UNIT).bind(msn.as_str()).fetch_optional(tx).await?;
    row.map(|row| Ok(AsOf { value: sales_unit(&row)?, revision: row.try_get("revision")? })).transpose()
}

/// The first `limit` units of a merchant after an MSN.
pub(crate) async fn list_sales_units(
    tx: &mut PgConnection,
    merchant_id: MerchantId,
    after: Option<&Msn>,
    limit: i64,
) -> Result<Vec<SalesUnit>, sqlx::Error> {
    let rows = sqlx::query(SELECT_SALES_UNITS)
        .bind(merchant_id.as_uuid())
        .bind(after.map_or("", Msn::as_str))
        .bind(limit)
        .fetch_all(tx)
        .await?;
    rows.iter().map(sales_unit).collect()
}

fn merchant(row: &PgRow) -> Result<Merchant, sqlx::Error> {
    let market = valid(row.try_get::<&str, _>("market")?.parse())?;
    Ok(Merchant {
        id: MerchantId::from_uuid(row.try_get("merchant_id")?),
        name: valid(Name::try_new(row.try_get("name")?))?,
        market,
        organization_number: valid(OrganizationNumber::try_new(market, row.try_get("organization_number")?))?,
    })
}

fn sales_unit(row: &PgRow) -> Result<SalesUnit, sqlx::Error> {
    let features: Option<Vec<_>> =
        row.try_get::<Vec<String>, _>("features")?.iter().map(|code| Feature::from_code(code)).collect();
    Ok(SalesUnit {
        msn: valid(row.try_get::<&str, _>("msn")?.parse())?,
        merchant_id: MerchantId::from_uuid(row.try_get("merchant_id")?),
        name: valid(Name::try_new(row.try_get("name")?))?,
        market: valid(row.try_get::<&str, _>("market")?.parse())?,
        active: row.try_get("active")?,
        capture_type: valid(CaptureType::from_code(row.try_get("capture_type")?).ok_or(UNKNOWN_CODE))?,
        features: valid(Features::try_new(valid(features.ok_or(UNKNOWN_CODE))?))?,
    })
}

const UNKNOWN_CODE: kvitt_primitives::Invalid =
    kvitt_primitives::Invalid { rule: "must be a code this version knows" };

/// A row that breaks a rule of the domain is a fault of the store, like a column of the wrong type.
fn valid<T>(value: Result<T, kvitt_primitives::Invalid>) -> Result<T, sqlx::Error> {
    value.map_err(|invalid| sqlx::Error::Decode(invalid.into()))
}

#[cfg(test)]
mod tests {
    use kvitt_testing::TestDatabase;

    use super::*;

    #[tokio::test]
    async fn every_statement_fits_the_schema() {
        let database = TestDatabase::create("merchant", &crate::MIGRATIONS).await;
        let statements = [STATEMENTS.as_slice(), &revision::STATEMENTS].concat();
        kvitt_postgres::prepare_all(database.pool(), &statements).await.unwrap();
    }

    #[tokio::test]
    async fn the_schema_refuses_features_out_of_order_doubled_or_unknown() {
        let database = TestDatabase::create("merchant", &crate::MIGRATIONS).await;
        let id = uuid::Uuid::new_v4();
        sqlx::query(INSERT_MERCHANT)
            .bind(id)
            .bind("Kvitt AS")
            .bind("NO")
            .bind("987654325")
            .bind(DateTime::<Utc>::UNIX_EPOCH)
            .execute(database.pool())
            .await
            .unwrap();
        for features in [vec!["EXPRESS", "LONG_LIVING"], vec!["EXPRESS", "EXPRESS"], vec!["CREDIT"]] {
            let refused = sqlx::query(INSERT_SALES_UNIT)
                .bind("123456")
                .bind(id)
                .bind("Shop")
                .bind("NO")
                .bind(true)
                .bind("RESERVE_CAPTURE")
                .bind(features)
                .bind(DateTime::<Utc>::UNIX_EPOCH)
                .bind(1_i64)
                .execute(database.pool())
                .await
                .unwrap_err();
            assert_eq!(kvitt_postgres::violated_constraint(&refused), Some("sales_units_features_check"));
        }
    }
}
