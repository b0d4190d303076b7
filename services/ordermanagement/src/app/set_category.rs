//! A merchant gives an order its category.

use kvitt_primitives::CategoryId;
use kvitt_runtime::Caller;

use super::{App, Error, fresh_category_id, outcome};
use crate::{
    domain::{Category, Link, Order},
    store::categories,
};

/// The order has this link from now on, in place of the one that was set before.
pub(crate) async fn set_category(
    app: &App,
    caller: &Caller,
    order: Order,
    link: Link,
) -> Result<CategoryId, Error> {
    app.may_write(caller, &order.msn).await?;
    let category = Category { category_id: fresh_category_id(), order, link };
    let mut connection = app.pool.acquire().await?;
    outcome(categories::set(&mut connection, &category, app.clock.now()).await?)?;
    Ok(category.category_id)
}
