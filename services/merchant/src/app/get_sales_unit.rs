//! Reads a sales unit.

use sqlx::PgPool;

use kvitt_primitives::Msn;
use kvitt_runtime::{Action, Authority, Caller};

use super::Error;
use crate::{
    domain::SalesUnit,
    store::{self, revision::AsOf},
};

/// The sales unit with this MSN, for whoever may act for it. Whether another's unit exists is not told.
pub(crate) async fn get_sales_unit(
    pool: &PgPool,
    authority: &Authority,
    caller: &Caller,
    msn: &Msn,
) -> Result<AsOf<SalesUnit>, Error> {
    authority.may(caller, Action::ReadSalesUnit, msn).await.map_err(Error::Refused)?;
    let mut connection = pool.acquire().await?;
    store::find_sales_unit(&mut connection, msn).await?.ok_or(Error::SalesUnitNotFound)
}
