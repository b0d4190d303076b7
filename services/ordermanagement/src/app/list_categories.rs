//! The links that an order has.

use kvitt_primitives::Msn;
use kvitt_runtime::Caller;

use super::{App, Error};
use crate::{
    domain::{Category, OrderId},
    store::categories,
};

/// All of them, oldest first, whatever the order is paid through.
pub(crate) async fn list_categories(
    app: &App,
    caller: &Caller,
    msn: &Msn,
    order_id: &OrderId,
) -> Result<Vec<Category>, Error> {
    app.may_read(caller, msn).await?;
    Ok(categories::list(&mut *app.pool.acquire().await?, msn, order_id).await?)
}
