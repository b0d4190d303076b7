//! Price packages.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Row as _, postgres::PgRow};

use kvitt_primitives::{Name, PartnerId, PricePackageId};

use super::{known, valid};
use crate::domain::{BasisPoints, PricePackage, ProductType};

/// The foreign key that says: this partner does not exist.
pub(crate) const OF_UNKNOWN_PARTNER: &str = "price_packages_partner_id_fkey";

#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 4] = [INSERT, SELECT, LIST, LIST_OF_PARTNER];

const INSERT: &str = "
    INSERT INTO price_packages
        (price_package_id, name, description, visible_in_signup_form, product_type, market,
         commission_basis_points, partner_id, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    ON CONFLICT (price_package_id) DO NOTHING";

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "
    SELECT price_package_id, name, description, visible_in_signup_form, product_type, market,
           commission_basis_points, partner_id
    FROM price_packages ",
            $rest
        )
    };
}

const SELECT: &str = select!("WHERE price_package_id = $1");

const LIST: &str = select!("ORDER BY name, price_package_id LIMIT $1");

const LIST_OF_PARTNER: &str =
    select!("WHERE partner_id IS NULL OR partner_id = $2 ORDER BY name, price_package_id LIMIT $1");

/// Whether the package was stored; `false` when its id is taken.
pub(crate) async fn insert(
    tx: &mut PgConnection,
    package: &PricePackage,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(INSERT)
        .bind(package.id.as_uuid())
        .bind(package.name.as_str())
        .bind(package.description.as_str())
        .bind(package.visible_in_signup_form)
        .bind(package.product_type.code())
        .bind(package.market.code())
        .bind(package.commission.as_i32())
        .bind(package.partner_id.map(PartnerId::as_uuid))
        .bind(now)
        .execute(tx)
        .await?;
    Ok(done.rows_affected() == 1)
}

pub(crate) async fn find(
    tx: &mut PgConnection,
    id: PricePackageId,
) -> Result<Option<PricePackage>, sqlx::Error> {
    let row = sqlx::query(SELECT).bind(id.as_uuid()).fetch_optional(tx).await?;
    row.map(|row| package(&row)).transpose()
}

/// The first `limit` packages by name: all, or those that a partner may offer.
pub(crate) async fn list(
    tx: &mut PgConnection,
    offered_by: Option<PartnerId>,
    limit: i64,
) -> Result<Vec<PricePackage>, sqlx::Error> {
    let query = match offered_by {
        None => sqlx::query(LIST).bind(limit),
        Some(partner) => sqlx::query(LIST_OF_PARTNER).bind(limit).bind(partner.as_uuid()),
    };
    query.fetch_all(tx).await?.iter().map(package).collect()
}

fn package(row: &PgRow) -> Result<PricePackage, sqlx::Error> {
    Ok(PricePackage {
        id: PricePackageId::from_uuid(row.try_get("price_package_id")?),
        name: valid(Name::try_new(row.try_get("name")?))?,
        description: valid(Name::try_new(row.try_get("description")?))?,
        visible_in_signup_form: row.try_get("visible_in_signup_form")?,
        product_type: known(ProductType::from_code(row.try_get("product_type")?))?,
        market: valid(row.try_get::<&str, _>("market")?.parse())?,
        commission: valid(BasisPoints::try_new(row.try_get("commission_basis_points")?))?,
        partner_id: row.try_get::<Option<_>, _>("partner_id")?.map(PartnerId::from_uuid),
    })
}
