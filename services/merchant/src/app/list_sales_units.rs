//! Lists the sales units of a merchant.

use kvitt_primitives::{MerchantId, Msn};
use sqlx::PgPool;

use super::Error;
use crate::{domain::SalesUnit, store};

/// The longest page that is given, and the one given when no length is asked for.
pub(crate) const MOST_PER_PAGE: u32 = 100;

/// Which part of the list is wanted.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    /// At most [`MOST_PER_PAGE`].
    pub(crate) size: u32,
    /// The last unit of the page before.
    pub(crate) after: Option<Msn>,
}

/// The units of a page, ordered by MSN, and whether more follow.
pub(crate) async fn list_sales_units(
    pool: &PgPool,
    merchant_id: MerchantId,
    page: &Page,
) -> Result<(Vec<SalesUnit>, bool), Error> {
    let size = page.size.clamp(1, MOST_PER_PAGE);
    let mut connection = pool.acquire().await?;
    let one_more = i64::from(size) + 1;
    let mut units =
        store::list_sales_units(&mut connection, merchant_id, page.after.as_ref(), one_more).await?;
    let size = size as usize;
    let more = units.len() > size;
    units.truncate(size);
    Ok((units, more))
}
