//! Lists orders.

use chrono::{DateTime, Utc};
use kvitt_primitives::{MerchantId, OrderId};
use kvitt_runtime::{Caller, Principal, ServiceName};

use super::{Error, get_order::sees_all_of, partner_of};
use crate::{
    app::App,
    domain::Order,
    store::orders::{self as store, Part, Whose},
};

/// The longest page that is given, and the one given when no length is asked for.
pub(crate) const MOST_PER_PAGE: u32 = 100;

/// Which orders are wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct List {
    /// Those of a merchant; without one those that the caller made.
    pub(crate) merchant_id: Option<MerchantId>,
    pub(crate) with_expired: bool,
    /// At most [`MOST_PER_PAGE`].
    pub(crate) size: u32,
    /// When the last order of the page before was made, and its id.
    pub(crate) after: Option<(DateTime<Utc>, OrderId)>,
}

/// The orders of a page, newest first and without logos, and whether more follow.
pub(crate) async fn list_orders(app: &App, caller: &Caller, list: List) -> Result<(Vec<Order>, bool), Error> {
    let whose = whose(app, caller, list.merchant_id).await?;
    let size = list.size.clamp(1, MOST_PER_PAGE);
    let part = Part {
        after: list.after,
        unexpired_at: if list.with_expired { None } else { Some(app.clock.now()) },
        limit: i64::from(size) + 1,
    };
    let mut connection = app.pool.acquire().await?;
    let mut orders = store::list(&mut connection, whose, &part).await?;
    let size = size as usize;
    let more = orders.len() > size;
    orders.truncate(size);
    Ok((orders, more))
}

/// The back office sees everything that waits for it.
async fn whose(app: &App, caller: &Caller, merchant: Option<MerchantId>) -> Result<Whose, Error> {
    match (merchant, caller.principal) {
        (Some(merchant), _) => {
            sees_all_of(app, caller, merchant).await.map_err(Error::Refused)?;
            Ok(Whose::Merchant(merchant))
        }
        (None, Principal::Service(ServiceName::Launcher)) => Ok(Whose::Everybody),
        (None, _) => {
            let partner = partner_of(&app.authority, caller).await.map_err(Error::Refused)?;
            Ok(Whose::Partner(partner))
        }
    }
}
