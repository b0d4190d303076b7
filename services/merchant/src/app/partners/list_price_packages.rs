//! Lists price packages.

use kvitt_runtime::{Caller, Principal, ServiceName};

use super::Error;
use crate::{
    app::{App, orders::partner_of},
    domain::PricePackage,
    store::price_packages as store,
};

/// The most packages that are listed. There are as many as the operator has prices.
const MOST: i64 = 1_000;

/// By name: those that the calling partner may offer; all to the operator, and to the service that takes fees by them.
pub(crate) async fn list_price_packages(app: &App, caller: &Caller) -> Result<Vec<PricePackage>, Error> {
    let offered_by = match caller.principal {
        Principal::Service(ServiceName::Launcher | ServiceName::Settlement) => None,
        _ => Some(partner_of(&app.authority, caller).await.map_err(Error::Refused)?),
    };
    let mut connection = app.pool.acquire().await?;
    Ok(store::list(&mut connection, offered_by, MOST).await?)
}
