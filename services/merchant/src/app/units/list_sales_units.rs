//! Lists the sales units of a merchant.

use kvitt_primitives::{MerchantId, Msn};
use kvitt_runtime::{Caller, authority::Visible};

use crate::{
    app::{App, Error, merchants::may_see},
    domain::SalesUnit,
    store::{
        merchants,
        sales_units::{self as store, Filter, Page},
    },
};

/// The longest page that is given, and the one given when no length is asked for.
pub(crate) const MOST_PER_PAGE: u32 = 100;

/// Some of a list, ordered by MSN.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) units: Vec<SalesUnit>,
    /// Where the next page begins; none when this is the last one.
    pub(crate) next_after: Option<Msn>,
}

impl Listed {
    /// A page of units of which one more than `size` were looked for.
    pub(super) fn of(mut units: Vec<SalesUnit>, size: u32) -> Self {
        let more = units.len() > size as usize;
        units.truncate(size as usize);
        let next_after = units.last().filter(|_| more).map(|unit| unit.msn.clone());
        Self { units, next_after }
    }
}

/// Those units of a merchant that the caller may see, at most `size` of them, after the unit `after`.
pub(crate) async fn list_sales_units(
    app: &App,
    caller: &Caller,
    merchant_id: MerchantId,
    filter: Filter,
    (size, after): (u32, Option<Msn>),
) -> Result<Listed, Error> {
    let filter = match may_see(app, caller, merchant_id).await? {
        Visible::All => filter,
        Visible::These(msns) => Filter { only: Some(msns), ..filter },
        Visible::OfPartner(partner) => Filter { of_partner: Some(partner), ..filter },
    };
    let size = size.clamp(1, MOST_PER_PAGE);
    let page = Page { limit: i64::from(size) + 1, after };
    let mut connection = app.pool.acquire().await?;
    let units = store::list_of_merchant(&mut connection, merchant_id, &filter, &page).await?;
    // Only the operator and services come so far with a merchant that is not there.
    if units.is_empty() && merchants::find(&mut connection, merchant_id).await?.is_none() {
        return Err(Error::MerchantNotFound);
    }
    Ok(Listed::of(units, size))
}
