//! Reads a sales unit.

use kvitt_primitives::Msn;
use kvitt_runtime::{Action, Caller};

use crate::{
    app::{App, Error},
    domain::SalesUnit,
    store::{revision::AsOf, sales_units as store},
};

/// The sales unit with this MSN, for whoever may see it. Whether another's unit exists is not told.
pub(crate) async fn get_sales_unit(app: &App, caller: &Caller, msn: &Msn) -> Result<AsOf<SalesUnit>, Error> {
    app.authority.may(caller, Action::ReadSalesUnit, msn).await.map_err(Error::Refused)?;
    let mut connection = app.pool.acquire().await?;
    store::find(&mut connection, msn).await?.ok_or(Error::SalesUnitNotFound)
}
