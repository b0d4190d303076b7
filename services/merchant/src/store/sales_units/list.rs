//! Pages of sales units, ordered by MSN.

use sqlx::PgConnection;

use kvitt_primitives::{MerchantId, Msn, PartnerId};

use super::{sales_unit, select};
use crate::domain::{Environment, SalesUnit};

/// A name or the beginning of an MSN is looked for as it is: no character of it stands for others.
pub(super) const SELECT_OF_MERCHANT: &str = select!(
    "
    FROM sales_units
    WHERE merchant_id = $1 AND msn > $2 AND available
        AND ($3 OR active)
        AND ($4::text IS NULL OR environment = $4)
        AND ($5 = '' OR strpos(search_name, $6) > 0 OR starts_with(msn, $5))
        AND ($7::text[] IS NULL OR msn = ANY ($7))
        AND ($8::uuid IS NULL OR partner_id = $8)
    ORDER BY msn
    LIMIT $9"
);

pub(super) const SELECT_OF_PARTNER: &str = select!(
    "
    FROM sales_units
    WHERE partner_id = $1 AND msn > $2 AND available AND active
    ORDER BY msn
    LIMIT $3"
);

pub(super) const SELECT_THESE: &str = select!(
    "
    FROM sales_units
    WHERE msn = ANY ($1) AND msn > $2 AND available AND active
    ORDER BY msn
    LIMIT $3"
);

pub(super) const PARTNER_SEES: &str = "
    SELECT EXISTS (SELECT FROM sales_units WHERE partner_id = $1 AND merchant_id = $2 AND available)";

/// Which of a merchant's units are wanted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    /// Part of the name, or the beginning of the MSN; empty for all.
    pub(crate) search: String,
    pub(crate) environment: Option<Environment>,
    pub(crate) with_inactive: bool,
    /// No others than these.
    pub(crate) only: Option<Vec<Msn>>,
    /// No others than those of this partner.
    pub(crate) of_partner: Option<PartnerId>,
}

/// Which part of a list is wanted.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    /// How many units at most.
    pub(crate) limit: i64,
    /// The last unit of the page before.
    pub(crate) after: Option<Msn>,
}

impl Page {
    /// No MSN is before the empty text.
    fn after(&self) -> &str {
        self.after.as_ref().map_or("", Msn::as_str)
    }
}

/// Units of a merchant.
pub(crate) async fn list_of_merchant(
    tx: &mut PgConnection,
    merchant_id: MerchantId,
    filter: &Filter,
    page: &Page,
) -> Result<Vec<SalesUnit>, sqlx::Error> {
    let only = filter.only.as_deref().map(|msns| msns.iter().map(Msn::as_str).collect::<Vec<_>>());
    let rows = sqlx::query(SELECT_OF_MERCHANT)
        .bind(merchant_id.as_uuid())
        .bind(page.after())
        .bind(filter.with_inactive)
        .bind(filter.environment.map(Environment::code))
        .bind(&filter.search)
        .bind(filter.search.to_lowercase())
        .bind(only)
        .bind(filter.of_partner.map(PartnerId::as_uuid))
        .bind(page.limit)
        .fetch_all(tx)
        .await?;
    rows.iter().map(sales_unit).collect()
}

/// Active units that are linked to a partner.
pub(crate) async fn list_of_partner(
    tx: &mut PgConnection,
    partner_id: PartnerId,
    page: &Page,
) -> Result<Vec<SalesUnit>, sqlx::Error> {
    let rows = sqlx::query(SELECT_OF_PARTNER)
        .bind(partner_id.as_uuid())
        .bind(page.after())
        .bind(page.limit)
        .fetch_all(tx)
        .await?;
    rows.iter().map(sales_unit).collect()
}

/// Those of some units that are active.
pub(crate) async fn list_these(
    tx: &mut PgConnection,
    msns: &[Msn],
    page: &Page,
) -> Result<Vec<SalesUnit>, sqlx::Error> {
    let msns: Vec<_> = msns.iter().map(Msn::as_str).collect();
    let rows = sqlx::query(SELECT_THESE).bind(msns).bind(page.after()).bind(page.limit).fetch_all(tx).await?;
    rows.iter().map(sales_unit).collect()
}

/// Whether a unit of the merchant is linked to the partner.
pub(crate) async fn partner_sees(
    tx: &mut PgConnection,
    partner_id: PartnerId,
    merchant_id: MerchantId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(PARTNER_SEES)
        .bind(partner_id.as_uuid())
        .bind(merchant_id.as_uuid())
        .fetch_one(tx)
        .await
}
